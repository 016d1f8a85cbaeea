package web

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

// AccountOf finds the account that a request's path names, or refuses with NotFound.
func (s *Base) AccountOf(c echo.Context) (*features.Account, error) {
	return s.Live.Accounts().BySlug(c.Param("slug"))
}

// Cells returns the stored state of features for an account, by the id of the feature.
func (s *Base) Cells(ctx context.Context, a *features.Account, list []*features.Feature) (map[int64]db.Cell, error) {
	ids := make([]int64, len(list))
	for i, f := range list {
		ids[i] = f.ID
	}
	found, err := s.DB.Cells(ctx, []int64{a.ID}, ids)
	cells := make(map[int64]db.Cell, len(found))
	for key, cell := range found {
		cells[key.Feature] = cell
	}
	return cells, err
}

// Member is one account that a user may look at, and the role it has there.
type Member struct {
	Account *features.Account
	Role    string
}

// Memberships gives the accounts of a user by name.
func (s *Base) Memberships(user *features.User) []Member {
	members := make([]Member, 0, len(user.Memberships))
	for _, m := range user.Memberships {
		if account := s.Live.Accounts().ByID(m.AccountID); account != nil {
			members = append(members, Member{account, m.Role})
		}
	}
	slices.SortFunc(members, func(a, b Member) int {
		return cmp.Or(cmp.Compare(features.Fold(a.Account.Name), features.Fold(b.Account.Name)), cmp.Compare(a.Account.ID, b.Account.ID))
	})
	return members
}

// Choose gives the account that a request is about: the one named by its slug, else the user's first by name, else none.
// An account that is not the user's is refused with 403, whether it exists or not.
func (s *Base) Choose(user *features.User, slug string) (Member, error) {
	members := s.Memberships(user)
	if slug == "" {
		if len(members) == 0 {
			return Member{}, nil
		}
		return members[0], nil
	}
	for _, m := range members {
		if m.Account.Slug == slug {
			return m, nil
		}
	}
	return Member{}, Forbidden("This account is not one of yours.")
}

// ContextOf is the evaluation context of a user in one of its accounts.
func ContextOf(user *features.User, m Member) *features.Context {
	who := &features.Context{Account: m.Account, User: user.TargetingKey(), Role: m.Role}
	if m.Account == nil { // like an unknown account, by the user's own key (docs/evaluation.md §1)
		who.TargetingKey = who.User
	}
	return who
}

// ChangeID returns the number of the change set that a path names.
func ChangeID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, &features.Error{Kind: features.NotFound, Message: "There is no such change."}
	}
	return id, nil
}

// UpgradeOf finds the request that a path names.
func (s *Base) UpgradeOf(c echo.Context) (features.UpgradeRequest, error) {
	return s.DB.UpgradeByID(c.Request().Context(), PathNumber(c, "id"))
}

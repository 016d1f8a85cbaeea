package handlers

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

// accountBody is what may be written of an account.
type accountBody struct {
	Slug         string          `json:"slug"`
	Name         string          `json:"name"`
	ExternalID   *string         `json:"external_id"`
	Tier         *string         `json:"tier"`
	Status       features.Status `json:"status"`
	ContactEmail string          `json:"contact_email"`
	PostalCode   string          `json:"postal_code"`
}

// accountDetail is an account as the admin API shows it.
type accountDetail struct {
	accountBody
	TargetingKey string    `json:"targeting_key"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	thing
}

var fixedOfAccount = []string{"targeting_key", "created_at", "updated_at", "revision", "change"}

func (d accountBody) draft() features.AccountDraft {
	return features.AccountDraft{
		Slug: d.Slug, Name: d.Name, ExternalID: said(d.ExternalID), Tier: said(d.Tier), ContactEmail: d.ContactEmail, PostalCode: d.PostalCode,
	}
}

func (s *Server) accountDetail(a *features.Account, version int64) accountDetail {
	tier, _ := s.live.Catalogue().Tier(a.TierID)
	return accountDetail{
		accountBody: accountBody{
			Slug: a.Slug, Name: a.Name, ExternalID: optional(a.ExternalID), Tier: optional(tier.Key), Status: a.Status,
			ContactEmail: a.ContactEmail, PostalCode: a.PostalCode,
		},
		TargetingKey: a.TargetingKey, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, thing: thing{Revision: version},
	}
}

func seenAccount(a *features.Account) db.Seen { return db.Seen{Entity: "account", ID: a.ID} }

// apiAccounts lists accounts by name.
func (s *Server) apiAccounts(c echo.Context) error {
	q, err := readList(c, "q", "tier", "status", "feature", "state")
	if err != nil {
		return err
	}
	filter := parseAccountFilter(c.QueryParams())
	if feature := c.QueryParam("feature"); feature != "" {
		state := features.FeatureState(c.QueryParam("state"))
		if err := checkState("state", state); err != nil {
			return err
		}
		filter.Features = []features.FeatureFilter{{Key: feature, State: state}}
	} else if c.QueryParam("state") != "" {
		return refusal("feature", "Say of which feature the state is.")
	}
	found, matching, err := s.live.ListAfter(filter, features.Spot{Name: q.after.Text, ID: q.after.ID}, q.limit+1, time.Now())
	if err != nil {
		return err
	}
	found, next := limited(q, found, func(a *features.Account) spot {
		at := a.Spot()
		return spot{Text: at.Name, ID: at.ID}
	})
	versions, err := s.db.Versions(c.Request().Context(), "account", accountIDs(found))
	if err != nil {
		return err
	}
	return answerList(c, found, next, matching, func(a *features.Account) accountDetail { return s.accountDetail(a, versions[a.ID]) })
}

// checkState refuses, at the member or parameter that names it, a state that no account can be filtered by.
func checkState(field string, state features.FeatureState) error {
	if slices.Contains(features.FeatureStates(), state) {
		return nil
	}
	return refusal(field, "Choose on, off, some, overridden or inherited.")
}

func accountIDs(accounts []*features.Account) []int64 {
	ids := make([]int64, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	return ids
}

func (s *Server) apiAccount(c echo.Context) error {
	a, err := s.accountOf(c)
	if err != nil {
		return err
	}
	return s.answerAccount(c, http.StatusOK, &a.ID)(0)
}

// answerAccount answers with an account as it is by then.
func (s *Server) answerAccount(c echo.Context, status int, id *int64) func(revision int64) error {
	return func(revision int64) error {
		a := s.live.Accounts().ByID(*id)
		if a == nil {
			return &features.Error{Kind: features.NotFound, Message: "There is no such account any more."}
		}
		if status == http.StatusCreated {
			c.Response().Header().Set("Location", adminPath+"/accounts/"+a.Slug)
		}
		view := s.accountDetail(a, 0)
		return s.answerThing(c, status, seenAccount(a), revision, &view)
	}
}

func (s *Server) apiCreateAccount(c echo.Context) error {
	form := accountBody{Status: features.Active}
	if err := bindForm(c, &form); err != nil {
		return err
	}
	if form.Status != features.Active {
		return refusal("status", "A new account is active: suspend it once it is there.")
	}
	var id int64
	return s.change(c, adminWrite{
		write: func(ctx context.Context, by features.Actor) (revision int64, err error) {
			id, revision, err = s.db.AddAccount(ctx, by, form.draft())
			return revision, err
		},
		answer: s.answerAccount(c, http.StatusCreated, &id),
	})
}

// currentAccount is the account that a call writes, and the version of it that the caller has seen.
func (s *Server) currentAccount(c echo.Context) (a *features.Account, seen *db.Seen, err error) {
	if err := s.db.CatchUp(c.Request().Context()); err != nil {
		return nil, nil, err
	}
	if a, err = s.accountOf(c); err != nil {
		return nil, nil, err
	}
	seen, err = s.seen(c, seenAccount(a))
	return a, seen, err
}

func (s *Server) apiPatchAccount(c echo.Context) error {
	a, seen, err := s.currentAccount(c)
	if err != nil {
		return err
	}
	fresh := accountDetail{accountBody: accountBody{Status: features.Active}}
	p, err := readPatch[accountDetail](c)
	if err != nil {
		return err
	}
	form, err := p.on(s.accountDetail(a, seen.Version), fresh, fixedOfAccount...)
	if err != nil {
		return err
	}
	change := db.AccountChange{ID: a.ID, Draft: form.draft(), Status: form.Status, Version: seen.Version}
	return s.change(c, adminWrite{
		seen: seen,
		write: func(ctx context.Context, by features.Actor) (int64, error) {
			return s.db.ChangeAccount(ctx, by, change)
		},
		answer: s.answerAccount(c, http.StatusOK, &a.ID),
	})
}

// apiDeleteAccount deletes an account with all that is of it.
func (s *Server) apiDeleteAccount(c echo.Context) error {
	a, seen, err := s.currentAccount(c)
	if err != nil {
		return err
	}
	return s.change(c, adminWrite{
		seen: seen,
		write: func(ctx context.Context, by features.Actor) (int64, error) {
			return s.db.DeleteAccount(ctx, by, a.ID, "")
		},
		answer: gone(c),
	})
}

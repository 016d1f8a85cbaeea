package handlers

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// member is one account that a user may look at, and the role it has there.
type member struct {
	account *features.Account
	role    string
}

// memberships gives the accounts of a user by name.
func (s *Server) memberships(user *features.User) []member {
	members := make([]member, 0, len(user.Memberships))
	for _, m := range user.Memberships {
		if account := s.live.Accounts().ByID(m.AccountID); account != nil {
			members = append(members, member{account, m.Role})
		}
	}
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(cmp.Compare(features.Fold(a.account.Name), features.Fold(b.account.Name)), cmp.Compare(a.account.ID, b.account.ID))
	})
	return members
}

// choose gives the account that a request is about: the one named by its slug, else the user's first by name, else none.
// An account that is not the user's is refused with 403, whether it exists or not.
func (s *Server) choose(user *features.User, slug string) (member, error) {
	members := s.memberships(user)
	if slug == "" {
		if len(members) == 0 {
			return member{}, nil
		}
		return members[0], nil
	}
	for _, m := range members {
		if m.account.Slug == slug {
			return m, nil
		}
	}
	return member{}, forbidden("This account is not one of yours.")
}

// contextOf is the evaluation context of a user in one of its accounts.
func contextOf(user *features.User, m member) *features.Context {
	who := &features.Context{Account: m.account, User: user.TargetingKey(), Role: m.role}
	if m.account == nil { // like an unknown account, by the user's own key (docs/evaluation.md §1)
		who.TargetingKey = who.User
	}
	return who
}

type meView struct {
	User      userView     `json:"user"`
	Account   *accountView `json:"account"`
	Role      *string      `json:"role"`
	Accounts  []memberView `json:"accounts"`
	CSRFToken string       `json:"csrf_token,omitempty"` // staff only
}

type userView struct {
	ID        int64   `json:"id"`
	Email     string  `json:"email"`
	Name      string  `json:"name"`
	StaffRole *string `json:"staff_role"`
}

type memberView struct {
	accountView
	Role string `json:"role"`
}

// me tells who is signed in, for which account, and which others it may switch to.
func (s *Server) me(c echo.Context) error {
	user := callerOf(c).User
	chosen, err := s.choose(user, c.QueryParam("account"))
	if err != nil {
		return err
	}
	catalogue := s.live.Catalogue()
	view := meView{
		User:     userView{ID: user.ID, Email: user.Email, Name: user.Name, StaffRole: optional(string(user.StaffRole))},
		Account:  viewOf(catalogue, chosen.account),
		Role:     optional(chosen.role),
		Accounts: []memberView{},
	}
	for _, m := range s.memberships(user) {
		view.Accounts = append(view.Accounts, memberView{*viewOf(catalogue, m.account), m.role})
	}
	if user.StaffRole != features.NoStaff && !s.fromElsewhere(c.Request()) { // a portal's page has no use for it
		view.CSRFToken = s.csrfToken(c)
	}
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return c.JSON(http.StatusOK, view)
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// myFeatures gives what the caller's account has.
func (s *Server) myFeatures(c echo.Context) error {
	body, err := s.featuresBody(callerOf(c).User, c.QueryParam("account"), keysAsked(c))
	if err != nil {
		return err
	}
	return answerTagged(c, body)
}

func (s *Server) featuresBody(user *features.User, slug, keys string) ([]byte, error) {
	chosen, err := s.choose(user, slug)
	if err != nil {
		return nil, err
	}
	names := s.names()
	if keys != "" {
		if names, err = names.narrow(strings.Split(keys, ",")); err != nil {
			return nil, err
		}
	}
	s.metrics.evaluations.portal.Add(float64(len(names.active)))
	return names.body(contextOf(user, chosen), time.Now()), nil
}

// producersMe gives the flags of the caller's account in the form that a ticketing platform's producers know.
func (s *Server) producersMe(c echo.Context) error {
	user := callerOf(c).User
	chosen, err := s.choose(user, c.QueryParam("account"))
	if err != nil {
		return err
	}
	if chosen.account == nil {
		return &features.Error{Kind: features.NotFound, Message: "You belong to no account."}
	}
	names := s.names()
	s.metrics.evaluations.portal.Add(float64(len(names.active)))
	return answerTagged(c, names.producerBody(contextOf(user, chosen), time.Now()))
}

func (n *flagNames) producerBody(who *features.Context, at time.Time) []byte {
	n.ask(at)
	name, _ := json.Marshal(who.Account.Name) // a string always encodes
	body := strconv.AppendInt([]byte(`{"id":`), who.Account.ID, 10)
	body = append(append(body, `,"name":`...), name...)
	body = append(append(append(body, `,"slug":"`...), who.Account.Slug...), `","feature_flags":{`...)
	first := len(body)
	for flag, e := range n.evaluate(who, at) {
		if flag.producer == "" {
			continue
		}
		if len(body) > first {
			body = append(body, ',')
		}
		body = strconv.AppendBool(append(body, flag.producer...), e.Value.Enabled)
	}
	return append(body, `}}`...)
}

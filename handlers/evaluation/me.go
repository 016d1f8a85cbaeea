package evaluation

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
)

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

// Me tells who is signed in, for which account, and which others it may switch to.
func (s *Surface) Me(c echo.Context) error {
	user := web.CallerOf(c).User
	chosen, err := s.Choose(user, c.QueryParam("account"))
	if err != nil {
		return err
	}
	catalogue := s.Live.Catalogue()
	view := meView{
		User:     userView{ID: user.ID, Email: user.Email, Name: user.Name, StaffRole: web.Optional(string(user.StaffRole))},
		Account:  viewOf(catalogue, chosen.Account),
		Role:     web.Optional(chosen.Role),
		Accounts: []memberView{},
	}
	for _, m := range s.Memberships(user) {
		view.Accounts = append(view.Accounts, memberView{*viewOf(catalogue, m.Account), m.Role})
	}
	if user.StaffRole != features.NoStaff && !s.FromElsewhere(c.Request()) { // a portal's page has no use for it
		view.CSRFToken = s.CSRFToken(c)
	}
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return c.JSON(http.StatusOK, view)
}

// MyFeatures gives what the caller's account has.
func (s *Surface) MyFeatures(c echo.Context) error {
	body, err := s.featuresBody(web.CallerOf(c).User, c.QueryParam("account"), web.KeysAsked(c))
	if err != nil {
		return err
	}
	return web.AnswerTagged(c, body)
}

func (s *Surface) featuresBody(user *features.User, slug, keys string) ([]byte, error) {
	chosen, err := s.Choose(user, slug)
	if err != nil {
		return nil, err
	}
	names := s.names()
	if keys != "" {
		if names, err = names.narrow(strings.Split(keys, ",")); err != nil {
			return nil, err
		}
	}
	s.Metrics.Evaluations.Portal.Add(float64(len(names.active)))
	return names.body(web.ContextOf(user, chosen), time.Now()), nil
}

// ProducersMe gives the flags of the caller's account in the form that a ticketing platform's producers know.
func (s *Surface) ProducersMe(c echo.Context) error {
	user := web.CallerOf(c).User
	chosen, err := s.Choose(user, c.QueryParam("account"))
	if err != nil {
		return err
	}
	if chosen.Account == nil {
		return &features.Error{Kind: features.NotFound, Message: "You belong to no account."}
	}
	names := s.names()
	s.Metrics.Evaluations.Portal.Add(float64(len(names.active)))
	return web.AnswerTagged(c, names.producerBody(web.ContextOf(user, chosen), time.Now()))
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

package console

import (
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// ConfirmDeleteAccount asks whether an account shall be deleted, and says what goes with it.
func (s *Surface) ConfirmDeleteAccount(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	return s.accountDeletionQuestion(c, a, nil)
}

func (s *Surface) accountDeletionQuestion(c echo.Context, a *features.Account, refused error) error {
	parts, err := s.DB.AccountParts(c.Request().Context(), a.ID)
	if err != nil {
		return err
	}
	fields := views.AccountDeletionFields{
		Users: parts["membership"], Overrides: parts["override"], Requests: parts["upgrade_request"], Reason: c.FormValue("reason"), Error: web.FieldErrors(refused)["reason"],
	}
	at, catalogue := time.Now(), s.Live.Catalogue()
	for _, f := range activeFeatures(catalogue) {
		if catalogue.State(f, a, at) != features.Off {
			fields.Loses = append(fields.Loses, f.Name)
		}
	}
	address := "/admin/accounts/" + a.Slug
	question := views.AskModel{
		ID: "delete-dialog", Title: "Delete " + a.Name + "?", Hint: "To switch everything off but keep its settings, suspend it instead.",
		Action: address + "/delete", CSRFToken: s.CSRFToken(c), Submit: "Delete account", Danger: true, Note: "Can be undone.",
		Back: views.Link{Text: a.Name, URL: address},
	}
	if a.Status == features.Suspended {
		question.Hint = "It is suspended, so everything is off for it already."
	}
	return s.confirm(c, "accounts", question, views.AskAccountDeletion(fields), refused)
}

// DeleteAccount deletes an account; the list says so, and offers to undo it.
func (s *Surface) DeleteAccount(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	revision, err := s.DB.DeleteAccount(c.Request().Context(), web.Actor(c), a.ID, strings.TrimSpace(c.FormValue("reason")))
	if web.FieldErrors(err) != nil {
		return s.accountDeletionQuestion(c, a, err)
	}
	if err != nil {
		return err
	}
	s.setFlash(c, a.Name+" is deleted.", revision)
	return goTo(c, "/admin/accounts")
}

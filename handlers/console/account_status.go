package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// ConfirmAccountStatus asks whether to suspend an account, or to make it active again, and says what that does.
func (s *Surface) ConfirmAccountStatus(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	return s.accountStatusQuestion(c, http.StatusOK, a, s.accountStatusModel(c, a, a.Status != features.Suspended))
}

// SetAccountStatus suspends an account or makes it active again; its page shows everything anew.
func (s *Surface) SetAccountStatus(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	wanted, reason := features.Status(c.FormValue("status")), strings.TrimSpace(c.FormValue("reason"))
	revision, err := s.DB.SetAccountStatus(c.Request().Context(), web.Actor(c), a.ID, wanted, reason)
	if fields := web.FieldErrors(err); fields["reason"] != "" {
		model := s.accountStatusModel(c, a, wanted == features.Suspended)
		model.Reason, model.Errors = c.FormValue("reason"), fields
		return s.accountStatusQuestion(c, http.StatusUnprocessableEntity, a, model)
	}
	if err != nil {
		return err
	}
	text := a.Name + " is active again."
	if wanted == features.Suspended {
		text = a.Name + " is suspended."
	}
	s.setFlash(c, text, revision)
	return goTo(c, "/admin/accounts/"+a.Slug)
}

func (s *Surface) accountStatusQuestion(c echo.Context, status int, a *features.Account, model views.AccountStatusModel) error {
	frame, err := s.framed(c, a, "details")
	if err != nil {
		return err
	}
	return s.pageWith(c, status, s.shell(c, a.Name, "accounts"), views.AccountStatusPage(frame, model), views.AccountStatusDialog(model))
}

func (s *Surface) accountStatusModel(c echo.Context, a *features.Account, suspend bool) views.AccountStatusModel {
	model := views.AccountStatusModel{Slug: a.Slug, Name: a.Name, Suspend: suspend, CSRFToken: s.CSRFToken(c)}
	after, at := *a, time.Now()
	after.Status = features.Active
	if suspend {
		after.Status = features.Suspended
	}
	catalogue := s.Live.Catalogue()
	for _, f := range activeFeatures(catalogue) {
		if catalogue.State(f, a, at) != catalogue.State(f, &after, at) {
			model.Changing = append(model.Changing, f.Name)
		}
	}
	return model
}

package console

import (
	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

func (s *Surface) externalIDQuestion(c echo.Context, who userTarget) views.AskModel {
	return views.AskModel{
		ID: "member-dialog", Title: "External ID of " + who.Name, Hint: who.Email, Action: who.url + "/external-id",
		CSRFToken: s.CSRFToken(c), Submit: "Save external ID", Back: who.back,
	}
}

// EditExternalID asks for the id by which rules and a portal's tokens know a user of an account.
func (s *Surface) EditExternalID(c echo.Context) error {
	who, err := s.ManagedMember(c)
	if err != nil {
		return err
	}
	form := views.MemberFields{ExternalID: who.ExternalID, Version: who.Revision}
	return s.confirm(c, who.nav, s.externalIDQuestion(c, who), views.AskExternalID(form), nil)
}

// SaveExternalID saves it. What someone else has saved meanwhile is said first.
func (s *Surface) SaveExternalID(c echo.Context) error {
	who, err := s.ManagedMember(c)
	if err != nil {
		return err
	}
	draft := features.UserDraft{Email: who.Email, Name: who.Name, ExternalID: c.FormValue("external_id"), StaffRole: who.StaffRole}
	_, err = s.DB.UpdateUser(c.Request().Context(), web.Actor(c), who.ID, draft, formVersion(c))
	if err == nil {
		return s.saved(c, "Saved the external ID of "+who.Name, who.back.URL)
	}
	form := views.MemberFields{ExternalID: draft.ExternalID, Version: formVersion(c), Errors: web.FieldErrors(err)}
	if features.KindOf(err) == features.Conflict {
		form.Version, form.Errors = who.Revision, map[string]string{"external_id": web.Describe(err).Detail}
	}
	if form.Errors == nil {
		return err
	}
	return s.confirm(c, who.nav, s.externalIDQuestion(c, who), views.AskExternalID(form), err)
}

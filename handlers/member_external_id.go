package handlers

import (
	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

func (s *Server) externalIDQuestion(c echo.Context, who whom) views.AskModel {
	return views.AskModel{
		ID: "member-dialog", Title: "External ID of " + who.Name, Hint: who.Email, Action: who.url + "/external-id",
		CSRFToken: s.csrfToken(c), Submit: "Save external ID", Back: who.back,
	}
}

// editExternalID asks for the id by which rules and a portal's tokens know a user of an account.
func (s *Server) editExternalID(c echo.Context) error {
	who, err := s.managedMember(c)
	if err != nil {
		return err
	}
	form := views.MemberFields{ExternalID: who.ExternalID, Version: who.Revision}
	return s.ask(c, who.nav, s.externalIDQuestion(c, who), views.AskExternalID(form), nil)
}

// saveExternalID saves it. What someone else has saved meanwhile is said first.
func (s *Server) saveExternalID(c echo.Context) error {
	who, err := s.managedMember(c)
	if err != nil {
		return err
	}
	draft := features.UserDraft{Email: who.Email, Name: who.Name, ExternalID: c.FormValue("external_id"), StaffRole: who.StaffRole}
	_, err = s.db.UpdateUser(c.Request().Context(), actor(c), who.ID, draft, formVersion(c))
	if err == nil {
		return s.saved(c, "Saved the external ID of "+who.Name, who.back.URL)
	}
	form := views.MemberFields{ExternalID: draft.ExternalID, Version: formVersion(c), Errors: fieldErrors(err)}
	if features.KindOf(err) == features.Conflict {
		form.Version, form.Errors = who.Revision, map[string]string{"external_id": describe(err).Detail}
	}
	if form.Errors == nil {
		return err
	}
	return s.ask(c, who.nav, s.externalIDQuestion(c, who), views.AskExternalID(form), err)
}

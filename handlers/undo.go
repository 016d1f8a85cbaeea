package handlers

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// askUndo asks whether a change set shall be undone, and says what that does.
func (s *Server) askUndo(c echo.Context) error {
	id, err := changeID(c)
	if err != nil {
		return err
	}
	plan, err := s.db.PlanUndo(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return s.undoQuestion(c, plan, nil)
}

// undoQuestion says what an undo does. refusal is why the answer before was not taken, nil at first.
func (s *Server) undoQuestion(c echo.Context, plan db.UndoPlan, refusal error) error {
	change := changeModel(plan.ChangeSet, true)
	question := views.AskModel{
		ID: "undo", Title: "Undo this change?", Hint: change.Who + " " + change.Summary + ".", Action: change.URL("/undo"),
		CSRFToken: s.csrfToken(c), Submit: "Put back " + views.Number(plan.Revert), Note: "Can be undone in turn.",
		Back: views.Link{Text: "Change #" + views.Number(change.ID), URL: change.URL("")},
	}
	fields := views.UndoFields{
		Revert: plan.Revert, Names: plan.Names, Left: plan.LeftCount, LeftNames: plan.Left,
		Reason: c.FormValue("reason"), Error: fieldErrors(refusal)["reason"],
	}
	return s.ask(c, "audit", question, views.AskUndo(fields), refusal)
}

// undoChange puts back what a change set changed and nobody has changed since; what came of it can be undone in turn.
func (s *Server) undoChange(c echo.Context) error {
	id, err := changeID(c)
	if err != nil {
		return err
	}
	plan, revision, err := s.db.Undo(c.Request().Context(), actor(c), id, strings.TrimSpace(c.FormValue("reason")))
	if err != nil {
		return s.undoRefused(c, id, err)
	}
	return s.done(c, undone(plan), revision, afterUndo(c, revision))
}

// undoRefused asks again where the reason was wrong; any other refusal is the answer.
func (s *Server) undoRefused(c echo.Context, id int64, refusal error) error {
	if features.KindOf(refusal) != features.Invalid {
		return refusal
	}
	plan, err := s.db.PlanUndo(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return s.undoQuestion(c, plan, refusal)
}

// afterUndo is the page that a plain form came from, or what the undo did where that page has done its work.
func afterUndo(c echo.Context, revision int64) string {
	if page := pageOf(c.Request()); page != "/" && !strings.HasSuffix(page, "/undo") {
		return page
	}
	return "/admin/audit/" + strconv.FormatInt(revision, 10)
}

// undone says what an undo did.
func undone(plan db.UndoPlan) string {
	text := "Undone: " + views.Number(plan.Revert) + " put back"
	switch {
	case plan.LeftCount == 1:
		text += ", 1 left alone because it changed since"
	case plan.LeftCount > 1:
		text += ", " + views.Number(plan.LeftCount) + " left alone because they changed since"
	}
	return text
}

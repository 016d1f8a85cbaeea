package handlers

import (
	"net/http"
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
	return s.undoQuestion(c, http.StatusOK, plan, "")
}

// undoQuestion is the question; problem is what is wrong with the reason given.
func (s *Server) undoQuestion(c echo.Context, status int, plan db.UndoPlan, problem string) error {
	change := changeModel(plan.ChangeSet, true)
	m := views.UndoQuestionModel{
		QuestionModel: views.QuestionModel{
			ID: "undo", Title: "Undo this change?", Text: change.Who + " " + change.Summary + ".",
			Action: change.URL("/undo"), CSRFToken: s.csrfToken(c), Submit: "Put back " + views.Number(plan.Revert),
			Hint: "One change set; it can be undone in turn.", Reason: c.FormValue("reason"), Error: problem,
			OwnPage: !wantsFragment(c), Path: []views.Link{{Text: "Audit log", URL: "/admin/audit"}, {Text: "Change #" + views.Number(change.ID), URL: change.URL("")}},
		},
		Revert: plan.Revert, Names: plan.Names, Left: plan.LeftCount, LeftNames: plan.Left,
	}
	question := views.UndoQuestion(m)
	return s.pageWith(c, status, s.shell(c, m.Title, "audit"), question, question)
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
	if !isHtmx(c) {
		s.leave(c, undone(plan), revision)
		return c.Redirect(http.StatusSeeOther, afterUndo(c, revision))
	}
	c.Response().Header().Set("HX-Trigger", "dialog:close, list:reload")
	return render(c, http.StatusOK, views.ToastOOB(s.toast(c, undone(plan), revision)))
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
	return s.undoQuestion(c, http.StatusUnprocessableEntity, plan, fieldErrors(refusal)["reason"])
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

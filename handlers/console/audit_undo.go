package console

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// ConfirmUndo asks whether a change set shall be undone, and says what that does. Where there is nothing to undo, it says why.
func (s *Surface) ConfirmUndo(c echo.Context) error {
	id, err := web.ChangeID(c)
	if err != nil {
		return err
	}
	plan, err := s.DB.PlanUndo(c.Request().Context(), id)
	if err != nil && (plan.LeftCount == 0 || features.KindOf(err) != features.Conflict) {
		return err
	}
	if !mayUndo(c, plan.ChangeSet) {
		return web.Forbidden("Only an admin may undo this: it is about the staff, the settings, API keys or an import.")
	}
	return s.undoQuestion(c, plan, err)
}

// mayUndo tells whether the caller may undo a change set, if it can be undone.
func mayUndo(c echo.Context, set db.ChangeSet) bool {
	if set.AdminOnly {
		return web.CallerOf(c).User.StaffRole.AtLeast(features.Admin)
	}
	return web.MayEdit(c)
}

// undoQuestion says what an undo does. refusal is why there is none, or why the answer before was not taken, nil at first.
func (s *Surface) undoQuestion(c echo.Context, plan db.UndoPlan, refusal error) error {
	change := changeModel(c, plan.ChangeSet)
	question := views.AskModel{
		ID: "undo", Title: "Undo this change?", Hint: change.Who + " " + change.Summary + ".", Action: change.URL("/undo"),
		CSRFToken: s.CSRFToken(c), Submit: "Restore " + words.Number(plan.Revert), Note: "This undo can be undone, too.",
		Back: views.Link{Text: "Change #" + words.Number(change.ID), URL: change.URL("")},
	}
	effects, err := s.DB.UndoEffects(c.Request().Context(), plan.ChangeSet.ID)
	if err != nil {
		return err
	}
	fields := views.UndoFields{
		Effects: s.featureEffects(effects),
		Revert:  plan.Revert, Names: plan.Names, Unnamed: plan.Unnamed, Left: plan.LeftCount, Notes: undoNotes(plan),
		Reason: c.FormValue("reason"), Error: web.FieldErrors(refusal)["reason"],
	}
	for _, left := range plan.Left {
		fields.Things = append(fields.Things, s.leftThing(c, left))
	}
	if plan.Revert == 0 {
		question.Title, question.Submit, question.Note, fields.Refusal = "Nothing to undo", "", "", web.Describe(refusal).Detail
	}
	return s.confirm(c, "audit", question, views.AskUndo(fields), refusal)
}

func (s *Surface) leftThing(c echo.Context, left db.LeftAlone) views.LeftModel {
	m := views.LeftModel{Name: left.Name, Why: left.Why}
	switch left.Entity {
	case "override":
		m.Name = s.featureName(left.FeatureKey) + " for " + left.Name
	case "upgrade_request":
		m.Name = "The request of " + left.Name + " for " + s.featureName(left.FeatureKey)
	}
	if left.Since != nil {
		since := changeModel(c, *left.Since)
		m.Since = &since
	}
	return m
}

// undoNotes says what an undo does beyond the things that it counts.
func undoNotes(plan db.UndoPlan) (notes []string) {
	if plan.Ended > 0 {
		notes = append(notes, "Signs out "+words.Count(plan.Ended, "user")+".")
	}
	if plan.Passwordless > 0 {
		notes = append(notes, "Brings back "+words.Count(plan.Passwordless, "user")+" without a password: passwords are not kept. Set a new one.")
	}
	return notes
}

// UndoChange puts back what a change set changed and nobody has changed since; what came of it can be undone in turn.
func (s *Surface) UndoChange(c echo.Context) error {
	id, err := web.ChangeID(c)
	if err != nil {
		return err
	}
	plan, revision, err := s.DB.Undo(c.Request().Context(), web.Actor(c), id, strings.TrimSpace(c.FormValue("reason")))
	if err != nil {
		return s.undoRefused(c, id, err)
	}
	return s.done(c, undone(plan), revision, s.afterUndo(c, revision))
}

// undoRefused asks again where the reason was wrong; any other refusal is the answer.
func (s *Surface) undoRefused(c echo.Context, id int64, refusal error) error {
	if features.KindOf(refusal) != features.Invalid {
		return refusal
	}
	plan, err := s.DB.PlanUndo(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return s.undoQuestion(c, plan, refusal)
}

// afterUndo is the page that a plain form came from, or what the undo did where that page has done its work.
func (s *Surface) afterUndo(c echo.Context, revision int64) string {
	done := "/admin/audit/" + strconv.FormatInt(revision, 10)
	if page := s.PageOr(c.Request(), done); !strings.HasSuffix(page, "/undo") {
		return page
	}
	return done
}

// undone says what an undo did.
func undone(plan db.UndoPlan) string {
	text := "Undone: " + words.Number(plan.Revert) + " restored"
	switch {
	case plan.LeftCount == 1:
		text += ", 1 left unchanged"
	case plan.LeftCount > 1:
		text += ", " + words.Number(plan.LeftCount) + " left unchanged"
	}
	return text
}

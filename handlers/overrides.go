package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// overrideForm is what a switch or the editor of an override posts.
type overrideForm struct {
	change  db.OverrideChange
	expires string // as it was typed
	editor  bool   // it came from the editor, which shows errors beside its fields
}

// expiresLayout is how a datetime-local field writes a moment, in UTC.
const expiresLayout = "2006-01-02T15:04"

func (x cell) bind(c echo.Context) (form overrideForm, err error) {
	form.change = db.OverrideChange{Account: x.account.ID, Feature: x.feature.Key, Reason: strings.TrimSpace(c.FormValue("reason"))}
	form.expires, form.editor = c.FormValue("expires_at"), c.FormValue("editor") != ""
	form.change.Value.Enabled = c.FormValue("enabled") == "true"
	if form.change.Value.Enabled {
		form.change.Variant = c.FormValue("variant") // what is off has none, whatever the list beside it says
	}
	var problems features.Problems
	if enabled := c.FormValue("enabled"); enabled != "" && enabled != "true" {
		problems = append(problems, refusal("enabled", "Choose on or off."))
	}
	if form.change.Version, err = strconv.ParseInt(c.FormValue("version"), 10, 64); err != nil {
		problems = append(problems, refusal("version", "Reload the page: it did not say which version it shows."))
	}
	if form.expires != "" {
		if form.change.ExpiresAt, err = time.Parse(expiresLayout, form.expires); err != nil {
			problems = append(problems, refusal("expires_at", "Write date and time in UTC, such as 2026-12-31T18:00."))
		}
	}
	return form, problems.Err()
}

func refusal(field, message string) *features.Error {
	return &features.Error{Kind: features.Invalid, Field: field, Message: message}
}

// setOverride saves what a switch or the editor says, for one feature of one account.
func (s *Server) setOverride(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	form, err := x.bind(c)
	if err != nil {
		return s.refuseOverride(c, x, form, err)
	}
	revision, err := s.db.SetOverride(c.Request().Context(), actor(c), form.change)
	if err != nil {
		return s.refuseOverride(c, x, form, err)
	}
	text := fmt.Sprintf("%s switched %s for %s.", x.feature.Name, features.OnOff(form.change.Value.Enabled), x.account.Name)
	return s.answerCell(c, x, revision, text)
}

// resetOverride takes the override away: the account inherits again.
func (s *Server) resetOverride(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	form, err := x.bind(c)
	if err != nil {
		return err
	}
	revision, err := s.db.ClearOverride(c.Request().Context(), actor(c), form.change)
	if features.KindOf(err) == features.Conflict {
		return s.overrideConflict(c, x, err, views.ConflictSide{Value: "Inherited"}, nil)
	}
	if err != nil {
		return err
	}
	return s.answerCell(c, x, revision, fmt.Sprintf("%s reset to inherited for %s.", x.feature.Name, x.account.Name))
}

// refuseOverride answers what could not be saved: with both versions where someone else was first, with the editor and
// its errors where the input was wrong.
func (s *Server) refuseOverride(c echo.Context, x cell, form overrideForm, refusal error) error {
	fields := fieldErrors(refusal)
	switch {
	case features.KindOf(refusal) == features.Conflict:
		mine := views.ConflictSide{Value: capital(features.OnOff(form.change.Value.Enabled)), Variant: form.change.Variant, Reason: form.change.Reason, Until: until(form.change.ExpiresAt)}
		return s.overrideConflict(c, x, refusal, mine, map[string]string{
			"enabled": c.FormValue("enabled"), "variant": form.change.Variant, "reason": form.change.Reason, "expires_at": form.expires,
		})
	case !form.editor || fields == nil || fields["version"] != "":
		return refusal
	}
	row, err := s.rowNow(c, x)
	if err != nil {
		return err
	}
	row.Version = form.change.Version
	return s.overrideEditor(c, http.StatusUnprocessableEntity, x, views.OverrideModel{
		Row: row, Enabled: form.change.Value.Enabled, Variants: x.feature.VariantKeys(), Variant: form.change.Variant, Reason: form.change.Reason, Expires: form.expires, Errors: fields,
	})
}

// showOverride is the editor of one override, with its reason and expiry.
func (s *Server) showOverride(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	stored, err := s.storedCell(c, x)
	if err != nil {
		return err
	}
	model := views.OverrideModel{Row: s.featureRow(c, x, stored, time.Now()), Variants: x.feature.VariantKeys()}
	model.Enabled = model.Row.On || model.Row.Some != ""
	if o := stored.Override; o != nil {
		model.Enabled, model.Variant, model.Reason = o.Value.Enabled, o.Variant, o.Reason
		if !o.ExpiresAt.IsZero() {
			model.Expires = o.ExpiresAt.UTC().Format(expiresLayout)
		}
	}
	return s.overrideEditor(c, http.StatusOK, x, model)
}

func (s *Server) overrideEditor(c echo.Context, status int, x cell, model views.OverrideModel) error {
	frame, err := s.framed(c, x.account, "features")
	if err != nil {
		return err
	}
	shell := s.shell(c, model.Row.Name+" for "+x.account.Name, "accounts")
	return s.pageWith(c, status, shell, views.OverridePage(frame, model), views.OverrideDialog(model))
}

// explainCell says why a feature is what it is for an account: every rule in order, and which decided.
func (s *Server) explainCell(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	frame, err := s.framed(c, x.account, "features")
	if err != nil {
		return err
	}
	model := why(s.live.Catalogue(), x, time.Now())
	return s.page(c, s.shell(c, model.Title, "accounts"), views.WhyPage(frame, model), views.Why(model))
}

func why(catalogue *features.Catalogue, x cell, at time.Time) views.WhyModel {
	explanation := catalogue.Explain(x.feature, &features.Context{Account: x.account}, at)
	standing := x.standing(catalogue, at)
	model := views.WhyModel{Title: fmt.Sprintf("%s is %s for %s", x.feature.Name, standing.State, x.account.Name)}
	if standing.State == features.Some {
		model.Title = fmt.Sprintf("%s is on for some of the people of %s", x.feature.Name, x.account.Name)
	}
	for _, step := range explanation.Steps {
		model.Steps = append(model.Steps, views.TraceStep(step))
	}
	switch {
	case explanation.Evaluation.Value.Enabled != (standing.State == features.On), standing.State == features.Some:
		model.Hint = "It depends on the person: " + someRule(x.feature) + " The rules are asked here for the account alone."
	case explanation.Evaluation.Source == features.SourceOverride:
		bare := *x.account
		bare.Overrides = nil
		model.Hint = "Without the override it would be " + stateWords(catalogue.State(x.feature, &bare, at)) + "."
	}
	return model
}

// stateWords are a state in the middle of a sentence.
func stateWords(s features.State) string {
	if s == features.Some {
		return "on for some of its people"
	}
	return s.String()
}

// answerCell answers with the cell as it is now, and with what else on the account's page follows from it. revision is
// of the change, 0 when nothing changed.
func (s *Server) answerCell(c echo.Context, x cell, revision int64, text string) error {
	if !isHtmx(c) {
		if revision != 0 {
			s.leave(c, text, revision)
		}
		return c.Redirect(http.StatusSeeOther, "/admin/accounts/"+x.account.Slug)
	}
	row, beside, err := s.rowChanged(c)
	if err != nil {
		return err
	}
	parts := []templ.Component{nil, beside}
	if revision != 0 {
		if row.WaitsFor != "" {
			text += " It takes effect once " + row.WaitsFor + "."
		} else if row.Some != "" {
			text += " " + row.Some
		}
		parts = append(parts, views.ToastOOB(s.toast(c, text, revision)))
	}
	row.FocusSwitch = !row.Overridden
	parts[0] = views.FeatureRow(row)
	c.Response().Header().Set("HX-Trigger", "dialog:close")
	replaceRow(c, row)
	return render(c, http.StatusOK, parts...)
}

// overrideConflict answers that someone else saved the cell first: with the cell as it is now and a dialog with both
// versions. mine is what was not saved, again what saving it nevertheless posts.
func (s *Server) overrideConflict(c echo.Context, x cell, refusal error, mine views.ConflictSide, again map[string]string) error {
	if !isHtmx(c) {
		return refusal
	}
	row, beside, err := s.rowChanged(c)
	if err != nil {
		return err
	}
	theirs, err := s.savedSide(c, x)
	if err != nil {
		return err
	}
	mine.By, mine.When = "You", "not saved"
	model := views.CellConflictModel{
		ID: "conflict", Feature: x.feature.Name, Account: x.account.Name, Theirs: theirs, Mine: mine,
		Action: c.Request().URL.Path, Target: "#" + row.ID, CSRFToken: s.csrfToken(c),
		Hidden: map[string]string{"version": strconv.FormatInt(row.Version, 10)},
	}
	maps.Copy(model.Hidden, again)
	replaceRow(c, row)
	return render(c, http.StatusConflict, views.FeatureRow(row), beside, views.IntoDialogs(views.CellConflict(model)))
}

// replaceRow has the answer take the place of a feature's row, wherever on the page it was asked for.
func replaceRow(c echo.Context, row views.FeatureRowModel) {
	c.Response().Header().Set("HX-Retarget", "#"+row.ID)
	c.Response().Header().Set("HX-Reswap", "outerHTML")
}

package console

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// overrideForm is what a switch, a field or the editor of an override posts.
type overrideForm struct {
	change  db.OverrideChange
	typed   string // the value as it was typed
	expires string // as it was typed
	editor  bool   // it came from the editor, which shows errors beside its fields
	anyway  bool   // the question what it does has been answered
}

// expiresLayout is how a datetime-local field writes a moment, in UTC.
const expiresLayout = "2006-01-02T15:04"

func (x cell) bind(c echo.Context) (form overrideForm, err error) {
	answer := c.FormValue("answer")
	form = overrideForm{typed: c.FormValue("value"), expires: c.FormValue("expires_at"), editor: c.FormValue("editor") != "", anyway: answer != ""}
	form.change = db.OverrideChange{
		Account: x.Account.ID, Feature: x.Feature.Key, ChangeOptions: db.ChangeOptions{Reason: strings.TrimSpace(c.FormValue("reason"))}, WithDependencies: answer == "needs",
		Value: features.Value{Enabled: c.FormValue("enabled") == "true"},
	}
	var problems features.Problems
	if form.change.Value.Enabled { // what is off has neither variant nor value, whatever the fields beside it say
		form.change.Variant = c.FormValue("variant")
		if form.change.Value.Data, err = x.bindValue(form); err != nil {
			problems = append(problems, web.Refusal("value", sentenceOf(err)))
		}
	}
	if enabled := c.FormValue("enabled"); enabled != "" && enabled != "true" {
		problems = append(problems, web.Refusal("enabled", "Choose on or off. Nothing has been saved."))
	}
	if form.change.Version, err = strconv.ParseInt(c.FormValue("version"), 10, 64); err != nil {
		problems = append(problems, web.Refusal("version", "The version is missing. Reload the page and try again."))
	}
	if form.expires != "" {
		if form.change.ExpiresAt, err = parseExpires(form.expires); err != nil {
			problems = append(problems, web.Refusal("expires_at", "Enter date and time in UTC, such as 2026-12-31T18:00."))
		}
	}
	return form, problems.Err()
}

// bindValue reads the value typed; a variant that is forced brings its own.
func (x cell) bindValue(form overrideForm) (features.JSON, error) {
	if x.Feature.Type.IsBoolean() || form.change.Variant != "" {
		return "", nil
	}
	return x.Feature.Type.ParseData(form.typed)
}

// SetOverride saves what a switch, a field or the editor says, for one feature of one account. What would take no effect,
// or take other features along, is asked about first.
func (s *Surface) SetOverride(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	form, err := x.bind(c)
	if err != nil {
		return s.refuseOverride(c, x, form, err)
	}
	plan, err := s.PlanOverride(x.AccountFeature, form.change)
	if err != nil {
		return s.refuseOverride(c, x, form, err)
	}
	if !form.anyway && plan.NeedsConfirmation() {
		return s.confirmOverride(c, x, form, plan)
	}
	revision, err := s.DB.SetOverride(c.Request().Context(), web.Actor(c), form.change)
	if err != nil {
		return s.refuseOverride(c, x, form, err)
	}
	if x.inList {
		return s.cellSaved(c, form.change.Value, revision, plan.Reaches)
	}
	return s.answerCell(c, x, revision, setSentence(x, form.change.Value), plan.Reaches)
}

func setSentence(x cell, v features.Value) string {
	if v.Enabled && v.Data != "" {
		return fmt.Sprintf("%s set to %s for %s.", x.Feature.Name, words.Clipped(v.Words()), x.Account.Name)
	}
	return fmt.Sprintf("%s switched %s for %s.", x.Feature.Name, features.OnOff(v.Enabled), x.Account.Name)
}

// ResetOverride takes the override away: the account inherits again.
func (s *Surface) ResetOverride(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	form, err := x.bind(c)
	if err != nil {
		return err
	}
	plan := s.Live.Catalogue().PlanReset(x.Account, x.Feature, time.Now())
	if plan.NeedsConfirmation() && !form.anyway {
		return s.confirmReset(c, x, form, plan)
	}
	revision, err := s.DB.ClearOverride(c.Request().Context(), web.Actor(c), form.change)
	if features.KindOf(err) == features.Conflict {
		return s.overrideConflict(c, x, err, views.ConflictSide{Value: "Inherited"}, nil)
	}
	if err != nil {
		return err
	}
	return s.answerCell(c, x, revision, fmt.Sprintf("%s reset to inherited for %s.", x.Feature.Name, x.Account.Name), plan.Reaches)
}

// again is what saving it once more posts.
func (form overrideForm) again(c echo.Context) map[string]string {
	fields := map[string]string{
		"enabled": c.FormValue("enabled"), "value": form.typed, "variant": form.change.Variant, "reason": form.change.Reason,
		"expires_at": form.expires, "answer": c.FormValue("answer"),
	}
	for name, value := range fields {
		if value == "" {
			delete(fields, name)
		}
	}
	return fields
}

// refuseOverride answers what could not be saved: with both versions where someone else was first, with the editor, or
// the field, and its errors where the input was wrong.
func (s *Surface) refuseOverride(c echo.Context, x cell, form overrideForm, refusal error) error {
	fields := web.FieldErrors(refusal)
	switch {
	case features.KindOf(refusal) == features.Conflict && x.inList && !form.editor:
		return s.cellConflict(c, x, form)
	case features.KindOf(refusal) == features.Conflict:
		mine := views.ConflictSide{
			Value: valueWord(form.change.Value), Variant: form.change.Variant, Reason: form.change.Reason, Until: expiryText(form.change.ExpiresAt),
		}
		return s.overrideConflict(c, x, refusal, mine, form.again(c))
	case fields == nil || fields["version"] != "", !form.editor && (x.Feature.Type.IsBoolean() || x.inList):
		return refusal
	}
	row, err := s.rowNow(c, x)
	if err != nil {
		return err
	}
	row.Version = form.change.Version
	if !form.editor && web.IsHtmx(c) {
		row.Typed, row.Error, row.FocusSwitch = form.typed, fields["value"], true
		return web.Render(c, http.StatusUnprocessableEntity, views.FeatureRow(row))
	}
	return s.overrideEditor(c, http.StatusUnprocessableEntity, x, views.OverrideModel{
		Row: row, Inherits: c.FormValue("enabled") == "inherit", Enabled: form.change.Value.Enabled, Value: form.typed, Variants: x.Feature.VariantKeys(), Variant: form.change.Variant,
		Reason: form.change.Reason, Expires: form.expires, Errors: fields,
	})
}

// ShowOverride is the editor of one override, with its value, reason and expiry.
func (s *Surface) ShowOverride(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	stored, err := s.StoredCell(c, x.AccountFeature)
	if err != nil {
		return err
	}
	model := views.OverrideModel{Row: s.featureRow(c, x, stored, time.Now()), Variants: x.Feature.VariantKeys()}
	model.Inherits = stored.Override == nil
	data := cmp.Or(x.AccountValue(s.Live.Catalogue(), time.Now()).Value.Data, x.Feature.UsualValue().Data)
	if o := stored.Override; o != nil {
		model.Enabled, model.Variant, model.Reason = o.Value.Enabled, o.Variant, o.Reason
		data = cmp.Or(o.Value.Data, data)
		if !o.ExpiresAt.IsZero() {
			model.Expires = o.ExpiresAt.UTC().Format(expiresLayout)
		}
	}
	model.Value = editable(x.Feature.Type, data)
	return s.overrideEditor(c, http.StatusOK, x, model)
}

func (s *Surface) overrideEditor(c echo.Context, status int, x cell, model views.OverrideModel) error {
	frame, err := s.framed(c, x.Account, "features")
	if err != nil {
		return err
	}
	model.Action, model.Allowed = x.url(), allowedWords(x.Feature)
	shell := s.shell(c, model.Row.Name+" for "+x.Account.Name, "accounts")
	return s.pageWith(c, status, shell, views.OverridePage(frame, model), views.OverrideDialog(model))
}

// parseExpires reads when an override expires, in UTC.
func parseExpires(text string) (time.Time, error) {
	at, err := time.Parse(expiresLayout, text)
	return features.Moment(at), err
}

package console

import (
	"fmt"
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

// approvalForm is what a request shall be answered with, as it was typed and what it means.
type approvalForm struct {
	db.UpgradeApproval
	value, expires string
	problems       features.Problems
}

// approvalOf gives the request of a path, what it is about, and the form that answers it with what the account has now.
func (s *Surface) approvalOf(c echo.Context) (r features.UpgradeRequest, x cell, err error) {
	if r, err = s.UpgradeOf(c); err != nil {
		return r, x, err
	}
	x, err = s.upgradeCell(r)
	return r, x, err
}

func readApproval(c echo.Context, r features.UpgradeRequest, f *features.Feature) (form approvalForm) {
	form.Request, form.WithDependencies, form.Note = r.ID, c.FormValue("needs") == "true", strings.TrimSpace(c.FormValue("note"))
	form.value, form.expires = c.FormValue("value"), c.FormValue("expires_at")
	var err error
	if form.Version, err = strconv.ParseInt(c.FormValue("version"), 10, 64); err != nil {
		form.problems = append(form.problems, web.Refusal("version", "The version is missing. Reload the page and try again."))
	}
	if !f.Type.IsBoolean() {
		if form.Data, err = f.Type.ParseData(form.value); err != nil {
			form.problems = append(form.problems, web.Refusal("value", sentenceOf(err)))
		}
	}
	if form.expires != "" {
		if form.ExpiresAt, err = parseExpires(form.expires); err != nil {
			form.problems = append(form.problems, web.Refusal("expires_at", "Enter date and time in UTC, such as 2026-12-31T18:00."))
		}
	}
	return form
}

// wish is the override that the form asks for.
func (form approvalForm) wish() features.OverrideWish {
	return features.OverrideWish{
		Value: features.Value{Enabled: true, Data: form.Data}, ExpiresAt: form.ExpiresAt, WithDependencies: form.WithDependencies,
	}
}

// ConfirmApproval asks what an account shall be given. The value is left to whoever approves: what the account has already is
// the one that it has not asked for.
func (s *Surface) ConfirmApproval(c echo.Context) error {
	r, x, err := s.approvalOf(c)
	if err != nil {
		return err
	}
	form := approvalForm{UpgradeApproval: db.UpgradeApproval{Request: r.ID, WithDependencies: true}}
	if form.Version, err = s.cellVersion(c, x); err != nil {
		return err
	}
	return s.approvalQuestion(c, r, x, form, nil)
}

// cellVersion is the version of a cell that the state which serves shows.
func (s *Surface) cellVersion(c echo.Context, x cell) (int64, error) {
	stored, err := s.StoredCell(c, x.AccountFeature)
	return min(stored.Version, x.Account.Revision), err
}

// approvalQuestion asks; refused is why the answer before was not taken, nil at first.
func (s *Surface) approvalQuestion(c echo.Context, r features.UpgradeRequest, x cell, form approvalForm, refused error) error {
	if r.CheckPending() != nil {
		return s.upgradeDecided(c, r)
	}
	fields := views.ApprovalFields{
		Request: s.upgradeRow(c, r), Version: strconv.FormatInt(form.Version, 10), Field: valueField(x.Feature, form.value),
		WithDependencies: form.WithDependencies, Note: form.Note, Expires: form.expires, Errors: web.FieldErrors(refused), Effect: s.approvalEffect(x, form),
	}
	if features.KindOf(refused) == features.Conflict {
		fields.Conflict, fields.Errors = web.Describe(refused).Detail, nil
	}
	for _, other := range s.Live.Catalogue().MissingDependencies(x.Feature, x.Account, time.Now()) {
		fields.Dependencies = append(fields.Dependencies, other.Name)
	}
	question := views.AskModel{
		ID: "upgrade-dialog", Title: fmt.Sprintf("Approve %s for %s?", x.Feature.Name, x.Account.Name), Action: fields.Request.URL("/approve"),
		CSRFToken: s.CSRFToken(c), Submit: "Approve", Note: "Sets the override. Can be undone.", Back: upgradesLink,
	}
	if s.Live.Catalogue().Locks(x.Account.TierID, x.Feature) {
		question.Submit, question.Note = "", ""
	}
	return s.confirm(c, "upgrades", question, views.AskApproval(fields), refused)
}

// valueField is what a value of a feature is typed into.
func valueField(f *features.Feature, text string) views.ValueField {
	field := views.ValueField{Type: typeOf(f), Value: text, Hint: allowedWords(f) + "."}
	for _, one := range f.Constraints.Enum {
		field.Options = append(field.Options, one.Text())
	}
	return field
}

// approvalEffect says what an approval would change for the account, and what keeps it from that.
func (s *Surface) approvalEffect(x cell, form approvalForm) (m views.ApprovalEffect) {
	catalogue, now := s.Live.Catalogue(), time.Now()
	if locked := x.Locked(catalogue); locked != "" {
		m.Waits = fmt.Sprintf("The tier %s now locks %s. Allow overrides there first, or reject the request.", locked, x.Feature.Name)
		return m
	}
	plan, err := catalogue.PlanOverride(x.Account, x.Feature, form.wish(), now)
	if err != nil || len(form.problems) > 0 {
		return views.ApprovalEffect{Problem: "Correct the fields to see the effect.", Waits: s.approvalWaits(x.AccountFeature, now)}
	}
	after, keys := web.AccountFeature{Account: plan.Account, Feature: x.Feature}, []string{x.Feature.Key}
	for _, f := range plan.Dependencies {
		keys = append(keys, f.Key)
	}
	for _, effect := range s.Live.Effects(features.Proposal{Accounts: []*features.Account{after.Account}, Features: keys}, now) {
		if !effect.IsEmpty() {
			m.Rows = append(m.Rows, views.DiffRow{
				Field:  effect.Feature.Name,
				Before: stateWords(catalogue.AccountValue(effect.Feature, x.Account, now)),
				After:  stateWords(catalogue.AccountValue(effect.Feature, after.Account, now)),
			})
		}
	}
	m.Waits = s.approvalWaits(after, now)
	return m
}

// approvalWaits says why what has been given has no effect yet; "" where it has.
func (s *Surface) approvalWaits(x web.AccountFeature, at time.Time) string {
	catalogue := s.Live.Catalogue()
	value := x.AccountValue(catalogue, at)
	switch wait := x.WaitsFor(catalogue, value, at); {
	case wait != "":
		return "It takes effect once " + wait + "."
	case value.Source == features.SourceRollout:
		return "It has no effect for now: the feature is released only to " + web.ReleasedTo(x.Feature.Rollout) + "."
	}
	return ""
}

// PreviewApproval says what the form that is being filled in would do.
func (s *Surface) PreviewApproval(c echo.Context) error {
	r, x, err := s.approvalOf(c)
	if err != nil {
		return err
	}
	form := readApproval(c, r, x.Feature)
	if !web.WantsFragment(c) {
		return s.approvalQuestion(c, r, x, form, form.problems.Err())
	}
	return web.Render(c, 200, views.ApprovalEffectPart(s.approvalEffect(x, form)))
}

// ApproveUpgrade gives an account what the form says. Where someone else was first, it asks again over what is there now.
func (s *Surface) ApproveUpgrade(c echo.Context) error {
	r, x, err := s.approvalOf(c)
	if err != nil {
		return err
	}
	form := readApproval(c, r, x.Feature)
	if err := form.problems.Err(); err != nil {
		return s.approvalQuestion(c, r, x, form, err)
	}
	revision, refused := s.DB.ApproveUpgrade(c.Request().Context(), web.Actor(c), form.UpgradeApproval)
	if refused == nil {
		value := features.Value{Enabled: true, Data: form.Data}
		return s.done(c, fmt.Sprintf("%s is %s for %s", x.Feature.Name, words.Clipped(value.Words()), x.Account.Name), revision, upgradesLink.URL)
	}
	if web.FieldErrors(refused) == nil && features.KindOf(refused) != features.Conflict {
		return refused
	}
	if r, x, err = s.approvalOf(c); err != nil {
		return err
	}
	if features.KindOf(refused) == features.Conflict {
		if form.Version, err = s.cellVersion(c, x); err != nil {
			return err
		}
	}
	return s.approvalQuestion(c, r, x, form, refused)
}

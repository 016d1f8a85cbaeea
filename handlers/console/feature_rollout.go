package console

import (
	"cmp"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// rolloutForm is whom a feature shall be released to: as it was typed, and what that means.
type rolloutForm struct {
	typed    map[string]string // by field
	rollout  features.Rollout
	values   releaseValues
	problems map[string]string // by field; nil where it can be saved
	conflict *conflict         // nil where nobody else has saved it
}

// rolloutFields are what the form posts.
var rolloutFields = []string{
	"version", "default_value", "strategy", "percentage", "rollout_by", "account_ids", "user_ids", "postal_codes", "roles", "reason",
}

// ShowFeature is the page of one feature: whom it is released to.
func (s *Surface) ShowFeature(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	version, err := s.seenVersion(c, feature)
	if err != nil {
		return err
	}
	form := storedRollout(feature)
	form.typed["version"] = version
	if form.values, err = s.storedValues(c, feature); err != nil {
		return err
	}
	return s.releasePage(c, http.StatusOK, feature, form)
}

// storedRollout is the form as it is opened.
func storedRollout(f *features.Feature) rolloutForm {
	r := f.Rollout.Normalize()
	return rolloutForm{rollout: r, typed: rolloutTexts(r)}
}

func rolloutTexts(r features.Rollout) map[string]string {
	lines := func(list []string) string { return strings.Join(list, "\n") }
	return map[string]string{
		"strategy": string(r.Strategy), "percentage": r.Percentage.Number(), "rollout_by": string(r.By),
		"account_ids": lines(r.Target.AccountIDs), "user_ids": lines(r.Target.UserIDs),
		"postal_codes": lines(r.Target.PostalCodes), "roles": lines(r.Target.Roles),
	}
}

// seenVersion is the version of a feature that a page shows: of its latest change, or of the state that serves where that
// has not seen it yet, so that saving over what was not seen is told as a conflict.
func (s *Surface) seenVersion(c echo.Context, f *features.Feature) (string, error) {
	version, err := s.DB.FeatureVersion(c.Request().Context(), f.ID)
	return strconv.FormatInt(min(version, f.Revision), 10), err
}

// readRollout reads the form. What it does not say is not taken for everyone.
func (s *Surface) readRollout(c echo.Context, f *features.Feature) (rolloutForm, error) {
	typed := make(map[string]string, len(rolloutFields))
	for _, name := range rolloutFields {
		typed[name] = strings.TrimSpace(c.FormValue(name))
	}
	users := split(typed["user_ids"])
	r := features.Rollout{
		Strategy: features.Strategy(cmp.Or(typed["strategy"], "none")), Percentage: f.Rollout.Percentage,
		By: features.Subject(cmp.Or(typed["rollout_by"], "none")),
		Target: features.Target{
			AccountIDs: s.accountKeys(split(typed["account_ids"])), UserIDs: s.peopleNamed(users).keys(users),
			PostalCodes: split(typed["postal_codes"]), Roles: split(typed["roles"]),
		},
	}
	if share, ok := features.ParsePercent(typed["percentage"]); ok {
		r.Percentage = share
	} else if r.Strategy == features.ToPercentage || typed["percentage"] != "" {
		r.Percentage = -1 // which is refused
	}
	form := rolloutForm{typed: typed, rollout: r.Normalize()}
	var err error
	if form.values, err = s.storedValues(c, f); err != nil {
		return form, err
	}
	problems := map[string]string{}
	form.values.read(c, f, problems)
	form.problems = problemsOf(features.Together(form.draft(f).Validate(), features.CheckReason(typed["reason"])), problems)
	return form, nil
}

// draft is the feature as the form would leave it.
func (form rolloutForm) draft(f *features.Feature) features.FeatureDraft {
	draft := f.Draft()
	draft.Rollout, draft.Default = form.rollout, form.values.byDefault
	return draft
}

// proposed is the feature as the form would leave it, in the catalogue as it would be.
func (form rolloutForm) proposed(now *features.Catalogue, f *features.Feature) (*features.Feature, *features.Catalogue) {
	changed := form.draft(f).Feature(f)
	return changed, form.values.catalogue(now, changed)
}

// PreviewRollout says what the form that is being filled in would do.
func (s *Surface) PreviewRollout(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	form, err := s.readRollout(c, feature)
	if err != nil {
		return err
	}
	if !web.WantsFragment(c) {
		return s.releasePage(c, http.StatusOK, feature, form)
	}
	return web.Render(c, http.StatusOK, views.RolloutPreview(s.rolloutModel(c, feature, form)))
}

// SaveRollout releases the feature as the form says, unless someone else has saved it since the form was opened.
func (s *Surface) SaveRollout(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	form, err := s.readRollout(c, feature)
	if err != nil {
		return err
	}
	if form.problems == nil {
		seen, _ := strconv.ParseInt(form.typed["version"], 10, 64) // what is no number is no version, and so a conflict
		revision, err := s.DB.SaveRelease(c.Request().Context(), web.Actor(c), db.Release{
			FeatureChange: db.FeatureChange{Draft: form.draft(feature), Version: seen, ChangeOptions: db.ChangeOptions{Reason: form.typed["reason"]}}, Tiers: form.values.edits(),
		})
		switch {
		case err == nil:
			s.setFlash(c, s.released(feature, revision), revision)
			return goTo(c, featureName(feature).URL(""))
		case features.KindOf(err) == features.Conflict:
			return s.rolloutConflict(c, form)
		}
		if form.problems = web.FieldErrors(err); form.problems == nil {
			return err
		}
	}
	return s.releasePage(c, http.StatusUnprocessableEntity, feature, form)
}

// saveDraft saves another version of a feature over the version that its editor saw.
func (s *Surface) saveDraft(c echo.Context, draft features.FeatureDraft, version, reason string) (int64, error) {
	seen, _ := strconv.ParseInt(version, 10, 64) // what is no number is no version, and so a conflict
	return s.DB.UpdateFeature(c.Request().Context(), web.Actor(c), db.FeatureChange{Draft: draft, Version: seen, ChangeOptions: db.ChangeOptions{Reason: reason}})
}

// released says who has a feature now that its release is saved.
func (s *Surface) released(f *features.Feature, revision int64) string {
	f, err := s.Live.Catalogue().Feature(f.Key)
	if revision == 0 || err != nil {
		return saved(f.Name, revision)
	}
	return f.Name + ": " + s.sentence(f, s.Live.Count([]*features.Feature{f})[0])
}

// rolloutConflict shows what someone else saved beside what was to be saved; the form now stands over the stored version.
func (s *Surface) rolloutConflict(c echo.Context, form rolloutForm) error {
	theirs, err := s.featureOf(c)
	if err != nil {
		return err
	}
	found, err := s.conflictWith(c, theirs)
	if err != nil {
		return err
	}
	stored, mine := rolloutTexts(theirs.Rollout.Normalize()), rolloutTexts(form.rollout)
	for _, name := range []string{"strategy", "percentage", "rollout_by", "account_ids", "user_ids", "postal_codes", "roles"} {
		found.compare(name, shortened(name, stored[name]), shortened(name, mine[name]))
	}
	values, err := s.storedValues(c, theirs)
	if err != nil {
		return err
	}
	form.values.compare(found, values)
	form.typed["version"], form.conflict = found.version, found
	return s.releasePage(c, http.StatusConflict, theirs, form)
}

// shortened is a field as two versions of it are compared: a long list as how many it names and what it begins with.
func shortened(field, text string) string {
	if field == "strategy" {
		return views.StrategyWord(text)
	}
	all := strings.Split(text, "\n")
	if len(all) <= 10 {
		return strings.Join(all, ", ")
	}
	return words.Number(len(all)) + ": " + strings.Join(all[:3], ", ") + " and more"
}

// releasePage is the page of a feature with its release as a form has it.
func (s *Surface) releasePage(c echo.Context, status int, f *features.Feature, form rolloutForm) error {
	m := s.rolloutModel(c, f, form)
	return web.Render(c, status, inShell(s.shell(c, f.Name, "features"), views.FeatureReleasePage(m)))
}

func (s *Surface) rolloutModel(c echo.Context, f *features.Feature, form rolloutForm) views.RolloutModel {
	m := views.RolloutModel{
		Frame: s.featureFrame(c, f, "release"), CSRFToken: s.CSRFToken(c), Version: form.typed["version"], Strategy: form.typed["strategy"],
		Percentage: form.typed["percentage"], Saved: f.Rollout.Percentage.Number(), By: form.typed["rollout_by"],
		Reason: form.typed["reason"], Errors: form.problems, Preview: s.rolloutPreview(f, form),
		Values: form.values.model(f, form.typed, form.problems),
	}
	m.Frame.Address = m.Frame.URL("")
	m.Accounts, m.Users, m.Places, m.Roles = s.targets(form)
	if form.conflict != nil {
		m.ConflictBy, m.Conflict = form.conflict.by, form.conflict.diff()
		m.Preview.Submit = "Save my version"
	}
	return m
}

func (s *Surface) rolloutPreview(f *features.Feature, form rolloutForm) views.PreviewModel {
	was := f.Rollout.Normalize()
	changed, after := form.proposed(s.Live.Catalogue(), f)
	m := s.previewOf("rollout", changed, after, form.problems)
	m.Changed = !reflect.DeepEqual(was, form.rollout) || form.values.byDefault != f.Default || len(form.values.edits()) > 0
	if form.problems == nil {
		m.Unreached = unreached(after, changed)
	}
	if rise := form.rollout.Percentage - was.Percentage; form.problems == nil && onlyShare(was, form.rollout) && rise != 0 {
		m.Lead, m.Submit = "Raising to "+form.rollout.Percentage.String(), "Raise to "+form.rollout.Percentage.String()
		if rise < 0 {
			m.Lead, m.Submit = "Lowering to "+form.rollout.Percentage.String(), "Lower to "+form.rollout.Percentage.String()
		}
	}
	return m
}

// onlyShare tells whether two rollouts are percentages that differ in nothing else.
func onlyShare(a, b features.Rollout) bool {
	a.Percentage = b.Percentage
	return b.Strategy == features.ToPercentage && reflect.DeepEqual(a, b)
}

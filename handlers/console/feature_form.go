package console

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// NewFeature shows the empty form.
func (s *Surface) NewFeature(c echo.Context) error {
	m := storedForm(&features.Feature{})
	m.New, m.DisplayOrder = true, ""
	return s.featureForm(c, http.StatusOK, &features.Feature{}, m)
}

// CreateFeature adds a feature to the registry.
func (s *Surface) CreateFeature(c echo.Context) error {
	m, draft, problems := formOver(c, &features.Feature{})
	if problems == nil {
		_, err := s.DB.CreateFeature(c.Request().Context(), web.Actor(c), draft)
		if err == nil {
			s.setFlash(c, draft.Name+" is created. Switch it on for accounts in their list.", 0)
			return goTo(c, views.FeatureNameModel{Key: draft.Key}.URL(""))
		}
		if problems = web.FieldErrors(err); problems == nil {
			return err
		}
	}
	m.Errors = problems
	return s.featureForm(c, http.StatusUnprocessableEntity, &features.Feature{}, m)
}

// EditFeature shows the form with what is stored.
func (s *Surface) EditFeature(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	m := storedForm(feature)
	if m.Version, err = s.seenVersion(c, feature); err != nil {
		return err
	}
	return s.featureForm(c, http.StatusOK, feature, m)
}

// UpdateFeature saves the form, unless someone else has saved the feature since it was opened.
func (s *Surface) UpdateFeature(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	m, draft, problems := formOver(c, feature)
	if problems == nil {
		revision, err := s.saveDraft(c, draft, m.Version, m.Reason)
		switch {
		case err == nil:
			s.setFlash(c, saved(draft.Name, revision), revision)
			return goTo(c, m.Feature.URL(""))
		case features.KindOf(err) == features.Conflict:
			return s.featureConflict(c, feature, m)
		}
		if problems = web.FieldErrors(err); problems == nil {
			return err
		}
	}
	m.Errors = problems
	return s.featureForm(c, http.StatusUnprocessableEntity, feature, m)
}

func saved(name string, revision int64) string {
	if revision == 0 {
		return name + " is as it was: nothing was changed"
	}
	return name + " is saved"
}

// formOver reads the form over a feature, which keeps what the form does not have; the zero feature is a new one.
func formOver(c echo.Context, f *features.Feature) (m views.FeatureFormModel, draft features.FeatureDraft, problems map[string]string) {
	m = readFeatureForm(c)
	if m.New = f.ID == 0; !m.New {
		m.Feature, m.Key = featureName(f), f.Key
	}
	draft, problems = featureDraft(m, f)
	return m, draft, problems
}

// featureConflict shows what someone else saved beside what was to be saved; the form now stands over the stored version.
func (s *Surface) featureConflict(c echo.Context, f *features.Feature, m views.FeatureFormModel) error {
	found, err := s.conflictWith(c, f)
	if err != nil {
		return err
	}
	m.Version, m.ConflictBy = found.version, found.by
	theirs, mine := formTexts(storedForm(f)), formTexts(m)
	for i := range theirs {
		found.compare(theirs[i].Name, theirs[i].Value, mine[i].Value)
	}
	m.Conflict = found.diff()
	return s.featureForm(c, http.StatusConflict, f, m)
}

// formTexts are the fields of the form in words, to compare two versions by.
func formTexts(m views.FeatureFormModel) []views.Fact {
	keys := func(m views.TargetModel) string { return strings.Join(split(m.Text), ", ") }
	return []views.Fact{
		{Name: "name", Value: m.Name},
		{Name: "description", Value: m.Help},
		{Name: "type", Value: m.Type},
		{Name: "default_enabled", Value: views.FieldValue("enabled", m.Default)},
		{Name: "default_value", Value: m.DefaultValues[m.Type]},
		{Name: "min", Value: m.Min},
		{Name: "max", Value: m.Max},
		{Name: "enum", Value: strings.Join(split(m.Enum), ", ")},
		{Name: "schema", Value: m.Schema},
		{Name: "depends_on", Value: keys(m.DependsOn)},
		{Name: "conflicts_with", Value: keys(m.ConflictsWith)},
		{Name: "category", Value: m.Category},
		{Name: "subcategory", Value: m.Subcategory},
		{Name: "owner", Value: m.Owner},
		{Name: "help_url", Value: m.HelpURL},
		{Name: "icon", Value: m.Icon},
		{Name: "display_order", Value: m.DisplayOrder},
		{Name: "premium", Value: views.FieldValue("premium", m.Premium)},
		{Name: "requires_setup", Value: views.FieldValue("requires_setup", m.RequiresSetup)},
		{Name: "permanent", Value: views.FieldValue("permanent", m.Permanent)},
		{Name: "deprecated", Value: views.FieldValue("deprecated", m.Deprecated)},
		{Name: "deprecation_message", Value: m.DeprecationMessage},
		{Name: "metadata", Value: m.Metadata},
	}
}

// PreviewFeature says what the form that is being filled in would do.
func (s *Surface) PreviewFeature(c echo.Context) error {
	feature, err := s.formedFeature(c)
	if err != nil {
		return err
	}
	m, _, problems := formOver(c, feature)
	if !web.WantsFragment(c) {
		m.Errors = problems
		return s.featureForm(c, http.StatusOK, feature, m)
	}
	if err := s.completeForm(c, feature, &m); err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.FeatureFormPreview(m))
}

// newKey stands for the key of a feature that is not there yet; none can be called so.
const newKey = "-"

// formedFeature is the feature that a form's address names: the zero feature for the form of a new one.
func (s *Surface) formedFeature(c echo.Context) (*features.Feature, error) {
	if c.Param("key") == newKey {
		return &features.Feature{}, nil
	}
	return s.featureOf(c)
}

func (s *Surface) featureForm(c echo.Context, status int, f *features.Feature, m views.FeatureFormModel) error {
	if err := s.completeForm(c, f, &m); err != nil {
		return err
	}
	form := views.FeatureForm(m)
	return s.pageWith(c, status, s.shell(c, m.Title(), "features"), form, form)
}

// completeForm adds to what was typed what it stands for and what saving it would do.
func (s *Surface) completeForm(c echo.Context, f *features.Feature, m *views.FeatureFormModel) (err error) {
	m.CSRFToken, m.Categories = s.CSRFToken(c), web.Categories(s.Live.Catalogue().Features())
	for _, other := range s.Live.Catalogue().Features() {
		if other.Key != f.Key {
			m.Registry = append(m.Registry, views.Option{Value: other.Key, Text: other.Name})
		}
	}
	m.DependsOn = s.linkList("depends_on", m.DependsOn.Text, m.Errors["depends_on"])
	m.DependsOn.Label, m.DependsOn.Hint = "Needs", "It is on only if all of these are on."
	m.ConflictsWith = s.linkList("conflicts_with", m.ConflictsWith.Text, m.Errors["conflicts_with"])
	m.ConflictsWith.Label, m.ConflictsWith.Hint = "Conflicts with", "Never on together with any of these: the stronger value wins. It holds both ways."
	if !m.New {
		if m.TypeFixed, err = s.whyTypeFixed(c, f); err != nil {
			return err
		}
	}
	s.addFormPreview(f, m)
	if m.New && m.Key == "" && m.Name == "" && m.Errors == nil { // nobody has begun
		m.Preview.Problems = nil
	}
	return nil
}

// linkList is a list of keys with the names of their features.
func (s *Surface) linkList(field, text, problem string) views.TargetModel {
	same := func(names []string) []string { return names }
	m := targetList(field, text, problem, split(text), same, func(key string) (string, bool) {
		f, err := s.Live.Catalogue().Feature(key)
		if err != nil {
			return "", false
		}
		return f.Name, true
	})
	m.Placeholder = "knowledge_base"
	m.UnknownNote = "There is no feature with these keys. Check the spelling."
	return m
}

func (s *Surface) whyTypeFixed(c echo.Context, f *features.Feature) (string, error) {
	uses, err := s.DB.FeatureUses(c.Request().Context(), f)
	if err != nil || len(uses) == 0 {
		return "", err
	}
	return "Cannot be changed: it is used by " + strings.Join(uses, ", ") + ".", nil
}

// addFormPreview says what saving the form would do, or why it cannot be saved.
func (s *Surface) addFormPreview(f *features.Feature, m *views.FeatureFormModel) {
	draft, problems := featureDraft(*m, f)
	catalogue := s.Live.Catalogue()
	if draft.DisplayOrder == 0 && m.New {
		for _, other := range catalogue.Features() {
			draft.DisplayOrder = max(draft.DisplayOrder, other.DisplayOrder+1)
		}
	}
	changed := draft.Feature(f)
	if problems == nil {
		problems = problemsOf(catalogue.With(changed).CheckLinks(changed.Key), nil)
	}
	m.Preview = s.previewOf("form", changed, catalogue.With(changed), problems)
	m.Preview.Changed = m.New || !reflect.DeepEqual(draft, f.Draft().Normalize())
	switch effect := m.Preview.Effect; {
	case m.Conflict != nil:
		m.Preview.Submit = "Save my version"
	case m.New:
		m.Preview.Submit = "Create feature"
	case effect == nil || effect.Changes() == 0:
		m.Preview.Submit = "Save changes"
	}
}

func storedForm(f *features.Feature) views.FeatureFormModel {
	kind := string(f.Draft().Normalize().Type)
	m := views.FeatureFormModel{
		Feature: featureName(f), Key: f.Key, Name: f.Name, Help: f.Description, Category: f.Category, Subcategory: f.Subcategory,
		Icon: f.Icon, HelpURL: f.HelpURL, Owner: f.Owner, DisplayOrder: strconv.Itoa(f.DisplayOrder), Type: kind,
		Default: f.Default.Enabled, DefaultValues: map[string]string{kind: editable(f.Type, f.Default.Data)},
		Min: bound(f.Constraints.Min), Max: bound(f.Constraints.Max), Schema: indented(f.Constraints.Schema),
		Premium: f.Premium, RequiresSetup: f.RequiresSetup, Permanent: f.Permanent, Deprecated: f.Deprecated,
		DeprecationMessage: f.DeprecationMessage, Metadata: indented(f.Metadata),
	}
	m.DependsOn.Text, m.ConflictsWith.Text = strings.Join(f.DependsOn, "\n"), strings.Join(f.ConflictsWith, "\n")
	for i, one := range f.Constraints.Enum {
		if i > 0 {
			m.Enum += "\n"
		}
		m.Enum += one.Text()
	}
	return m
}

package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// variantsForm is the variants that a feature shall deal out: as they were typed, and what that means.
type variantsForm struct {
	rows            []views.VariantRow
	variants        []features.Variant
	version, reason string
	problems        map[string]string // by field; nil where they can be saved
	conflict        *conflict         // nil where nobody else has saved them
}

// ShowVariants is the editor of a feature's variants.
func (s *Surface) ShowVariants(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	form := variantsForm{variants: feature.Variants, rows: variantRows(feature)}
	if form.version, err = s.seenVersion(c, feature); err != nil {
		return err
	}
	return s.variantsPage(c, http.StatusOK, feature, form)
}

func variantRows(f *features.Feature) []views.VariantRow {
	rows := make([]views.VariantRow, len(f.Variants))
	for i, v := range f.Variants {
		rows[i] = views.VariantRow{Key: v.Key, On: v.Value.Enabled, Value: editable(f.Type, v.Value.Data), Weight: v.Weight.Number()}
	}
	return rows
}

// readVariants reads the form. Rows that say nothing are left out.
func readVariants(c echo.Context, f *features.Feature) variantsForm {
	form := variantsForm{version: c.FormValue("version"), reason: strings.TrimSpace(c.FormValue("reason"))}
	values := c.Request().Form
	keys, ons, weights := values["variant_key"], values["variant_on"], values["variant_weight"]
	problems := map[string]string{}
	for i := range min(len(keys), len(ons), len(weights)) {
		row := views.VariantRow{Key: strings.TrimSpace(keys[i]), On: ons[i] == "true", Weight: strings.TrimSpace(weights[i])}
		if typed := values["variant_value"]; i < len(typed) {
			row.Value = typed[i]
		}
		if row.Key == "" && row.Weight == "" {
			continue
		}
		form.rows = append(form.rows, row)
		form.variants = append(form.variants, readVariant(row, f.Type, fmt.Sprintf("variants.%d.", len(form.rows)), problems))
	}
	draft := f.Draft()
	draft.Variants = form.variants
	form.problems = problemsOf(features.Together(draft.Validate(), features.CheckReason(form.reason)), problems)
	return form
}

func readVariant(row views.VariantRow, kind features.Type, field string, problems map[string]string) features.Variant {
	weight, ok := features.ParsePercent(row.Weight)
	if !ok {
		problems[field+"weight"] = "Enter a number from 0 to 100, with at most two decimals, such as 12.5."
	}
	v := features.Variant{Key: row.Key, Value: features.Value{Enabled: row.On}, Weight: weight}
	if !kind.IsBoolean() {
		v.Value.Data = parsed(field+"value", row.Value, kind.ParseData, problems)
	}
	return v
}

// problemsOf are the problems of a check beside those that are known; nil for none. A sum is only told of numbers.
func problemsOf(err error, known map[string]string) map[string]string {
	all := web.FieldErrors(err)
	if len(known) > 0 {
		delete(all, "variants")
	}
	for field, message := range known {
		if all == nil {
			all = map[string]string{}
		}
		all[field] = message
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// PreviewVariants says what the form that is being filled in would do.
func (s *Surface) PreviewVariants(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	form := readVariants(c, feature)
	if !web.WantsFragment(c) {
		return s.variantsPage(c, http.StatusOK, feature, form)
	}
	return web.Render(c, http.StatusOK, views.VariantsPreview(s.variantsModel(c, feature, form)))
}

// SaveVariants has the feature deal out the variants of the form, unless someone else has saved it in between.
func (s *Surface) SaveVariants(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	form := readVariants(c, feature)
	if form.problems == nil {
		draft := feature.Draft()
		draft.Variants = form.variants
		revision, err := s.saveDraft(c, draft, form.version, form.reason)
		switch {
		case err == nil:
			s.setFlash(c, saved(feature.Name, revision), revision)
			return goTo(c, featureName(feature).URL("/variants"))
		case features.KindOf(err) == features.Conflict:
			return s.variantsConflict(c, form)
		}
		if form.problems = web.FieldErrors(err); form.problems == nil {
			return err
		}
	}
	return s.variantsPage(c, http.StatusUnprocessableEntity, feature, form)
}

// variantsConflict shows what someone else saved beside what was to be saved; the form now stands over the stored version.
func (s *Surface) variantsConflict(c echo.Context, form variantsForm) error {
	theirs, err := s.featureOf(c)
	if err != nil {
		return err
	}
	found, err := s.conflictWith(c, theirs)
	if err != nil {
		return err
	}
	found.compare("variants", variantWords(theirs.Variants), variantWords(form.variants))
	form.version, form.conflict = found.version, found
	return s.variantsPage(c, http.StatusConflict, theirs, form)
}

func variantWords(variants []features.Variant) string {
	text := make([]string, len(variants))
	for i, v := range variants {
		text[i] = v.Key + " " + v.Weight.String() + " " + words.Clipped(v.Value.Words())
	}
	return strings.Join(text, ", ")
}

func (s *Surface) variantsPage(c echo.Context, status int, f *features.Feature, form variantsForm) error {
	m := s.variantsModel(c, f, form)
	return web.Render(c, status, inShell(s.shell(c, f.Name+": variants", "features"), views.VariantsPage(m)))
}

func (s *Surface) variantsModel(c echo.Context, f *features.Feature, form variantsForm) views.VariantsModel {
	changed := f.With(func(f *features.Feature) { f.Variants = form.variants })
	m := views.VariantsModel{
		Frame: s.featureFrame(c, f, "variants"), CSRFToken: s.CSRFToken(c), Version: form.version, Rows: form.rows, Reason: form.reason,
		Errors: form.problems, By: string(f.Rollout.Normalize().By), Sum: variantSum(form.variants),
		Preview: s.previewOf("variants", changed, s.Live.Catalogue().With(changed), form.problems),
	}
	m.Preview.Changed = !slices.Equal(f.Variants, form.variants)
	m.Frame.Address = m.Frame.URL("/variants")
	if form.conflict != nil {
		m.ConflictBy, m.Conflict = form.conflict.by, form.conflict.diff()
		m.Preview.Submit = "Save my version"
	}
	return m
}

func variantSum(variants []features.Variant) string {
	sum := features.Percent(0)
	for _, v := range variants {
		sum += v.Weight
	}
	return sum.Number()
}

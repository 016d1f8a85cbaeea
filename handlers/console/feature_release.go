package console

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// releaseValues is what a release gives: the default, and what each tier gives instead.
type releaseValues struct {
	byDefault features.Value
	tiers     []releaseTier
}

// releaseTier is a row of the editor: what one tier gives of the feature, as it was chosen.
type releaseTier struct {
	tierCell
	form tierFeatureForm
	edit features.TierEdit
}

// changes reports whether the row asks for anything else than there is.
func (r releaseTier) changes() bool { return r.form != r.stored() }

// storedValues is what a release gives now.
func (s *Surface) storedValues(c echo.Context, f *features.Feature) (v releaseValues, err error) {
	v.byDefault = f.Default
	catalogue := s.Live.Catalogue()
	versions, err := s.DB.TierCellVersions(c.Request().Context(), tierIDs(catalogue.Tiers()), []int64{f.ID})
	for _, tier := range catalogue.Tiers() {
		row := releaseTier{tierCell: tierCell{tier: tier, feature: f}}
		if tierFeature, ok := catalogue.TierFeature(tier.ID, f); ok {
			row.was = &tierFeature
		}
		row.version = min(versions[db.TierCell{Tier: tier.ID, Feature: f.ID}], catalogue.Revision) // see featureRow
		row.form = row.stored()
		v.tiers = append(v.tiers, row)
	}
	return v, err
}

// readValues reads what of a release's values a form says; what it does not say stays.
func (v *releaseValues) read(c echo.Context, f *features.Feature, problems map[string]string) {
	switch c.FormValue("default") {
	case "":
	case "true":
		v.byDefault.Enabled = true
	case "false":
		v.byDefault.Enabled = false
	default:
		problems["default"] = "Choose on or off."
	}
	if text, said := formText(c, "default_value"); said && !f.Type.IsBoolean() && (text != "" || v.byDefault.Enabled && len(f.Variants) == 0) {
		v.byDefault.Data = parsed("default", text, f.Type.ParseData, problems)
	}
	for i := range v.tiers {
		v.tiers[i].read(c, problems)
	}
}

func (r *releaseTier) read(c echo.Context, problems map[string]string) {
	key := r.tier.Key
	if state := c.FormValue("tier." + key); state != "" {
		r.form.state = state
	}
	if text, said := formText(c, "tier_value."+key); said {
		r.form.value = text
	}
	if version, err := strconv.ParseInt(c.FormValue("tier_version."+key), 10, 64); err == nil {
		r.version = version
	}
	var err error
	if r.edit, err = r.tierCell.edit(r.form); err == nil && r.changes() && !r.edit.Clear {
		err = features.TierFeature{Value: r.edit.Value, AllowOverride: r.edit.AllowOverride, AllowUpgrade: r.edit.AllowUpgrade}.Check(r.feature)
	}
	if err != nil && r.changes() {
		for _, message := range web.FieldErrors(err) {
			problems["tier."+key] = message
		}
	}
}

// formText is what a form says of a field, and whether it has the field at all.
func formText(c echo.Context, name string) (text string, said bool) {
	values, err := c.FormParams()
	if err != nil || !values.Has(name) {
		return "", false
	}
	return strings.TrimSpace(values.Get(name)), true
}

// edits are what the tiers are to give from now on, where that changes.
func (v releaseValues) edits() (changes []db.TierFeatureChange) {
	for _, row := range v.tiers {
		if row.changes() {
			changes = append(changes, db.TierFeatureChange{TierEdit: row.edit, Version: row.version})
		}
	}
	return changes
}

// catalogue is the catalogue as it would be with another version of a feature, and with the tiers' edits.
func (v releaseValues) catalogue(now *features.Catalogue, changed *features.Feature) *features.Catalogue {
	var set, removed []features.TierFeature
	for _, row := range v.tiers {
		x := features.TierFeature{
			TierID: row.tier.ID, FeatureID: changed.ID, Value: row.edit.Value, AllowOverride: row.edit.AllowOverride, AllowUpgrade: row.edit.AllowUpgrade,
		}
		switch {
		case !row.changes():
		case row.edit.Clear:
			removed = append(removed, x)
		default:
			set = append(set, x)
		}
	}
	return now.With(changed).WithoutTierFeatures(removed...).WithTierFeatures(set...)
}

// compare adds the values to two versions, and has those of the form stand over what is stored now.
func (v *releaseValues) compare(found *conflict, stored releaseValues) {
	found.compare("default", words.Clipped(stored.byDefault.Words()), words.Clipped(v.byDefault.Words()))
	for i, row := range v.tiers {
		if row.changes() {
			found.compare("tier."+row.tier.Key, TierFeatureWords(stored.tiers[i].was), row.words())
		}
		v.tiers[i].version = stored.tiers[i].version
	}
}

// words say what the row is to give.
func (r releaseTier) words() string {
	if r.edit.Clear {
		return TierFeatureWords(nil)
	}
	return TierFeatureWords(&features.TierFeature{Value: r.edit.Value, AllowOverride: r.edit.AllowOverride, AllowUpgrade: r.edit.AllowUpgrade})
}

// model fills the editor's values in.
func (v releaseValues) model(f *features.Feature, typed, problems map[string]string) views.ReleaseValuesModel {
	m := views.ReleaseValuesModel{
		Kind: cellKind(f), On: v.byDefault.Enabled, Value: cmp.Or(typed["default_value"], editable(f.Type, v.byDefault.Data)), Error: problems["default"],
		Variants: len(f.Variants),
	}
	for _, one := range f.Constraints.Enum {
		m.Choices = append(m.Choices, one.Text())
	}
	for i, row := range v.tiers {
		m.Tiers = append(m.Tiers, views.ReleaseTierModel{
			Key: row.tier.Key, Name: row.tier.Name, Place: i + 1, State: row.form.state, Value: row.form.value,
			Version: strconv.FormatInt(row.version, 10), Error: problems["tier."+row.tier.Key],
		})
	}
	return m
}

// unreached says why a release reaches nobody but by overrides; "" where it reaches somebody.
func unreached(c *features.Catalogue, f *features.Feature) string {
	if c.ReleaseGives(f) {
		return ""
	}
	return "This release switches it on for nobody: the default is off, and no tier switches it on. " +
		"Choose On for the default, or for a tier."
}

// tiersWords names the tiers that give a feature: "Pro and up", "Free and Pro"; "" for none.
func tiersWords(all, giving []features.Tier) string {
	first := len(all) - len(giving)
	if len(giving) > 1 && giving[0] == all[first] {
		if first == 0 {
			return "every tier"
		}
		return giving[0].Name + " and up"
	}
	names := make([]string, len(giving))
	for i, t := range giving {
		names[i] = t.Name
	}
	return someOf(names)
}

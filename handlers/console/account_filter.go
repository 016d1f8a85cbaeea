package console

import (
	"slices"
	"strconv"
	"strings"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// accountChips are the filters in force, each with the address of the list without it.
func accountChips(query accountsQuery, catalogue *features.Catalogue) (chips []views.FilterChipModel) {
	for i, f := range query.filter.Features {
		without := query.at(1)
		without.filter.Features = slices.Delete(slices.Clone(query.filter.Features), i, i+1)
		name := f.Key
		if feature, err := catalogue.Feature(f.Key); err == nil {
			name = feature.Name
		}
		chips = append(chips, views.FilterChipModel{Field: name + " is", Value: string(f.State), RemoveURL: without.url()})
	}
	if len(query.filter.Tiers) > 0 {
		without := query.at(1)
		without.filter.Tiers = nil
		chips = append(chips, views.FilterChipModel{Field: "Tier is", Value: tierNames(query, catalogue), RemoveURL: without.url()})
	}
	if query.filter.Status != "" {
		without := query.at(1)
		without.filter.Status = ""
		chips = append(chips, views.FilterChipModel{Field: "Status is", Value: string(query.filter.Status), RemoveURL: without.url()})
	}
	return chips
}

// tierNames is the tiers of a filter in words: "Pro or Enterprise".
func tierNames(query accountsQuery, catalogue *features.Catalogue) string {
	names := make([]string, len(query.filter.Tiers))
	for i, key := range query.filter.Tiers {
		names[i] = key
		if tier, err := catalogue.TierByKey(key); err == nil {
			names[i] = tier.Name
		}
	}
	return strings.Join(names, " or ")
}

// filterSentence is a filter in words, for what acts on all that match it.
func filterSentence(query accountsQuery, catalogue *features.Catalogue) string {
	var parts []string
	if query.filter.Search != "" {
		parts = append(parts, strconv.Quote(query.filter.Search))
	}
	for _, chip := range accountChips(query, catalogue) {
		parts = append(parts, chip.Field+" "+chip.Value)
	}
	if len(parts) == 0 {
		return "All accounts"
	}
	return "All that match: " + strings.Join(parts, ", ")
}

// accountPickers are the fields of the filter form, as the address has them.
func accountPickers(query accountsQuery, catalogue *features.Catalogue, columns []*features.Feature) views.AccountPickersModel {
	m := views.AccountPickersModel{
		Status: views.SelectModel{ID: "status", Name: "status", Value: string(query.filter.Status), Label: "Status", Options: []views.Option{
			{Value: "", Text: "Any"}, {Value: string(features.Active), Text: "Active"}, {Value: string(features.Suspended), Text: "Suspended"},
		}},
	}
	for _, f := range catalogue.Features() {
		m.States = append(m.States, stateField(query, f))
		m.Columns = append(m.Columns, views.ChoiceModel{Name: "col", Value: f.Key, Text: f.Name, Checked: slices.Contains(columns, f)})
	}
	for _, tier := range catalogue.Tiers() {
		m.Tiers = append(m.Tiers, tierField(query, tier.Key, tier.Name))
	}
	m.Tiers = append(m.Tiers, tierField(query, features.NoTier, "No tier"))
	for _, size := range pageSizes {
		text := strconv.Itoa(size)
		m.Sizes = append(m.Sizes, views.ChoiceModel{Name: "size", Value: text, Text: text, Checked: size == query.size})
	}
	return m
}

func stateField(query accountsQuery, f *features.Feature) views.SelectModel {
	field := views.SelectModel{
		ID: "state-" + f.Key, Name: web.StatePrefix + f.Key, Label: f.Name, Options: []views.Option{{Value: "", Text: "Any"}},
	}
	for _, state := range features.FeatureStates() {
		field.Options = append(field.Options, views.Option{Value: string(state), Text: words.Capital(string(state))})
	}
	for _, wanted := range query.filter.Features {
		if wanted.Key == f.Key {
			field.Value = string(wanted.State)
		}
	}
	return field
}

func tierField(query accountsQuery, key, name string) views.ChoiceModel {
	return views.ChoiceModel{Name: "tier", Value: key, Text: name, Checked: slices.Contains(query.filter.Tiers, key)}
}

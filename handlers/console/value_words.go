package console

import (
	"cmp"
	"strings"

	"flagstone/features"
	"flagstone/views"
	"flagstone/words"
)

// typeOf is a feature's type by name.
func typeOf(f *features.Feature) string { return string(cmp.Or(f.Type, features.BooleanType)) }

// valueText is a value as it stands alone: "On", "Off", "10", "eu".
func valueText(v features.Value) string {
	if !v.Enabled || v.Data == "" {
		return words.Capital(features.OnOff(v.Enabled))
	}
	return v.Words()
}

// valueWord is valueText where there is little room.
func valueWord(v features.Value) string { return words.Clipped(valueText(v)) }

// valueBadge is a value in a frame.
func valueBadge(v features.Value) views.BadgeModel {
	badge := views.BadgeModel{Text: valueWord(v)}
	if v.Enabled {
		badge.Kind = "good"
	}
	return badge
}

// stateBadge is what an account as a whole has of a feature.
func stateBadge(s features.AccountValue) views.BadgeModel {
	if s.State == features.Some {
		return views.BadgeModel{Text: "Some", Kind: "warn"}
	}
	return valueBadge(s.Value)
}

// stateWords are the same in the middle of a sentence.
func stateWords(s features.AccountValue) string {
	if s.State == features.Some {
		return "on for some of its users"
	}
	return words.Clipped(s.Value.Words())
}

// defaultWords are the default of a feature, with the value that it is usually switched on with.
func defaultWords(f *features.Feature) string {
	if usual := f.UsualValue().Data; !f.Default.Enabled && usual != "" {
		return "Off; usually " + words.Clipped(usual.Text()) + " where it is on"
	}
	return valueWord(f.Default)
}

// allowedWords say which values a feature may have.
func allowedWords(f *features.Feature) string {
	if f.Type.IsBoolean() {
		return "On and off"
	}
	c, any, noun := f.Constraints, "any JSON object", ""
	switch f.Type {
	case features.IntegerType:
		any = "any whole number"
	case features.StringType:
		any, noun = "any text", " characters"
	default:
	}
	var parts []string
	switch {
	case c.Min != nil && c.Max != nil:
		parts = append(parts, "from "+words.Number(*c.Min)+" to "+words.Number(*c.Max)+noun)
	case c.Min != nil:
		parts = append(parts, "at least "+words.Number(*c.Min)+noun)
	case c.Max != nil:
		parts = append(parts, "at most "+words.Number(*c.Max)+noun)
	default:
	}
	if len(c.Enum) > 0 {
		parts = append(parts, "one of "+c.Choices())
	}
	if c.Schema != "" {
		parts = append(parts, "what fits its JSON Schema")
	}
	return words.Capital(cmp.Or(strings.Join(parts, ", "), any))
}

// sentenceOf is what is wrong with a value as a sentence.
func sentenceOf(err error) string { return words.Capital(err.Error()) + "." }

package features

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Variant is one of several values that a feature deals out by weight (docs/evaluation.md §5).
type Variant struct {
	Key    string  `json:"key"`
	Value  Value   `json:"value"` // of a boolean feature: whether this variant is on
	Weight Percent `json:"weight"`
}

const maxVariants = 20

var variantKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,49}$`)

// validateVariants refuses variants whose keys are no plain words or stand twice, or whose weights do not sum to 100.
// Field names the variant: "variants.2.key", from 1.
func validateVariants(variants []Variant, problems *Problems) {
	if len(variants) == 0 {
		return
	}
	if len(variants) > maxVariants {
		problems.add("variants", fmt.Sprintf("Use at most %d variants.", maxVariants))
	}
	sum := Percent(0)
	for i, v := range variants {
		field := fmt.Sprintf("variants.%d.key", i+1)
		switch {
		case !variantKey.MatchString(v.Key):
			problems.add(field, "Use lower-case letters, digits, hyphens and underscores, such as blue or control.")
		case slices.ContainsFunc(variants[:i], func(o Variant) bool { return o.Key == v.Key }):
			problems.add(field, "There is a variant "+v.Key+" already.")
		}
		sum += v.Weight
	}
	if sum != Everyone {
		problems.add("variants", fmt.Sprintf("The weights sum to %s: make them 100.", sum.Number()))
	}
}

// variant gives the variant of a key; nil when there is none: a forced one may have gone since.
func (f *Feature) variant(key string) *Variant {
	for i := range f.Variants {
		if f.Variants[i].Key == key {
			return &f.Variants[i]
		}
	}
	return nil
}

// CheckOverride refuses, at the fields variant and value, what an override cannot set: a variant in one that is off, or
// beside a value, or that there is not; else a value that breaks the feature's type or constraints.
func (f *Feature) CheckOverride(v Value, variant string) error {
	switch {
	case variant == "":
		return f.CheckValue(v)
	case !v.Enabled || f.variant(variant) == nil:
		return &Error{Kind: Invalid, Field: "variant", Message: "Choose one of the feature's variants for an override that is on."}
	case v.Data != "":
		return &Error{Kind: Invalid, Field: "variant", Message: "A variant has its own value. Set a variant or a value, not both."}
	}
	return nil
}

// VariantKeys gives the keys of a feature's variants, in their order.
func (f *Feature) VariantKeys() []string {
	keys := make([]string, len(f.Variants))
	for i, v := range f.Variants {
		keys[i] = v.Key
	}
	return keys
}

func shares(variants []Variant) string {
	parts := make([]string, len(variants))
	for i, v := range variants {
		parts[i] = v.Key + " " + v.Weight.String()
	}
	return strings.Join(parts, ", ")
}

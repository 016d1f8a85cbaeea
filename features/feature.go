package features

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Feature is an entry in the registry: what it is called, whether it is in use, whom it is released to, and its values.
// Once it is in a catalogue it never changes; With makes another version of it.
type Feature struct {
	ID           int64
	Key          string // fixed when it is created
	Name         string
	Description  string // the help tooltip
	Category     string
	Subcategory  string
	Icon         string
	HelpURL      string
	Owner        string
	DisplayOrder int
	Type         Type
	Constraints  Constraints // of its values
	Default      Value
	Active       bool // false once it is retired
	Enabled      bool // the kill switch
	Rollout      Rollout
	Variants     []Variant
	Links
	Permanent bool // meant to stay: it never counts as stale
	Badges
	Deprecation
	Metadata    JSON // an object that means nothing to Flagstone; "" for an empty one
	CreatedAt   time.Time
	UpdatedAt   time.Time
	UpdatedBy   string
	Revision    int64        // of its latest change
	releaseRule *releaseRule // the rollout, made ready by NewCatalogue
}

// Badges are what the console says beside a feature's name; evaluation does not look at them.
type Badges struct {
	Premium       bool
	RequiresSetup bool
}

// Links are the keys of other features that one needs and that one cannot be on together with (docs/evaluation.md §7
// and §8). Conflicts hold both ways, whichever side names them.
type Links struct {
	DependsOn     []string
	ConflictsWith []string
}

// Deprecation says that a feature is on its way out, and what to do instead. Evaluation does not look at it.
type Deprecation struct {
	Deprecated         bool
	DeprecationMessage string
}

// With gives another version of a feature, for a change not yet saved.
func (f *Feature) With(change func(*Feature)) *Feature {
	other := *f
	other.releaseRule = nil
	change(&other)
	return &other
}

// FeatureDraft is what a person may write of a feature. Key counts only when the feature is created.
type FeatureDraft struct {
	Key, Name, Description, Category, Subcategory, Icon, HelpURL, Owner string
	DisplayOrder                                                        int
	Type                                                                Type
	Constraints                                                         Constraints
	Default                                                             Value
	Permanent                                                           bool
	Badges
	Deprecation
	Rollout  Rollout
	Variants []Variant
	Links
	Metadata JSON
}

// Draft gives a feature as a person could have written it.
func (f *Feature) Draft() FeatureDraft {
	return FeatureDraft{
		Key: f.Key, Name: f.Name, Description: f.Description, Category: f.Category, Subcategory: f.Subcategory,
		Icon: f.Icon, HelpURL: f.HelpURL, Owner: f.Owner, DisplayOrder: f.DisplayOrder, Type: f.Type, Constraints: f.Constraints,
		Default: f.Default, Permanent: f.Permanent, Badges: f.Badges, Deprecation: f.Deprecation, Rollout: f.Rollout,
		Variants: f.Variants, Links: f.Links, Metadata: f.Metadata,
	}
}

// Feature gives a feature as it would be with the draft; one that is not there yet would be in use.
func (d FeatureDraft) Feature(was *Feature) *Feature {
	return was.With(func(f *Feature) {
		if f.ID == 0 {
			f.Active, f.Enabled = true, true
		}
		f.write(d)
	})
}

// write makes a feature what a person wrote of it.
func (f *Feature) write(d FeatureDraft) {
	f.Key, f.Name, f.Description, f.Category, f.Subcategory = d.Key, d.Name, d.Description, d.Category, d.Subcategory
	f.Icon, f.HelpURL, f.Owner, f.DisplayOrder, f.Default = d.Icon, d.HelpURL, d.Owner, d.DisplayOrder, d.Default
	f.Permanent, f.Badges, f.Rollout, f.Variants = d.Permanent, d.Badges, d.Rollout, d.Variants
	f.Type, f.Constraints, f.Links, f.Deprecation, f.Metadata = d.Type, d.Constraints, d.Links, d.Deprecation, d.Metadata
}

var featureKey = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)

// Normalize tidies what people type.
func (d FeatureDraft) Normalize() FeatureDraft {
	for _, s := range []*string{
		&d.Key, &d.Name, &d.Description, &d.Category, &d.Subcategory, &d.Icon, &d.HelpURL, &d.Owner, &d.DeprecationMessage,
	} {
		*s = Tidy(*s)
	}
	d.Rollout = d.Rollout.Normalize()
	d.Type = cmp.Or(d.Type, BooleanType)
	d.DependsOn, d.ConflictsWith = plainKeys(d.DependsOn), plainKeys(d.ConflictsWith)
	if d.Metadata == "{}" {
		d.Metadata = ""
	}
	return d
}

// plainKeys gives keys without what people leave around them, each once.
func plainKeys(keys []string) (plain []string) {
	for _, key := range keys {
		if key = Tidy(key); key != "" && !slices.Contains(plain, key) {
			plain = append(plain, key)
		}
	}
	return plain
}

// Validate gives Problems for every field that breaks a rule, or nil.
func (d FeatureDraft) Validate() error {
	var problems Problems
	switch {
	case d.Key == "":
		problems.add("key", "Enter a key for the feature, such as knowledge_base.")
	case len(d.Key) > maxKey:
		problems.add("key", "Use at most 100 characters.")
	case !featureKey.MatchString(d.Key):
		problems.add("key", "Use lower-case letters, digits, dots and underscores, beginning with a letter, such as limits.max_flows.")
	}
	problems.checkName(d.Name)
	problems.checkText("description", d.Description, maxDescription)
	problems.checkLine("category", d.Category, maxName)
	problems.checkLine("subcategory", d.Subcategory, maxName)
	problems.checkLine("icon", d.Icon, maxName)
	problems.checkLine("owner", d.Owner, maxName)
	problems.checkOrder("display_order", d.DisplayOrder)
	problems.checkAddress("help_url", d.HelpURL)
	for _, key := range d.DependsOn {
		problems.checkFeatureName("depends_on", key)
	}
	for _, key := range d.ConflictsWith {
		problems.checkFeatureName("conflicts_with", key)
	}
	problems.checkText("deprecation_message", d.DeprecationMessage, maxDescription)
	if d.Metadata != "" && !strings.HasPrefix(string(d.Metadata), "{") {
		problems.add("metadata", "Enter a JSON object, such as {\"team\": \"billing\"}.")
	}
	d.validateValues(&problems)
	validateVariants(d.Variants, &problems)
	return Together(problems.Err(), d.Rollout.Normalize().Validate())
}

// validateValues refuses a type that is none, constraints that do not fit it, and values that break either.
func (d FeatureDraft) validateValues(problems *Problems) {
	if !slices.Contains(Types(), cmp.Or(d.Type, BooleanType)) {
		problems.add("type", "Choose boolean, integer, string or json.")
		return
	}
	before := len(*problems)
	d.Constraints.validate(d.Type, problems)
	if len(*problems) > before {
		return
	}
	check := newValueCheck(d.Type, d.Constraints, d.Variants)
	if fault := check.Fault(d.Default); fault != "" {
		problems.add("default", fault)
	}
	check.variants = false
	for i, v := range d.Variants {
		if fault := check.Fault(v.Value); fault != "" {
			problems.add(fmt.Sprintf("variants.%d.value", i+1), fault)
		}
	}
}

// FlagName is the name of a boolean feature in the portal's flags (docs/portal.md, "The calls beneath"): its key in
// lower camel case, with dots and underscores as word breaks, and "Enabled" behind it.
func FlagName(key string) string {
	var name strings.Builder
	for i, word := range wordsOf(key) {
		if i > 0 {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		name.WriteString(word)
	}
	return name.String() + "Enabled"
}

// ProducerFlagName is the name of a boolean feature in /api/v1/producers/me/: its key with dots as underscores and
// "_enabled" behind it.
func ProducerFlagName(key string) string { return strings.ReplaceAll(key, ".", "_") + "_enabled" }

func wordsOf(key string) []string {
	return strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '_' })
}

// DerivedNames gives the names that a portal knows a feature by beside its key: no other feature may have one of them.
func DerivedNames(key string) []string { return []string{FlagName(key), ProducerFlagName(key)} }

// SameNames tells whether two keys would give one of the derived names twice, which is refused.
func SameNames(a, b string) bool {
	return FlagName(a) == FlagName(b) || ProducerFlagName(a) == ProducerFlagName(b)
}

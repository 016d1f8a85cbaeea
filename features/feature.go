package features

import (
	"regexp"
	"strings"
	"time"
)

// Feature is an entry in the registry (spec §2): what it is called, whether it is in use, whom it is released to, and its
// values. Once it is in a catalogue it never changes; With makes another version of it.
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
	Default      Value
	Active       bool // false once it is retired
	Enabled      bool // the kill switch
	Rollout      Rollout
	Variants     []Variant
	Permanent    bool // meant to stay: it never counts as stale
	Badges
	CreatedAt time.Time
	UpdatedAt time.Time
	UpdatedBy string
	Revision  int64 // of its latest change
	gate      *gate // the rollout, made ready by NewCatalogue
}

// Badges are what the console says beside a feature's name; evaluation does not look at them.
type Badges struct {
	Premium       bool
	RequiresSetup bool
}

// With gives another version of a feature, for a change not yet saved.
func (f *Feature) With(change func(*Feature)) *Feature {
	other := *f
	other.gate = nil
	change(&other)
	return &other
}

// FeatureDraft is what a person may write of a feature. Key counts only when the feature is created.
type FeatureDraft struct {
	Key, Name, Description, Category, Subcategory, Icon, HelpURL, Owner string
	DisplayOrder                                                        int
	Default                                                             Value
	Permanent                                                           bool
	Badges
	Rollout  Rollout
	Variants []Variant
}

// Draft gives a feature as a person could have written it.
func (f *Feature) Draft() FeatureDraft {
	return FeatureDraft{
		Key: f.Key, Name: f.Name, Description: f.Description, Category: f.Category, Subcategory: f.Subcategory,
		Icon: f.Icon, HelpURL: f.HelpURL, Owner: f.Owner, DisplayOrder: f.DisplayOrder, Default: f.Default,
		Permanent: f.Permanent, Badges: f.Badges, Rollout: f.Rollout, Variants: f.Variants,
	}
}

// write makes a feature what a person wrote of it.
func (f *Feature) write(d FeatureDraft) {
	f.Key, f.Name, f.Description, f.Category, f.Subcategory = d.Key, d.Name, d.Description, d.Category, d.Subcategory
	f.Icon, f.HelpURL, f.Owner, f.DisplayOrder, f.Default = d.Icon, d.HelpURL, d.Owner, d.DisplayOrder, d.Default
	f.Permanent, f.Badges, f.Rollout, f.Variants = d.Permanent, d.Badges, d.Rollout, d.Variants
}

var featureKey = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)

// Normalize trims what people leave around the words they type.
func (d FeatureDraft) Normalize() FeatureDraft {
	for _, s := range []*string{
		&d.Key, &d.Name, &d.Description, &d.Category, &d.Subcategory, &d.Icon, &d.HelpURL, &d.Owner,
	} {
		*s = strings.TrimSpace(*s)
	}
	d.Rollout = d.Rollout.Normalize()
	return d
}

// Validate gives Problems for every field that breaks a rule of spec §2, or nil.
func (d FeatureDraft) Validate() error {
	var problems Problems
	switch {
	case d.Key == "":
		problems.add("key", "Give the feature a key, such as knowledge_base.")
	case len(d.Key) > maxKey:
		problems.add("key", "Use at most 100 characters.")
	case d.Key == "new":
		problems.add("key", "The console needs this key for itself: choose another.")
	case !featureKey.MatchString(d.Key):
		problems.add("key", "Use lower-case letters, digits, dots and underscores, beginning with a letter, such as limits.max_flows.")
	}
	problems.checkName(d.Name)
	problems.checkText("description", d.Description, maxDescription)
	problems.checkLine("category", d.Category, maxName)
	problems.checkLine("subcategory", d.Subcategory, maxName)
	problems.checkLine("icon", d.Icon, maxName)
	problems.checkLine("owner", d.Owner, maxName)
	if d.HelpURL != "" && !webAddress(d.HelpURL) {
		problems.add("help_url", "Give a full address that begins with https:// or http://.")
	}
	validateVariants(d.Variants, &problems)
	return Together(problems.Err(), d.Rollout.Normalize().Validate())
}

// FlagName is the name of a boolean feature in the portal's flags (spec §5): its key in lower camel case, with dots
// and underscores as word breaks, and "Enabled" behind it.
func FlagName(key string) string {
	var name strings.Builder
	for i, word := range words(key) {
		if i > 0 {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		name.WriteString(word)
	}
	return name.String() + "Enabled"
}

// ProducerFlagName is the name of a boolean feature in /api/v1/producers/me/ (spec §5): its key with dots as
// underscores and "_enabled" behind it.
func ProducerFlagName(key string) string { return strings.ReplaceAll(key, ".", "_") + "_enabled" }

func words(key string) []string {
	return strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '_' })
}

// DerivedNames gives the names that a portal knows a feature by beside its key: no other feature may have one of them
// (spec §2).
func DerivedNames(key string) []string { return []string{FlagName(key), ProducerFlagName(key)} }

// SameNames tells whether two keys would give one of the derived names twice, which spec §2 refuses.
func SameNames(a, b string) bool {
	return FlagName(a) == FlagName(b) || ProducerFlagName(a) == ProducerFlagName(b)
}

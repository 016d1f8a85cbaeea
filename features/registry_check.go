package features

import (
	"regexp"
)

var tierKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,99}$`)

// Normalize tidies what people type.
func (t Tier) Normalize() Tier {
	t.Key, t.Name, t.Description = Tidy(t.Key), Tidy(t.Name), Tidy(t.Description)
	return t
}

// Validate gives Problems for every field of a tier that breaks a rule, or nil.
func (t Tier) Validate() error {
	var problems Problems
	if !tierKey.MatchString(t.Key) {
		problems.add("key", "Give the tier a key of lower-case letters, digits, hyphens and underscores, such as pro.")
	} else if t.Key == NoTier {
		problems.add("key", "This word stands for no tier. Choose another key, such as none-1.")
	}
	problems.checkName(t.Name)
	problems.checkText("description", t.Description, maxDescription)
	problems.checkOrder("order", t.Position)
	return problems.Err()
}

// Validate gives Problems for every field of an account that breaks a rule, or nil.
func (a FileAccount) Validate() error {
	var problems Problems
	problems.checkIdentifier("targeting_key", a.TargetingKey, maxIdentifier)
	if a.Status != Active && a.Status != Suspended {
		problems.add("status", "Choose active or suspended.")
	}
	return Together(problems.Err(), a.Draft.Normalize().Validate())
}

// Validate gives Problems for every field of an override that breaks a rule, or nil.
func (o FileOverride) Validate() error {
	var problems Problems
	if o.Account == "" {
		problems.add("account", "Name the account by its targeting key.")
	}
	if o.Feature == "" {
		problems.add("feature", "Name the feature by its key.")
	}
	return Together(problems.Err(), CheckReason(o.Reason))
}

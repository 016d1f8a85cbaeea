package registry

import (
	"flagstone/features"
)

// Validate gives Problems for every field of an account that breaks a rule, or nil.
func (a FileAccount) Validate() error {
	var problems features.Problems
	if a.Status != features.Active && a.Status != features.Suspended {
		problems = append(problems, invalid("status", "Choose active or suspended."))
	}
	return features.Together(features.CheckTargetingKey(a.TargetingKey), problems.Err(), a.Draft.Normalize().Validate())
}

// Validate gives Problems for every field of an override that breaks a rule, or nil.
func (o FileOverride) Validate() error {
	var problems features.Problems
	if o.Account == "" {
		problems = append(problems, invalid("account", "Name the account by its targeting key."))
	}
	if o.Feature == "" {
		problems = append(problems, invalid("feature", "Name the feature by its key."))
	}
	return features.Together(problems.Err(), features.CheckReason(o.Reason))
}

// invalid is the refusal of a field.
func invalid(field, message string) *features.Error {
	return &features.Error{Kind: features.Invalid, Field: field, Message: message}
}

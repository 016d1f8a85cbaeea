package features

import (
	"fmt"
	"slices"
	"strings"

	"flagstone/words"
)

// Strategy says whom a feature's release rule is open to (docs/evaluation.md §4).
type Strategy string

// The strategies.
const (
	ToAll        Strategy = "all"
	ToPercentage Strategy = "percentage"
	ToWhitelist  Strategy = "whitelist"
	ToRole       Strategy = "role"
)

// Strategies gives every strategy, the widest first.
func Strategies() []Strategy { return []Strategy{ToAll, ToPercentage, ToWhitelist, ToRole} }

// Subject is whom a percentage and variants are dealt by.
type Subject string

// The subjects.
const (
	ByAccount Subject = "account"
	ByPerson  Subject = "user"
)

// Rollout is the release rule of a feature: whom it has been released to so far.
type Rollout struct {
	Strategy   Strategy
	Percentage Percent // counts for ToPercentage
	By         Subject
	Target     Target
}

// Target is whom a rollout names: accounts and users by their targeting keys, places, roles.
type Target struct {
	AccountIDs  []string `json:"account_ids,omitempty"`
	UserIDs     []string `json:"user_ids,omitempty"`
	PostalCodes []string `json:"postal_codes,omitempty"` // upper-case without spaces; each stands for all that begin so
	Roles       []string `json:"roles,omitempty"`
}

// maxTarget is how many entries one list of a target may have.
const maxTarget = 100_000

// Normalize gives a rollout whose lists are trimmed, sorted and without doubles, and names a strategy and a subject.
func (r Rollout) Normalize() Rollout {
	if r.Strategy == "" {
		r.Strategy = ToAll
	}
	if r.By == "" {
		r.By = ByAccount
	}
	r.Target.AccountIDs = tidy(r.Target.AccountIDs, Tidy)
	r.Target.UserIDs = tidy(r.Target.UserIDs, UserKey)
	r.Target.PostalCodes = tidy(r.Target.PostalCodes, PostalPrefix)
	r.Target.Roles = tidy(r.Target.Roles, Tidy)
	return r
}

func tidy(list []string, clean func(string) string) []string {
	var kept []string
	for _, entry := range list {
		if entry = clean(entry); entry != "" {
			kept = append(kept, entry)
		}
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}

// UserKey is a user's targeting key as people write it: e-mails are known in lower case.
func UserKey(text string) string {
	if text = Tidy(text); strings.Contains(text, "@") {
		return strings.ToLower(text)
	}
	return text
}

// PostalPrefix is a postal code as it is compared: upper-case, without spaces.
func PostalPrefix(text string) string {
	return strings.ToUpper(strings.Join(strings.Fields(Tidy(text)), ""))
}

// Validate gives Problems for every field that breaks a rule, or nil.
func (r Rollout) Validate() error {
	var problems Problems
	if !slices.Contains(Strategies(), r.Strategy) {
		problems.add("strategy", "Choose all, percentage, whitelist or role.")
	}
	if r.By != ByAccount && r.By != ByPerson {
		problems.add("rollout_by", "Choose account or user.")
	}
	if r.Percentage < 0 || r.Percentage > Everyone {
		problems.add("percentage", percentRule)
	}
	problems.checkTarget("account_ids", r.Target.AccountIDs, maxIdentifier)
	problems.checkTarget("user_ids", r.Target.UserIDs, maxEmail)
	problems.checkTarget("postal_codes", r.Target.PostalCodes, maxPostalCode)
	problems.checkTarget("roles", r.Target.Roles, maxIdentifier)
	for _, role := range r.Target.Roles {
		if !memberRole.MatchString(role) {
			problems.add("roles", quote(role)+" is not a valid role: use lower-case letters, digits and underscores, such as workshop_admin.")
			break
		}
	}
	if r.Strategy == ToRole && len(r.Target.Roles) == 0 {
		problems.add("roles", "Enter at least one role, such as workshop_admin.")
	}
	return problems.Err()
}

func (p *Problems) checkTarget(field string, list []string, longest int) {
	if len(list) > maxTarget {
		p.add(field, "Name at most "+words.Number(maxTarget)+".")
	}
	for _, entry := range list {
		var wrong Problems
		if wrong.checkIdentifier(field, entry, longest); wrong != nil {
			p.add(field, quote(entry)+": "+wrong[0].Message)
			return
		}
	}
}

// Words say in a few words whom a rollout is open to: "25% of accounts and 3 named accounts".
func (r Rollout) Words() string {
	switch r.Strategy {
	case ToPercentage:
		return strings.Join(append([]string{r.share()}, r.Target.words("named ")...), " and ")
	case ToWhitelist:
		if named := r.Target.words(""); named != nil {
			return strings.Join(named, " and ")
		}
		return "nobody yet"
	case ToRole:
		return "the " + words.Form(len(r.Target.Roles), "role", "roles") + " " + strings.Join(r.Target.Roles, ", ")
	}
	return "everyone"
}

func (r Rollout) share() string {
	switch r.Percentage {
	case 0:
		return "nobody yet"
	case Everyone:
		return fmt.Sprintf("every %s", r.By)
	}
	return fmt.Sprintf("%s of %ss", r.Percentage, r.By)
}

// words counts what a target names; roles stand apart.
func (t Target) words(named string) (parts []string) {
	for _, list := range []struct {
		of   []string
		noun string
	}{{t.AccountIDs, "account"}, {t.UserIDs, "user"}, {t.PostalCodes, "postal code"}} {
		if n := len(list.of); n > 0 {
			parts = append(parts, words.Number(n)+" "+named+words.Form(n, list.noun, list.noun+"s"))
		}
	}
	return parts
}

package features

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Status tells whether an account is served. A suspended account has no feature (docs/evaluation.md §2, rule 1).
type Status string

// The states of an account.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
)

// Account is one customer organisation as evaluation sees it: immutable, replaced whole when it changes.
type Account struct {
	// What lists and filters look at in every account stands first, close together.
	ID         int64
	TierID     int64 // 0 when there is none
	Status     Status
	Revision   int64      // of its own last change, its overrides included
	Overrides  []Override // sorted by FeatureID
	folded     string     // what search looks in: the folded name, then the other identifiers
	foldedName int        // how much of folded is the name: lists sort by it

	TargetingKey string // fixed when the account is created: its external id, else its slug (docs/evaluation.md §1)
	Slug         string
	ExternalID   string // "" when there is none
	Name         string
	ContactEmail string
	PostalCode   string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Override is a value set for one account and one feature (docs/evaluation.md §6), as evaluation needs it.
type Override struct {
	FeatureID int64
	ExpiresAt int64 // Unix milliseconds, 0 for never
	Revision  int64 // of its latest change
	Value     Value
	Variant   string // the variant it forces; "" for none
}

// NewAccount completes an account for serving: overrides sorted, revision of the latest of them, search text folded.
func NewAccount(a Account) *Account {
	if a.Status == Active {
		a.Status = Active // the one text of all accounts, not the one just read
	}
	name := Fold(a.Name)
	a.folded = name + "\n" + Fold(a.Slug+"\n"+a.ExternalID+"\n"+a.ContactEmail)
	a.foldedName = len(name)
	return a.overridden(Overridden{Revision: a.Revision, Overrides: a.Overrides})
}

// overridden gives the account with other overrides.
func (a *Account) overridden(o Overridden) *Account {
	changed := *a
	changed.Revision, changed.Overrides = o.Revision, o.Overrides
	slices.SortFunc(changed.Overrides, func(x, y Override) int { return cmp.Compare(x.FeatureID, y.FeatureID) })
	for _, override := range changed.Overrides {
		changed.Revision = max(changed.Revision, override.Revision)
	}
	return &changed
}

// With gives the account as it would be with further overrides, in place of those of the same features.
func (a *Account) With(further ...Override) *Account {
	changed := *a
	changed.Overrides = slices.Clone(further)
	for _, o := range a.Overrides {
		if !slices.ContainsFunc(further, func(other Override) bool { return other.FeatureID == o.FeatureID }) {
			changed.Overrides = append(changed.Overrides, o)
		}
	}
	return NewAccount(changed)
}

// Without gives the account as it would be without an override of a feature.
func (a *Account) Without(featureID int64) *Account {
	changed := *a
	changed.Overrides = slices.DeleteFunc(slices.Clone(a.Overrides), func(o Override) bool { return o.FeatureID == featureID })
	return NewAccount(changed)
}

// InTier gives the account as it would be in another tier; 0 is none.
func (a *Account) InTier(id int64) *Account {
	changed := *a
	changed.TierID, changed.Overrides = id, slices.Clone(a.Overrides)
	return NewAccount(changed)
}

func (a *Account) sortName() string { return a.folded[:a.foldedName] }

// Override gives the override for a feature that is live at a moment (Unix milliseconds); an override is gone from the
// millisecond it expires (docs/evaluation.md §6).
func (a *Account) Override(featureID, at int64) (Override, bool) {
	low, high := 0, len(a.Overrides)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if a.Overrides[middle].FeatureID < featureID {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == len(a.Overrides) || a.Overrides[low].FeatureID != featureID {
		return Override{}, false
	}
	found := a.Overrides[low]
	return found, found.ExpiresAt == 0 || at < found.ExpiresAt
}

// has reports whether that very override is there and live.
func (a *Account) has(o Override, at int64) bool {
	current, live := a.Override(o.FeatureID, at)
	return live && current.ExpiresAt == o.ExpiresAt && current.Variant == o.Variant && current.Value == o.Value
}

// AccountDraft is what a person may write of an account; Tier is a tier's key or "".
type AccountDraft struct {
	Name, Slug, ExternalID, ContactEmail, PostalCode, Tier string
}

// Draft gives an account as a person could have written it.
func (a *Account) Draft(tier Tier) AccountDraft {
	return AccountDraft{
		Name: a.Name, Slug: a.Slug, ExternalID: a.ExternalID, ContactEmail: a.ContactEmail, PostalCode: a.PostalCode, Tier: tier.Key,
	}
}

// Identifier is a name that finds one account: no other account may be known by it (docs/evaluation.md §1).
type Identifier struct{ Field, Value string }

// Identifiers gives the identifiers of a draft, without those left empty.
func (d AccountDraft) Identifiers() []Identifier {
	both := []Identifier{{"slug", d.Slug}, {"external_id", d.ExternalID}}
	return slices.DeleteFunc(both, func(i Identifier) bool { return i.Value == "" })
}

// TakenBy is the refusal of an identifier that another account is known by.
func (i Identifier) TakenBy(holder string) *Error {
	return &Error{Kind: Invalid, Field: i.Field, Message: i.Value + " is taken by " + holder + "."}
}

var (
	slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	notSlug     = regexp.MustCompile(`[^a-z0-9]+`)
)

// Slugify proposes a slug for a name: "Arizona Comedy" gives "arizona-comedy", "École Été" "ecole-ete".
func Slugify(name string) string {
	slug := strings.Trim(notSlug.ReplaceAllString(Fold(name), "-"), "-")
	return strings.TrimRight(slug[:min(maxIdentifier, len(slug))], "-")
}

// Normalize tidies what people type, and proposes the slug that is left empty.
func (d AccountDraft) Normalize() AccountDraft {
	for _, s := range []*string{&d.Name, &d.Slug, &d.ExternalID, &d.ContactEmail, &d.PostalCode, &d.Tier} {
		*s = Tidy(*s)
	}
	d.ContactEmail = Email(d.ContactEmail)
	if d.Slug == "" {
		d.Slug = Slugify(d.Name)
	}
	return d
}

// Validate gives Problems for every field that breaks a rule, or nil. Whether identifiers are free and the tier
// exists only the database can say.
func (d AccountDraft) Validate() error {
	var problems Problems
	problems.checkName(d.Name)
	switch {
	case d.Slug == "" && d.Name == "": // the name's own error says enough
	case len(d.Slug) > maxIdentifier:
		problems.add("slug", "Use at most 100 characters.")
	case !slugPattern.MatchString(d.Slug):
		problems.add("slug", "Use lower-case letters, digits and single hyphens, such as arizona-comedy.")
	}
	problems.checkIdentifier("external_id", d.ExternalID, maxIdentifier)
	if d.ContactEmail != "" {
		problems.checkEmail("contact_email", d.ContactEmail, "office@example.com")
	}
	problems.checkIdentifier("postal_code", d.PostalCode, maxPostalCode)
	problems.checkIdentifier("tier", d.Tier, maxIdentifier)
	return problems.Err()
}

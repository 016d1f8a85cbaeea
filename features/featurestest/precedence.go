// Package featurestest holds the precedence table of docs/evaluation.md §2 as cases, so that the tests of features run
// it in memory and the tests of db run the same table through stored rows.
package featurestest

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"flagstone/features"
)

// Now is when every case is evaluated.
func Now() time.Time { return time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC) }

// Case is one state of the world and what the table says of it.
type Case struct {
	Name       string
	Feature    features.Feature  // all but its names counts; ready to be put in a catalogue
	FeatureKey string            // the same for cases whose Feature is
	Account    *features.Account // Status and at most one override, whose FeatureID is 0; nil for an unknown account
	AccountKey string            // its targeting key, also of an unknown account
	Mode       features.Mode
	Role, User string
	Want       features.Evaluation
}

// Context is whom the case asks for; account is the case's, as the test has stored it.
func (c Case) Context(account *features.Account) *features.Context {
	return &features.Context{Account: account, TargetingKey: c.AccountKey, Role: c.Role, User: c.User}
}

// Cell is a cell of the table: the values of its column that a row is for. Zero is for all of them, so that a new
// column needs no change in the rows it does not concern.
type Cell uint

// The values of the columns, in the order of columns.
const (
	inUse Cell = 1 << iota
	retired
)

const (
	live Cell = 1 << iota
	killed
)

const (
	toAll Cell = 1 << iota
	listedRole
	otherRole
	noRole
	listedAccount
	unlisted
	wholeShare
	noShare
	listedBesideShare
	shareOfUsers // while no user is given
)

const (
	noVariants Cell = 1 << iota
	variantOn
	variantOff
)

const (
	defaultOn Cell = 1 << iota
	defaultOff
)

const (
	modeLive Cell = 1 << iota
	modeDefaults
	modeOpen
)

const (
	activeAccount Cell = 1 << iota
	suspendedAccount
	unknownAccount
)

const (
	noOverride Cell = 1 << iota
	on
	off
	onUntilLater
	onUntilNow
	offUntilEarlier
	forced
)

const (
	noTier Cell = 1 << iota // or one that does not list the feature
	tierOn
	tierOff
	lockedOn
	lockedOff
)

const (
	served        = activeAccount | unknownAccount
	closedToRole  = otherRole | noRole
	closedToAll   = unlisted | noShare | shareOfUsers
	openRelease   = toAll | listedRole | listedAccount | wholeShare | listedBesideShare
	allowedRole   = openRelease | closedToAll
	dealt         = openRelease | unlisted | noShare // a subject is given to deal variants to
	overriddenOn  = on | onUntilLater
	notOverridden = noOverride | onUntilNow | offUntilEarlier
	unlocked      = noTier | tierOn | tierOff
	locked        = lockedOn | lockedOff
)

// row is one line of the table. Every state of the world is in exactly one.
type row struct {
	feature, killSwitch, release, variants, byDefault, mode, account, override, tier Cell
	source                                                                           features.Source
	on                                                                               bool
	variant                                                                          string
}

func (r row) cells() []Cell {
	return []Cell{r.feature, r.killSwitch, r.release, r.variants, r.byDefault, r.mode, r.account, r.override, r.tier}
}

// table is docs/evaluation.md §2.
func table() []row {
	rows := []row{
		{feature: retired, source: features.SourceInactive},
		{feature: inUse, account: suspendedAccount, source: features.SourceInactive},
		{feature: inUse, account: served, killSwitch: killed, source: features.SourceDisabled},
	}
	for _, r := range slices.Concat(releasedRows(), openRows()) {
		r.feature, r.killSwitch = inUse, live
		if r.account == 0 {
			r.account = served
		}
		rows = append(rows, r)
	}
	return rows
}

// releasedRows are rules 3 and 5 to 9 in the modes live and defaults. An unknown account is as one without overrides or
// tier.
func releasedRows() []row {
	const by = features.SourceOverride
	rows := []row{
		{release: closedToRole, source: features.SourceRollout},
		{override: off, source: by},
		{override: overriddenOn, variants: noVariants | variantOff, source: by, on: true},
		{override: overriddenOn, variants: variantOn, release: dealt, source: by, on: true, variant: "a"},
		{override: overriddenOn, variants: variantOn, release: shareOfUsers, source: by, on: true},
		{override: forced, variants: noVariants, source: by, on: true},
		{override: forced, variants: variantOn, source: by, on: true, variant: "a"},
		{override: forced, variants: variantOff, source: by, variant: "a"},
	}
	for i := range rows[1:] {
		r := &rows[i+1]
		r.mode, r.account, r.tier = modeLive, activeAccount, unlocked
		if r.release == 0 {
			r.release = allowedRole
		}
	}
	for _, inherits := range []row{
		{mode: modeLive, account: activeAccount, override: notOverridden, tier: unlocked},
		{mode: modeLive, account: activeAccount, tier: locked}, // any override sleeps
		{mode: modeDefaults, account: activeAccount},
	} {
		rows = append(rows, inheritedRows(inherits)...)
	}
	for _, r := range inheritedRows(row{mode: modeLive | modeDefaults, account: unknownAccount, tier: noTier}) {
		r.tier = 0 // nothing lists it for an account that is not known
		rows = append(rows, r)
	}
	return rows
}

// inheritedRows are rules 6 to 9, for those that have no override that counts.
func inheritedRows(inherits row) (rows []row) {
	const shut, plan, split, standard = features.SourceRollout, features.SourceTier, features.SourceSplit, features.SourceDefault
	for _, r := range []row{
		{release: closedToAll, source: shut},
		{release: openRelease, tier: tierOff | lockedOff, source: plan},
		{release: openRelease, tier: tierOn | lockedOn, variants: noVariants | variantOff, source: plan, on: true},
		{release: openRelease, tier: tierOn | lockedOn, variants: variantOn, source: plan, on: true, variant: "a"},
		{release: openRelease, tier: noTier, variants: variantOn, source: split, on: true, variant: "a"},
		{release: openRelease, tier: noTier, variants: variantOff, source: split, variant: "a"},
		{release: openRelease, tier: noTier, variants: noVariants, byDefault: defaultOn, source: standard, on: true},
		{release: openRelease, tier: noTier, variants: noVariants, byDefault: defaultOff, source: standard},
	} {
		r.mode, r.account, r.override = inherits.mode, inherits.account, inherits.override
		switch {
		case r.tier == 0:
			r.tier = inherits.tier
		case inherits.tier != 0 && r.tier&inherits.tier == 0:
			continue
		case inherits.tier != 0:
			r.tier &= inherits.tier
		}
		rows = append(rows, r)
	}
	return rows
}

// openRows are rule 4: on, with the variant that the account has of its own where that is on.
func openRows() (rows []row) {
	for _, r := range []row{
		{variants: noVariants | variantOff, on: true},
		{variants: variantOn, account: activeAccount, tier: unlocked, override: forced, on: true, variant: "a"},
		{variants: variantOn, account: activeAccount, tier: unlocked, override: off, on: true},
		{variants: variantOn, account: activeAccount, tier: unlocked, override: overriddenOn, release: dealt, on: true, variant: "a"},
		{variants: variantOn, account: activeAccount, tier: unlocked, override: overriddenOn, release: shareOfUsers, on: true},
		{variants: variantOn, account: activeAccount, tier: noTier | tierOn, override: notOverridden, release: dealt, on: true, variant: "a"},
		{variants: variantOn, account: activeAccount, tier: noTier | tierOn, override: notOverridden, release: shareOfUsers, on: true},
		{variants: variantOn, account: activeAccount, tier: tierOff, override: notOverridden, on: true},
		{variants: variantOn, account: activeAccount, tier: lockedOn, release: dealt, on: true, variant: "a"},
		{variants: variantOn, account: activeAccount, tier: lockedOn, release: shareOfUsers, on: true},
		{variants: variantOn, account: activeAccount, tier: lockedOff, on: true},
		{variants: variantOn, account: unknownAccount, release: dealt, on: true, variant: "a"},
		{variants: variantOn, account: unknownAccount, release: shareOfUsers, on: true},
	} {
		r.mode, r.source = modeOpen, features.SourceMode
		if r.release == 0 {
			r.release = allowedRole
		}
		rows = append(rows, r)
	}
	return rows
}

// value is one value of a column: how it reads, and what it does to a case.
type value struct {
	name string
	set  func(*Case)
}

// featureColumns is how many of the columns are about the feature. They stand first.
const featureColumns = 5

func columns() [][]value {
	return [][]value{
		{
			{"in use", func(c *Case) { c.Feature.Active = true }},
			{"retired", func(c *Case) { c.Feature.Active = false }},
		},
		{
			{"switch live", func(c *Case) { c.Feature.Enabled = true }},
			{"switch killed", func(c *Case) { c.Feature.Enabled = false }},
		},
		releases(),
		{
			{"no variants", func(*Case) {}},
			{"variant on", variant(true)},
			{"variant off", variant(false)},
		},
		{
			{"default on", func(c *Case) { c.Feature.Default = features.Value{Enabled: true} }},
			{"default off", func(c *Case) { c.Feature.Default = features.Value{Enabled: false} }},
		},
		{
			{"live", func(c *Case) { c.Mode = features.ModeLive }},
			{"defaults", func(c *Case) { c.Mode = features.ModeDefaults }},
			{"open", func(c *Case) { c.Mode = features.ModeOpen }},
		},
		{
			{"active account", func(c *Case) { c.Account = &features.Account{Status: features.Active} }},
			{"suspended account", func(c *Case) { c.Account = &features.Account{Status: features.Suspended} }},
			{"unknown account", func(c *Case) { c.Account = nil }},
		},
		{
			{"no override", func(*Case) {}},
			{"override on", override(true, 0)},
			{"override off", override(false, 0)},
			{"override on until later", override(true, Now().UnixMilli()+1)},
			{"override on until now", override(true, Now().UnixMilli())},
			{"override off until earlier", override(false, Now().UnixMilli()-1)},
			{"variant forced", func(c *Case) {
				override(true, 0)(c)
				if c.Account != nil {
					c.Account.Overrides[0].Variant = "a"
				}
			}},
		},
		{
			{"no tier", func(*Case) {}},
			{"tier on", tier(1)},
			{"tier off", tier(2)},
			{"locked on", tier(3)},
			{"locked off", tier(4)},
		},
	}
}

func tier(id int64) func(*Case) {
	return func(c *Case) {
		if c.Account != nil {
			c.Account.TierID = id
		}
	}
}

// Tiers are those of the cases: every one lists the case's feature as Listed says.
func Tiers() []features.Tier {
	return []features.Tier{{ID: 1, Key: "on"}, {ID: 2, Key: "off"}, {ID: 3, Key: "locked-on"}, {ID: 4, Key: "locked-off"}}
}

// Listed is what the tiers list of a feature.
func Listed(featureID int64) []features.TierFeature {
	var tierFeatures []features.TierFeature
	for _, t := range Tiers() {
		tierFeatures = append(tierFeatures, features.TierFeature{
			TierID: t.ID, FeatureID: featureID, Value: features.Value{Enabled: t.ID%2 == 1}, AllowOverride: t.ID < 3,
		})
	}
	return tierFeatures
}

// releases are the ways a rollout can be open or closed to the case's context: the account 'case', the user 'dana'.
func releases() []value {
	release := func(r features.Rollout, role, user string) func(*Case) {
		return func(c *Case) { c.Feature.Rollout, c.Role, c.User = r.Normalize(), role, user }
	}
	roles := features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner", "admin"}}}
	share := features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone}
	none, byUser := share, share
	none.Percentage, byUser.By = 0, features.ByPerson
	beside := none
	beside.Target.UserIDs = []string{"dana"}
	list := features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{UserIDs: []string{"dana"}}}
	return []value{
		{"to all", release(features.Rollout{}, "", "dana")},
		{"to this role", release(roles, "admin", "dana")},
		{"to another role", release(roles, "mechanic", "dana")},
		{"to a role, without one", release(roles, "", "dana")},
		{"to those listed", release(list, "", "dana")},
		{"to others listed", release(list, "", "erin")},
		{"to 100%", release(share, "", "")},
		{"to 0%", release(none, "", "")},
		{"to 0% and this user", release(beside, "", "dana")},
		{"to 100% of users, without one", release(byUser, "", "")},
	}
}

func variant(on bool) func(*Case) {
	return func(c *Case) {
		c.Feature.Variants = []features.Variant{{Key: "a", Value: features.Value{Enabled: on}, Weight: features.Everyone}}
	}
}

func override(on bool, expires int64) func(*Case) {
	return func(c *Case) {
		if c.Account != nil { // nobody can set an override for an account that is not known
			c.Account.Overrides = []features.Override{{Value: features.Value{Enabled: on}, ExpiresAt: expires}}
		}
	}
}

// Cases gives every combination of the columns' values with what its row says. It fails the test when the table says
// nothing of one, or two things.
func Cases(t testing.TB) []Case {
	t.Helper()
	rows, columns := table(), columns()
	states := [][]int{nil}
	for _, column := range columns {
		var longer [][]int
		for _, state := range states {
			for at := range column {
				longer = append(longer, append(state[:len(state):len(state)], at))
			}
		}
		states = longer
	}
	cases := make([]Case, len(states))
	for i, state := range states {
		cases[i] = newCase(t, rows, columns, state)
	}
	return cases
}

func newCase(t testing.TB, rows []row, columns [][]value, state []int) (c Case) {
	t.Helper()
	names := make([]string, len(state))
	for i, column := range columns {
		column[state[i]].set(&c)
		names[i] = column[state[i]].name
	}
	c.Name = strings.Join(names, ", ")
	c.FeatureKey = "case" + digits(state[:featureColumns])
	c.AccountKey = "case-" + digits(slices.Concat(state[:featureColumns], state[featureColumns+1:])) // in every mode
	covering := 0
	for _, r := range rows {
		if r.covers(state) {
			covering++
			c.Want = features.Evaluation{Value: features.Value{Enabled: r.on}, Variant: r.variant, Source: r.source}
		}
	}
	if covering != 1 {
		t.Fatalf("%d rows of the table are for: %s", covering, c.Name)
	}
	return c
}

// digits names a state by the places of its values.
func digits(state []int) string {
	var text strings.Builder
	for _, at := range state {
		text.WriteString(strconv.Itoa(at))
	}
	return text.String()
}

func (r row) covers(state []int) bool {
	for i, cell := range r.cells() {
		if cell != 0 && cell&(1<<state[i]) == 0 {
			return false
		}
	}
	return true
}

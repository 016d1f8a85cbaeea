// Package featurestest holds the precedence table of spec §3 as cases, so that the tests of features run it in memory
// and the tests of db run the same table through stored rows.
package featurestest

import (
	"strings"
	"testing"
	"time"

	"flagstone/features"
)

// Now is when every case is evaluated.
func Now() time.Time { return time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC) }

// Case is one state of the world and what the table says of it.
type Case struct {
	Name    string
	Feature features.Feature  // Active, Enabled and Default count
	Account *features.Account // Status and at most one override, whose FeatureID is 0; nil for an unknown account
	Want    features.Evaluation
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
	activeAccount Cell = 1 << iota
	suspendedAccount
	unknownAccount
)

const (
	live Cell = 1 << iota
	killed
)

const (
	noOverride Cell = 1 << iota
	on
	off
	onUntilLater
	offUntilLater
	onUntilNow
	offUntilNow
	onUntilEarlier
	offUntilEarlier
)

const (
	defaultOn Cell = 1 << iota
	defaultOff
)

const (
	overriddenOn  = on | onUntilLater
	overriddenOff = off | offUntilLater
	notOverridden = noOverride | onUntilNow | offUntilNow | onUntilEarlier | offUntilEarlier
)

// row is one line of the table. Every state of the world is in exactly one.
type row struct {
	feature, account, killSwitch, override, byDefault Cell
	source                                            features.Source
	on                                                bool
}

func (r row) cells() []Cell {
	return []Cell{r.feature, r.account, r.killSwitch, r.override, r.byDefault}
}

// table is spec §3, stage 1: rules 2, 3, 6 and 9.
func table() []row {
	return []row{
		{feature: retired, source: features.SourceInactive},
		{feature: inUse, account: suspendedAccount, source: features.SourceInactive},
		{feature: inUse, account: activeAccount | unknownAccount, killSwitch: killed, source: features.SourceDisabled},
		{feature: inUse, account: activeAccount, killSwitch: live, override: overriddenOn, source: features.SourceOverride, on: true},
		{feature: inUse, account: activeAccount, killSwitch: live, override: overriddenOff, source: features.SourceOverride},
		{feature: inUse, account: activeAccount, killSwitch: live, override: notOverridden, byDefault: defaultOn, source: features.SourceDefault, on: true},
		{feature: inUse, account: activeAccount, killSwitch: live, override: notOverridden, byDefault: defaultOff, source: features.SourceDefault},
		{feature: inUse, account: unknownAccount, killSwitch: live, byDefault: defaultOn, source: features.SourceDefault, on: true},
		{feature: inUse, account: unknownAccount, killSwitch: live, byDefault: defaultOff, source: features.SourceDefault},
	}
}

// value is one value of a column: how it reads, and what it does to a case.
type value struct {
	name string
	set  func(*Case)
}

func columns() [][]value {
	return [][]value{
		{
			{"in use", func(c *Case) { c.Feature.Active = true }},
			{"retired", func(c *Case) { c.Feature.Active = false }},
		},
		{
			{"active account", func(c *Case) { c.Account = &features.Account{Status: features.Active} }},
			{"suspended account", func(c *Case) { c.Account = &features.Account{Status: features.Suspended} }},
			{"unknown account", func(c *Case) { c.Account = nil }},
		},
		{
			{"switch live", func(c *Case) { c.Feature.Enabled = true }},
			{"switch killed", func(c *Case) { c.Feature.Enabled = false }},
		},
		{
			{"no override", func(*Case) {}},
			{"override on", override(true, 0)},
			{"override off", override(false, 0)},
			{"override on until later", override(true, Now().UnixMilli()+1)},
			{"override off until later", override(false, Now().UnixMilli()+1)},
			{"override on until now", override(true, Now().UnixMilli())},
			{"override off until now", override(false, Now().UnixMilli())},
			{"override on until earlier", override(true, Now().UnixMilli()-1)},
			{"override off until earlier", override(false, Now().UnixMilli()-1)},
		},
		{
			{"default on", func(c *Case) { c.Feature.Default = features.Value{Enabled: true} }},
			{"default off", func(c *Case) { c.Feature.Default = features.Value{Enabled: false} }},
		},
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
	states := [][]int{nil}
	for _, column := range columns() {
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
		cases[i] = newCase(t, state)
	}
	return cases
}

func newCase(t testing.TB, state []int) (c Case) {
	t.Helper()
	names := make([]string, len(state))
	for i, column := range columns() {
		column[state[i]].set(&c)
		names[i] = column[state[i]].name
	}
	c.Name = strings.Join(names, ", ")
	rows := 0
	for _, r := range table() {
		if r.covers(state) {
			rows++
			c.Want = features.Evaluation{Value: features.Value{Enabled: r.on}, Source: r.source}
		}
	}
	if rows != 1 {
		t.Fatalf("%d rows of the table are for: %s", rows, c.Name)
	}
	return c
}

func (r row) covers(state []int) bool {
	for i, cell := range r.cells() {
		if cell != 0 && cell&(1<<state[i]) == 0 {
			return false
		}
	}
	return true
}

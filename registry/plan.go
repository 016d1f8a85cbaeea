package registry

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"flagstone/features"
	"flagstone/words"
)

// Import asks for a file to become the registry.
type Import struct {
	File     File
	Accounts bool // take its accounts and overrides over too
	Prune    bool // take out the features, tiers, models and components that the file's lists do not name
	OnlyNew  bool // leave what is there as it is, as for a catalogue that ships with Flagstone

	// What the live state does not keep:
	Reasons  map[Cell]string `json:"-"` // of the stored overrides
	Requests map[int64]int   `json:"-"` // how many upgrade requests there are for a feature, by its number
}

// Outcome is what becomes of one thing.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "create"
	Updated   Outcome = "update"
	Deleted   Outcome = "delete"
	Retired   Outcome = "retire"
	Unchanged Outcome = "unchanged"
	LeftOut   Outcome = "left out"
)

// PlannedChange is one thing as it is and as it would be. What is created was nothing, what is deleted will be.
type PlannedChange[T any] struct {
	Key, Name string
	Outcome   Outcome
	Was, Is   T
	Fields    []features.FieldChange // those that differ
	Note      string                 // why it is left out, or stays
}

// Changes tells whether anything is written.
func (p PlannedChange[T]) Changes() bool { return p.Outcome != Unchanged && p.Outcome != LeftOut }

// CellState is an override with whose it is and of what.
type CellState struct {
	Account *features.Account
	Feature *features.Feature
	features.Override
	Reason string
}

// ImportPlan is an import worked out but not applied.
type ImportPlan struct {
	Tiers        []PlannedChange[features.Tier]
	Features     []PlannedChange[*features.Feature]
	TierFeatures []PlannedChange[TierCell] // what tiers list
	PlannedEntries
	Accounts  []PlannedChange[*features.Account]
	Overrides []PlannedChange[CellState]
	Notes     []string            // on the file as a whole
	Effects   []features.Effect   // on the features that some account or person sees changed
	Catalogue *features.Catalogue // as it would be; what is new has numbers of its own until it is stored
	Digest    string              // stands for exactly these changes; another state gives another digest
}

// Changes is how many things are written.
func (p *ImportPlan) Changes() (n int) {
	return changes(p.Tiers) + changes(p.Features) + changes(p.TierFeatures) + changes(p.Models) + changes(p.Components) +
		changes(p.Accounts) + changes(p.Overrides)
}

func changes[T any](planned []PlannedChange[T]) (n int) {
	for _, one := range planned {
		if one.Changes() {
			n++
		}
	}
	return n
}

// Summary says in a few words what a plan writes: "12 features created, 1 changed; 3 tiers created".
func (p *ImportPlan) Summary() string {
	parts := slices.DeleteFunc([]string{
		summary("feature", p.Features), summary("tier", p.Tiers), summary("tier feature", p.TierFeatures), summary("model", p.Models),
		summary("component", p.Components), summary("account", p.Accounts), summary("override", p.Overrides),
	}, func(s string) bool { return s == "" })
	return strings.Join(parts, "; ")
}

func summary[T any](noun string, planned []PlannedChange[T]) string {
	var parts []string
	for _, outcome := range []struct {
		Outcome
		word string
	}{{Created, "created"}, {Updated, "changed"}, {Retired, "retired"}, {Deleted, "deleted"}} {
		n := 0
		for _, one := range planned {
			if one.Outcome == outcome.Outcome {
				n++
			}
		}
		switch {
		case n > 0 && parts == nil:
			parts = append(parts, words.Count(n, noun)+" "+outcome.word)
		case n > 0:
			parts = append(parts, words.Number(n)+" "+outcome.word)
		}
	}
	return strings.Join(parts, ", ")
}

// registryPlanner is a plan under way.
type planner struct {
	Import
	live     *features.Live
	now      *features.Catalogue
	at       time.Time
	plan     *ImportPlan
	problems features.Problems

	tiers    map[string]features.Tier     // as they would be
	entries  features.Entries             // as it would be
	accounts map[string]*features.Account // that change, as they would be, by targeting key
}

// Plan works an import out against a state. It refuses with Problems whose Field is the place in the file.
func (i Import) Plan(l *features.Live, at time.Time) (*ImportPlan, error) {
	p := &planner{
		Import: i, live: l, now: l.Catalogue(), at: at, plan: &ImportPlan{},
		tiers: make(map[string]features.Tier), accounts: make(map[string]*features.Account),
	}
	p.planTiers()
	p.planEntries()
	p.planFeatures()
	p.planCatalogue()
	p.planTierFeatures()
	p.checkFeatures()
	p.checkEntries()
	if i.Accounts {
		p.planAccounts()
		p.planOverrides()
	} else {
		p.noteAccounts()
	}
	p.pruneTiers()
	if p.problems != nil {
		return nil, p.problems
	}
	p.planEffects()
	p.plan.Digest = p.plan.digest()
	return p.plan, nil
}

func (p *planner) refuse(at Place, message string) {
	p.problems = append(p.problems, invalid(at.String(), message))
}

// planCatalogue makes the catalogue as it would be. Tiers that go stay in it until it is known whether they do.
func (p *planner) planCatalogue() {
	registry := p.now.Registry()
	registry.Features, registry.Tiers, registry.Entries = nil, nil, p.entries
	for _, f := range p.plan.Features {
		if f.Is != nil {
			registry.Features = append(registry.Features, f.Is)
		}
	}
	for _, t := range p.tiers {
		registry.Tiers = append(registry.Tiers, t)
	}
	p.plan.Catalogue = features.NewCatalogue(registry)
}

func (p *planner) noteAccounts() {
	accounts, overrides := len(p.File.Accounts), len(p.File.Overrides)
	if accounts+overrides > 0 {
		p.plan.Notes = append(p.plan.Notes, fmt.Sprintf("The file also has %s and %s; they are not imported unless you include them.",
			words.Count(accounts, "account"), words.Count(overrides, "override")))
	}
}

// planEffects keeps the effects that somebody sees.
func (p *planner) planEffects() {
	if p.plan.Changes() == 0 {
		return
	}
	proposal := features.Proposal{Catalogue: p.plan.Catalogue, Accounts: slices.SortedFunc(maps.Values(p.accounts), features.ByName)}
	if len(p.accounts) == 0 {
		proposal.Features = []string{}
		for _, f := range p.plan.Features {
			if f.Changes() {
				proposal.Features = append(proposal.Features, f.Key)
			}
		}
		for _, x := range p.plan.TierFeatures {
			if x.Changes() {
				proposal.Features = append(proposal.Features, x.Is.Feature)
			}
		}
	}
	var personal []string
	for _, e := range p.live.Effects(proposal, p.at) {
		if !e.IsEmpty() {
			p.plan.Effects = append(p.plan.Effects, e)
			if e.Personal {
				personal = append(personal, e.Feature.Key)
			}
		}
	}
	if personal != nil {
		p.plan.Notes = append(p.plan.Notes, "Users of one account may differ in "+strings.Join(personal, ", ")+
			". Users known only by a portal token or over OFREP are not counted.")
	}
}

// digest stands for what is written over what, and whom that concerns.
func (p *ImportPlan) digest() string {
	d := features.NewDigest()
	addPlanned(d, p.Tiers)
	addPlanned(d, p.Features)
	addPlanned(d, p.TierFeatures)
	addPlanned(d, p.Models)
	addPlanned(d, p.Components)
	addPlanned(d, p.Accounts)
	addPlanned(d, p.Overrides)
	d.Effects(p.Effects)
	return d.String()
}

func addPlanned[T any](d features.Digest, planned []PlannedChange[T]) {
	for _, one := range planned {
		if one.Changes() {
			d.Text(fmt.Sprintf("%T", one.Is), one.Key, one.Outcome, fmt.Sprintf("%q", one.Fields))
		}
	}
}

// outcomeOf is the outcome of something that is there or not, by whether any field differs.
func outcomeOf(there bool, fields []features.FieldChange) Outcome {
	switch {
	case !there:
		return Created
	case len(fields) > 0:
		return Updated
	}
	return Unchanged
}

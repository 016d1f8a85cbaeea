package features

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"flagstone/words"
)

// TierEdit asks for what one tier lists of one feature to be as given, or for the tier to list it no longer.
type TierEdit struct {
	Tier, Feature string // keys
	Value         Value
	AllowOverride bool
	AllowUpgrade  bool
	Clear         bool // the tier lists it no longer: then the rest does not count
}

// Field names a field of the edit among those of several: "pro/limits.max_flows/value".
func (e TierEdit) Field(name string) string { return e.Tier + "/" + e.Feature + "/" + name }

// PlannedTierEdit is an edit with what it is about, before and after.
type PlannedTierEdit struct {
	TierEdit
	Of  Tier
	For *Feature
	Was *TierFeature // nil where the tier lists nothing of it
	Is  *TierFeature // nil where it is to list nothing of it
}

// Changes tells whether anything is to be written.
func (p PlannedTierEdit) Changes() bool {
	if p.Was == nil || p.Is == nil {
		return p.Was != p.Is
	}
	return p.Was.Value != p.Is.Value || p.Was.AllowOverride != p.Is.AllowOverride || p.Was.AllowUpgrade != p.Is.AllowUpgrade
}

// TierPlan is edits of what tiers list, worked out but not applied.
type TierPlan struct {
	Edits     []PlannedTierEdit
	Catalogue *Catalogue // as it would be
	Effects   []Effect   // of every feature that the edits may reach
	Digest    string     // stands for exactly these edits and whom they concern; another state gives another digest
}

// PlanTiers works out edits of what tiers list against a state. It refuses unknown tiers and features, two edits of one
// cell, and, field by field, what a tier cannot list (TierFeature.Check).
func (l *Live) PlanTiers(edits []TierEdit, at time.Time) (*TierPlan, error) {
	now := l.Catalogue()
	plan := &TierPlan{Catalogue: now}
	var problems Problems
	edited := make(map[string]bool, len(edits))
	for _, e := range edits {
		if cell := e.Field("value"); edited[cell] {
			problems.add(cell, "This cell is edited twice. Keep one of the edits.")
		} else {
			edited[cell] = true
		}
		planned, err := e.planned(now)
		if err == nil {
			plan.Edits = append(plan.Edits, planned)
			continue
		}
		var some Problems
		if !errors.As(err, &some) {
			return nil, err
		}
		for _, one := range some {
			problems.add(e.Field(one.Field), one.Message)
		}
	}
	if problems != nil {
		return nil, problems
	}
	plan.workOut(l, at)
	return plan, nil
}

// planned finds what an edit is about.
func (e TierEdit) planned(c *Catalogue) (p PlannedTierEdit, err error) {
	p.TierEdit = e
	if p.Of, err = c.TierByKey(e.Tier); err != nil {
		return p, err
	}
	if p.For, err = c.Feature(e.Feature); err != nil {
		return p, err
	}
	if was, there := c.TierFeature(p.Of.ID, p.For); there {
		p.Was = &was
	}
	if e.Clear {
		return p, nil
	}
	p.Is = &TierFeature{
		TierID: p.Of.ID, FeatureID: p.For.ID, Value: e.Value, AllowOverride: e.AllowOverride, AllowUpgrade: e.AllowUpgrade,
	}
	return p, p.Is.Check(p.For)
}

// workOut makes the catalogue as it would be, and says whom that concerns.
func (p *TierPlan) workOut(l *Live, at time.Time) {
	var set, removed []TierFeature
	var keys []string
	for _, e := range p.Edits {
		switch {
		case !e.Changes():
			continue
		case e.Is == nil:
			removed = append(removed, *e.Was)
		default:
			set = append(set, *e.Is)
		}
		keys = append(keys, e.Feature)
	}
	if keys != nil {
		p.Catalogue = p.Catalogue.WithoutTierFeatures(removed...).WithTierFeatures(set...)
		p.Effects = l.Effects(Proposal{Catalogue: p.Catalogue, Features: keys}, at)
	}
	p.Digest = p.digest()
}

func (p *TierPlan) digest() string {
	d := NewDigest()
	for _, e := range p.Edits {
		d.Text(fmt.Sprintf("%+v %+v %+v", e.TierEdit, e.Was, e.Is))
	}
	d.Effects(p.Effects)
	return d.String()
}

// Words say of each value that changes what it becomes, and where: "on in Pro".
func (p *TierPlan) Words() (texts []string) {
	for _, e := range p.Edits {
		switch {
		case !e.Changes():
		case e.Is == nil:
			texts = append(texts, "the default in "+e.Of.Name)
		default:
			texts = append(texts, words.Clipped(e.Is.Value.Words())+" in "+e.Of.Name)
		}
	}
	return texts
}

// Summary says in one sentence, in the past tense, what the edits did: "Set Max Flows to 50 in Pro".
func (p *TierPlan) Summary() string {
	var changing []PlannedTierEdit
	names := ""
	for _, e := range p.Edits {
		if !e.Changes() {
			continue
		}
		changing = append(changing, e)
		if !strings.Contains(", "+names+",", ", "+e.Of.Name+",") {
			names = strings.TrimPrefix(names+", "+e.Of.Name, ", ")
		}
	}
	if len(changing) == 1 {
		return changing[0].summary()
	}
	return "Changed " + words.Number(len(changing)) + " values in " + names
}

func (p PlannedTierEdit) summary() string {
	in := " in " + p.Of.Name
	switch {
	case p.Is == nil:
		return "Removed " + p.For.Name + " from " + p.Of.Name
	case p.Was == nil || p.Was.Value != p.Is.Value:
		if p.Is.Value.Data != "" && p.Is.Value.Enabled {
			return "Set " + p.For.Name + " to " + words.Clipped(p.Is.Value.Words()) + in
		}
		return "Switched " + p.For.Name + " " + OnOff(p.Is.Value.Enabled) + in
	case p.Was.AllowOverride && !p.Is.AllowOverride:
		return "Locked " + p.For.Name + in
	case !p.Was.AllowOverride && p.Is.AllowOverride:
		return "Allowed overrides of " + p.For.Name + in
	case p.Is.AllowUpgrade:
		return "Allowed upgrade requests for " + p.For.Name + in
	}
	return "Disabled upgrade requests for " + p.For.Name + in
}

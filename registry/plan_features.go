package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"flagstone/features"
	"flagstone/words"
)

// planFeatures plans the features that the file names, and the outcome of the others.
func (p *planner) planFeatures() {
	order, id := 0, int64(0)
	for _, f := range p.now.Features() {
		order, id = max(order, f.DisplayOrder), max(id, f.ID)
	}
	named := make(map[string]bool, len(p.File.Features))
	for _, f := range p.File.Features {
		named[f.Draft.Key] = true
		if f.Ordered {
			order = max(order, f.Draft.DisplayOrder)
		}
	}
	for _, f := range p.File.Features {
		was, _ := p.now.Feature(f.Draft.Key) // nil where there is none
		switch {
		case f.Ordered:
		case was != nil:
			f.Draft.DisplayOrder = was.DisplayOrder
		default:
			order++
			f.Draft.DisplayOrder = order
		}
		planned := p.plannedFeature(f, was)
		if planned.Outcome == Created {
			id++
			planned.Is.ID = id
		}
		p.plan.Features = append(p.plan.Features, planned)
	}
	for _, f := range p.now.Features() {
		if !named[f.Key] {
			p.plan.Features = append(p.plan.Features, p.unnamed(f))
		}
	}
	p.checkNames()
}

func (p *planner) plannedFeature(f FileFeature, was *features.Feature) PlannedChange[*features.Feature] {
	planned := PlannedChange[*features.Feature]{Key: f.Draft.Key, Name: f.Draft.Name, Was: was, Is: was}
	if was != nil && p.OnlyNew {
		planned.Name, planned.Outcome = was.Name, Unchanged
		return planned
	}
	var before []features.Field
	if was != nil {
		p.checkForced(f, was)
		before = was.Fields()
	}
	planned.Is = f.Draft.Normalize().Feature(cmp.Or(was, &features.Feature{}))
	planned.Is.Enabled, planned.Is.Active = f.Enabled, f.Active
	planned.Fields = features.Differences(before, planned.Is.Fields())
	planned.Outcome = outcomeOf(was != nil, planned.Fields)
	if planned.Outcome == Unchanged {
		planned.Is = was
	}
	return planned
}

// unnamed is the outcome of a feature that the file does not name: with Prune it goes, or is retired where something
// refers to it.
func (p *planner) unnamed(f *features.Feature) PlannedChange[*features.Feature] {
	planned := PlannedChange[*features.Feature]{Key: f.Key, Name: f.Name, Outcome: Unchanged, Was: f, Is: f}
	if !p.Prune || !p.File.HasFeatures {
		return planned
	}
	note := p.keeps(f)
	switch {
	case note == "":
		planned.Outcome, planned.Is = Deleted, nil
	case f.Active:
		planned.Outcome, planned.Is = Retired, f.With(func(f *features.Feature) { f.Active = false })
		planned.Fields = []features.FieldChange{{Name: "active", Before: "true", After: "false"}}
		planned.Note = note
	}
	return planned
}

// keeps says what refers to a feature, so that it can be retired but not deleted; "" for nothing.
func (p *planner) keeps(f *features.Feature) string {
	var reasons []string
	if n := p.overridesOf(f); n > 0 {
		reasons = append(reasons, "overridden for "+words.Count(n, "account"))
	}
	if n := len(tierFeaturesOf(p.now, f)); n > 0 {
		reasons = append(reasons, "listed by "+words.Count(n, "tier"))
	}
	if n := p.Requests[f.ID]; n > 0 {
		reasons = append(reasons, "asked for in "+words.Count(n, "upgrade request"))
	}
	if needing := p.needing(f); needing != "" {
		reasons = append(reasons, "needed by "+needing)
	}
	return strings.Join(reasons, ", ")
}

// overridesOf counts the accounts that a feature is, or would be, overridden for.
func (p *planner) overridesOf(f *features.Feature) (n int) {
	for a := range p.live.Accounts().All() {
		if o, _ := a.Override(f.ID, 0); o.FeatureID == f.ID {
			n++
		}
	}
	if p.Accounts {
		for _, o := range p.File.Overrides {
			if o.Feature == f.Key {
				n++
			}
		}
	}
	return n
}

// checkForced refuses to take away a variant that some override forces.
func (p *planner) checkForced(f FileFeature, was *features.Feature) {
	for _, key := range was.VariantKeys() {
		if slices.ContainsFunc(f.Draft.Variants, func(v features.Variant) bool { return v.Key == key }) {
			continue
		}
		forced := 0
		for a := range p.live.Accounts().All() {
			if o, _ := a.Override(was.ID, 0); o.FeatureID == was.ID && o.Variant == key {
				forced++
			}
		}
		if forced > 0 {
			p.refuse(f.At, "The overrides of "+words.Count(forced, "account")+" force the variant "+key+": reset them first.")
		}
	}
}

// checkNames refuses new features whose derived names a feature has that stays and that the file does not name; within
// the file, they have been looked at already.
func (p *planner) checkNames() {
	holders := make(map[string]string)
	for _, f := range p.plan.Features {
		if f.Was != nil && f.Is != nil {
			for _, name := range features.DerivedNames(f.Key) {
				holders[name] = f.Key
			}
		}
	}
	for i, f := range p.plan.Features {
		if f.Outcome != Created {
			continue
		}
		for _, name := range features.DerivedNames(f.Key) {
			if holder, taken := holders[name]; taken {
				p.refuse(p.File.Features[i].At, fmt.Sprintf("In the portal this key would have the same name as %s (%s). Choose another key.", holder, name))
				break
			}
		}
	}
}

// checkFeatures refuses, for the features that change, links that break a rule of docs/evaluation.md §11 and values
// that tiers or accounts have and that the feature would no longer allow.
func (p *planner) checkFeatures() {
	for i, planned := range p.plan.Features {
		if !planned.Changes() || planned.Is == nil || planned.Outcome == Retired {
			continue
		}
		at := p.File.Features[i].At
		if err := p.plan.Catalogue.CheckLinks(planned.Key); err != nil {
			p.refuse(at, err.Error())
		}
		if planned.Was != nil && !planned.Was.AllowsTheSame(planned.Is) {
			p.checkStored(at, planned.Is)
		}
	}
	p.checkDependents()
}

// checkDependents refuses to delete what features that stay need or conflict with.
func (p *planner) checkDependents() {
	for _, planned := range p.plan.Features {
		if planned.Outcome != Deleted {
			continue
		}
		for _, f := range p.plan.Catalogue.Features() {
			if f.LinksTo(planned.Key) {
				p.problems = append(p.problems, invalid("", f.Key+" names "+planned.Key+", which this would delete: change it too."))
			}
		}
	}
}

func (p *planner) checkStored(at Place, f *features.Feature) {
	check := f.ValueCheck()
	for _, t := range tierFeaturesOf(p.plan.Catalogue, f) {
		if fault := check.Fault(t.Value); fault != "" {
			p.refuse(at, "The value in the tier "+tierName(p.plan.Catalogue, t.TierID)+" would become invalid: "+t.Value.Words()+". "+fault)
		}
	}
	for a := range p.live.Accounts().All() {
		o, _ := a.Override(f.ID, 0)
		if o.FeatureID != f.ID || o.Variant != "" {
			continue
		}
		if fault := check.Fault(o.Value); fault != "" {
			p.refuse(at, "The override of "+a.Name+" would become invalid: "+o.Value.Words()+". "+fault)
			return
		}
	}
}

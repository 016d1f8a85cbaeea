package features

import (
	"fmt"
	"slices"
)

// planTiers plans the tiers that the file names, and keeps the others.
func (p *registryPlanner) planTiers() {
	next, nextID := 0, int64(0)
	for _, t := range p.now.Tiers() {
		p.tiers[t.Key] = t
		next, nextID = max(next, t.Position), max(nextID, t.ID)
	}
	for _, f := range p.File.Tiers {
		if f.Ordered {
			next = max(next, f.Tier.Position)
		}
	}
	for _, f := range p.File.Tiers {
		was, there := p.tiers[f.Tier.Key]
		is := f.Tier
		is.ID = was.ID
		if !there {
			nextID++
			is.ID = nextID
		}
		switch {
		case f.Ordered:
		case there:
			is.Position = was.Position
		default:
			next++
			is.Position = next
		}
		p.plan.Tiers = append(p.plan.Tiers, p.plannedTier(there, was, is))
	}
}

func (p *registryPlanner) plannedTier(there bool, was, is Tier) Planned[Tier] {
	if there && p.OnlyNew {
		return Planned[Tier]{Key: was.Key, Name: was.Name, Fate: Unchanged, Was: was, Is: was}
	}
	p.tiers[is.Key] = is
	var before []field
	if there {
		before = was.fields()
	}
	differ := differences(before, is.fields())
	return Planned[Tier]{Key: is.Key, Name: is.Name, Fate: fateOf(there, differ), Was: was, Is: is, Fields: differ}
}

func (t Tier) fields() []field {
	return []field{{"name", t.Name}, {"description", t.Description}, {"order", fmt.Sprint(t.Position)}}
}

// pruneTiers plans to delete the tiers that the file does not name and no account would have.
func (p *registryPlanner) pruneTiers() {
	if !p.Prune || !p.File.HasTiers {
		return
	}
	for _, t := range p.now.Tiers() {
		if slices.ContainsFunc(p.File.Tiers, func(f FileTier) bool { return f.Tier.Key == t.Key }) {
			continue
		}
		gone := Planned[Tier]{Key: t.Key, Name: t.Name, Fate: Deleted, Was: t}
		if n := p.accountsIn(t); n > 0 {
			gone.Fate, gone.Is = LeftOut, t
			gone.Note = "it stays, for its " + Grouped(n) + " " + plural(n, "account")
		}
		p.plan.Tiers = append(p.plan.Tiers, gone)
	}
}

// accountsIn counts the accounts that would be in a tier.
func (p *registryPlanner) accountsIn(t Tier) (n int) {
	for a := range p.live.accounts.All() {
		if changed := p.accounts[a.TargetingKey]; changed == nil && a.TierID == t.ID {
			n++
		}
	}
	for _, a := range p.accounts {
		if a.TierID == t.ID {
			n++
		}
	}
	return n
}

// TierCell is what a tier lists of a feature, with the names of both. Feature is a key.
type TierCell struct {
	Tier    Tier
	Feature string
	TierFeature
}

// planListed plans what the tiers of the file list; with Prune, what a tier lists and the file does not goes.
func (p *registryPlanner) planListed() {
	now := p.plan.Catalogue
	var changed, gone []TierFeature
	for _, t := range p.File.Tiers {
		tier := p.tiers[t.Tier.Key]
		named := make(map[string]bool, len(t.Features))
		for _, x := range t.Features {
			named[x.Feature] = true
			if planned, good := p.plannedListing(tier, x); good {
				p.plan.Listed = append(p.plan.Listed, planned)
				if planned.Changes() {
					changed = append(changed, planned.Is.TierFeature)
				}
			}
		}
		if !p.Prune || !t.HasFeatures {
			continue
		}
		for _, n := range now.nodes {
			if x := n.tier(tier.ID); x != nil && !named[n.feature.Key] {
				cell := TierCell{tier, n.feature.Key, *x}
				p.plan.Listed = append(p.plan.Listed, Planned[TierCell]{
					Key: tier.Key + " " + n.feature.Key, Name: n.feature.Name + " in " + tier.Name, Fate: Deleted, Was: cell, Is: cell,
				})
				gone = append(gone, *x)
			}
		}
	}
	p.plan.Catalogue = now.WithoutTierFeatures(gone...).WithTierFeatures(changed...)
}

// plannedListing plans what one tier lists of one feature; good is false where it is refused.
func (p *registryPlanner) plannedListing(tier Tier, x FileTierFeature) (planned Planned[TierCell], good bool) {
	n := p.plan.Catalogue.nodeByKey[x.Feature]
	if n == nil {
		p.refuse(x.At, "There is no feature with the key "+quote(x.Feature)+": add it to the file's features, or leave it out of the tier.")
		return planned, false
	}
	if err := x.Check(n.feature); err != nil {
		p.refuse(x.At, err.Error())
		return planned, false
	}
	is := x.TierFeature
	is.TierID, is.FeatureID = tier.ID, n.feature.ID
	planned = Planned[TierCell]{Key: tier.Key + " " + x.Feature, Name: n.feature.Name + " in " + tier.Name, Is: TierCell{tier, x.Feature, is}}
	was := n.tier(tier.ID)
	var before []field
	if was != nil {
		planned.Was = TierCell{tier, x.Feature, *was}
		before = was.fields()
	}
	planned.Fields = differences(before, is.fields())
	if planned.Fate = fateOf(was != nil, planned.Fields); planned.Fate == Created {
		planned.Note = is.words()
	}
	if was != nil && p.OnlyNew {
		planned.Fate, planned.Fields = Unchanged, nil
	}
	return planned, true
}

// words say what is listed: "50", "off, locked", "off, may ask for more".
func (t TierFeature) words() string {
	text := Clipped(t.Value.Words())
	if !t.AllowOverride {
		text += ", locked"
	}
	if t.AllowUpgrade {
		text += ", may ask for more"
	}
	return text
}

func (t TierFeature) fields() []field {
	return []field{
		{"enabled", flag(t.Value.Enabled)},
		{"value", string(t.Value.Data)},
		{"allow_override", flag(t.AllowOverride)},
		{"allow_upgrade", flag(t.AllowUpgrade)},
	}
}

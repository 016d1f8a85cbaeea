package registry

import (
	"slices"
	"strconv"

	"flagstone/features"
	"flagstone/words"
)

// planTiers plans the tiers that the file names, and keeps the others.
func (p *planner) planTiers() {
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

func (p *planner) plannedTier(there bool, was, is features.Tier) PlannedChange[features.Tier] {
	if there && p.OnlyNew {
		return PlannedChange[features.Tier]{Key: was.Key, Name: was.Name, Outcome: Unchanged, Was: was, Is: was}
	}
	p.tiers[is.Key] = is
	var before []features.Field
	if there {
		before = was.Fields()
	}
	differ := features.Differences(before, is.Fields())
	return PlannedChange[features.Tier]{Key: is.Key, Name: is.Name, Outcome: outcomeOf(there, differ), Was: was, Is: is, Fields: differ}
}

// pruneTiers plans to delete the tiers that the file does not name and no account would have.
func (p *planner) pruneTiers() {
	if !p.Prune || !p.File.HasTiers {
		return
	}
	for _, t := range p.now.Tiers() {
		if slices.ContainsFunc(p.File.Tiers, func(f FileTier) bool { return f.Tier.Key == t.Key }) {
			continue
		}
		gone := PlannedChange[features.Tier]{Key: t.Key, Name: t.Name, Outcome: Deleted, Was: t}
		if n := p.accountsIn(t); n > 0 {
			gone.Outcome, gone.Is = LeftOut, t
			gone.Note = "kept for its " + words.Count(n, "account")
		}
		p.plan.Tiers = append(p.plan.Tiers, gone)
	}
}

// accountsIn counts the accounts that would be in a tier.
func (p *planner) accountsIn(t features.Tier) (n int) {
	for a := range p.live.Accounts().All() {
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
	Tier    features.Tier
	Feature string
	features.TierFeature
}

// planTierFeatures plans what the tiers of the file list; with Prune, what a tier lists and the file does not goes.
func (p *planner) planTierFeatures() {
	now := p.plan.Catalogue
	var changed, gone []features.TierFeature
	for _, t := range p.File.Tiers {
		tier := p.tiers[t.Tier.Key]
		named := make(map[string]bool, len(t.Features))
		for _, x := range t.Features {
			named[x.Feature] = true
			if planned, good := p.plannedTierFeature(tier, x); good {
				p.plan.TierFeatures = append(p.plan.TierFeatures, planned)
				if planned.Changes() {
					changed = append(changed, planned.Is.TierFeature)
				}
			}
		}
		if !p.Prune || !t.HasFeatures {
			continue
		}
		for _, f := range now.Features() {
			if x, tierFeatures := now.TierFeature(tier.ID, f); tierFeatures && !named[f.Key] {
				cell := TierCell{tier, f.Key, x}
				p.plan.TierFeatures = append(p.plan.TierFeatures, PlannedChange[TierCell]{
					Key: tier.Key + " " + f.Key, Name: f.Name + " in " + tier.Name, Outcome: Deleted, Was: cell, Is: cell,
				})
				gone = append(gone, x)
			}
		}
	}
	p.plan.Catalogue = now.WithoutTierFeatures(gone...).WithTierFeatures(changed...)
}

// plannedTierFeature plans what one tier lists of one feature; good is false where it is refused.
func (p *planner) plannedTierFeature(tier features.Tier, x FileTierFeature) (planned PlannedChange[TierCell], good bool) {
	feature, err := p.plan.Catalogue.Feature(x.Feature)
	if err != nil {
		p.refuse(x.At, "There is no feature with the key "+strconv.Quote(x.Feature)+": add it to the file's features, or leave it out of the tier.")
		return planned, false
	}
	if err := x.Check(feature); err != nil {
		p.refuse(x.At, err.Error())
		return planned, false
	}
	is := x.TierFeature
	is.TierID, is.FeatureID = tier.ID, feature.ID
	planned = PlannedChange[TierCell]{Key: tier.Key + " " + x.Feature, Name: feature.Name + " in " + tier.Name, Is: TierCell{tier, x.Feature, is}}
	was, there := p.plan.Catalogue.TierFeature(tier.ID, feature)
	var before []features.Field
	if there {
		planned.Was = TierCell{tier, x.Feature, was}
		before = was.Fields()
	}
	planned.Fields = features.Differences(before, is.Fields())
	if planned.Outcome = outcomeOf(there, planned.Fields); planned.Outcome == Created {
		planned.Note = tierFeatureWords(is)
	}
	if there && p.OnlyNew {
		planned.Outcome, planned.Fields = Unchanged, nil
	}
	return planned, true
}

// tierFeatureWords say what a tier gives: "50", "off, locked", "off, may ask for more".
func tierFeatureWords(t features.TierFeature) string {
	text := words.Clipped(t.Value.Words())
	if !t.AllowOverride {
		text += ", locked"
	}
	if t.AllowUpgrade {
		text += ", upgrade requests allowed"
	}
	return text
}

// tierFeaturesOf returns what the tiers of a catalogue give of a feature.
func tierFeaturesOf(c *features.Catalogue, f *features.Feature) (given []features.TierFeature) {
	for _, t := range c.Tiers() {
		if x, tierFeatures := c.TierFeature(t.ID, f); tierFeatures {
			given = append(given, x)
		}
	}
	return given
}

// tierName returns the name of a tier of a catalogue.
func tierName(c *features.Catalogue, id int64) string {
	tier, _ := c.Tier(id)
	return tier.Name
}

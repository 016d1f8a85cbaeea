package features

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
	p.plan.Catalogue = now.Unlisting(gone...).Listing(changed...)
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

// checkFeatures refuses, for the features that change, links that break a rule of spec §3 and values that tiers or
// accounts have and that the feature would no longer allow.
func (p *registryPlanner) checkFeatures() {
	for i, planned := range p.plan.Features {
		if !planned.Changes() || planned.Is == nil || planned.Fate == Retired {
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
func (p *registryPlanner) checkDependents() {
	for _, planned := range p.plan.Features {
		if planned.Fate != Deleted {
			continue
		}
		for _, f := range p.plan.Catalogue.Features() {
			if f.links(planned.Key) {
				p.problems.add("", f.Key+" names "+planned.Key+", which this would delete: change it too.")
			}
		}
	}
}

func (p *registryPlanner) checkStored(at Place, f *Feature) {
	check := f.ValueCheck()
	for _, t := range p.plan.Catalogue.node(f).tiers {
		if fault := check.Fault(t.Value); fault != "" {
			p.refuse(at, "What the tier "+p.plan.Catalogue.tiersByID[t.TierID].Name+" gives breaks this: "+t.Value.Words()+". "+fault)
		}
	}
	for a := range p.live.accounts.All() {
		o, _ := a.Override(f.ID, 0)
		if o.FeatureID != f.ID || o.Variant != "" {
			continue
		}
		if fault := check.Fault(o.Value); fault != "" {
			p.refuse(at, "The override of "+a.Name+" breaks this: "+o.Value.Words()+". "+fault)
			return
		}
	}
}

package features

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// planFeatures plans the features that the file names, and the fate of the others.
func (p *registryPlanner) planFeatures() {
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
		was := p.now.feature(f.Draft.Key)
		switch {
		case f.Ordered:
		case was != nil:
			f.Draft.DisplayOrder = was.DisplayOrder
		default:
			order++
			f.Draft.DisplayOrder = order
		}
		planned := p.plannedFeature(f, was)
		if planned.Fate == Created {
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

func (p *registryPlanner) plannedFeature(f FileFeature, was *Feature) Planned[*Feature] {
	planned := Planned[*Feature]{Key: f.Draft.Key, Name: f.Draft.Name, Was: was, Is: was}
	switch {
	case was != nil && p.OnlyNew:
		planned.Name, planned.Fate = was.Name, Unchanged
		return planned
	case was == nil:
		planned.Is = &Feature{}
	default:
		planned.Is = was.With(func(*Feature) {})
		p.checkForced(f, was)
	}
	f.Draft = f.Draft.Normalize()
	planned.Is.write(f.Draft)
	planned.Is.Enabled, planned.Is.Active = f.Enabled, f.Active
	var before []field
	if was != nil {
		before = was.fields()
	}
	planned.Fields = differences(before, planned.Is.fields())
	planned.Fate = fateOf(was != nil, planned.Fields)
	if planned.Fate == Unchanged {
		planned.Is = was
	}
	return planned
}

// unnamed is the fate of a feature that the file does not name: with Prune it goes, or is retired where something
// refers to it.
func (p *registryPlanner) unnamed(f *Feature) Planned[*Feature] {
	planned := Planned[*Feature]{Key: f.Key, Name: f.Name, Fate: Unchanged, Was: f, Is: f}
	if !p.Prune || !p.File.HasFeatures {
		return planned
	}
	note := p.keeps(f)
	switch {
	case note == "":
		planned.Fate, planned.Is = Deleted, nil
	case f.Active:
		planned.Fate, planned.Is = Retired, f.With(func(f *Feature) { f.Active = false })
		planned.Fields = []FieldChange{{"active", "true", "false"}}
		planned.Note = note
	}
	return planned
}

// keeps says what refers to a feature, so that it can be retired but not deleted; "" for nothing.
func (p *registryPlanner) keeps(f *Feature) string {
	var words []string
	if n := p.overridesOf(f); n > 0 {
		words = append(words, fmt.Sprintf("overridden for %s %s", Grouped(n), plural(n, "account")))
	}
	if n := len(p.now.node(f).tiers); n > 0 {
		words = append(words, fmt.Sprintf("listed by %s %s", Grouped(n), plural(n, "tier")))
	}
	if n := p.Requests[f.ID]; n > 0 {
		words = append(words, fmt.Sprintf("asked for in %s upgrade %s", Grouped(n), plural(n, "request")))
	}
	if needing := p.needing(f); needing != "" {
		words = append(words, "needed by "+needing)
	}
	return joined(words)
}

// overridesOf counts the accounts that a feature is, or would be, overridden for.
func (p *registryPlanner) overridesOf(f *Feature) (n int) {
	for a := range p.live.accounts.All() {
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
func (p *registryPlanner) checkForced(f FileFeature, was *Feature) {
	for _, key := range was.VariantKeys() {
		if slices.ContainsFunc(f.Draft.Variants, func(v Variant) bool { return v.Key == key }) {
			continue
		}
		forced := 0
		for a := range p.live.accounts.All() {
			if o, _ := a.Override(was.ID, 0); o.FeatureID == was.ID && o.Variant == key {
				forced++
			}
		}
		if forced > 0 {
			p.refuse(f.At, fmt.Sprintf("The overrides of %s %s force the variant %s: reset them first.", Grouped(forced), plural(forced, "account"), key))
		}
	}
}

// checkNames refuses new features whose derived names a feature has that stays and that the file does not name; within
// the file, they have been looked at already.
func (p *registryPlanner) checkNames() {
	holders := make(map[string]string)
	for _, f := range p.plan.Features {
		if f.Was != nil && f.Is != nil {
			for _, name := range DerivedNames(f.Key) {
				holders[name] = f.Key
			}
		}
	}
	for i, f := range p.plan.Features {
		if f.Fate != Created {
			continue
		}
		for _, name := range DerivedNames(f.Key) {
			if holder, taken := holders[name]; taken {
				p.refuse(p.File.Features[i].At, fmt.Sprintf("In the portal this key would have the same name as %s, %s: choose another.", holder, name))
				break
			}
		}
	}
}

// checkFeatures refuses, for the features that change, links that break a rule of docs/evaluation.md §11 and values
// that tiers or accounts have and that the feature would no longer allow.
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

// fields are a feature as a file writes it.
func (f *Feature) fields() []field {
	target := f.Rollout.Target
	return []field{
		{"name", f.Name},
		{"category", f.Category},
		{"subcategory", f.Subcategory},
		{"help", f.Description},
		{"icon", f.Icon},
		{"help_url", f.HelpURL},
		{"owner", f.Owner},
		{"display_order", fmt.Sprint(f.DisplayOrder)},
		{"premium", flag(f.Premium)},
		{"requires_setup", flag(f.RequiresSetup)},
		{"permanent", flag(f.Permanent)},
		{"active", flag(f.Active)},
		{"enabled", flag(f.Enabled)},
		{"type", string(cmp.Or(f.Type, BooleanType))},
		{"default", OnOff(f.Default.Enabled)},
		{"default value", string(f.Default.Data)},
		{"min", number(f.Constraints.Min)},
		{"max", number(f.Constraints.Max)},
		{"enum", listed(f.Constraints.Enum)},
		{"schema", string(f.Constraints.Schema)},
		{"depends_on", joined(f.DependsOn)},
		{"conflicts_with", joined(f.ConflictsWith)},
		{"deprecated", flag(f.Deprecated)},
		{"deprecation_message", f.DeprecationMessage},
		{"metadata", string(f.Metadata)},
		{"strategy", string(f.Rollout.Strategy)},
		{"percentage", f.Rollout.Percentage.Number()},
		{"rollout_by", string(f.Rollout.By)},
		{"account_ids", joined(target.AccountIDs)},
		{"user_ids", joined(target.UserIDs)},
		{"postal_codes", joined(target.PostalCodes)},
		{"roles", joined(target.Roles)},
		{"variants", dealt(f.Variants)},
	}
}

func number(n *int64) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

// listed are values as a file writes them, so that no two lists read the same.
func listed(values []JSON) string {
	texts := make([]string, len(values))
	for i, one := range values {
		texts[i] = string(one)
	}
	return joined(texts)
}

// dealt are variants in words, with what those that are off have for a value too: "a on 50%, b off 5 50%".
func dealt(variants []Variant) string {
	words := make([]string, len(variants))
	for i, v := range variants {
		words[i] = v.Key + " " + strings.TrimSpace(OnOff(v.Value.Enabled)+" "+string(v.Value.Data)) + " " + v.Weight.String()
	}
	return joined(words)
}

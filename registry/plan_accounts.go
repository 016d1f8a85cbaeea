package registry

import (
	"slices"
	"strconv"
	"strings"

	"flagstone/features"
)

// planAccounts plans the accounts that the file names; the others stay.
func (p *planner) planAccounts() {
	for i, f := range p.File.Accounts {
		was := p.known(f)
		if was != nil && p.OnlyNew {
			p.plan.Accounts = append(p.plan.Accounts, PlannedChange[*features.Account]{Key: was.TargetingKey, Name: was.Name, Outcome: Unchanged, Was: was, Is: was})
			continue
		}
		is := p.wantedAccount(f, was)
		if was == nil {
			is.ID = -1 - int64(i) // until it is stored
		}
		planned := PlannedChange[*features.Account]{Key: is.TargetingKey, Name: is.Name, Was: was, Is: is}
		var before []features.Field
		if was != nil {
			before = p.accountFields(was)
		}
		planned.Fields = features.Differences(before, p.accountFields(is))
		planned.Outcome = outcomeOf(was != nil, planned.Fields)
		if planned.Outcome == Unchanged {
			planned.Is = was
		} else {
			p.accounts[is.TargetingKey] = is
		}
		p.plan.Accounts = append(p.plan.Accounts, planned)
	}
	p.checkIdentifiers()
}

// known finds the account that an entry of the file is about; nil when there is none.
func (p *planner) known(f FileAccount) *features.Account {
	if f.TargetingKey != "" {
		if a := p.live.Accounts().Find(f.TargetingKey); a != nil && a.TargetingKey == f.TargetingKey {
			return a
		}
		return nil
	}
	for _, name := range []string{f.Draft.ExternalID, f.Draft.Slug} {
		if a := p.live.Accounts().Find(name); a != nil && (a.Slug == name || a.ExternalID == name) {
			return a
		}
	}
	return nil
}

func (p *planner) wantedAccount(f FileAccount, was *features.Account) *features.Account {
	is := features.Account{TargetingKey: f.TargetingKey}
	if was != nil {
		is = *was
	}
	d := f.Draft
	is.Name, is.Slug, is.ExternalID, is.ContactEmail, is.PostalCode, is.Status = d.Name, d.Slug, d.ExternalID, d.ContactEmail, d.PostalCode, f.Status
	for _, name := range []string{d.ExternalID, d.Slug} {
		if is.TargetingKey == "" {
			is.TargetingKey = name
		}
	}
	is.TierID = 0
	if d.Tier != "" {
		tier, known := p.tiers[d.Tier]
		if !known {
			p.refuse(f.At, "There is no tier with the key "+strconv.Quote(d.Tier)+": add it to the file's tiers, or leave it out.")
		}
		is.TierID = tier.ID
	}
	is.Overrides = slices.Clone(is.Overrides)
	return features.NewAccount(is)
}

func (p *planner) accountFields(a *features.Account) []features.Field {
	tier, _ := p.plan.Catalogue.Tier(a.TierID)
	return a.Fields(tier)
}

// identifiersOf are all that an account is known by, each once.
func identifiersOf(a *features.Account) []string {
	names := []string{a.TargetingKey, a.Slug, a.ExternalID}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// checkIdentifiers refuses accounts that would be known by a name of another, in the file or beside it.
func (p *planner) checkIdentifiers() {
	holders := make(map[string]*features.Account)
	for i, planned := range p.plan.Accounts {
		for _, name := range identifiersOf(planned.Is) {
			holder := holders[name]
			if holder == nil {
				holder = p.live.Accounts().Find(name)
				if holder != nil && (holder == planned.Was || p.frees(holder, name)) {
					holder = nil
				}
			}
			if holder != nil {
				p.refuse(p.File.Accounts[i].At, name+" is taken by "+holder.Name+".")
			}
			holders[name] = planned.Is
		}
	}
}

// frees tells whether a stored account gives up a name by this file.
func (p *planner) frees(holder *features.Account, name string) bool {
	changed := p.accounts[holder.TargetingKey]
	return changed != nil && !slices.Contains(identifiersOf(changed), name)
}

// planOverrides plans the overrides that the file names; the others stay.
func (p *planner) planOverrides() {
	written := make(map[*features.Account][]features.Override)
	for _, f := range p.File.Overrides {
		planned, good := p.plannedOverride(f)
		if !good {
			continue
		}
		p.plan.Overrides = append(p.plan.Overrides, planned)
		if planned.Changes() {
			account := planned.Is.Account
			written[account] = append(written[account], planned.Is.Override)
		}
	}
	for account, list := range written {
		p.accounts[account.TargetingKey] = account.With(list...)
	}
}

// plannedOverride plans one override; good is false where it is refused.
func (p *planner) plannedOverride(f FileOverride) (planned PlannedChange[CellState], good bool) {
	account := p.accounts[f.Account]
	if account == nil {
		if account = p.live.Accounts().Find(f.Account); account == nil || account.TargetingKey != f.Account {
			p.refuse(f.At, "There is no account with the targeting key "+strconv.Quote(f.Account)+": add it to the file's accounts, or leave the override out.")
			return planned, false
		}
	}
	planned = PlannedChange[CellState]{Key: f.Account + " " + f.Feature, Name: f.Feature + " for " + account.Name}
	feature, err := p.plan.Catalogue.Feature(f.Feature)
	if err != nil {
		p.refuse(f.At, "There is no feature with the key "+strconv.Quote(f.Feature)+": add it to the file's features, or leave the override out.")
		return planned, false
	}
	planned.Is = CellState{account, feature, features.Override{FeatureID: feature.ID, Value: f.Value, Variant: f.Variant}, f.Reason}
	if !f.ExpiresAt.IsZero() {
		planned.Is.ExpiresAt = f.ExpiresAt.UnixMilli()
	}
	if f.Variant != "" && (!f.Value.Enabled || !slices.Contains(feature.VariantKeys(), f.Variant)) {
		p.refuse(f.At, "An override can force one of the feature's variants where it is on; "+f.Feature+" has "+variantList(feature)+".")
		return planned, false
	}
	if planned.Is.ExpiresAt != 0 && planned.Is.ExpiresAt <= p.at.UnixMilli() {
		planned.Outcome, planned.Note = LeftOut, "has expired; left out"
		return planned, true
	}
	if err := feature.CheckOverride(f.Value, f.Variant); err != nil {
		p.refuse(f.At, err.(*features.Error).Message) //nolint:errorlint // it gives nothing else
		return planned, false
	}
	p.compareOverride(&planned)
	if planned.Changes() && p.plan.Catalogue.Locks(account.TierID, feature) {
		// An override can be older than the lock, and an export names it like any other.
		planned.Note = "inactive, because the tier " + tierName(p.plan.Catalogue, account.TierID) + " locks it"
	}
	return planned, true
}

func variantList(f *features.Feature) string {
	if len(f.Variants) == 0 {
		return "none"
	}
	return strings.Join(f.VariantKeys(), ", ")
}

// compareOverride holds an override against the stored one.
func (p *planner) compareOverride(planned *PlannedChange[CellState]) {
	is := planned.Is
	stored, _ := is.Account.Override(is.FeatureID, 0)
	there := stored.FeatureID == is.FeatureID
	var before []features.Field
	if there {
		planned.Was = CellState{is.Account, is.Feature, stored, p.Reasons[Cell{is.Account.ID, is.FeatureID}]}
		before = stored.Fields(planned.Was.Reason)
	}
	planned.Fields = features.Differences(before, is.Fields(is.Reason))
	planned.Outcome = outcomeOf(there, planned.Fields)
	if there && p.OnlyNew {
		planned.Outcome, planned.Fields = Unchanged, nil
	}
}

package db

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"flagstone/features"
)

// UndoEffects says what undoing a change set would do to whoever has features (spec §4.10), judged from the state that
// serves: an effect for each feature that it changes for somebody.
func (d *DB) UndoEffects(ctx context.Context, id int64) ([]features.Effect, error) {
	p := pastState{live: d.live, accounts: make(map[int64]*pastAccount), reached: make(map[string]bool)}
	p.registry = d.live.Catalogue().Registry()
	if err := d.Reversals(ctx, id, p.reverse); err != nil {
		return nil, err
	}
	effects := d.live.Effects(p.proposal(), time.Now())
	return slices.DeleteFunc(effects, func(e features.Effect) bool { return e.Changes()+e.Members.Changes() == 0 }), nil
}

// pastState is the live state with some of its past put back.
type pastState struct {
	live      *features.Live
	registry  features.Registry
	accounts  map[int64]*pastAccount
	gone      []int64
	catalogue bool            // the registry is not as it serves
	all       bool            // every feature may be reached
	reached   map[string]bool // else these
}

// pastAccount is an account under way to what it was.
type pastAccount struct {
	features.Account
	tier      *string // the key of the tier it goes back to, "" for none; nil where it stays
	byFeature map[int64]features.Override
}

// reverse puts one thing back.
func (p *pastState) reverse(r Reversal) error {
	state := recordedState{}
	if r.State != nil {
		if err := json.Unmarshal(r.State, &state); err != nil {
			return err
		}
	}
	switch r.Entity {
	case "override":
		p.override(r, state)
	case "account":
		p.account(r, state)
	case "feature":
		p.feature(r, state)
	case "tier":
		p.tier(r, state)
	case "tier_feature":
		p.tierFeature(r, state)
	case "setting":
		if mode, err := features.ParseMode(dataOf(state.Value).Text()); err == nil && r.EntityName == "mode" {
			p.registry.Settings.Mode, p.catalogue, p.all = mode, true, true
		}
	}
	return nil
}

func (p *pastState) override(r Reversal, state recordedState) {
	a := p.changing(r.AccountID)
	f := p.live.Catalogue().FeatureByID(r.FeatureID)
	if a == nil || f == nil {
		return
	}
	p.reached[f.Key] = true
	delete(a.byFeature, r.FeatureID)
	if r.State != nil {
		o := features.Override{FeatureID: r.FeatureID, Variant: state.Variant, ExpiresAt: state.ExpiresAt}
		setIf(&o.Value.Enabled, state.Enabled)
		o.Value.Data = dataOf(state.Value)
		a.byFeature[r.FeatureID] = o
	}
}

// changing gives an account to put back; nil when there is none.
func (p *pastState) changing(id int64) *pastAccount {
	if a := p.accounts[id]; a != nil {
		return a
	}
	now := p.live.Accounts().ByID(id)
	if now == nil {
		return nil
	}
	a := &pastAccount{Account: *now, byFeature: make(map[int64]features.Override, len(now.Overrides))}
	for _, o := range now.Overrides {
		a.byFeature[o.FeatureID] = o
	}
	p.accounts[id] = a
	return a
}

func (p *pastState) account(r Reversal, state recordedState) {
	if r.State == nil {
		p.gone, p.all = append(p.gone, r.EntityID), true
		return
	}
	a := p.changing(r.EntityID)
	if a == nil {
		a = &pastAccount{byFeature: make(map[int64]features.Override)}
		a.ID, p.accounts[r.EntityID] = r.EntityID, a
	}
	setIf(&a.Status, state.Status)
	setIf(&a.PostalCode, state.PostalCode)
	setIf(&a.Slug, state.Slug)
	setIf(&a.Name, state.Name)
	setIf(&a.TargetingKey, state.TargetingKey)
	p.all = p.all || state.Status != nil || state.PostalCode != nil
	if state.Tier != nil {
		a.tier = new(string)
		_ = json.Unmarshal(state.Tier, a.tier) // null leaves it empty
	}
}

// move puts an account back into its tier, once it is known which tiers there are.
func (p *pastState) move(a *pastAccount) {
	was := a.TierID
	a.TierID = 0
	for _, t := range p.registry.Tiers {
		if t.Key == *a.tier {
			a.TierID = t.ID
		}
	}
	for _, key := range p.live.Catalogue().Differing(was, a.TierID) {
		p.reached[key] = true
	}
}

func (p *pastState) tier(r Reversal, state recordedState) {
	p.catalogue, p.all = true, true
	at := slices.IndexFunc(p.registry.Tiers, func(t features.Tier) bool { return t.ID == r.EntityID })
	switch {
	case at < 0 && state.Key != nil:
		p.registry.Tiers = append(p.registry.Tiers, features.Tier{ID: r.EntityID, Key: *state.Key})
	case at >= 0 && r.State == nil:
		p.registry.Tiers = slices.Delete(p.registry.Tiers, at, at+1)
	}
}

func (p *pastState) tierFeature(r Reversal, state recordedState) {
	p.catalogue = true
	if f := p.live.Catalogue().FeatureByID(r.FeatureID); f != nil {
		p.reached[f.Key] = true
	} else {
		p.all = true
	}
	is := features.TierFeature{TierID: r.EntityID, FeatureID: r.FeatureID}
	p.registry.TierFeatures = slices.DeleteFunc(p.registry.TierFeatures, func(t features.TierFeature) bool {
		return t.TierID == is.TierID && t.FeatureID == is.FeatureID
	})
	if r.State != nil {
		setIf(&is.Value.Enabled, state.Enabled)
		setIf(&is.AllowOverride, state.AllowOverride)
		setIf(&is.AllowUpgrade, state.AllowUpgrade)
		is.Value.Data = dataOf(state.Value)
		p.registry.TierFeatures = append(p.registry.TierFeatures, is)
	}
}

func (p *pastState) feature(r Reversal, state recordedState) {
	p.catalogue = true
	at := slices.IndexFunc(p.registry.Features, func(f *features.Feature) bool { return f.ID == r.EntityID })
	switch {
	case at < 0 && state.Key != nil:
		p.reached[*state.Key] = true
		p.registry.Features = append(p.registry.Features, state.applied(&features.Feature{ID: r.EntityID, Key: *state.Key}))
	case at >= 0 && r.State == nil:
		p.reached[p.registry.Features[at].Key] = true
		p.registry.Features = slices.Delete(p.registry.Features, at, at+1)
	case at >= 0:
		p.reached[p.registry.Features[at].Key] = true
		p.registry.Features[at] = state.applied(p.registry.Features[at])
	}
}

// proposal is what putting it all back would leave behind.
func (p *pastState) proposal() features.Proposal {
	for _, a := range p.accounts {
		if a.tier != nil {
			p.move(a)
		}
	}
	proposal := features.Proposal{Gone: p.gone}
	if p.catalogue {
		proposal.Catalogue = features.NewCatalogue(p.registry)
	}
	if !p.all {
		proposal.Features = make([]string, 0, len(p.reached))
		for key := range p.reached {
			proposal.Features = append(proposal.Features, key)
		}
	}
	for _, id := range p.gone {
		delete(p.accounts, id)
	}
	for _, a := range p.accounts {
		a.Overrides = make([]features.Override, 0, len(a.byFeature))
		for _, o := range a.byFeature {
			a.Overrides = append(a.Overrides, o)
		}
		proposal.Accounts = append(proposal.Accounts, features.NewAccount(a.Account))
	}
	return proposal
}

// recordedState is what evaluation needs of a state in the audit log, whatever it is of; nil is what it does not name.
type recordedState struct {
	Key            *string             `json:"key"`
	Name           *string             `json:"name"`
	Enabled        *bool               `json:"enabled"`
	Active         *bool               `json:"active"`
	DefaultEnabled *bool               `json:"default_enabled"`
	Strategy       *features.Strategy  `json:"strategy"`
	Percentage     *int                `json:"percentage"` // in hundredths
	RolloutBy      *features.Subject   `json:"rollout_by"`
	Target         *features.Target    `json:"target"`
	Variants       *[]features.Variant `json:"variants"`

	Type          *features.Type        `json:"type"`
	DefaultValue  json.RawMessage       `json:"default_value"`
	Constraints   *features.Constraints `json:"constraints"`
	DependsOn     *[]string             `json:"depends_on"`
	ConflictsWith *[]string             `json:"conflicts_with"`
	AllowOverride *bool                 `json:"allow_override"`
	AllowUpgrade  *bool                 `json:"allow_upgrade"`

	Variant   string `json:"variant"`
	ExpiresAt int64  `json:"expires_at"`

	Status       *features.Status `json:"status"`
	PostalCode   *string          `json:"postal_code"`
	Slug         *string          `json:"slug"`
	TargetingKey *string          `json:"targeting_key"`

	Tier json.RawMessage `json:"tier"` // of an account: a key or null

	Value json.RawMessage `json:"value"` // of an override or a tier's feature; of a setting, a text
}

// dataOf reads a recorded value; null is none, as is what is no value.
func dataOf(text json.RawMessage) (data features.JSON) {
	if text != nil {
		_ = json.Unmarshal(text, &data)
	}
	return data
}

// applied gives a feature with what the state names.
func (s recordedState) applied(f *features.Feature) *features.Feature {
	return f.With(func(f *features.Feature) {
		setIf(&f.Name, s.Name)
		setIf(&f.Enabled, s.Enabled)
		setIf(&f.Active, s.Active)
		setIf(&f.Default.Enabled, s.DefaultEnabled)
		setIf(&f.Rollout.Strategy, s.Strategy)
		setIf((*int)(&f.Rollout.Percentage), s.Percentage)
		setIf(&f.Rollout.By, s.RolloutBy)
		setIf(&f.Rollout.Target, s.Target)
		setIf(&f.Variants, s.Variants)
		setIf(&f.Type, s.Type)
		if s.DefaultValue != nil {
			f.Default.Data = dataOf(s.DefaultValue)
		}
		setIf(&f.Constraints, s.Constraints)
		setIf(&f.DependsOn, s.DependsOn)
		setIf(&f.ConflictsWith, s.ConflictsWith)
	})
}

func setIf[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

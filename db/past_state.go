package db

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"flagstone/features"
)

// pastState is a state under way to what it was: the live one with some of its past put back, or nothing with all that
// happened done again; or, for a preview, the live one with what would happen done.
type pastState struct {
	live      *features.Live
	registry  features.Registry
	accounts  map[int64]*pastAccount
	gone      []int64
	catalogue bool            // the registry is not as it serves
	all       bool            // every feature may be reached
	reached   map[string]bool // else these
}

// newPastState begins with what serves.
func newPastState(live *features.Live) *pastState {
	return &pastState{
		live: live, registry: live.Catalogue().Registry(), accounts: make(map[int64]*pastAccount), reached: make(map[string]bool),
	}
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
		p.featureIs(r, state)
	case "tier":
		p.tierIs(r, state)
	case "tier_feature":
		p.tierFeature(r, state)
	case "setting":
		p.setting(r.EntityName, dataOf(state.Value).Text())
	}
	return nil
}

func (p *pastState) setting(name, value string) {
	switch name {
	case "mode":
		if mode, err := features.ParseMode(value); err == nil {
			p.registry.Settings.Mode, p.catalogue, p.all = mode, true, true
		}
	case "stale_after_days":
		if days, err := strconv.Atoi(value); err == nil {
			p.registry.Settings.StaleDays = days
		}
	}
}

// feature gives a feature of the registry as it is by now; nil when there is none.
func (p *pastState) feature(id int64) *features.Feature {
	if at := p.place(id); at >= 0 {
		return p.registry.Features[at]
	}
	return nil
}

func (p *pastState) place(id int64) int {
	return slices.IndexFunc(p.registry.Features, func(f *features.Feature) bool { return f.ID == id })
}

func (p *pastState) override(r Reversal, state recordedState) {
	a := p.changing(r.AccountID)
	f := p.feature(r.FeatureID)
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
		delete(p.accounts, r.EntityID)
		return
	}
	a := p.changing(r.EntityID)
	if a == nil {
		a = &pastAccount{byFeature: make(map[int64]features.Override)}
		a.ID, a.Status, p.accounts[r.EntityID] = r.EntityID, features.Active, a
		p.gone = slices.DeleteFunc(p.gone, func(id int64) bool { return id == r.EntityID })
	}
	setIf(&a.Status, state.Status)
	setIf(&a.PostalCode, state.PostalCode)
	setIf(&a.Slug, state.Slug)
	setIf(&a.Name, state.Name)
	setIf(&a.ContactEmail, state.ContactEmail)
	if state.ExternalID != nil {
		a.ExternalID = dataOf(state.ExternalID).Text()
	}
	if setIf(&a.TargetingKey, state.TargetingKey); a.TargetingKey == "" {
		a.TargetingKey = cmp.Or(a.ExternalID, a.Slug)
	}
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

func (p *pastState) tierIs(r Reversal, state recordedState) {
	p.catalogue, p.all = true, true
	at := slices.IndexFunc(p.registry.Tiers, func(t features.Tier) bool { return t.ID == r.EntityID })
	switch {
	case at < 0 && state.Key != nil:
		p.registry.Tiers = append(p.registry.Tiers, state.tier(features.Tier{ID: r.EntityID, Key: *state.Key}))
	case at >= 0 && r.State == nil:
		p.registry.Tiers = slices.Delete(p.registry.Tiers, at, at+1)
	case at >= 0:
		p.registry.Tiers[at] = state.tier(p.registry.Tiers[at])
	}
}

// tier gives a tier with what the state names.
func (s recordedState) tier(t features.Tier) features.Tier {
	setIf(&t.Name, s.Name)
	setIf(&t.Description, s.Description)
	setIf(&t.Position, s.Position)
	return t
}

func (p *pastState) tierFeature(r Reversal, state recordedState) {
	p.catalogue = true
	if f := p.feature(r.FeatureID); f != nil {
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

func (p *pastState) featureIs(r Reversal, state recordedState) {
	p.catalogue = true
	at := p.place(r.EntityID)
	switch {
	case at < 0 && state.Key != nil:
		p.reached[*state.Key] = true
		p.registry.Features = append(p.registry.Features, state.applied(&features.Feature{
			ID: r.EntityID, Key: *state.Key, Type: features.BooleanType, // as are those that were made before there were others
			Rollout: features.Rollout{}.Normalize(),
		}))
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

	Description        *string       `json:"description"`
	Category           *string       `json:"category"`
	Subcategory        *string       `json:"subcategory"`
	Icon               *string       `json:"icon"`
	HelpURL            *string       `json:"help_url"`
	Owner              *string       `json:"owner"`
	DisplayOrder       *int          `json:"display_order"`
	Permanent          *bool         `json:"permanent"`
	Premium            *bool         `json:"premium"`
	RequiresSetup      *bool         `json:"requires_setup"`
	Deprecated         *bool         `json:"deprecated"`
	DeprecationMessage *string       `json:"deprecation_message"`
	Metadata           features.JSON `json:"metadata"`

	Position     *int            `json:"position"` // of a tier
	ContactEmail *string         `json:"contact_email"`
	ExternalID   json.RawMessage `json:"external_id"` // null for none

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
		s.describe(f)
	})
}

// describe gives a feature what the state says of it that evaluation does not look at.
func (s recordedState) describe(f *features.Feature) {
	for _, text := range []struct{ to, from *string }{
		{&f.Description, s.Description},
		{&f.Category, s.Category},
		{&f.Subcategory, s.Subcategory},
		{&f.Icon, s.Icon},
		{&f.HelpURL, s.HelpURL},
		{&f.Owner, s.Owner},
		{&f.DeprecationMessage, s.DeprecationMessage},
	} {
		setIf(text.to, text.from)
	}
	setIf(&f.DisplayOrder, s.DisplayOrder)
	for _, flag := range []struct{ to, from *bool }{
		{&f.Permanent, s.Permanent}, {&f.Premium, s.Premium}, {&f.RequiresSetup, s.RequiresSetup}, {&f.Deprecated, s.Deprecated},
	} {
		setIf(flag.to, flag.from)
	}
	switch s.Metadata {
	case "":
	case "{}":
		f.Metadata = ""
	default:
		f.Metadata = s.Metadata
	}
}

func setIf[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

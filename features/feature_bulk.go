package features

import (
	"slices"
	"time"
)

// FeatureAction is what is done to many features at once.
type FeatureAction string

// The actions on features.
const (
	KillFeatures    FeatureAction = "kill"    // the kill switch: off everywhere
	ReviveFeatures  FeatureAction = "revive"  // the kill switch: on again
	RetireFeatures  FeatureAction = "retire"  // out of use
	RestoreFeatures FeatureAction = "restore" // into use again
)

// Switch returns which switch of a feature an action moves, "enabled" or "active", and whether it moves it on; "" where there
// is no such action.
func (a FeatureAction) Switch() (name string, on bool) {
	switch a {
	case KillFeatures, ReviveFeatures:
		return "enabled", a == ReviveFeatures
	case RetireFeatures, RestoreFeatures:
		return "active", a == RestoreFeatures
	}
	return "", false
}

// on returns a feature as the action leaves it, and whether that is another than it was.
func (a FeatureAction) on(f *Feature) (after *Feature, changed bool) {
	name, on := a.Switch()
	after = f.With(func(f *Feature) {
		if name == "enabled" {
			f.Enabled = on
		} else {
			f.Active = on
		}
	})
	return after, after.Enabled != f.Enabled || after.Active != f.Active
}

// FeatureBulk is one action on the features named or, where Category is not "", on those of a category.
type FeatureBulk struct {
	Action   FeatureAction
	Keys     []string
	Category string
}

// FeaturePlan is an action on features worked out but not applied. Effects and Digest are there once Live.AddEffects has
// added them.
type FeaturePlan struct {
	FeatureBulk
	Changed []*Feature // features whose switch is moved, by key
	Already []*Feature // features that are already so, by key
	Effects []Effect   // of those features that it changes for somebody
	Digest  string     // stands for exactly these changes; another state gives another digest
}

// PlanFeatures works out an action on features. It refuses an unknown feature or action.
func (l *Live) PlanFeatures(b FeatureBulk) (*FeaturePlan, error) {
	if name, _ := b.Action.Switch(); name == "" {
		return nil, &Error{Kind: Invalid, Field: "action", Message: "There is no bulk action " + quote(string(b.Action)) + "."}
	}
	catalogue := l.Catalogue()
	keys := slices.Clone(b.Keys)
	for _, f := range catalogue.features {
		if b.Category != "" && f.Category == b.Category {
			keys = append(keys, f.Key)
		}
	}
	slices.Sort(keys)
	plan := &FeaturePlan{FeatureBulk: b}
	for _, key := range slices.Compact(keys) {
		f := catalogue.feature(key)
		if f == nil {
			return nil, &Error{Kind: NotFound, Field: "feature", Message: "There is no feature with the key " + quote(key) + "."}
		}
		if _, changed := b.Action.on(f); changed {
			plan.Changed = append(plan.Changed, f)
		} else {
			plan.Already = append(plan.Already, f)
		}
	}
	return plan, nil
}

// AddEffects adds to a plan whom it changes what for, and its digest.
func (l *Live) AddEffects(p *FeaturePlan, at time.Time) {
	d := NewDigest()
	d.Text(p.Action)
	after, keys := make([]*Feature, len(p.Changed)), make([]string, len(p.Changed))
	for i, f := range p.Changed {
		after[i], _ = p.Action.on(f)
		keys[i] = f.Key
		d.number(f.ID)
		d.number(f.Revision)
	}
	p.Effects = nil
	if len(after) > 0 {
		p.Effects = slices.DeleteFunc(l.Effects(Proposal{Catalogue: l.Catalogue().With(after...), Features: keys}, at), Effect.IsEmpty)
	}
	d.Effects(p.Effects)
	p.Digest = d.String()
}

package console

import (
	"cmp"
	"slices"
	"time"

	"flagstone/features"
	"flagstone/views"
	"flagstone/words"
)

// effectOn is what a change of a feature does to every account, judged from the state that serves: of the feature itself,
// and of the others that it reaches through links.
func (s *Surface) effectOn(changed *features.Feature) views.EffectModel {
	return s.effectIn(s.Live.Catalogue().With(changed), changed)
}

// effectIn is the same of a catalogue in which more than the feature has changed that concerns it.
func (s *Surface) effectIn(after *features.Catalogue, changed *features.Feature) (m views.EffectModel) {
	var others []features.Effect
	for _, e := range s.Live.Effects(features.Proposal{Catalogue: after, Features: []string{changed.Key}}, time.Now()) {
		if e.Feature.Key == changed.Key {
			m = s.effectModel(e)
		} else {
			others = append(others, e)
		}
	}
	m.Others = s.featureEffects(others).Effects
	m.Waits = waitsForAll(changed, after.Settings.Mode)
	return m
}

// effectOf is what another catalogue does to one of its features.
func (s *Surface) effectOf(after *features.Catalogue, f *features.Feature) features.Effect {
	effects := s.Live.Effects(features.Proposal{Catalogue: after, Features: []string{f.Key}}, time.Now())
	return effects[slices.IndexFunc(effects, func(e features.Effect) bool { return e.Feature.Key == f.Key })]
}

// dependents names what needs a feature, or one of several, that is to be switched off; "" for nothing.
func (s *Surface) dependents(of ...*features.Feature) string {
	all := s.Live.Catalogue().Dependents(of...)
	if len(all) == 0 {
		return ""
	}
	them := "this"
	if len(of) > 1 {
		them = "one of these"
	}
	return words.CountForms(len(all), "feature needs ", "features need ") + them + ": " + nameList(all)
}

// nameList is the names of features as part of a sentence: "A, B and C".
func nameList(list []*features.Feature) string {
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.Name
	}
	return words.List(names)
}

// effectModel says an effect in numbers and names.
func (s *Surface) effectModel(e features.Effect) views.EffectModel {
	m := views.EffectModel{ShiftModel: shiftModel(e.Shift, accountName), Uncounted: e.Uncounted}
	if e.Personal {
		members := shiftModel(e.Members, memberName)
		m.Members = &members
	}
	m.Tiers, m.Total = s.tierEffects(e.Tiers)
	return m
}

// featureEffects says what one change does to several features: to which of them anything, and how much.
func (s *Surface) featureEffects(effects []features.Effect) (m views.FeatureEffectsModel) {
	for _, e := range effects {
		if e.IsEmpty() {
			m.Same++
			continue
		}
		m.Effects = append(m.Effects, views.NamedEffect{FeatureNameModel: featureName(e.Feature), EffectModel: s.effectModel(e)})
	}
	return m
}

const namesShown = 12 // accounts named in a question

func shiftModel[T any](s features.Shift[T], name func(T) string) views.ShiftModel {
	first := func(all []T) []string {
		names := make([]string, 0, namesShown)
		for _, one := range all[:min(len(all), namesShown)] {
			names = append(names, name(one))
		}
		return slices.Clip(names)
	}
	return views.ShiftModel{
		Gain: len(s.Gain), GainNames: first(s.Gain), Lose: len(s.Lose), LoseNames: first(s.Lose),
		GainPart: s.GainPart, LosePart: s.LosePart, Change: len(s.Change), ChangeNames: first(s.Change), On: s.On, Some: s.Some, Off: s.Off,
	}
}

func accountName(a *features.Account) string { return a.Name }

func memberName(m features.Member) string {
	return m.User.Name + " (" + cmp.Or(m.Role, "no role") + ", " + m.Account.Name + ")"
}

// tierEffects are the tallies of an effect in the order of the plans, accounts without a tier last, and their sum.
func (s *Surface) tierEffects(tallies []features.TierTally) (tiers []views.TierEffect, total views.TierEffect) {
	places := map[int64]int{}
	for i, tier := range s.Live.Catalogue().Tiers() {
		places[tier.ID] = i + 1
	}
	for _, t := range tallies {
		tier := views.TierEffect{Name: "No tier", Place: places[t.TierID], Was: holdersIn(t.Was), Is: holdersIn(t.Is)}
		if known, ok := s.Live.Catalogue().Tier(t.TierID); ok {
			tier.Name = known.Name
		}
		tiers = append(tiers, tier)
		total.Was, total.Is = plusHolders(total.Was, tier.Was), plusHolders(total.Is, tier.Is)
	}
	last := len(places) + 1
	slices.SortFunc(tiers, func(a, b views.TierEffect) int { return cmp.Compare(cmp.Or(a.Place, last), cmp.Or(b.Place, last)) })
	return tiers, total
}

func holdersIn(n features.Count) views.Holders { return views.Holders{On: n.On, Some: n.Some} }

func plusHolders(a, b views.Holders) views.Holders {
	return views.Holders{On: a.On + b.On, Some: a.Some + b.Some}
}

// waitsForAll says why a change of whom a feature is released to takes no effect yet, in which case nobody gains or
// loses by it; "" where it does (docs/evaluation.md §2, rules 1 to 4).
func waitsForAll(f *features.Feature, mode features.Mode) string {
	switch {
	case !f.Active:
		return "The feature is retired, so it is off everywhere. Your changes take effect once it is active again."
	case !f.Enabled:
		return "The kill switch is off, so the feature is off everywhere. Your changes take effect once it is on again."
	case mode == features.ModeOpen && f.Rollout.Strategy != features.ToRole:
		return "The mode is open, so the feature is on for every active account. Your changes take effect once the mode is live or defaults."
	}
	return ""
}

package console

import (
	"strconv"
	"strings"
	"time"

	"flagstone/features"
	"flagstone/views"
	"flagstone/words"
)

// tierEffect says what edits of tiers do: each in a sentence, then what they reach beyond.
func (s *Surface) tierEffect(plan *features.TierPlan) views.TierEffectModel {
	x := tierWords{now: s.Live.Catalogue(), plan: plan, at: time.Now()}
	m := views.TierEffectModel{Effects: s.featureEffects(plan.Effects)}
	edited := make(map[string]bool)
	for _, e := range plan.Edits {
		if e.Changes() {
			edited[e.Feature] = true
			m.Lines = append(m.Lines, x.line(e))
		}
	}
	for _, e := range plan.Effects {
		m.Takes = m.Takes || len(e.Lose)+len(e.Members.Lose) > 0
		if !edited[e.Feature.Key] && !e.IsEmpty() {
			m.Others = append(m.Others, views.TierEffectLine{
				Name: e.Feature.Name, Warn: len(e.Lose) > 0,
				Text: s.effectModel(e).Sentence() + ", as it needs or conflicts with what changes.",
			})
		}
	}
	return m
}

// tierWords says in words what a plan does.
type tierWords struct {
	now  *features.Catalogue
	plan *features.TierPlan
	at   time.Time
}

// line says what one edit does to the accounts of its tier: "3,204 Pro accounts drop from 50 to 10, 16 see no change."
func (x tierWords) line(e features.PlannedTierEdit) views.TierEffectLine {
	line := views.TierEffectLine{Name: e.For.Name}
	var parts []string
	effect := x.effectOf(e.Feature)
	gain, lose, change := inTier(effect.Gain, e.Of), inTier(effect.Lose, e.Of), inTier(effect.Change, e.Of)
	total := 0
	for _, t := range effect.Tiers {
		if t.TierID == e.Of.ID {
			total = t.Was.Total()
		}
	}
	for _, group := range []struct {
		accounts []*features.Account
		words    func(*features.Feature, []*features.Account) string
	}{{gain, x.gained}, {lose, x.lost}, {change, x.changed}} {
		if len(group.accounts) > 0 {
			noun := e.Of.Name + " " + words.Form(len(group.accounts), "account", "accounts")
			parts = append(parts, words.Number(len(group.accounts))+" "+noun+" "+group.words(e.For, group.accounts))
		}
	}
	line.Warn = len(lose) > 0
	rest := total - len(gain) - len(lose) - len(change)
	switch waits := waitsForAll(e.For, x.now.Settings.Mode); {
	case total == 0:
		parts = append(parts, "no account is in "+e.Of.Name+" yet")
	case rest == total && waits != "":
		line.Warn = true
		parts = append(parts, "nobody in "+e.Of.Name+" sees a change now. "+strings.TrimSuffix(waits, "."))
	case rest == total:
		parts = append(parts, "nobody in "+e.Of.Name+" sees a change")
	case rest > 0:
		parts = append(parts, words.Number(rest)+" "+words.Form(rest, "sees", "see")+" no change")
	}
	line.Text = words.Capital(strings.Join(append(parts, x.allowances(e)...), ", ")) + "."
	return line
}

func (x tierWords) effectOf(key string) features.Effect {
	for _, e := range x.plan.Effects {
		if e.Feature.Key == key {
			return e
		}
	}
	return features.Effect{}
}

func inTier(accounts []*features.Account, tier features.Tier) (those []*features.Account) {
	for _, a := range accounts {
		if a.TierID == tier.ID {
			those = append(those, a)
		}
	}
	return those
}

func (x tierWords) gained(f *features.Feature, accounts []*features.Account) string {
	text := words.Form(len(accounts), "gains it", "gain it")
	if _, is, alike := x.values(f, accounts); alike && is.Data != "" {
		text += " with " + words.Clipped(is.Words())
	}
	return text
}

func (x tierWords) lost(_ *features.Feature, accounts []*features.Account) string {
	return words.Form(len(accounts), "loses it", "lose it")
}

func (x tierWords) changed(f *features.Feature, accounts []*features.Account) string {
	if was, is, alike := x.values(f, accounts); alike && was.Data != is.Data {
		return movesFrom(was, is, len(accounts))
	}
	return words.Form(len(accounts), "has another value", "have another value")
}

// values gives what accounts have now and would have; alike is whether that is the same for all of them.
func (x tierWords) values(f *features.Feature, accounts []*features.Account) (was, is features.Value, alike bool) {
	for i, a := range accounts {
		before, after := x.now.AccountValue(f, a, x.at).Value, x.plan.Catalogue.AccountValue(f, a, x.at).Value
		if i == 0 {
			was, is = before, after
		} else if before != was || after != is {
			return was, is, false
		}
	}
	return was, is, true
}

// movesFrom says that so many go from one value to another: "drop from 50 to 10".
func movesFrom(was, is features.Value, n int) string {
	verb := words.Form(n, "goes", "go")
	before, err := strconv.ParseInt(string(was.Data), 10, 64)
	after, err2 := strconv.ParseInt(string(is.Data), 10, 64)
	switch {
	case err != nil || err2 != nil:
	case after < before:
		verb = words.Form(n, "drops", "drop")
	case after > before:
		verb = words.Form(n, "rises", "rise")
	}
	return verb + " from " + words.Clipped(was.Words()) + " to " + words.Clipped(is.Words())
}

// allowances says what changes in what the tier allows beside its value.
func (x tierWords) allowances(e features.PlannedTierEdit) (parts []string) {
	was, is := features.TierFeature{AllowOverride: true}, features.TierFeature{AllowOverride: true}
	if e.Was != nil {
		was = *e.Was
	}
	if e.Is != nil {
		is = *e.Is
	}
	switch {
	case was.AllowOverride && !is.AllowOverride:
		parts = append(parts, "overrides are ignored; existing ones become inactive")
	case !was.AllowOverride && is.AllowOverride:
		parts = append(parts, "overrides apply again")
	}
	switch {
	case !was.AllowUpgrade && is.AllowUpgrade:
		parts = append(parts, "its accounts may ask for it")
	case was.AllowUpgrade && !is.AllowUpgrade:
		parts = append(parts, "its accounts may no longer ask for it")
	}
	return parts
}

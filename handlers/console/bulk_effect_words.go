package console

import (
	"strings"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// effectRows says how many accounts fare alike, and why. Together they are the accounts chosen.
func effectRows(p *features.BulkPlan, mode features.Mode) []views.EffectRow {
	var rows []views.EffectRow
	switch {
	case p.Action == features.SetTier:
		rows = tierRows(p)
	case p.Feature != nil:
		rows = featureRows(p, mode)
	default:
		rows = everyFeatureRows(p)
	}
	rows = append(rows, lockedRow(p))
	shown := rows[:0]
	for _, row := range rows {
		if row.Count > 0 {
			shown = append(shown, row)
		}
	}
	return shown
}

const nothingWritten = "nothing is written"

// lockedRow is the accounts that are skipped as their tier locks what would be written.
func lockedRow(p *features.BulkPlan) views.EffectRow {
	n := len(p.Locked)
	note := "their tier allows no override: " + words.ListSome(firstNames(p.Locked[:min(n, fewNames)]), n)
	return views.EffectRow{Kind: "refused", Count: n, Text: words.Form(n, "is", "are") + " skipped", Note: note}
}

// tierRows is the effect of another tier. An account counts once, as everyFeatureRows has it.
func tierRows(p *features.BulkPlan) []views.EffectRow {
	outcomes, already := accountOutcomes(p), len(p.Already)
	verb, so := func(n int) string { return words.Form(n, "moves", "move") + " to " + p.Tier.Name }, words.Form(already, "is", "are")+" in it already"
	if p.Tier.ID == 0 {
		verb, so = func(n int) string { return words.Form(n, "loses its tier", "lose their tier") }, words.Form(already, "has", "have")+" none"
	}
	row := func(kind, outcome, text string) views.EffectRow {
		return views.EffectRow{Kind: kind, Count: outcomes[outcome], Text: verb(outcomes[outcome]) + text}
	}
	return []views.EffectRow{
		row("lose", "lose", " and "+words.Form(outcomes["lose"], "loses", "lose")+" at least one feature"),
		row("gain", "gain", ", "+words.Form(outcomes["gain"], "gains", "gain")+" at least one feature and "+words.Form(outcomes["gain"], "loses", "lose")+" none"),
		row("same", "change", " and "+words.Form(outcomes["change"], "has", "have")+" another value of at least one feature"),
		row("same", "", " and "+words.Form(outcomes[""], "sees", "see")+" no change now"),
		{Kind: "same", Count: already, Text: so, Note: nothingWritten},
	}
}

// accountOutcomes counts the accounts that change by what becomes of them: lose where they lose a feature, else gain, else
// change, else "".
func accountOutcomes(p *features.BulkPlan) map[string]int {
	outcomes := make(map[int64]string)
	for _, kind := range []string{"change", "gain", "lose"} {
		for _, e := range p.Effects {
			for _, a := range map[string][]*features.Account{"change": e.Change, "gain": e.Gain, "lose": e.Lose}[kind] {
				outcomes[a.ID] = kind
			}
		}
	}
	counts := map[string]int{"": len(p.Changed) - len(outcomes)}
	for _, outcome := range outcomes {
		counts[outcome]++
	}
	return counts
}

// featureRows is the effect of an action on one feature.
func featureRows(p *features.BulkPlan, mode features.Mode) []views.EffectRow {
	var effect features.Effect
	for _, e := range p.Effects {
		if e.Feature.Key == p.Feature.Key {
			effect = e
		}
	}
	already := len(p.Already)
	same := views.EffectRow{Kind: "same", Count: already, Text: words.Form(already, "has", "have") + " exactly this override", Note: nothingWritten}
	switch p.Action {
	case features.EnableFeature:
		rest := len(p.Changed) - effect.Changes() - effect.Stay()
		dependencies := views.EffectRow{Kind: "same", Count: rest, Text: words.Form(rest, "gets", "get") + " what it needs", Note: "no override of the feature itself is written"}
		return append(enableRows(p, effect, mode), dependencies, same)
	case features.DisableFeature:
		return append(disableRows(effect, mode), same)
	}
	same.Text = words.Form(already, "has", "have") + " no override of it"
	return append(clearRows(effect), same)
}

func enableRows(p *features.BulkPlan, e features.Effect, mode features.Mode) []views.EffectRow {
	gained, kept := "off now, on by override after", obstacles(p, mode)
	switch {
	case p.Feature.Rollout.Strategy == features.ToRole:
		gained += "; " + strings.TrimSuffix(web.SomeRule(p.Feature), ".")
	case e.Personal:
		gained = "off now, or on for some of their users; on for all by override after"
	}
	return []views.EffectRow{
		gainRow(e, gained),
		loseRow(e, "on now, less by override after"),
		changeRow(e),
		{Kind: "same", Count: e.On, Text: words.Form(e.On, "has", "have") + " it already", Note: "the override keeps it on even if the inherited value changes"},
		someRow(e, "the override is kept, but "+sleeps(mode, strings.TrimSuffix(web.SomeRule(p.Feature), "."))),
		{Kind: "refused", Count: e.Off, Text: words.Form(e.Off, "sees", "see") + " no change now", Note: "the override is kept, but " + kept},
	}
}

func disableRows(e features.Effect, mode features.Mode) []views.EffectRow {
	note := "the override is kept, but the mode is " + string(mode)
	return []views.EffectRow{
		gainRow(e, "more by override after"),
		loseRow(e, "on now, off by override after"),
		changeRow(e),
		{Kind: "refused", Count: e.On, Text: words.Form(e.On, "keeps", "keep") + " it for now", Note: note},
		someRow(e, note),
		{Kind: "same", Count: e.Off, Text: words.Form(e.Off, "lacks", "lack") + " it already", Note: "the override keeps it off even if the inherited value changes"},
	}
}

func clearRows(e features.Effect) []views.EffectRow {
	const note = "the override is removed, which changes nothing now"
	return []views.EffectRow{
		gainRow(e, "on again as inherited"),
		loseRow(e, "off again as inherited"),
		changeRow(e),
		{Kind: "same", Count: e.On, Text: words.Form(e.On, "keeps", "keep") + " it", Note: note},
		someRow(e, note),
		{Kind: "same", Count: e.Off, Text: words.Form(e.Off, "goes", "go") + " on without it", Note: note},
	}
}

func gainRow(e features.Effect, note string) views.EffectRow {
	n := len(e.Gain)
	return views.EffectRow{Kind: "gain", Count: n, Text: words.Form(n, "gains it", "gain it"), Note: note}
}

func loseRow(e features.Effect, note string) views.EffectRow {
	n := len(e.Lose)
	return views.EffectRow{Kind: "lose", Count: n, Text: words.Form(n, "loses it", "lose it"), Note: note}
}

func changeRow(e features.Effect) views.EffectRow {
	n := len(e.Change)
	other := " it with another variant"
	if e.Feature != nil && !e.Feature.Type.IsBoolean() {
		other = " it with another value"
	}
	return views.EffectRow{Kind: "same", Count: n, Text: words.Form(n, "keeps", "keep") + other}
}

// someRow is the accounts that go on having it for some of their users.
func someRow(e features.Effect, note string) views.EffectRow {
	return views.EffectRow{
		Kind: "same", Count: e.Some, Text: words.Form(e.Some, "keeps it for some of its users", "keep it for some of their users"), Note: note,
	}
}

// sleeps says why an override does nothing now: the mode, or else something in particular.
func sleeps(mode features.Mode, otherwise string) string {
	if mode != features.ModeLive {
		return "the mode is " + string(mode)
	}
	return otherwise
}

// obstacles says why an override that asks for on does nothing now for some of the accounts that get it.
func obstacles(p *features.BulkPlan, mode features.Mode) string {
	suspended := 0
	for _, a := range p.Changed {
		if a.Status == features.Suspended {
			suspended++
		}
	}
	var reason string
	switch {
	case !p.Feature.Active:
		return "the feature is retired"
	case !p.Feature.Enabled:
		reason = "the kill switch is off"
	case mode == features.ModeDefaults:
		reason = "the mode is defaults"
	case len(p.Feature.DependsOn)+len(p.Feature.ConflictsWith) > 0:
		reason = "what it needs is off, or what it conflicts with is stronger"
	default:
		return "these accounts are suspended"
	}
	if suspended == 0 {
		return reason
	}
	return reason + ", and " + accountCount(suspended) + " suspended"
}

// everyFeatureRows is the effect of an action on all features. An account counts once: by what it loses, else by what it
// gains.
func everyFeatureRows(p *features.BulkPlan) []views.EffectRow {
	outcomes := accountOutcomes(p)
	lose, gain, change, keep, already := outcomes["lose"], outcomes["gain"], outcomes["change"], outcomes[""], len(p.Already)
	without, note := " no override", "the overrides are removed, which changes nothing now"
	if p.Action == features.DisableAll {
		without, note = " nothing on", "the overrides are kept, but change nothing now"
	}
	return []views.EffectRow{
		{Kind: "lose", Count: lose, Text: words.Form(lose, "loses", "lose") + " at least one feature"},
		{Kind: "gain", Count: gain, Text: words.Form(gain, "gains", "gain") + " at least one feature and " + words.Form(gain, "loses", "lose") + " none"},
		{Kind: "same", Count: change, Text: words.Form(change, "has", "have") + " another variant of at least one feature"},
		{Kind: "same", Count: keep, Text: words.Form(keep, "keeps what it has", "keep what they have"), Note: note},
		{Kind: "same", Count: already, Text: words.Form(already, "has", "have") + without, Note: nothingWritten},
	}
}

package handlers

import (
	"flagstone/features"
	"flagstone/views"
)

func accountCount(n int) string { return views.Count(n, "account", "accounts") }

// openTitle says what is asked for before it has been chosen: "Enable a feature for 214 accounts".
func openTitle(action features.BulkAction, chosen int) string {
	if action == features.SetTier {
		return "Set the tier of " + accountCount(chosen)
	}
	return action.Verb() + " a feature for " + accountCount(chosen)
}

// planTitle says what is asked for, of how many: "Enable Knowledge Base for 214 accounts".
func planTitle(p *features.Plan) string {
	switch chosen := accountCount(p.Chosen); {
	case p.Action == features.EnableFeature:
		return "Enable " + p.Feature.Name + " for " + chosen
	case p.Action == features.DisableFeature:
		return "Disable " + p.Feature.Name + " for " + chosen
	case p.Action == features.DisableAll:
		return "Disable all features for " + chosen
	case p.Action == features.SetTier && p.Tier.ID == 0:
		return "Take the tier from " + chosen
	case p.Action == features.SetTier:
		return "Move " + chosen + " to " + p.Tier.Name
	case p.Feature != nil:
		return "Clear the override of " + p.Feature.Name + " for " + chosen
	default:
		return "Clear every override of " + chosen
	}
}

// submitText says what the button does, with the number that changes: "Enable for 182 accounts".
func submitText(p *features.Plan) string {
	changed := accountCount(len(p.Changed))
	switch p.Action {
	case features.DisableAll:
		return "Disable all for " + changed
	case features.ClearOverrides:
		return "Clear for " + changed
	case features.SetTier:
		return "Move " + changed
	}
	return p.Action.Verb() + " for " + changed
}

// doneSentence says what was done: "Knowledge Base on for 182 accounts".
func doneSentence(p *features.Plan) string {
	switch changed := accountCount(len(p.Changed)); {
	case len(p.Changed) == 0:
		return "Nothing to change: it is so already for every chosen account"
	case p.Action == features.EnableFeature:
		return p.Feature.Name + " on for " + changed
	case p.Action == features.DisableFeature:
		return p.Feature.Name + " off for " + changed
	case p.Action == features.DisableAll:
		return "Every feature off for " + changed
	case p.Action == features.SetTier && p.Tier.ID == 0:
		return "Tier taken from " + changed
	case p.Action == features.SetTier:
		return capital(changed) + " moved to " + p.Tier.Name
	case p.Feature != nil:
		return p.Feature.Name + " inherited again by " + changed
	default:
		return "Every override cleared for " + changed
	}
}

// effectRows says how many accounts fare alike, and why.
func effectRows(p *features.Plan) []views.EffectRow {
	var rows []views.EffectRow
	switch {
	case p.Action == features.SetTier:
		rows = tierRows(p)
	case p.Feature != nil:
		rows = featureRows(p)
	default:
		rows = everyFeatureRows(p)
	}
	shown := rows[:0]
	for _, row := range rows {
		if row.Count > 0 {
			shown = append(shown, row)
		}
	}
	return shown
}

const nothingWritten = "nothing is written"

// agree is the form of a verb that goes with a number of accounts.
func agree(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func tierRows(p *features.Plan) []views.EffectRow {
	changed, already := len(p.Changed), len(p.Already)
	if p.Tier.ID == 0 {
		return []views.EffectRow{
			{Kind: "lose", Count: changed, Text: agree(changed, "loses its tier", "lose their tier")},
			{Kind: "same", Count: already, Text: agree(already, "has", "have") + " none", Note: nothingWritten},
		}
	}
	return []views.EffectRow{
		{Kind: "gain", Count: changed, Text: agree(changed, "moves", "move") + " to " + p.Tier.Name},
		{Kind: "same", Count: already, Text: agree(already, "is", "are") + " in it already", Note: nothingWritten},
	}
}

// featureRows is the effect of an action on one feature.
func featureRows(p *features.Plan) []views.EffectRow {
	var effect features.Effect
	if len(p.Effects) > 0 {
		effect = p.Effects[0]
	}
	gain, lose, on, off, already := len(effect.Gain), len(effect.Lose), effect.On, effect.Off, len(p.Already)
	gains, loses := agree(gain, "gains it", "gain it"), agree(lose, "loses it", "lose it")
	same := views.EffectRow{Kind: "same", Count: already, Text: agree(already, "has", "have") + " this very override", Note: nothingWritten}
	switch p.Action {
	case features.EnableFeature:
		return []views.EffectRow{
			{Kind: "gain", Count: gain, Text: gains, Note: "off now, on by override after"},
			{Kind: "same", Count: on, Text: agree(on, "has", "have") + " it already", Note: "the override keeps it on, whatever is inherited later"},
			{Kind: "refused", Count: off, Text: agree(off, "sees", "see") + " no change now", Note: "the override is kept, but " + obstacles(p)},
			same,
		}
	case features.DisableFeature:
		return []views.EffectRow{
			{Kind: "lose", Count: lose, Text: loses, Note: "on now, off by override after"},
			{Kind: "same", Count: off, Text: agree(off, "lacks", "lack") + " it already", Note: "the override keeps it off, whatever is inherited later"},
			same,
		}
	}
	return []views.EffectRow{
		{Kind: "gain", Count: gain, Text: gains, Note: "on again as inherited"},
		{Kind: "lose", Count: lose, Text: loses, Note: "off again as inherited"},
		{Kind: "same", Count: on, Text: agree(on, "keeps", "keep") + " it", Note: "the override goes, and changes nothing now"},
		{Kind: "same", Count: off, Text: agree(off, "goes", "go") + " on without it", Note: "the override goes, and changes nothing now"},
		{Kind: "same", Count: already, Text: agree(already, "has", "have") + " no override of it", Note: nothingWritten},
	}
}

// obstacles says why an override that asks for on does nothing now for some of the accounts that get it.
func obstacles(p *features.Plan) string {
	suspended := 0
	for _, a := range p.Changed {
		if a.Status == features.Suspended {
			suspended++
		}
	}
	switch {
	case !p.Feature.Active:
		return "the feature is retired"
	case p.Feature.Enabled:
		return "these accounts are suspended"
	case suspended == 0:
		return "the kill switch is off"
	}
	return "the kill switch is off, and " + accountCount(suspended) + " suspended"
}

// everyFeatureRows is the effect of an action on all features.
func everyFeatureRows(p *features.Plan) []views.EffectRow {
	gainers, losers := make(map[int64]bool), make(map[int64]bool)
	for _, e := range p.Effects {
		for _, a := range e.Gain {
			gainers[a.ID] = true
		}
		for _, a := range e.Lose {
			losers[a.ID] = true
		}
	}
	for id := range losers {
		delete(gainers, id)
	}
	lose, gain, already := len(losers), len(gainers), len(p.Already)
	keep := len(p.Changed) - lose - gain
	without := " no override"
	if p.Action == features.DisableAll {
		without = " nothing on"
	}
	return []views.EffectRow{
		{Kind: "lose", Count: lose, Text: agree(lose, "loses", "lose") + " at least one feature"},
		{Kind: "gain", Count: gain, Text: agree(gain, "gains", "gain") + " at least one feature and " + agree(gain, "loses", "lose") + " none"},
		{Kind: "same", Count: keep, Text: agree(keep, "keeps what it has", "keep what they have"), Note: "the overrides go, and change nothing now"},
		{Kind: "same", Count: already, Text: agree(already, "has", "have") + without, Note: nothingWritten},
	}
}

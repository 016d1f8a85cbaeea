package console

import (
	"flagstone/features"
	"flagstone/words"
)

func accountCount(n int) string { return words.Count(n, "account") }

// openTitle says what is asked for before it has been chosen: "Enable a feature for 214 accounts".
func openTitle(action features.BulkAction, chosen int) string {
	if action == features.SetTier {
		return "Set the tier of " + accountCount(chosen)
	}
	return action.Verb() + " a feature for " + accountCount(chosen)
}

// planTitle says what is asked for, of how many: "Enable Knowledge Base for 214 accounts".
func planTitle(p *features.BulkPlan) string {
	switch chosen := accountCount(p.Chosen); {
	case p.Action == features.EnableFeature:
		return "Enable " + p.Feature.Name + " for " + chosen
	case p.Action == features.DisableFeature:
		return "Disable " + p.Feature.Name + " for " + chosen
	case p.Action == features.DisableAll:
		return "Disable all features for " + chosen
	case p.Action == features.SetTier && p.Tier.ID == 0:
		return "Remove the tier from " + chosen
	case p.Action == features.SetTier:
		return "Move " + chosen + " to " + p.Tier.Name
	case p.Feature != nil:
		return "Clear the override of " + p.Feature.Name + " for " + chosen
	default:
		return "Clear every override of " + chosen
	}
}

// submitText says what the button does, with the number that changes: "Enable for 182 accounts".
func submitText(p *features.BulkPlan) string {
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
func doneSentence(p *features.BulkPlan) string {
	switch changed := accountCount(len(p.Changed)); {
	case len(p.Changed) == 0:
		return "No changes to save: every chosen account already has this"
	case p.Action == features.EnableFeature:
		return p.Feature.Name + " " + words.Clipped(p.Value().Words()) + " for " + changed
	case p.Action == features.DisableFeature:
		return p.Feature.Name + " off for " + changed
	case p.Action == features.DisableAll:
		return "Every feature off for " + changed
	case p.Action == features.SetTier && p.Tier.ID == 0:
		return "Tier removed from " + changed
	case p.Action == features.SetTier:
		return words.Capital(changed) + " moved to " + p.Tier.Name
	case p.Feature != nil:
		return p.Feature.Name + " inherited again by " + changed
	default:
		return "Every override cleared for " + changed
	}
}

package cli

import (
	"fmt"
	"io"
	"strings"

	"flagstone/features"
	"flagstone/registry"
	"flagstone/words"
)

// planShown is how many things of a kind a printed plan names.
const planShown = 200

// printPlan prints what an import would do.
func printPlan(w io.Writer, plan *registry.ImportPlan) {
	printPlanned(w, "Features", plan.Features)
	printPlanned(w, "Tiers", plan.Tiers)
	printPlanned(w, "Tier features", plan.TierFeatures)
	printPlanned(w, "Models", plan.Models)
	printPlanned(w, "Components", plan.Components)
	printPlanned(w, "Accounts", plan.Accounts)
	printPlanned(w, "Overrides", plan.Overrides)
	printEffects(w, plan.Effects)
	for _, note := range plan.Notes {
		_, _ = fmt.Fprintln(w, note)
	}
	if plan.Changes() == 0 {
		_, _ = fmt.Fprintln(w, "Nothing would change.")
		return
	}
	_, _ = fmt.Fprintf(w, "Plan: %s.\n", plan.Summary())
}

// marks stand before what is planned, as in a diff.
var marks = map[registry.Outcome]string{
	registry.Created: "+", registry.Updated: "~", registry.Deleted: "-", registry.Retired: "-", registry.LeftOut: "!",
}

func printPlanned[T any](w io.Writer, title string, planned []registry.PlannedChange[T]) {
	shown := 0
	for _, p := range planned {
		if p.Outcome == registry.Unchanged {
			continue
		}
		shown++
		if shown == 1 {
			_, _ = fmt.Fprintln(w, title)
		}
		if shown > planShown {
			continue
		}
		_, _ = fmt.Fprintf(w, "  %s %s\n", marks[p.Outcome], planLine(p.Key, p.Outcome, p.Note))
		if p.Outcome == registry.Updated {
			for _, f := range p.Fields {
				_, _ = fmt.Fprintf(w, "      %s: %s -> %s\n", f.Name, words.Clipped(f.Before), words.Clipped(f.After))
			}
		}
	}
	if shown > planShown {
		_, _ = fmt.Fprintf(w, "  and %s more\n", words.Number(shown-planShown))
	}
}

// planLine names one thing: "knowledge_base", "old_one (retired: overridden for 3 accounts)".
func planLine(key string, outcome registry.Outcome, note string) string {
	switch outcome {
	case registry.LeftOut:
		return key + ": " + note
	case registry.Retired:
		return key + " (retired: " + note + ")"
	case registry.Deleted:
		return key + " (deleted)"
	case registry.Created, registry.Updated:
		if note != "" {
			return key + ": " + note
		}
	}
	return key
}

func printEffects(w io.Writer, effects []features.Effect) {
	if len(effects) > 0 {
		_, _ = fmt.Fprintln(w, "Effect")
	}
	for _, e := range effects {
		_, _ = fmt.Fprintf(w, "    %s: %s\n", e.Feature.Key, strings.Join(shiftWords(e), "; "))
	}
}

// shiftWords says who sees what change of a feature.
func shiftWords(e features.Effect) (parts []string) {
	for _, part := range []struct {
		accounts  []*features.Account
		one, many string
	}{
		{e.Gain, "account gains it", "accounts gain it"},
		{e.Lose, "account loses it", "accounts lose it"},
		{e.Change, "account sees another value", "accounts see another value"},
	} {
		if n := len(part.accounts); n > 0 {
			parts = append(parts, words.CountForms(n, part.one, part.many)+" ("+firstNames(part.accounts)+")")
		}
	}
	if n := e.Members.Changes(); n > 0 {
		parts = append(parts, words.CountForms(n, "user sees", "users see")+" a change")
	}
	if e.Uncounted {
		parts = append(parts, "users who cannot be counted may see a change")
	}
	return parts
}

func firstNames(accounts []*features.Account) string {
	const few = 3
	var names []string
	for _, a := range accounts[:min(few, len(accounts))] {
		names = append(names, a.Name)
	}
	if len(accounts) > few {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

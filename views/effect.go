package views

import (
	"strings"

	"flagstone/words"
)

// EffectModel is what a change does to one feature: to the accounts, and to their people where those may differ.
type EffectModel struct {
	ShiftModel
	Members    *ShiftModel   // nil where all people of an account have the same
	Uncounted  bool          // people who are not counted may see a change that no number shows
	Tiers      []TierEffect  // in the order of the plans
	Total      TierEffect    // of all tiers
	Waits      string        // why it has no effect yet: "The kill switch is off: …"; "" where it has
	Dependents string        // what needs the feature that is to be off: "3 features need this: …"; "" for nothing
	Others     []NamedEffect // on features that this one reaches through links
	NamesURL   string        // answers a form posted there with all names of one group; "" where nothing does
}

// ShiftModel is how many gain a feature, lose it, have it with another value, and stay as they are.
type ShiftModel struct {
	Gain, Lose, Change                int
	GainNames, LoseNames, ChangeNames []string // of the first of them
	GainPart, LosePart                int      // of these, who have it for some of their users then
	On, Some, Off                     int      // who keeps it, keeps it for some of their users, goes on without it
}

// Changes is how many see another value.
func (m ShiftModel) Changes() int { return m.Gain + m.Lose + m.Change }

// TierEffect is how many accounts of a tier have the feature, at least for some of their users, now and after.
type TierEffect struct {
	Name    string
	Place   int // in the order of the plans, from 1; 0 for no tier
	Was, Is Holders
}

// Holders is how many accounts have a feature: as a whole, and for some of their users.
type Holders struct{ On, Some int }

// String is the number in figures: "812", or "812 + 3 in part".
func (h Holders) String() string {
	if h.Some == 0 {
		return words.Number(h.On)
	}
	return words.Number(h.On) + " + " + words.Number(h.Some) + " in part"
}

// Shift is the difference of those that have it as a whole, with its sign: "+812", "−3", "0"; then of the others.
func (m TierEffect) Shift() string {
	text := signed(m.Is.On - m.Was.On)
	if d := m.Is.Some - m.Was.Some; d != 0 {
		text += ", " + signed(d) + " in part"
	}
	return text
}

func signed(d int) string {
	switch {
	case d > 0:
		return "+" + words.Number(d)
	case d < 0:
		return "−" + words.Number(-d)
	}
	return "0"
}

func (m TierEffect) more() bool { return m.Is.On > m.Was.On }
func (m TierEffect) less() bool { return m.Is.On < m.Was.On }

// Sentence says the effect in a few words: "1,503 accounts gain it, 1 account loses it".
func (m EffectModel) Sentence() string {
	var parts []string
	for _, part := range m.parts("") {
		if part.count > 0 {
			parts = append(parts, words.CountForms(part.count, "account ", "accounts ")+part.verb)
		}
	}
	switch {
	case parts == nil && m.Members != nil && m.Members.Changes() > 0:
		return "No account changes as a whole; " + words.CountForms(m.Members.Changes(), "of their users does", "of their users do")
	case parts == nil && m.Uncounted:
		return "Nobody who is counted sees a change; people who cannot be counted may"
	case parts == nil:
		return "Nobody gains it, nobody loses it"
	case m.Lose == 0:
		parts = append(parts, "nobody loses it")
	}
	return strings.Join(parts, ", ")
}

// shiftPart is one group of a shift whose members see a change.
type shiftPart struct {
	kind, icon string
	count      int
	verb       string
	names      []string
	who        string // names the group in addresses
}

// parts are the groups of a shift that see a change; people tells people from accounts in addresses.
func (m ShiftModel) parts(people string) []shiftPart {
	return []shiftPart{
		{"gain", "gain", m.Gain, words.Form(m.Gain, "gains it", "gain it") + inPart(m.Gain, m.GainPart), m.GainNames, "gain" + people},
		{"lose", "minus", m.Lose, words.Form(m.Lose, "loses it", "lose it") + inPart(m.Lose, m.LosePart), m.LoseNames, "lose" + people},
		{"", "equal", m.Change, words.Form(m.Change, "has another value", "have another value"), m.ChangeNames, "change" + people},
	}
}

// inPart says of how many who see a change it concerns some of the people only.
func inPart(all, part int) string {
	switch part {
	case 0:
		return ""
	case all:
		return " for some of " + words.Form(all, "its", "their") + " people"
	}
	return ", " + words.Number(part) + " of them for some of their users"
}

// NamesModel is a part of the names of one group of an effect.
type NamesModel struct {
	Title string // "All 1,503 accounts that gain it"
	Names []Link // without an address for those that have no page
	URL   string // where the next part comes from; "" for none
	Step  int    // how many the next part has
	Back  Link   // the page that the effect is shown on
}

// FeatureEffectsModel is what one change does to several features.
type FeatureEffectsModel struct {
	Effects []NamedEffect // of the features that change for somebody
	Same    int           // features that stay as they are for everybody
}

// NamedEffect is what a change does to one of several features.
type NamedEffect struct {
	FeatureNameModel
	EffectModel
}

// throughLinks says how many other features change.
func (m EffectModel) throughLinks() string {
	if len(m.Others) == 0 {
		return ""
	}
	return words.CountForms(len(m.Others), "other feature changes", "other features change") + " through links."
}

func sameFeatures(m FeatureEffectsModel) string {
	if len(m.Effects) == 0 {
		return "No feature changes for anybody."
	}
	return words.CountForms(m.Same, "feature stays as it is", "features stay as they are") + " for everybody."
}

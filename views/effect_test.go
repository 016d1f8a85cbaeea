package views

import "testing"

func TestEffectSentence(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		effect EffectModel
		want   string
	}{
		{EffectModel{}, "Nobody gains it, nobody loses it"},
		{EffectModel{ShiftModel: ShiftModel{Gain: 1503}}, "1,503 accounts gain it, nobody loses it"},
		{EffectModel{ShiftModel: ShiftModel{Gain: 1, Lose: 2, Change: 3}}, "1 account gains it, 2 accounts lose it, 3 accounts have another value"},
		{EffectModel{Members: &ShiftModel{Gain: 1, Lose: 1}}, "No account changes as a whole; 2 of their users do"},
		{EffectModel{Members: &ShiftModel{}, Uncounted: true}, "Nobody who is counted sees a change; people who cannot be counted may"},
	} {
		if got := test.effect.Sentence(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestEffectOffersAllNames(t *testing.T) {
	t.Parallel()
	m := EffectModel{
		ShiftModel: ShiftModel{Gain: 3, GainNames: []string{"A", "B"}, Lose: 1, LoseNames: []string{"C"}, Some: 2},
		Members:    &ShiftModel{Change: 2, ChangeNames: []string{"Dana"}}, NamesURL: "/names", Waits: "The kill switch is off.",
		Tiers: []TierEffect{{Name: "Pro", Place: 1, Was: Holders{On: 3}, Is: Holders{On: 1, Some: 1}}, {Name: "No tier", Is: Holders{On: 4}}}, Total: TierEffect{Was: Holders{On: 3}, Is: Holders{On: 5, Some: 1}},
	}
	page := render(t, Effect(m))
	wantAttribute(t, page, ".gain button", "hx-post", "/names?who=gain")
	wantAttribute(t, page, ".stack button", "hx-post", "/names?who=change-people")
	wantText(t, page, ".gain", "3 gain it A, B and 1 more")
	wantText(t, page, ".lose", "1 loses it C")
	wantText(t, page, ".banner", "The kill switch is off.")
	table := render(t, EffectTotals(m))
	wantText(t, table, ".less", "−2, +1 in part")
	wantText(t, table, ".plus", "+4")
	wantText(t, table, "tfoot", "All35 + 1 in part+2, +1 in part")
}

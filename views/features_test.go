package views

import "testing"

func TestEffectInWords(t *testing.T) {
	t.Parallel()
	effect := render(t, Effect(EffectModel{ShiftModel: ShiftModel{Gain: 1, GainNames: []string{"<b>Arizona</b>"}, Lose: 1204, LoseNames: []string{"A", "B"}, On: 2, Off: 1}}))
	wantText(t, effect, ".gain", "1 gains it <b>Arizona</b>")
	wantText(t, effect, ".lose", "1,204 lose it A, B and 1,202 more")
	wantText(t, effect, "li:nth-child(3)", "2 keep it")
	wantText(t, effect, "li:nth-child(4)", "1 does not have it anyway")
	wantText(t, render(t, Effect(EffectModel{})), "li", "0 accounts change: nobody gains it, nobody loses it")
}

func TestKillSwitchAsksForTheOtherPosition(t *testing.T) {
	t.Parallel()
	m := KillSwitchModel{FeatureNameModel: FeatureNameModel{Key: "ai_agents", Name: "AI Agents"}, On: true, MayEdit: true}
	on := render(t, KillSwitch(m))
	wantAttribute(t, on, "button", "aria-checked", "true")
	wantAttribute(t, on, "button", "hx-get", "/admin/features/ai_agents/kill?enabled=false")
	wantAttribute(t, on, "input[name=enabled]", "value", "false")
	m.On, m.MayEdit = false, false
	off := render(t, KillSwitch(m))
	wantAttribute(t, off, "button", "aria-checked", "false")
	wantAttribute(t, off, "button", "aria-label", "AI Agents, kill switch")
	one(t, off, "button[disabled]")
}

func TestFeatureIcon(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"bookOpen": "book", "Bot": "bot", "package": "package", "": "features", "../x": "features"} {
		if got := (FeatureNameModel{Icon: name}).icon(); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}

package features_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/features"
)

// planningWorld is features that need and rule out one another, with a tier that gives and one that locks: top needs mid and
// limit, mid needs low, rival conflicts with low, nameless has no usual value.
func planningWorld(mode features.Mode) *features.Catalogue {
	top, mid, low, rival, limit := linked(1, "top", "mid limit", ""), linked(2, "mid", "low", ""), linked(3, "low", "", ""), linked(4, "rival", "", "low"), linked(5, "limit", "", "")
	nameless, needy := linked(6, "nameless", "", ""), linked(7, "needy", "nameless", "")
	dealt, killed := linked(8, "dealt", "", ""), linked(9, "killed", "", "")
	for _, f := range []*features.Feature{top, mid, low, limit, nameless, needy, dealt, killed} {
		f.Default.Enabled = false
	}
	limit.Type, limit.Default.Data = features.IntegerType, "10"
	nameless.Type = features.StringType
	dealt.Variants = []features.Variant{{Key: "a", Value: on, Weight: features.Everyone}, {Key: "b"}}
	killed.Enabled = false
	c := catalogue([]*features.Feature{top, mid, low, rival, limit, nameless, needy, dealt, killed}, []features.Tier{{ID: 1, Key: "pro", Name: "Pro"}, {ID: 2, Key: "max", Name: "Max"}})
	fifty := features.Value{Enabled: true, Data: "50"}
	return c.WithTierFeatures(
		features.TierFeature{TierID: 1, FeatureID: 5, Value: fifty, AllowOverride: true},
		features.TierFeature{TierID: 2, FeatureID: 3, Value: off},
	).InMode(mode)
}

// One plan says what an override writes, what that gives, what it takes, and what would help.
func TestPlanOverride(t *testing.T) {
	t.Parallel()
	offInPro := account(1, "Boise", set(5, off)).InTier(1)
	for _, c := range []struct {
		name    string
		account *features.Account
		feature string
		want    features.OverrideWish
		mode    features.Mode

		err       string
		writes    string // feature=value, in order
		state     features.State
		effective bool
		turnsOff  string
		missing   string
		asks      bool
	}{
		{name: "plain", feature: "low", want: features.OverrideWish{Value: on}, writes: "low=on", state: features.On, effective: true, turnsOff: "rival", asks: true},
		{name: "off", feature: "rival", want: features.OverrideWish{}, writes: "rival=off", effective: true},
		{name: "already so", account: account(1, "Boise", set(4, on)), feature: "rival", want: features.OverrideWish{Value: on}, writes: "rival=on", state: features.On, effective: true},
		{name: "a typed one without a value", feature: "limit", want: features.OverrideWish{Value: on}, err: "value: A feature that is on needs a value"},
		{name: "a typed one", feature: "limit", want: features.OverrideWish{Value: features.Value{Enabled: true, Data: "7"}}, writes: "limit=7", state: features.On, effective: true},
		{name: "expired", feature: "rival", want: features.OverrideWish{Value: on, ExpiresAt: now()}, err: "expires_at: Choose a time"},
		{name: "until later", feature: "rival", want: features.OverrideWish{Value: on, ExpiresAt: now().Add(time.Hour)}, writes: "rival=on", state: features.On, effective: true},
		{name: "locked", account: account(1, "Boise").InTier(2), feature: "low", want: features.OverrideWish{Value: on}, err: "value: The tier Max locks Feature low"},
		{name: "what it needs is off", feature: "top", want: features.OverrideWish{Value: on}, writes: "top=on", missing: "low limit mid", asks: true},
		{
			name: "with what it needs", feature: "top", want: features.OverrideWish{Value: on, WithDependencies: true},
			writes: "low=on limit=10 mid=on top=on", state: features.On, effective: true, turnsOff: "rival", asks: true,
		},
		{
			name: "with what the tier gives of that", account: offInPro, feature: "top", want: features.OverrideWish{Value: on, WithDependencies: true},
			writes: "low=on limit=50 mid=on top=on", state: features.On, effective: true, turnsOff: "rival", asks: true,
		},
		{
			name: "with some of it on", account: account(1, "Boise", set(3, on)), feature: "mid", want: features.OverrideWish{Value: on, WithDependencies: true},
			writes: "mid=on", state: features.On, effective: true,
		},
		{name: "off, with what it needs", feature: "top", want: features.OverrideWish{WithDependencies: true}, writes: "top=off", effective: true},
		{
			name: "with what is set and off all the same", account: account(1, "Boise", set(2, on)), feature: "top", want: features.OverrideWish{Value: on, WithDependencies: true},
			writes: "low=on limit=10 top=on", state: features.On, effective: true, turnsOff: "rival", asks: true,
		},
		{name: "what it needs is locked", account: account(1, "Boise").InTier(2), feature: "top", want: features.OverrideWish{Value: on}, writes: "top=on", asks: true},
		{
			name: "with what is locked", account: account(1, "Boise").InTier(2), feature: "top", want: features.OverrideWish{Value: on, WithDependencies: true},
			err: "value: The tier Max locks Feature low",
		},
		{name: "with what has no usual value", feature: "needy", want: features.OverrideWish{Value: on, WithDependencies: true}, err: "value: Feature nameless cannot be switched on together"},
		{name: "a conflict", account: account(1, "Boise", set(4, on), set(3, off)), feature: "low", want: features.OverrideWish{Value: on}, writes: "low=on", state: features.On, effective: true, turnsOff: "rival", asks: true},
		{name: "variants", feature: "dealt", want: features.OverrideWish{Value: on}, writes: "dealt=on", state: features.On, effective: true},
		{name: "a forced variant", feature: "dealt", want: features.OverrideWish{Value: on, Variant: "a"}, writes: "dealt=on", state: features.On, effective: true},
		{name: "a forced variant that is off", feature: "dealt", want: features.OverrideWish{Value: on, Variant: "b"}, writes: "dealt=on", effective: true},
		{name: "no such variant", feature: "dealt", want: features.OverrideWish{Value: on, Variant: "c"}, err: "variant: Choose one"},
		{name: "kill switch", feature: "killed", want: features.OverrideWish{Value: on}, writes: "killed=on", asks: true},
		{name: "mode", feature: "rival", mode: features.ModeOpen, want: features.OverrideWish{}, writes: "rival=off", effective: true},
	} {
		if c.account == nil {
			c.account = account(1, "Boise")
		}
		if c.mode == "" {
			c.mode = features.ModeLive
		}
		known := planningWorld(c.mode)
		f, err := known.Feature(c.feature)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := known.PlanOverride(c.account, f, c.want, now())
		if c.err != "" || err != nil {
			var one *features.Error
			if one, _ = err.(*features.Error); one == nil || c.err == "" || !strings.HasPrefix(one.Field+": "+one.Message, c.err) { //nolint:errorlint // it gives nothing else
				t.Errorf("%s: refused with %v, want %q", c.name, err, c.err)
			}
			continue
		}
		var writes []string
		for _, o := range plan.Writes {
			writes = append(writes, known.FeatureByID(o.FeatureID).Key+"="+o.Value.Words())
		}
		if got := strings.Join(writes, " "); got != c.writes || plan.AccountValue.State != c.state || plan.Effective != c.effective ||
			keys(plan.TurnedOff) != c.turnsOff || keys(plan.MissingDependencies) != c.missing || plan.NeedsConfirmation() != c.asks {
			t.Errorf("%s: writes %s, %s, effective %v, turns off %q, missing %q", c.name, got, plan.AccountValue.State, plan.Effective, keys(plan.TurnedOff), keys(plan.MissingDependencies))
		}
	}
}

func keys(list []*features.Feature) string {
	var names []string
	for _, f := range list {
		names = append(names, f.Key)
	}
	return strings.Join(names, " ")
}

func TestPlanReset(t *testing.T) {
	t.Parallel()
	known := planningWorld(features.ModeLive)
	low, _ := known.Feature("low")
	plan := known.PlanReset(account(1, "Boise", set(3, on), set(2, on)), low, now())
	if keys(plan.TurnedOff) != "mid" || !plan.NeedsConfirmation() || !plan.Changes || !plan.Reaches || len(plan.Writes) > 0 {
		t.Errorf("the reset is planned as %+v", plan)
	}
}

// An approval that gives nothing is refused; one that waits for something else is not.
func TestApprovalOfNothing(t *testing.T) {
	t.Parallel()
	known := planningWorld(features.ModeLive)
	for _, c := range []struct {
		feature string
		value   features.Value
		refused bool
	}{
		{"limit", features.Value{Enabled: true, Data: "50"}, true},
		{"limit", features.Value{Enabled: true, Data: "51"}, false},
		{"killed", on, false},
		{"rival", on, true},
		{"low", on, false},
	} {
		f, _ := known.Feature(c.feature)
		plan, err := known.PlanOverride(account(1, "Boise").InTier(1), f, features.OverrideWish{Value: c.value}, now())
		if err != nil {
			t.Fatal(err)
		}
		if err := plan.CheckApproval(); (err != nil) != c.refused {
			t.Errorf("%s %s: %v", c.feature, c.value.Words(), err)
		}
	}
}

// A bulk action writes for each account what a plan of the one override would.
func TestBulkWritesWhatPlansWrite(t *testing.T) {
	t.Parallel()
	known := planningWorld(features.ModeLive)
	top, _ := known.Feature("top")
	accounts := []*features.Account{
		account(1, "A"), account(2, "B", set(5, off)).InTier(1), account(3, "C").InTier(2), account(4, "D", set(3, on), set(5, features.Value{Enabled: true, Data: "7"})),
		account(5, "E", set(1, on), set(2, on), set(3, on)).InTier(1),
	}
	l := liveOf(known, accounts...)
	for _, needs := range []bool{false, true} {
		bulk := plan(t, l, features.Bulk{Action: features.EnableFeature, Feature: "top", WithDependencies: needs, Selection: everybody})
		for _, a := range accounts {
			single, err := known.PlanOverride(a, top, features.OverrideWish{Value: on, WithDependencies: needs}, now())
			if (err != nil) != slices.Contains(bulk.Locked, a) {
				t.Errorf("%s: bulk skips it as locked: %v, alone it is refused with %v", a.Name, err == nil, err)
			}
			var want, got []string
			if err == nil {
				for _, o := range single.Writes {
					if !slices.Contains(a.Overrides, o) {
						want = append(want, known.FeatureByID(o.FeatureID).Key+"="+o.Value.Words())
					}
				}
			}
			for _, w := range bulk.Writes {
				if w.Account == a {
					got = append(got, w.Feature.Key+"="+w.Value.Words())
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: bulk writes %v, alone %v", a.Name, got, want)
			}
		}
	}
}

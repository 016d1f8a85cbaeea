package features_test

import (
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/features/featurestest"
)

func TestRolloutNormalize(t *testing.T) {
	t.Parallel()
	got := features.Rollout{Target: features.Target{
		AccountIDs:  []string{" crm_2 ", "crm_1", "", "crm_2"},
		UserIDs:     []string{"U7", " Dana@Example.com", "dana@example.com"},
		PostalCodes: []string{"m5v 2t6", "M5V2T6", " 981 "},
		Roles:       []string{"owner ", "admin", "owner"},
	}}.Normalize()
	want := features.Rollout{Strategy: features.ToAll, By: features.ByAccount, Target: features.Target{
		AccountIDs: []string{"crm_1", "crm_2"}, UserIDs: []string{"U7", "dana@example.com"},
		PostalCodes: []string{"981", "M5V2T6"}, Roles: []string{"admin", "owner"},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRolloutValidate(t *testing.T) {
	t.Parallel()
	many := make([]string, 100_001)
	for i := range many {
		many[i] = "crm_" + strconv.Itoa(i)
	}
	for _, c := range []struct {
		name    string
		rollout features.Rollout
		fields  []string
	}{
		{"nothing said", features.Rollout{}, nil},
		{"every list", features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{
			AccountIDs: many[:100_000], UserIDs: []string{"dana@example.com"}, PostalCodes: []string{"M5V"}, Roles: []string{"workshop_admin"},
		}}, nil},
		{"another strategy", features.Rollout{Strategy: "some"}, []string{"strategy"}},
		{"another subject", features.Rollout{By: "session"}, []string{"rollout_by"}},
		{"too much", features.Rollout{Strategy: features.ToPercentage, Percentage: 10_001}, []string{"percentage"}},
		{"too little", features.Rollout{Strategy: features.ToPercentage, Percentage: -1}, []string{"percentage"}},
		{"too many", features.Rollout{Target: features.Target{AccountIDs: many}}, []string{"account_ids"}},
		{"long keys", features.Rollout{Target: features.Target{
			AccountIDs: []string{strings.Repeat("a", 101)}, UserIDs: []string{strings.Repeat("a", 255)}, PostalCodes: []string{strings.Repeat("9", 21)},
		}}, []string{"account_ids", "user_ids", "postal_codes"}},
		{"two lines", features.Rollout{Target: features.Target{UserIDs: []string{"a\nb"}}}, []string{"user_ids"}},
		{"no word for a role", features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"Workshop Admin", "Owner"}}}, []string{"roles"}},
		{"no role", features.Rollout{Strategy: features.ToRole}, []string{"roles"}},
	} {
		wantProblems(t, c.name, c.rollout.Normalize().Validate(), c.fields...)
	}
}

func TestRolloutWords(t *testing.T) {
	t.Parallel()
	named := features.Target{AccountIDs: []string{"a", "b", "c"}, UserIDs: []string{"u"}, PostalCodes: []string{"M5V", "981"}}
	for _, c := range []struct {
		rollout features.Rollout
		want    string
	}{
		{features.Rollout{}, "everyone"},
		{features.Rollout{Strategy: features.ToPercentage, Percentage: 1250}, "12.5% of accounts"},
		{features.Rollout{Strategy: features.ToPercentage, Percentage: 2500, By: features.ByPerson, Target: named}, "25% of users and 3 named accounts and 1 named user and 2 named postal codes"},
		{features.Rollout{Strategy: features.ToPercentage}, "nobody yet"},
		{features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone, By: features.ByPerson}, "every user"},
		{features.Rollout{Strategy: features.ToWhitelist, Target: named}, "3 accounts and 1 user and 2 postal codes"},
		{features.Rollout{Strategy: features.ToWhitelist}, "nobody yet"},
		{features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner"}}}, "the role owner"},
		{features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"admin", "workshop_admin"}}}, "the roles admin, workshop_admin"},
	} {
		if got := c.rollout.Normalize().Words(); got != c.want {
			t.Errorf("%+v is %q, want %q", c.rollout, got, c.want)
		}
	}
}

func TestVariantsValidate(t *testing.T) {
	t.Parallel()
	many := make([]features.Variant, 21)
	for i := range many {
		many[i].Key = "v" + strconv.Itoa(i)
	}
	many[0].Weight = features.Everyone
	for _, c := range []struct {
		name     string
		variants []features.Variant
		fields   []string
	}{
		{"none", nil, nil},
		{"two", []features.Variant{{Key: "control", Weight: 3333}, {Key: "blue-2", Weight: 6667}}, nil},
		{"weights of 99", []features.Variant{{Key: "a", Weight: 5000}, {Key: "b", Weight: 4900}}, []string{"variants"}},
		{"no word", []features.Variant{{Key: "A", Weight: 5000}, {Key: "", Weight: 5000}}, []string{"variants.1.key", "variants.2.key"}},
		{"twice", []features.Variant{{Key: "a", Weight: 5000}, {Key: "a", Weight: 5000}}, []string{"variants.2.key"}},
		{"too many", many, []string{"variants"}},
	} {
		wantProblems(t, c.name, features.FeatureDraft{Key: "ai", Name: "AI", Variants: c.variants}.Validate(), c.fields...)
	}
	f := feature(1, "ai")
	f.Variants = many[:2]
	if keys := f.VariantKeys(); !reflect.DeepEqual(keys, []string{"v0", "v1"}) {
		t.Errorf("the keys are %v", keys)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, m := range features.Modes() {
		if got, err := features.ParseMode(string(m)); got != m || err != nil {
			t.Errorf("%s is read as %q, %v", m, got, err)
		}
	}
	if _, err := features.ParseMode("closed"); features.KindOf(err) != features.Invalid {
		t.Errorf("an unknown mode: %v", err)
	}
	wantProblems(t, "good", features.Settings{Mode: features.ModeOpen, StaleDays: 1}.Validate())
	wantProblems(t, "bad", features.Settings{Mode: "closed", StaleDays: 0}.Validate(), "mode", "stale_after_days")
	wantProblems(t, "far", features.Settings{Mode: features.ModeLive, StaleDays: 3651}.Validate(), "stale_after_days")
	if c := features.NewLive().Catalogue(); c.Settings.Validate() != nil {
		t.Errorf("a state with nothing in it has the settings %+v", c.Settings)
	}
}

// The case table of docs/evaluation.md §13, row by row, but for what needs tiers, dependencies or conflicts.
func TestCaseTable(t *testing.T) {
	t.Parallel()
	boise := account(1, "Boise", set(1, on))
	suspended := account(1, "Boise", set(1, on))
	suspended.Status = features.Suspended
	roles := features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"admin", "workshop_admin"}}}
	places := features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{PostalCodes: []string{"M5V"}}}
	people := features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{UserIDs: []string{"user-17"}}}
	for _, c := range []struct {
		name   string
		change func(*features.Feature)
		mode   features.Mode
		who    features.Context
		want   features.Evaluation
	}{
		{"kill switch off + override on", func(f *features.Feature) { f.Enabled = false }, features.ModeLive, features.Context{Account: boise}, features.Evaluation{Source: features.SourceDisabled}},
		{"kill switch off, mode open", func(f *features.Feature) { f.Enabled = false }, features.ModeOpen, features.Context{Account: boise}, features.Evaluation{Source: features.SourceDisabled}},
		{
			"percentage by user, no user in the context",
			func(f *features.Feature) {
				f.Rollout = features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone, By: features.ByPerson}
			},
			features.ModeLive,
			features.Context{Account: account(2, "Cedar")},
			features.Evaluation{Source: features.SourceRollout},
		},
		{"suspended + override, live", nil, features.ModeLive, features.Context{Account: suspended}, features.Evaluation{Source: features.SourceInactive}},
		{"suspended + override, open", nil, features.ModeOpen, features.Context{Account: suspended}, features.Evaluation{Source: features.SourceInactive}},
		{
			"unknown targeting key",
			func(f *features.Feature) {
				f.Rollout = features.Rollout{Strategy: features.ToPercentage, Percentage: 2500}
			},
			features.ModeLive,
			features.Context{TargetingKey: "crm_3"}, // in bucket 1,454
			features.Evaluation{Value: on, Source: features.SourceDefault},
		},
		{"role feature + override on, wrong role", func(f *features.Feature) { f.Rollout = roles }, features.ModeLive, features.Context{Account: boise, Role: "mechanic"}, features.Evaluation{Source: features.SourceRollout}},
		{"role feature, wrong role, mode open", func(f *features.Feature) { f.Rollout = roles }, features.ModeOpen, features.Context{Account: boise, Role: "mechanic"}, features.Evaluation{Source: features.SourceRollout}},
		{"role feature, right role", func(f *features.Feature) { f.Rollout = roles }, features.ModeLive, features.Context{Account: account(2, "Cedar"), Role: "workshop_admin"}, features.Evaluation{Value: on, Source: features.SourceDefault}},
		{"by postal code", func(f *features.Feature) { f.Rollout = places }, features.ModeLive, features.Context{PostalCode: "m5v 2t6"}, features.Evaluation{Value: on, Source: features.SourceDefault}},
		{"by another postal code", func(f *features.Feature) { f.Rollout = places }, features.ModeLive, features.Context{PostalCode: "M4V 2T6"}, features.Evaluation{Source: features.SourceRollout}},
		{"by user", func(f *features.Feature) { f.Rollout = people }, features.ModeLive, features.Context{User: "user-17"}, features.Evaluation{Value: on, Source: features.SourceDefault}},
		{"defaults skip overrides", func(f *features.Feature) { f.Default = off }, features.ModeDefaults, features.Context{Account: boise}, features.Evaluation{Source: features.SourceDefault}},
		{"override lifts a closed gate", func(f *features.Feature) { f.Rollout = places }, features.ModeLive, features.Context{Account: boise}, features.Evaluation{Value: on, Source: features.SourceOverride}},
		{"defaults keep the gate", func(f *features.Feature) { f.Rollout = places }, features.ModeDefaults, features.Context{Account: boise}, features.Evaluation{Source: features.SourceRollout}},
	} {
		f := feature(1, "ai")
		f.Default = on
		if c.change != nil {
			c.change(f)
		}
		f.Rollout = f.Rollout.Normalize()
		if got := catalogue([]*features.Feature{f}, nil).InMode(c.mode).Evaluate(f, &c.who, now()); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

// An account is "some" exactly where, of all the people it could have, one would have the feature and another not.
func TestSomeIsWhatPeopleDecide(t *testing.T) {
	t.Parallel()
	users := []string{"", "user-1", "user-2", "user-9"}
	for i := range 300 {
		users = append(users, "somebody-"+strconv.Itoa(i))
	}
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		c, accounts := featurestest.RandomWorld(r)
		c = featurestest.RandomMode(r, c)
		for _, f := range c.Features() {
			if len(f.DependsOn) > 0 || len(c.LinksOf(f).Conflicts) > 0 {
				continue // what is undecided twice may be undecided by nobody
			}
			if share := f.Rollout.Percentage; share == 1 || share == 9999 {
				continue // whom they reach or leave out may be none of these people
			}
			if f.Rollout.By == features.ByPerson && len(f.Variants) > 0 && len(f.Rollout.Target.UserIDs) > 0 {
				continue // those who are listed may all be dealt a variant that is off
			}
			for _, a := range accounts[:min(3, len(accounts))] {
				some, none := false, false
				for _, user := range users[1:] {
					for _, role := range []string{"owner", "mechanic", "clerk"} {
						on := c.Evaluate(f, &features.Context{Account: a, User: user, Role: role}, now()).Value.Enabled
						some, none = some || on, none || !on
					}
				}
				want := features.Some
				switch {
				case !none:
					want = features.On
				case !some:
					want = features.Off
				}
				if got := c.State(f, a, now()); got != want {
					t.Errorf("%s of %+v is %s, but people say %s", f.Key, f.Rollout, got, want)
				}
			}
		}
	})
}

package features_test

import (
	"fmt"
	"testing"

	"flagstone/features"
)

func TestPlanFeatures(t *testing.T) {
	t.Parallel()
	ai, crm, old := feature(1, "ai"), feature(2, "crm"), feature(3, "old")
	ai.Default, ai.Category, crm.Category, crm.DependsOn, crm.Default = on, "one", "one", []string{"ai"}, on
	old.Enabled, old.Active, old.Default = false, false, on
	l := liveWith([]*features.Feature{ai, crm, old}, nil, account(1, "Arizona"))
	for _, c := range []struct {
		bulk features.FeatureBulk
		want string
	}{
		{features.FeatureBulk{Action: features.KillFeatures, Keys: []string{"old", "ai", "ai"}}, "changed ai; already old; ai loses 1; crm loses 1"},
		{features.FeatureBulk{Action: features.RetireFeatures, Category: "one"}, "changed ai crm; already; ai loses 1; crm loses 1"},
		{features.FeatureBulk{Action: features.RestoreFeatures, Keys: []string{"old"}}, "changed old; already"},
		{features.FeatureBulk{Action: features.ReviveFeatures, Category: "one"}, "changed; already ai crm"},
	} {
		plan, err := l.PlanFeatures(c.bulk)
		if err != nil {
			t.Fatal(err)
		}
		l.AddEffects(plan, now())
		text := "changed"
		for _, f := range plan.Changed {
			text += " " + f.Key
		}
		text += "; already"
		for _, f := range plan.Already {
			text += " " + f.Key
		}
		for _, e := range plan.Effects {
			text += fmt.Sprintf("; %s loses %d", e.Feature.Key, len(e.Lose))
		}
		if text != c.want || plan.Digest == "" {
			t.Errorf("%+v: %s: want %s", c.bulk, text, c.want)
		}
	}
	for kind, wrong := range map[features.Kind]features.FeatureBulk{
		features.Invalid:  {Action: "dance"},
		features.NotFound: {Action: features.KillFeatures, Keys: []string{"ai", "nothing"}},
	} {
		if _, err := l.PlanFeatures(wrong); features.KindOf(err) != kind {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

// A digest stands for what changes, over what, and for whom.
func TestFeaturePlanDigest(t *testing.T) {
	t.Parallel()
	digest := func(action features.FeatureAction, revision int64, accounts ...*features.Account) string {
		ai := feature(1, "ai")
		ai.Default, ai.Revision = on, revision
		l := liveWith([]*features.Feature{ai}, nil, accounts...)
		plan, err := l.PlanFeatures(features.FeatureBulk{Action: action, Keys: []string{"ai"}})
		if err != nil {
			t.Fatal(err)
		}
		l.AddEffects(plan, now())
		return plan.Digest
	}
	one, other := account(1, "Arizona"), account(2, "Boise")
	is := digest(features.KillFeatures, 5, one)
	if is != digest(features.KillFeatures, 5, one) {
		t.Error("the same has two digests")
	}
	for what, digest := range map[string]string{
		"another action":  digest(features.RetireFeatures, 5, one),
		"an edit between": digest(features.KillFeatures, 6, one),
		"another account": digest(features.KillFeatures, 5, one, other),
	} {
		if digest == is {
			t.Errorf("%s has the same digest", what)
		}
	}
}

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"flagstone/features"
	"flagstone/registry"
	"flagstone/words"
)

// evaluation measures one evaluation in process, as every surface does it, for each strategy. Whoever asks has come to
// the gate by then: the account has overrides of other features, but none of this.
func (b *bench) evaluation() error {
	title("Evaluation in process, of an account with overrides of other features")
	account := b.db.Live().Accounts().Find("crm_100000")
	who := &features.Context{Account: account, User: "dana@example.com", Role: "owner"}
	at := time.Now()
	for _, kind := range strategies() {
		f := b.notOverridden(account).With(func(f *features.Feature) { f.Rollout, f.Variants = kind.rollout.Normalize(), kind.variants })
		catalogue := b.db.Live().Catalogue().With(f)
		on := false
		result := testing.Benchmark(func(t *testing.B) {
			t.ReportAllocs()
			for t.Loop() {
				on = catalogue.Evaluate(f, who, at).Value.Enabled != on
			}
		})
		perSecond := 1e9 / float64(result.NsPerOp())
		row(kind.name, fmt.Sprintf("%d ns, %d allocs", result.NsPerOp(), result.AllocsPerOp()),
			fmt.Sprintf("under 200 ns, 0 allocs (%.0f million/s)", perSecond/1e6))
	}
	return nil
}

// together measures all features of the shipped catalogues for one account, as every portal and OFREP bulk answer asks for
// them: with four tiers, with overrides, and with features that depend on and conflict with others.
func (b *bench) together() error {
	catalogue, err := linkedCatalogue()
	if err != nil {
		return err
	}
	list := catalogue.Features()
	a := features.Account{ID: 1, TargetingKey: "crm_1", Slug: "crm-1", Name: "Boise", Status: features.Active, TierID: catalogue.Tiers()[2].ID}
	for i := 0; i < len(list); i += 10 {
		a.Overrides = append(a.Overrides, features.Override{FeatureID: list[i].ID, Value: list[i].UsualValue()})
	}
	who, at := &features.Context{Account: features.NewAccount(a), User: "dana@example.com", Role: "owner"}, time.Now()
	links := 0
	for _, f := range list {
		links += len(f.DependsOn) + len(f.ConflictsWith)
	}
	into := make([]features.Evaluation, 0, len(list))
	result := testing.Benchmark(func(t *testing.B) {
		t.ReportAllocs()
		for t.Loop() {
			into = catalogue.EvaluateAll(who, at, into)
		}
	})
	row(fmt.Sprintf("all %d features of one account, with %d links", len(list), links),
		fmt.Sprintf("%.1f µs, %d allocs", float64(result.NsPerOp())/1000, result.AllocsPerOp()), "under 10 µs")
	return nil
}

// linkedCatalogue is the shipped catalogues in one, with every fifth feature depending on two others and some conflicts.
func linkedCatalogue() (*features.Catalogue, error) {
	var file registry.File
	for _, c := range registry.Starters() {
		one, err := registry.LoadStarter(c.Name)
		if err != nil {
			return nil, err
		}
		file.Features, file.Tiers = append(file.Features, one.Features...), append(file.Tiers, one.Tiers...)
		file.HasFeatures, file.HasTiers = true, true
	}
	for i := 5; i < len(file.Features); i += 5 {
		draft := &file.Features[i].Draft
		draft.DependsOn = []string{file.Features[i-1].Draft.Key, file.Features[i-5].Draft.Key}
		if i%10 == 0 {
			draft.ConflictsWith = []string{file.Features[i-2].Draft.Key}
		}
	}
	plan, err := registry.Import{File: file}.Plan(features.NewLive(), time.Now())
	if err != nil {
		return nil, err
	}
	return plan.Catalogue, nil
}

type kindOfRollout struct {
	name     string
	rollout  features.Rollout
	variants []features.Variant
}

func strategies() []kindOfRollout {
	thousand := make([]string, 1000)
	for i := range thousand {
		thousand[i] = fmt.Sprintf("crm_%d", 100_001+i)
	}
	listed := features.Target{AccountIDs: thousand, UserIDs: []string{"erin@example.com"}, PostalCodes: []string{"M5V", "981"}}
	return []kindOfRollout{
		{name: "all", rollout: features.Rollout{}},
		{name: "all, of two variants", variants: []features.Variant{{Key: "a", Weight: 5000}, {Key: "b", Weight: 5000}}},
		{name: "25% of accounts", rollout: features.Rollout{Strategy: features.ToPercentage, Percentage: 2500}},
		{name: "25% of users and a list of 1,000 accounts", rollout: features.Rollout{
			Strategy: features.ToPercentage, Percentage: 2500, By: features.ByPerson, Target: listed,
		}},
		{name: "a list of 1,000 accounts, a user and two postal codes", rollout: features.Rollout{Strategy: features.ToWhitelist, Target: listed}},
		{name: "two roles", rollout: features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"admin", "owner"}}}},
	}
}

// notOverridden is a feature that an account has no override of.
func (b *bench) notOverridden(account *features.Account) *features.Feature {
	for _, f := range b.db.Live().Catalogue().Features() {
		if _, live := account.Override(f.ID, time.Now().UnixMilli()); !live {
			return f
		}
	}
	return nil
}

const effectRuns = 20

// effects measures what a change not yet saved does to every account, as the rollout editor asks while somebody types.
func (b *bench) effects() error {
	title(fmt.Sprintf("The effect of a change not yet saved over %d accounts, p50 / p95", accounts))
	for _, kind := range strategies() {
		catalogue := b.db.Live().Catalogue()
		changed := catalogue.Features()[0].With(func(f *features.Feature) {
			f.Rollout, f.Variants, f.Default = kind.rollout.Normalize(), kind.variants, features.Value{Enabled: true}
		})
		proposal := features.Proposal{Catalogue: catalogue.With(changed), Features: []string{changed.Key}}
		var took []time.Duration
		changes := 0
		for range effectRuns {
			begun := time.Now()
			changes = b.db.Live().Effects(proposal, time.Now())[0].Changes()
			took = append(took, time.Since(begun))
		}
		row(fmt.Sprintf("%s: %s change", kind.name, words.Number(changes)), p50p95(took), "100 ms")
	}
	return b.editor()
}

// editor measures what the rollout editor is answered while somebody types, page and all.
func (b *bench) editor() error {
	form := url.Values{"strategy": {"percentage"}, "percentage": {"25"}, "rollout_by": {"account"}, "version": {"1"}}
	var took []time.Duration
	for range effectRuns {
		begun := time.Now()
		if answer := b.post("/admin/features/feature_0/effect/rollout", form); answer.Code != http.StatusOK {
			return fmt.Errorf("the editor answers %d: %s", answer.Code, answer.Body)
		}
		took = append(took, time.Since(begun))
	}
	row("the rollout editor's whole answer, 25% of accounts", p50p95(took), "100 ms")
	begun := time.Now()
	answer, _ := b.get(b.staff, "/admin/settings/mode?mode=open")
	if answer.Code != http.StatusOK {
		return fmt.Errorf("the question for the mode answers %d", answer.Code)
	}
	row(fmt.Sprintf("the question whether to open everything, over %d features", len(b.db.Live().Catalogue().Features())),
		fmt.Sprintf("%.0f ms", ms(time.Since(begun))), "")
	return nil
}

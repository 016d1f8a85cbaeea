package features_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"

	"flagstone/features"
)

// The vectors are for other programs too: what they say can never change, or rollouts would move.
func TestBucketVectors(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/buckets.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil || len(lines) < 10 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, line := range lines[1:] {
		want, err := strconv.Atoi(line[2])
		if err != nil {
			t.Fatal(err)
		}
		if got := features.Bucket(line[0], line[1]); got != want {
			t.Errorf("%s for %s is in bucket %d, want %d", line[1], line[0], got, want)
		}
	}
}

const subjects = 100_000

// reach gives which of many accounts a percentage rollout of a feature is open to.
func reach(key string, share features.Percent) []bool {
	f := feature(1, key)
	f.Default = on
	f.Rollout = features.Rollout{Strategy: features.ToPercentage, Percentage: share}.Normalize()
	c := catalogue([]*features.Feature{f}, nil)
	in := make([]bool, subjects)
	for i := range in {
		in[i] = c.Evaluate(f, &features.Context{TargetingKey: fmt.Sprint("crm_", i)}, now()).Value.Enabled
	}
	return in
}

func count(in []bool) (n int) {
	for _, is := range in {
		if is {
			n++
		}
	}
	return n
}

func TestSharesOfAPercentage(t *testing.T) {
	t.Parallel()
	shares := []features.Percent{0, 1, 1000, 1001, 5000, 9999, features.Everyone}
	var before []bool
	for _, share := range shares {
		in := reach("ai_agents", share)
		got, want := float64(count(in))/subjects*100, float64(share)/100
		if math.Abs(got-want) > 0.3 {
			t.Errorf("%s reaches %.2f%%", share, got)
		}
		if share == 0 && got != 0 || share == features.Everyone && got != 100 {
			t.Errorf("%s reaches %.3f%%", share, got)
		}
		for i, was := range before {
			if was && !in[i] {
				t.Fatalf("raising to %s takes the feature from crm_%d", share, i)
			}
		}
		before = in
	}
}

func TestFeaturesChooseDifferentSubjects(t *testing.T) {
	t.Parallel()
	first, second, both := reach("ai_agents", 1000), reach("knowledge_base", 1000), 0
	for i := range first {
		if first[i] && second[i] {
			both++
		}
	}
	if share := float64(both) / subjects * 100; math.Abs(share-1) > 0.3 {
		t.Errorf("two features at 10%% share %.2f%% of accounts, want about 1%%", share)
	}
}

// Variants are dealt by weight, the same subject always gets the same, and independently of the rollout.
func TestVariantsAreDealtByWeight(t *testing.T) {
	t.Parallel()
	f := feature(1, "ai_agents")
	f.Variants = []features.Variant{{Key: "a", Value: on, Weight: 1000}, {Key: "b", Value: on, Weight: 2500}, {Key: "c", Weight: 6500}}
	f.Rollout = features.Rollout{Strategy: features.ToPercentage, Percentage: 1000}.Normalize()
	everyone := f.With(func(f *features.Feature) { f.Rollout = features.Rollout{}.Normalize() })
	tenth, all := catalogue([]*features.Feature{f}, nil), catalogue([]*features.Feature{everyone}, nil)
	dealt, within := map[string]int{}, map[string]int{}
	for i := range subjects {
		who := &features.Context{TargetingKey: fmt.Sprint("crm_", i)}
		e := all.Evaluate(everyone, who, now())
		dealt[e.Variant]++
		if e.Value.Enabled != (e.Variant != "c") {
			t.Fatalf("the variant %s is %v", e.Variant, e.Value)
		}
		if e := tenth.Evaluate(f, who, now()); e.Source == features.SourceSplit {
			within[e.Variant]++
		}
	}
	for _, v := range f.Variants {
		if got := float64(dealt[v.Key]) / subjects * 100; math.Abs(got-float64(v.Weight)/100) > 0.3 {
			t.Errorf("the variant %s goes to %.2f%%, want %s", v.Key, got, v.Weight)
		}
		if got := float64(within[v.Key]) / subjects * 1000; math.Abs(got-float64(v.Weight)/100) > 1.5 {
			t.Errorf("of the first tenth the variant %s goes to %.2f%%, want %s", v.Key, got, v.Weight)
		}
	}
}

// Who is dealt a variant that is on keeps it where the feature is switched on without a value, whatever switches it on; only
// who is dealt one that is off is dealt again, by weight, among those that are on.
func TestSwitchingOnKeepsTheVariant(t *testing.T) {
	t.Parallel()
	f := feature(1, "checkout")
	f.Variants = []features.Variant{
		{Key: "b", Value: on, Weight: 2000}, {Key: "a", Weight: 3000}, {Key: "c", Value: on, Weight: 1000}, {Key: "d", Weight: 4000},
	}
	tiers := []features.Tier{{ID: 1, Key: "pro"}, {ID: 2, Key: "max"}}
	known := catalogue([]*features.Feature{f}, tiers).WithTierFeatures(
		features.TierFeature{TierID: 1, FeatureID: 1, Value: on, AllowOverride: true}, features.TierFeature{TierID: 2, FeatureID: 1, Value: on})
	open, again, lost := known.InMode(features.ModeOpen), map[string]int{}, 0
	for i := range subjects / 5 {
		a := account(1, "Boise")
		a.TargetingKey = fmt.Sprint("crm_", i)
		dealt := known.Evaluate(f, &features.Context{Account: a}, now())
		for name, on := range map[string]features.Evaluation{
			"override": known.Evaluate(f, &features.Context{Account: a.With(set(1, on))}, now()),
			"tier":     known.Evaluate(f, &features.Context{Account: a.InTier(1)}, now()),
			"lock":     known.Evaluate(f, &features.Context{Account: a.InTier(2)}, now()),
			"mode":     open.Evaluate(f, &features.Context{Account: a.With(set(1, on))}, now()),
		} {
			if !on.Value.Enabled || dealt.Value.Enabled && on.Variant != dealt.Variant {
				t.Fatalf("%s is dealt %s, and switched on by the %s it has %q", a.TargetingKey, dealt.Variant, name, on.Variant)
			}
			if name == "override" && !dealt.Value.Enabled {
				again[on.Variant]++
				lost++
			}
		}
	}
	if share := float64(again["b"]) / float64(lost) * 100; math.Abs(share-200.0/3) > 1.5 {
		t.Errorf("of those dealt again %.2f%% have b, want two thirds", share)
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]features.Percent{
		"0": 0, "25": 2500, " 12.5 ": 1250, "0.01": 1, "100": features.Everyone, "100.00": features.Everyone, "7.50 %": 750, "33.330": 3333, "5.": 500,
	} {
		if got, ok := features.ParsePercent(text); got != want || !ok {
			t.Errorf("%q is read as %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "101", "100.01", "-1", "abc", "1e2", "0.001", ".5", "1.2.3", "1,5", "9999", "٣"} {
		if got, ok := features.ParsePercent(text); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
	var p features.Percent
	if err := p.UnmarshalJSON([]byte("12.34")); err != nil || p != 1234 || p.String() != "12.34%" {
		t.Errorf("12.34 is %s, %v", p, err)
	}
	if text, err := features.Percent(50).MarshalJSON(); err != nil || string(text) != "0.5" {
		t.Errorf("0.5%% is written as %s, %v", text, err)
	}
	if err := p.UnmarshalJSON([]byte(`"many"`)); features.KindOf(err) != features.Invalid {
		t.Errorf("a word is read as a percentage: %v", err)
	}
}

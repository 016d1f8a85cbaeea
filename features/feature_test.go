package features_test

import (
	"reflect"
	"strings"
	"testing"

	"flagstone/features"
)

func TestFeatureDraftNormalize(t *testing.T) {
	t.Parallel()
	got := features.FeatureDraft{
		Key: " a ", Name: " b ", Description: "\nc\n", Category: " d", Subcategory: "e ", Icon: " f ", HelpURL: " g ", Owner: " h ",
		DisplayOrder: 7, Default: on,
	}.Normalize()
	want := features.FeatureDraft{
		Key: "a", Name: "b", Description: "c", Category: "d", Subcategory: "e", Icon: "f", HelpURL: "g", Owner: "h",
		DisplayOrder: 7, Default: on, Type: features.BooleanType,
	}
	want.Rollout = features.Rollout{Strategy: features.ToAll, By: features.ByAccount}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFeatureDraftValidate(t *testing.T) {
	t.Parallel()
	good := features.FeatureDraft{
		Key: "a" + strings.Repeat("_9", 49) + "b", Name: strings.Repeat("é", 200), Description: strings.Repeat("é\n", 500),
		Category: strings.Repeat("é", 200), Subcategory: strings.Repeat("é", 200), Icon: strings.Repeat("é", 200),
		Owner: strings.Repeat("é", 200), HelpURL: "https://example.com/help",
	}
	wantProblems(t, "at every limit", good.Validate())
	wantProblems(t, "only key and name", features.FeatureDraft{Key: "ai", Name: "AI"}.Validate())
	for _, key := range []string{"a", "knowledge_base", "limits.max_flows", "a.9._", "a__b"} {
		wantProblems(t, key, features.FeatureDraft{Key: key, Name: "x"}.Validate())
	}
	for _, key := range []string{"", "A", "9a", "_a", "a.", ".a", "a..b", "a-b", "a b", "a\n", "é", strings.Repeat("a", 101)} {
		wantProblems(t, key, features.FeatureDraft{Key: key, Name: "x"}.Validate(), "key")
	}
	for _, address := range []string{"example.com", "ftp://example.com", "javascript:alert(1)", "https://", "https://a b", "//example.com"} {
		wantProblems(t, address, features.FeatureDraft{Key: "a", Name: "x", HelpURL: address}.Validate(), "help_url")
	}
	wantProblems(t, "http", features.FeatureDraft{Key: "a", Name: "x", HelpURL: "http://example.com"}.Validate())
	long := strings.Repeat("é", 201)
	wantProblems(t, "everything wrong", features.FeatureDraft{
		Key: "A", Description: strings.Repeat("é", 1001), Category: long, Subcategory: long, Icon: long, Owner: long, HelpURL: "x",
	}.Validate(), "key", "name", "description", "category", "subcategory", "icon", "owner", "help_url")
	wantProblems(t, "lines where there may be one", features.FeatureDraft{
		Key: "a", Name: "a\r\nb", Category: "a\nb", Subcategory: "a\nb", Icon: "a\tb", Owner: "a\nb", Description: "a\r\n\tb",
	}.Validate(), "name", "category", "subcategory", "icon", "owner")
	wantProblems(t, "a control character", features.FeatureDraft{Key: "a", Name: "x", Description: "a\x01"}.Validate(), "description")
}

func TestCheckReason(t *testing.T) {
	t.Parallel()
	wantProblems(t, "none", features.CheckReason(""))
	wantProblems(t, "at the limit, on two lines", features.CheckReason(strings.Repeat("é", 499)+"\n"))
	wantProblems(t, "too long", features.CheckReason(strings.Repeat("e", 501)), "reason")
	wantProblems(t, "no text", features.CheckReason("\x00"), "reason")
}

func TestDerivedNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, flag, producer string }{
		{"knowledge_base", "knowledgeBaseEnabled", "knowledge_base_enabled"},
		{"limits.max_flows", "limitsMaxFlowsEnabled", "limits_max_flows_enabled"},
		{"ai", "aiEnabled", "ai_enabled"},
		{"a_1b.c", "a1bCEnabled", "a_1b_c_enabled"},
		{"a__b", "aBEnabled", "a__b_enabled"},
	} {
		if got := features.FlagName(c.key); got != c.flag {
			t.Errorf("FlagName(%q) = %q, want %q", c.key, got, c.flag)
		}
		if got := features.ProducerFlagName(c.key); got != c.producer {
			t.Errorf("ProducerFlagName(%q) = %q, want %q", c.key, got, c.producer)
		}
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"a.b", "a_b", true}, {"a__b", "a_b", true}, {"a", "a", true}, {"a_b", "ab", false}, {"a_1", "a1", true}, {"a", "b", false},
	} {
		if got := features.SameNames(c.a, c.b); got != c.same {
			t.Errorf("SameNames(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

func FuzzFeatureKey(f *testing.F) {
	for _, key := range []string{"knowledge_base", "limits.max_flows", "a__b", "a.", "é"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if (features.FeatureDraft{Key: key, Name: "x"}).Validate() != nil {
			return
		}
		for _, r := range features.FlagName(key) {
			if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
				t.Fatalf("the flag name %q of %q is no plain word", features.FlagName(key), key)
			}
		}
		if strings.Contains(features.ProducerFlagName(key), ".") {
			t.Fatalf("the name %q of %q has a dot", features.ProducerFlagName(key), key)
		}
	})
}

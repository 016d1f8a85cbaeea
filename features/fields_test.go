package features_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"flagstone/features"
)

// fieldTexts returns fields as lines, without those that are empty.
func fieldTexts(fields []features.Field) string {
	var lines []string
	for _, f := range fields {
		if f.Text != "" {
			lines = append(lines, f.Name+"="+f.Text)
		}
	}
	return strings.Join(lines, "; ")
}

func TestFields(t *testing.T) {
	t.Parallel()
	f := feature(3, "limit")
	f.Type, f.Constraints.Min, f.Default, f.Premium = features.IntegerType, bound(-1), features.Value{Data: "5"}, true
	f.Constraints.Enum = []features.JSON{`"a, b"`, `"c"`}
	f.Variants = []features.Variant{{Key: "a", Value: on, Weight: 5000}, {Key: "b", Value: features.Value{Data: "5"}, Weight: 5000}}
	f.Links = features.Links{DependsOn: []string{"one", "two"}}
	cedar := account(1, "Cedar")
	for name, c := range map[string]struct {
		fields []features.Field
		want   string
	}{
		"a feature": {f.Fields(), `name=Feature limit; display_order=3; premium=true; requires_setup=false; permanent=false; active=true; enabled=true; ` +
			`type=integer; default=off; default value=5; min=-1; enum="a, b", "c"; depends_on=one, two; deprecated=false; percentage=0; variants=a on 50%, b off 5 50%`},
		"a tier":         {features.Tier{Key: "pro", Name: "Pro", Position: 2}.Fields(), "name=Pro; order=2"},
		"a tier feature": {features.TierFeature{Value: integer("7"), AllowUpgrade: true}.Fields(), "enabled=true; value=7; allow_override=false; allow_upgrade=true"},
		"an account":     {cedar.Fields(features.Tier{Key: "pro"}), "slug=cedar; name=Cedar; tier=pro; status=active"},
		"an override":    {features.Override{Value: on, ExpiresAt: now().UnixMilli()}.Fields("a test"), "enabled=true; reason=a test; expires_at=2026-05-01T09:00:00Z"},
		"one that stays": {set(1, off).Fields(""), "enabled=false"},
		"a model":        {features.ModelDraft{Provider: "openai", ModelID: "o", MaxTokens: 9}.Fields(), "provider=openai; model_id=o; tools=false; vision=false; streaming=false; max_tokens=9; active=false; deprecated=false"},
		"a component":    {features.ComponentDraft{Key: "rag", Requires: []string{"a", "b"}}.Fields(), "key=rag; required_features=a, b; beta=false; active=false"},
	} {
		if got := fieldTexts(c.fields); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	was, is := []features.Field{{Name: "a", Text: "1"}, {Name: "b", Text: "2"}}, []features.Field{{Name: "a", Text: "1"}, {Name: "b", Text: "3"}}
	if got := features.Differences(was, is); !slices.Equal(got, []features.FieldChange{{Name: "b", Before: "2", After: "3"}}) {
		t.Errorf("they differ in %v", got)
	}
	if got := fmt.Sprint(features.Differences(nil, is)); got != "[{a  1} {b  3}]" {
		t.Errorf("what is new differs in %s", got)
	}
}

package registry_test

import (
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/registry"
)

func TestValuesOfFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"a name twice in a value":   {one("    type: json\n    default: {enabled: true, value: {a: 1, b: {c: 1, c: 2}}}\n"), `line 5, column 54: The name "c" is listed twice.`},
		"a name twice in metadata":  {one("    metadata:\n      a: 1\n      a: 2\n"), `line 6, column 7: The name "a" is listed twice.`},
		"a number beyond all":       {one("    type: json\n    default: {enabled: true, value: {a: 1e400}}\n"), "line 5, column 37: value: the number 1e400 is out of range"},
		"a fraction for an integer": {one("    type: integer\n    default: {enabled: true, value: 10.5}\n"), "Enter a whole number"},
		"an invisible character":    {"accounts:\n  - {name: Zw Co, external_id: \"crm_500\\u200b\"}\n", "Delete the invisible character U+200B."},
	} {
		if problems := problemsOf(t, c.text); len(problems) == 0 || !strings.Contains(problems[0], c.want) {
			t.Errorf("%s: %q, want %q", name, problems, c.want)
		}
	}
	file, err := registry.ReadYAML([]byte("features:\n  - {key: a, name: \"e\u0301cole \", type: integer, display_order: 3.0, min: 1.0, default: {enabled: true, value: 10.0}}\n" +
		"overrides:\n  - {account: x, feature: a, enabled: true, value: 2, expires_at: \"0001-01-01T00:00:00Z\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := file.Features[0].Draft
	if f.Default.Data != "10" || *f.Constraints.Min != 1 || f.DisplayOrder != 3 || f.Name != "école" {
		t.Errorf("the feature is read as %+v", f)
	}
	if at := file.Overrides[0].ExpiresAt; at.IsZero() || at.UnixMilli() != 1 {
		t.Errorf("the year 1 is read as %v", at)
	}
	if at := features.Moment(file.Overrides[0].ExpiresAt); !at.Equal(file.Overrides[0].ExpiresAt) {
		t.Errorf("a moment becomes %v", at)
	}
}

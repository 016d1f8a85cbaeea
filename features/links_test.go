package features_test

import (
	"strings"
	"testing"

	"flagstone/features"
)

func TestCheckLinks(t *testing.T) {
	t.Parallel()
	base := []*features.Feature{linked(1, "a", "b", ""), linked(2, "b", "c", ""), linked(3, "c", "", ""), linked(4, "d", "", "")}
	for _, c := range []struct {
		name             string
		key, needs, with string
		field, says      string
	}{
		{"nothing", "d", "a", "", "", ""},
		{"a conflict", "d", "", "a c", "", ""},
		{"itself", "d", "d", "", "depends_on", "cannot depend on itself"},
		{"a conflict with itself", "d", "", "d", "conflicts_with", "cannot conflict with itself"},
		{"an unknown key", "d", "nowhere", "", "depends_on", `no feature with the key "nowhere"`},
		{"a conflict with an unknown key", "d", "", "nowhere", "conflicts_with", `no feature with the key "nowhere"`},
		{"circular dependency", "c", "a", "", "depends_on", "c, which needs a, which needs b, which needs c"},
		{"a conflict with a dependency", "d", "a", "a", "conflicts_with", "d cannot conflict with a, which it needs: d needs a"},
		{"a conflict with a dependency of a dependency", "a", "b", "c", "conflicts_with", "a cannot conflict with c, which it needs: a needs b needs c"},
		{"a conflict from below", "c", "", "a", "conflicts_with", "a cannot conflict with c, which it needs: a needs b needs c"},
	} {
		changed := base[int(c.key[0]-'a')].With(func(f *features.Feature) {
			f.DependsOn, f.ConflictsWith = strings.Fields(c.needs), strings.Fields(c.with)
		})
		err := catalogue(base, nil).With(changed).CheckLinks(c.key)
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.field != "" && (err == nil || !strings.HasPrefix(err.Error(), c.field+": ") || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want %s: … %s", c.name, err, c.field, c.says)
		}
	}
	// A dependency can bring a conflict about that somebody else has.
	known := catalogue([]*features.Feature{linked(1, "a", "b", "c"), linked(2, "b", "c", ""), linked(3, "c", "", "")}, nil)
	if err := known.CheckLinks("b"); err == nil || !strings.HasPrefix(err.Error(), "depends_on: a cannot conflict with c") {
		t.Errorf("a conflict of another's: %v", err)
	}
	// What is wrong elsewhere, by hand, is not the feature's fault.
	apart := catalogue([]*features.Feature{linked(1, "a", "b", "b"), linked(2, "b", "", ""), linked(3, "c", "", "")}, nil)
	if err := apart.CheckLinks("c"); err != nil {
		t.Errorf("a fault elsewhere: %v", err)
	}
}

func TestLinksTo(t *testing.T) {
	t.Parallel()
	f := linked(1, "batch", "hooks", "crm")
	for key, want := range map[string]bool{"hooks": true, "crm": true, "batch": false} {
		if got := f.LinksTo(key); got != want {
			t.Errorf("links to %s: %t", key, got)
		}
	}
}

package features_test

import (
	"testing"

	"flagstone/features"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	first, second, third := feature(1, "b"), feature(2, "a"), feature(3, "c")
	first.DisplayOrder, second.DisplayOrder, third.DisplayOrder = 2, 2, 1
	c := features.NewCatalogue(features.Registry{
		Features: []*features.Feature{first, second, third}, Revision: 7,
		Tiers: []features.Tier{{ID: 1, Key: "pro", Position: 2}, {ID: 2, Key: "basic", Position: 2}, {ID: 3, Key: "free", Position: 1}},
	})
	if c.Revision != 7 {
		t.Errorf("the revision is %d", c.Revision)
	}
	if list := c.Features(); len(list) != 3 || list[0] != third || list[1] != second || list[2] != first {
		t.Errorf("features are not by display order, then key: %v", list)
	}
	if list := c.Tiers(); len(list) != 3 || list[0].Key != "free" || list[1].Key != "basic" || list[2].Key != "pro" {
		t.Errorf("tiers are not by position, then key: %v", list)
	}
	if f, err := c.Feature("a"); f != second || err != nil {
		t.Errorf("feature a: %v, %v", f, err)
	}
	if _, err := c.Feature("z"); features.KindOf(err) != features.NotFound {
		t.Errorf("an unknown feature: %v", err)
	}
	if c.FeatureByID(3) != third || c.FeatureByID(4) != nil {
		t.Error("features are not found by number")
	}
	if tier, ok := c.Tier(2); !ok || tier.Key != "basic" {
		t.Errorf("tier 2: %v, %v", tier, ok)
	}
	if _, ok := c.Tier(0); ok {
		t.Error("there is a tier 0")
	}
	if tier, err := c.TierByKey("pro"); tier.ID != 1 || err != nil {
		t.Errorf("tier pro: %v, %v", tier, err)
	}
	if _, err := c.TierByKey("gold"); features.KindOf(err) != features.NotFound {
		t.Errorf("an unknown tier: %v", err)
	}
}

func TestCatalogueWith(t *testing.T) {
	t.Parallel()
	first, second := feature(1, "a"), feature(2, "b")
	before := features.NewCatalogue(features.Registry{Features: []*features.Feature{first, second}, Tiers: []features.Tier{{ID: 1, Key: "pro"}}, Revision: 7})
	changed := feature(2, "b")
	changed.DisplayOrder, changed.Enabled = -1, false
	after := before.With(changed)
	if list := after.Features(); len(list) != 2 || list[0] != changed || list[1] != first || after.Revision != 7 || len(after.Tiers()) != 1 {
		t.Errorf("after the change: %v", list)
	}
	if list := before.Features(); list[0] != first || list[1] != second {
		t.Error("the catalogue itself changed")
	}
}

func TestAccountRevision(t *testing.T) {
	t.Parallel()
	c := features.NewCatalogue(features.Registry{Revision: 7})
	for _, x := range []struct {
		account *features.Account
		want    int64
	}{{nil, 7}, {&features.Account{Revision: 6}, 7}, {&features.Account{Revision: 8}, 8}} {
		if got := c.AccountRevision(x.account); got != x.want {
			t.Errorf("with %+v: %d, want %d", x.account, got, x.want)
		}
	}
}

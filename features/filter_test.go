package features_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/features/featurestest"
)

// list gives the names of the accounts that a filter leaves, in order.
func list(t *testing.T, l *features.Live, f features.AccountFilter) string {
	t.Helper()
	page, err := l.List(f, 1, 1000, now())
	if err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	var names []string
	for _, a := range page.Accounts {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	l := liveWith(nil, nil,
		features.NewAccount(features.Account{ID: 1, Name: "Arizona Comedy", Slug: "arizona-comedy", ExternalID: "CRM_88", ContactEmail: "Office@Comedy.example"}),
		features.NewAccount(features.Account{ID: 2, Name: "Boise Élan", Slug: "boise", ContactEmail: "desk@boise.example", PostalCode: "83702"}),
		features.NewAccount(features.Account{ID: 3, Name: "Cedar Arizona", Slug: "cedar"}),
	)
	for search, want := range map[string]string{
		"":                   "Arizona Comedy, Boise Élan, Cedar Arizona",
		"arizona":            "Arizona Comedy, Cedar Arizona",
		"  COMEDY  arizona ": "Arizona Comedy",
		"crm_88":             "Arizona Comedy",
		"office@comedy":      "Arizona Comedy",
		"éLAN":               "Boise Élan",
		"zona com":           "Arizona Comedy",
		"boise cedar":        "",
		"boise desk":         "Boise Élan",
		"83702":              "",
		"nobody":             "",
	} {
		if got := list(t, l, features.AccountFilter{Search: search}); got != want {
			t.Errorf("search %q: %s, want %s", search, got, want)
		}
	}
}

// naive is what a filter means, written plainly.
func naive(f features.AccountFilter, c *features.Catalogue, a *features.Account) bool {
	keep := f.Status == "" || a.Status == f.Status
	if len(f.Tiers) > 0 {
		tier, ok := c.Tier(a.TierID)
		keep = keep && (ok && slices.Contains(f.Tiers, tier.Key) || !ok && slices.Contains(f.Tiers, features.NoTier))
	}
	for _, wanted := range f.Features {
		feature, _ := c.Feature(wanted.Key)
		state := c.State(feature, a, now())
		_, overridden := a.Override(feature.ID, now().UnixMilli())
		keep = keep && map[features.FeatureState]bool{
			features.StateOn: state == features.On, features.StateOff: state == features.Off, features.StateSome: state == features.Some,
			features.StateOverridden: overridden, features.StateInherited: !overridden,
		}[wanted.State]
	}
	return keep
}

func TestFiltersAgreeWithMeaning(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		c, accounts := featurestest.RandomWorld(r)
		l := liveOf(c, accounts...)
		f := features.AccountFilter{Status: []features.Status{"", features.Active, features.Suspended}[r.IntN(3)]}
		for range r.IntN(3) {
			f.Features = append(f.Features, features.FeatureFilter{
				Key: c.Features()[r.IntN(len(c.Features()))].Key, State: features.FeatureStates()[r.IntN(4)],
			})
		}
		for _, tier := range c.Tiers() {
			if r.IntN(3) == 0 {
				f.Tiers = append(f.Tiers, tier.Key)
			}
		}
		if r.IntN(4) == 0 {
			f.Tiers = append(f.Tiers, features.NoTier)
		}
		f.Order, f.Reverse = features.AccountOrders()[r.IntN(3)], r.IntN(2) == 0
		checkList(t, l, f, accounts)
	})
}

func checkList(t *testing.T, l *features.Live, f features.AccountFilter, accounts []*features.Account) {
	t.Helper()
	c := l.Catalogue()
	var want []*features.Account
	for _, a := range accounts {
		if naive(f, c, a) {
			want = append(want, a)
		}
	}
	way := 1
	if f.Reverse {
		way = -1
	}
	byName := func(a, b *features.Account) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) }
	tierPlace := func(a *features.Account) int {
		return slices.IndexFunc(c.Tiers(), func(t features.Tier) bool { return t.ID == a.TierID })
	}
	slices.SortFunc(want, func(a, b *features.Account) int {
		switch f.Order {
		case features.OrderTier:
			return cmp.Or(way*cmp.Compare(tierPlace(a), tierPlace(b)), byName(a, b))
		case features.OrderChange:
			return cmp.Or(-way*cmp.Compare(a.Revision, b.Revision), byName(a, b))
		}
		return way * byName(a, b)
	})
	page, err := l.List(f, 1, len(accounts)+1, now())
	if err != nil || !slices.Equal(page.Accounts, want) || page.Matching != len(want) || page.Total != len(accounts) {
		t.Errorf("%+v gives %d accounts, %d matching of %d (%v), want %d", f, len(page.Accounts), page.Matching, page.Total, err, len(want))
		for i := range want {
			t.Logf("%d: want %s (tier %d, revision %d)", i, want[i].Name, want[i].TierID, want[i].Revision)
		}
	}
}

func TestFilterRefusals(t *testing.T) {
	t.Parallel()
	l := liveWith([]*features.Feature{feature(1, "ai")}, []features.Tier{{ID: 1, Key: "pro"}})
	for _, c := range []struct {
		filter features.AccountFilter
		kind   features.Kind
		field  string
	}{
		{features.AccountFilter{Features: []features.FeatureFilter{{Key: "nothing", State: features.StateOn}}}, features.NotFound, ""},
		{features.AccountFilter{Features: []features.FeatureFilter{{Key: "ai", State: "maybe"}}}, features.Invalid, "ai: "},
		{features.AccountFilter{Tiers: []string{"pro", "gold"}}, features.NotFound, ""},
		{features.AccountFilter{Status: "asleep"}, features.Invalid, "status: "},
		{features.AccountFilter{Order: "size"}, features.Invalid, "sort: "},
	} {
		_, err := l.List(c.filter, 1, 10, now())
		if features.KindOf(err) != c.kind || !strings.HasPrefix(fmt.Sprint(err), c.field) {
			t.Errorf("%+v: %v", c.filter, err)
		}
	}
}

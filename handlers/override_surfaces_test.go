package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// overrideCase is one override that somebody asks for, and what it comes to: the same wherever it is asked for.
type overrideCase struct {
	name, tier string
	before     string // the overrides that the account has: "low=on limit=7"
	feature    string
	value      features.Value
	needs      bool // with what it needs
	expired    bool // with an expiry that is past
	except     string
	want       string // the overrides that the account has then
	state      string // what it has of the feature: "on override 50"
}

func overrideCases() []overrideCase {
	number := func(n string) features.Value { return features.Value{Enabled: true, Data: features.JSON(n)} }
	on := features.Value{Enabled: true}
	return []overrideCase{
		{name: "plain", feature: "plain", value: on, want: "plain=on", state: "on override"},
		{name: "off", feature: "plain", want: "plain=off", state: "off override", except: "approval"},
		{name: "over another", before: "plain=off", feature: "plain", value: on, want: "plain=on", state: "on override"},
		{name: "already so", before: "plain=on", feature: "plain", value: on, want: "plain=on", state: "on override"},
		{name: "locked", tier: "max", feature: "plain", value: on, state: "off tier", except: "import"},
		{name: "dependency off", feature: "mid", value: on, want: "mid=on", state: "off dependency"},
		{name: "with what it needs", feature: "mid", value: on, needs: true, want: "low=on mid=on", state: "on override", except: "import"},
		{name: "with what is on", before: "low=on", feature: "mid", value: on, needs: true, want: "low=on mid=on", state: "on override", except: "import"},
		{name: "with what the tier gives", tier: "pro", before: "limit=off", feature: "top", value: on, needs: true, want: "limit=50 top=on", state: "on override", except: "import"},
		{name: "with what is usual", feature: "top", value: on, needs: true, want: "limit=10 top=on", state: "on override", except: "import"},
		{name: "dependency locked", tier: "max", feature: "mid", value: on, needs: true, state: "off default", except: "import"},
		{name: "with what has no value", feature: "needy", value: on, needs: true, state: "off default", except: "import"},
		{name: "a conflict lost", before: "low=on", feature: "rival", value: on, want: "low=on rival=on", state: "off conflict"},
		{name: "a conflict won", before: "rival=on", feature: "low", value: on, want: "low=on rival=on", state: "on override"},
		{name: "typed, with a value", feature: "limit", value: number("70"), want: "limit=70", state: "on override 70"},
		{name: "typed, without a value", feature: "limit", value: on, state: "off default", except: "import"},
		{name: "typed, too much", feature: "limit", value: number("101"), state: "off default", except: "import"},
		{name: "typed, over the tier's", tier: "pro", feature: "limit", value: number("70"), want: "limit=70", state: "on override 70"},
		{name: "variants", feature: "dealt", value: on, want: "dealt=on", state: "on override a"},
		{name: "expired", feature: "plain", value: on, expired: true, state: "off default", except: "bulk"},
		{name: "kill switch", feature: "killed", value: on, want: "killed=on", state: "off disabled"},
	}
}

// surfaces are where an override can be requested.
func surfaces() map[string]func(s *site, c overrideCase, a *features.Account, r features.UpgradeRequest) {
	past := time.Now().Add(-time.Hour).UTC()
	posted := func(below string) func(*site, overrideCase, *features.Account, features.UpgradeRequest) {
		return func(s *site, c overrideCase, a *features.Account, _ features.UpgradeRequest) {
			form := url.Values{"version": {itoa(s.versionOf(a, c.feature))}, "value": {c.value.Data.Text()}, "editor": {"1"}, "answer": {"anyway"}}
			if c.value.Enabled {
				form.Set("enabled", "true")
			}
			if c.needs {
				form.Set("answer", "needs")
			}
			if c.expired {
				form.Set("expires_at", past.Format("2006-01-02T15:04"))
			}
			s.as("editor").viaHtmx().post("/admin/accounts/"+a.Slug+below+c.feature, form)
		}
	}
	return map[string]func(*site, overrideCase, *features.Account, features.UpgradeRequest){
		"cell": posted("/cells/"), "page": posted("/features/"),
		"api": func(s *site, c overrideCase, a *features.Account, _ features.UpgradeRequest) {
			body := map[string]any{"enabled": c.value.Enabled, "value": c.value.Data, "needs": c.needs}
			if c.expired {
				body["expires_at"] = past
			}
			editor := s.as("editor")
			if _, live := a.Override(s.feature(c.feature).ID, time.Now().UnixMilli()); live {
				editor = editor.with("If-Match", "*")
			}
			editor.json(http.MethodPut, "/api/v2/admin/accounts/"+a.Slug+"/overrides/"+c.feature, asJSON(s, body))
		},
		"bulk": func(s *site, c overrideCase, a *features.Account, _ features.UpgradeRequest) {
			action := features.DisableFeature
			if c.value.Enabled {
				action = features.EnableFeature
			}
			s.as("editor").json(http.MethodPost, "/api/v2/admin/accounts/bulk", asJSON(s, map[string]any{
				"action": action, "feature": c.feature, "value": c.value.Data, "needs": c.needs, "selection": map[string]any{"slugs": []string{a.Slug}},
			}))
		},
		"approval": func(s *site, c overrideCase, a *features.Account, r features.UpgradeRequest) {
			form := url.Values{"version": {itoa(s.versionOf(a, c.feature))}, "value": {c.value.Data.Text()}, "needs": {fmt.Sprint(c.needs)}}
			if c.expired {
				form.Set("expires_at", past.Format("2006-01-02T15:04"))
			}
			s.as("editor").viaHtmx().post(upgrade(r, "/approve"), form)
		},
		"import": func(s *site, c overrideCase, a *features.Account, _ features.UpgradeRequest) {
			o := registry.FileOverride{Account: a.TargetingKey, Feature: c.feature, Value: c.value}
			if c.expired {
				o.ExpiresAt = past
			}
			asked := registry.Import{Accounts: true, File: registry.File{Overrides: []registry.FileOverride{o}}}
			plan, err := s.db.PlanRegistry(s.t.Context(), asked)
			if err == nil {
				_, _, err = s.db.ImportRegistry(s.t.Context(), dbtest.Actor(), db.RegistryChange{Import: asked, Name: "file", Digest: plan.Digest})
			}
			if err != nil {
				s.t.Errorf("%s: the import gives %v", c.name, err)
			}
		},
	}
}

func asJSON(s *site, body any) string {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func (s *site) versionOf(a *features.Account, key string) int64 {
	s.t.Helper()
	cells, err := s.db.Cells(s.t.Context(), []int64{a.ID}, []int64{s.feature(key).ID})
	if err != nil {
		s.t.Fatal(err)
	}
	return cells[db.CellKey{Account: a.ID, Feature: s.feature(key).ID}].Version
}

// forOverrides is a site whose features need and rule out one another. The tier pro gives 50 of limit, and offers everything;
// max locks plain and low.
func forOverrides(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	most := int64(100)
	for i, f := range []features.FeatureDraft{
		{Key: "plain"},
		{Key: "low"},
		{Key: "mid", Links: features.Links{DependsOn: []string{"low"}}},
		{Key: "rival", Links: features.Links{ConflictsWith: []string{"low"}}},
		{Key: "limit", Type: features.IntegerType, Default: features.Value{Data: "10"}, Constraints: features.Constraints{Max: &most}},
		{Key: "top", Links: features.Links{DependsOn: []string{"limit"}}},
		{Key: "nameless", Type: features.StringType},
		{Key: "needy", Links: features.Links{DependsOn: []string{"nameless"}}},
		{Key: "dealt", Variants: []features.Variant{{Key: "a", Value: features.Value{Enabled: true}, Weight: 1}, {Key: "b", Weight: features.Everyone - 1}}},
		{Key: "killed"},
	} {
		f.Name, f.Category, f.DisplayOrder = strings.ToUpper(f.Key[:1])+f.Key[1:], "overrides", i
		s.create(f)
	}
	s.offer("plain", "low", "mid", "rival", "top", "needy", "dealt", "killed")
	s.list("limit", "1, '50', 1, 1")
	if _, err := s.db.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "max", Name: "Max"}); err != nil {
		t.Fatal(err)
	}
	var locks []db.TierFeatureChange
	for _, key := range []string{"plain", "low"} {
		locks = append(locks, db.TierFeatureChange{TierEdit: features.TierEdit{Tier: "max", Feature: key}})
	}
	if _, _, err := s.db.SaveTierFeatures(t.Context(), dbtest.Actor(), db.TierSave{Changes: locks}); err != nil {
		t.Fatal(err)
	}
	return s
}

// prepared adds an account that is as a case begins, and that has asked for the feature.
func (s *site) prepared(i int, c overrideCase) (*features.Account, features.UpgradeRequest) {
	s.t.Helper()
	a := s.account(fmt.Sprintf("Account %c", 'A'+i))
	set := func(tier string) {
		bulk := features.Bulk{Action: features.SetTier, Tier: tier, Selection: features.Selection{IDs: []int64{a.ID}}}
		if _, _, err := s.db.ApplyBulk(s.t.Context(), dbtest.Actor(), db.BulkChange{Bulk: bulk, Unseen: true}); err != nil {
			s.t.Fatal(err)
		}
	}
	set("pro")
	r := s.asked(a.Slug, c.feature, "")
	set(c.tier)
	for _, one := range strings.Fields(c.before) {
		key, word, _ := strings.Cut(one, "=")
		if _, err := s.db.SetOverride(s.t.Context(), dbtest.Actor(), db.OverrideChange{Account: a.ID, Feature: key, Value: features.Value{Enabled: word == "on"}}); err != nil {
			s.t.Fatal(err)
		}
	}
	return s.db.Live().Accounts().ByID(a.ID), r
}

// found is what an account has: its overrides in display order, and what it has of a feature.
func (s *site) found(a *features.Account, key string) (overrides, state string) {
	catalogue, a := s.db.Live().Catalogue(), s.db.Live().Accounts().ByID(a.ID)
	var words []string
	for _, f := range catalogue.Features() {
		if o, live := a.Override(f.ID, time.Now().UnixMilli()); live {
			words = append(words, f.Key+"="+o.Value.Words())
		}
	}
	has := catalogue.AccountValue(s.feature(key), a, time.Now())
	return strings.Join(words, " "), strings.TrimSpace(fmt.Sprint(has.State, " ", has.Source, " ", has.Value.Data.Text()+has.Variant))
}

// Wherever an override is asked for, the same is written and the same comes of it.
func TestOverridesAreTheSameEverywhere(t *testing.T) {
	t.Parallel()
	for name, ask := range surfaces() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := forOverrides(t)
			cases := slices.DeleteFunc(overrideCases(), func(c overrideCase) bool { return c.except == name })
			accounts, requests := make([]*features.Account, len(cases)), make([]features.UpgradeRequest, len(cases))
			for i, c := range cases {
				accounts[i], requests[i] = s.prepared(i, c)
			}
			s.kill("killed")
			for i, c := range cases {
				ask(s, c, accounts[i], requests[i])
				if got, state := s.found(accounts[i], c.feature); got != c.want || state != c.state {
					t.Errorf("%s: the account has %q, %q, want %q, %q", c.name, got, state, c.want, c.state)
				}
			}
		})
	}
}

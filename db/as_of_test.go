package db_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// snapshot is the registry and all accounts as text, but for what the log does not say: when they were written.
func snapshot(t *testing.T, c *features.Catalogue, accounts []*features.Account) string {
	t.Helper()
	var text strings.Builder
	line := func(v any) {
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(encoded, '\n'))
	}
	for _, f := range c.Features() {
		d := f.Draft()
		if len(d.DependsOn)+len(d.ConflictsWith) == 0 {
			d.Links = features.Links{}
		}
		if len(d.Variants) == 0 {
			d.Variants = nil
		}
		line([]any{f.ID, f.Active, f.Enabled, d})
	}
	line(append([]features.Tier{}, c.Tiers()...))
	for _, x := range c.TierFeatures() {
		x.Revision = 0
		line(x)
	}
	line(c.Settings)
	for _, a := range accounts {
		overrides := append([]features.Override{}, a.Overrides...)
		for i := range overrides {
			overrides[i].Revision = 0
		}
		line([]any{a.ID, a.TargetingKey, a.Slug, a.ExternalID, a.Name, a.TierID, a.Status, a.ContactEmail, a.PostalCode, overrides})
	}
	return text.String()
}

func (s shop) snapshot(t *testing.T) string {
	t.Helper()
	accounts := slices.SortedFunc(s.Live().Accounts().All(), func(a, b *features.Account) int { return int(a.ID - b.ID) })
	return snapshot(t, s.Live().Catalogue(), accounts)
}

// replan makes a file of the registry with something else in it, and imports it.
func (s shop) replan(t *testing.T, random *rand.Rand) {
	t.Helper()
	file, err := s.ExportRegistry(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range file.Tiers {
		file.Tiers[i].Features = nil
		for _, f := range file.Features {
			x := registry.FileTierFeature{Feature: f.Draft.Key}
			x.Value.Enabled, x.AllowOverride = random.IntN(2) == 0, random.IntN(2) == 0
			if x.Value.Enabled && !f.Draft.Type.IsBoolean() {
				x.Value.Data = features.JSON(fmt.Sprint(random.IntN(9)))
			}
			if random.IntN(2) == 0 {
				file.Tiers[i].Features = append(file.Tiers[i].Features, x)
			}
		}
	}
	f := &file.Features[random.IntN(len(file.Features))]
	f.Draft.Description, f.Draft.Premium, f.Draft.Owner = fmt.Sprint("help ", random.IntN(9)), random.IntN(2) == 0, "Dana"
	f.Draft.DependsOn, f.Draft.ConflictsWith = nil, nil
	if other := file.Features[0].Draft.Key; other != f.Draft.Key && random.IntN(2) == 0 {
		f.Draft.ConflictsWith = []string{other}
	}
	i := registry.Import{File: file, Prune: true}
	plan, err := s.PlanRegistry(t.Context(), i)
	if err == nil {
		_, _, err = s.ImportRegistry(t.Context(), dbtest.Actor(), db.RegistryChange{Import: i, Name: "a file", Digest: plan.Digest})
	}
	if err != nil && features.KindOf(err) == 0 {
		t.Fatal(err)
	}
}

// Replaying the log to any revision gives what was served then.
func TestAsOfIsWhatWasServed(t *testing.T) {
	t.Parallel()
	s := openShop(t, 6)
	_, err := s.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{
		Key: "limits.flows", Name: "Flows", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "3"},
		Deprecation: features.Deprecation{Deprecated: true, DeprecationMessage: "soon"}, Metadata: `{"a":1}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{keys: []string{"knowledge_base", "ai_agents", "additional_services"}}
	random := randomOf(t)
	served := map[int64]string{}
	for range 150 {
		if random.IntN(6) == 0 {
			s.replan(t, random)
		} else if err := c.act(t.Context(), s.DB, random); err != nil {
			t.Fatal(err)
		}
		served[s.newest(t, nil)] = s.snapshot(t)
	}
	for revision, want := range served {
		then, err := s.AsOf(t.Context(), revision, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := snapshot(t, then.Catalogue, then.Accounts); got != want {
			t.Fatalf("revision %d: %s", revision, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		}
		for _, a := range then.Accounts {
			alone, err := s.AsOf(t.Context(), revision, a.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := snapshot(t, alone.Catalogue, []*features.Account{alone.Account(a.ID)}), snapshot(t, then.Catalogue, []*features.Account{a}); got != want {
				t.Fatalf("at revision %d, account %d alone is\n%s\nwant\n%s", revision, a.ID, got, want)
			}
		}
	}
}

// An account that a file brought, with a targeting key that does not follow from its names.
func TestAsOfKeepsTargetingKeys(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	file := read(t, "accounts:\n  - {targeting_key: old, slug: later, name: Later, external_id: crm_later}\n  - {slug: plain, name: Plain}\n")
	file.Accounts = true
	_, revision := s.imports(t, file)
	then, err := s.AsOf(t.Context(), revision, 0)
	if err != nil || len(then.Accounts) != 2 || then.Accounts[0].TargetingKey != "old" || then.Accounts[1].TargetingKey != "plain" {
		t.Errorf("then there were %+v, %v", then.Accounts, err)
	}
	if created := fields(t, s.row(t, revision, "account", "Plain").New); created["targeting_key"] != nil {
		t.Errorf("a key that follows from the slug is recorded: %v", created)
	}
}

func TestMomentsAndRevisions(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	before := s.newest(t, nil)
	time.Sleep(2 * time.Millisecond)
	moment := time.Now()
	time.Sleep(2 * time.Millisecond)
	s.set(t, s.accounts[0], "ai_agents", true)
	if got, err := s.RevisionAt(t.Context(), moment); err != nil || got != before {
		t.Errorf("at the moment before it was revision %d, %v", got, err)
	}
	for revision, want := range map[int64]bool{before: false, before + 1: true} {
		then, err := s.AsOf(t.Context(), revision, s.accounts[0])
		if err != nil {
			t.Fatal(err)
		}
		f, err := then.Catalogue.Feature("ai_agents")
		if err != nil || then.Catalogue.State(f, then.Account(s.accounts[0]), then.At) == features.On != want {
			t.Errorf("at revision %d it is otherwise: %v", revision, err)
		}
	}
	if then, err := s.AsOf(t.Context(), 1, s.accounts[0]); err != nil || then.Account(s.accounts[0]) != nil {
		t.Errorf("before it was made the account is there: %v", err)
	}
	if _, err := s.AsOf(t.Context(), 10_000, 0); features.KindOf(err) != features.NotFound {
		t.Errorf("a revision that is not there: %v", err)
	}
	if _, err := s.RevisionAt(t.Context(), time.Unix(0, 0)); features.KindOf(err) != features.Invalid {
		t.Errorf("before the first change: %v", err)
	}
}

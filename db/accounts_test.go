package db_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// draftOf gives a live account as a form shows it.
func (s shop) draftOf(id int64) features.AccountDraft {
	a := s.Live().Accounts().ByID(id)
	tier, _ := s.Live().Catalogue().Tier(a.TierID)
	return features.AccountDraft{
		Name: a.Name, Slug: a.Slug, ExternalID: a.ExternalID, ContactEmail: a.ContactEmail, PostalCode: a.PostalCode, Tier: tier.Key,
	}
}

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	draft := features.AccountDraft{Name: " " + awkward + " ", Slug: "bobby", ExternalID: ` crm "1" `, ContactEmail: "o'neil@example.com", PostalCode: "M5V 2T6", Tier: "pro"}
	id, err := s.CreateAccount(t.Context(), dbtest.Actor(), draft)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.draftOf(id); got != draft.Normalize() {
		t.Errorf("the account is %+v: want %+v", got, draft.Normalize())
	}
	a := s.Live().Accounts().ByID(id)
	if a.TargetingKey != `crm "1"` || a.Status != features.Active || a.CreatedAt.IsZero() || a.Revision == 0 || len(a.Overrides) != 0 {
		t.Errorf("the account is %+v", a)
	}
	for key := range s.features {
		if s.has(t, id, key) {
			t.Errorf("a new account has %s", key)
		}
	}
	row := s.rows(t, a.Revision)[0]
	want := map[string]any{
		"name": awkward, "slug": "bobby", "external_id": `crm "1"`, "contact_email": "o'neil@example.com", "postal_code": "M5V 2T6",
		"tier": "pro", "status": "active",
	}
	if got := fields(t, row.New); row.Old != nil || row.Action != "create" || row.Entity != "account" || row.EntityID != id ||
		row.AccountID != id || row.EntityName != awkward || !maps.Equal(got, want) {
		t.Errorf("the row is %+v: want %v", row, want)
	}
	plain, err := s.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: "Arizona Comedy"})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.Live().Accounts().ByID(plain); a.Slug != "arizona-comedy" || a.TargetingKey != "arizona-comedy" || a.ExternalID != "" || a.TierID != 0 {
		t.Errorf("an account with nothing but a name is %+v", a)
	}
	recorded := fields(t, s.rows(t, s.Live().Accounts().ByID(plain).Revision)[0].New)
	if recorded["external_id"] != nil || recorded["tier"] != nil {
		t.Errorf("its record is %v: want null for what it has not", recorded)
	}
}

// TestAccountRefusals asks both ways to write an account for what neither may.
func TestAccountRefusals(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	other, err := s.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: "Other", Slug: "other", ExternalID: "key-of-other"})
	if err != nil {
		t.Fatal(err)
	}
	s.edit(t, other, features.AccountDraft{Name: "Other", Slug: "renamed", ExternalID: "crm-other"})
	version, err := s.AccountVersion(t.Context(), s.accounts[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, field, message string
		draft                features.AccountDraft
	}{
		{"no name", "name", "Enter a name.", features.AccountDraft{Slug: "a"}},
		{"a bad slug", "slug", "Use lower-case letters, digits and single hyphens, such as arizona-comedy.", features.AccountDraft{Name: "A", Slug: "A b"}},
		{"a name of signs alone", "slug", "Use lower-case letters, digits and single hyphens, such as arizona-comedy.", features.AccountDraft{Name: "???"}},
		{"no e-mail address", "contact_email", "Enter one e-mail address, such as office@example.com.", features.AccountDraft{Name: "A", ContactEmail: "a b"}},
		{"a long postal code", "postal_code", "Use at most 20 characters.", features.AccountDraft{Name: "A", PostalCode: strings.Repeat("1", 21)}},
		{"two lines", "external_id", "Write it on one line.", features.AccountDraft{Name: "A", ExternalID: "a\nb"}},
		{"an unknown tier", "tier", `There is no tier with the key "gold' OR 1".`, features.AccountDraft{Name: "A", Tier: "gold' OR 1"}},
		{"a slug that is taken", "slug", "account-0 is taken by " + awkward + ".", features.AccountDraft{Name: "A", Slug: "account-0"}},
		{"a slug that is an external id", "slug", "crm-other is taken by Other.", features.AccountDraft{Name: "A", Slug: "crm-other"}},
		{"a slug that is a targeting key", "slug", "key-of-other is taken by Other.", features.AccountDraft{Name: "A", Slug: "key-of-other"}},
		{"an external id that is taken", "external_id", "crm-other is taken by Other.", features.AccountDraft{Name: "A", ExternalID: "crm-other"}},
		{"an external id that is a slug", "external_id", "renamed is taken by Other.", features.AccountDraft{Name: "A", ExternalID: "renamed"}},
		{"an external id that is a targeting key", "external_id", "key-of-other is taken by Other.", features.AccountDraft{Name: "A", ExternalID: "key-of-other"}},
	} {
		want := features.Error{Kind: features.Invalid, Field: c.field, Message: c.message}
		s.refuses(t, "creating "+c.name, want, func() error { _, err := s.CreateAccount(t.Context(), dbtest.Actor(), c.draft); return err })
		s.refuses(t, "saving "+c.name, want, func() error {
			_, err := s.UpdateAccount(t.Context(), dbtest.Actor(), s.accounts[1], c.draft, version)
			return err
		})
	}
	_, err = s.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: "A", Slug: "account-0", ExternalID: "crm-other", Tier: "gold"})
	for _, field := range []string{"slug", "external_id", "tier"} {
		refused(t, "everything taken", err, features.Invalid, field)
	}
}

func TestUpdateAccount(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	id := s.accounts[1]
	version, err := s.AccountVersion(t.Context(), id)
	if err != nil || version == 0 {
		t.Fatalf("the version is %d, %v", version, err)
	}
	s.set(t, id, "ai_agents", true) // no change of the account's own fields
	draft := features.AccountDraft{Name: "It's", Slug: "its", ExternalID: "", Tier: "pro"}
	revision, err := s.UpdateAccount(t.Context(), features.Actor{Kind: features.ByUser, Name: "Erin"}, id, draft, version)
	if err != nil || revision == 0 || s.draftOf(id) != draft {
		t.Fatalf("saving gives %d, %v, %+v", revision, err, s.draftOf(id))
	}
	live := s.Live().Accounts()
	if live.Find("its") != live.ByID(id) || live.Find("account-1") != nil || live.Find("crm_1").ID != id || live.ByID(id).TargetingKey != "crm_1" {
		t.Error("the account is not found by its new slug and its targeting key alone")
	}
	if !s.has(t, id, "ai_agents") {
		t.Error("the override is gone")
	}
	row := s.rows(t, revision)[0]
	wantOld := map[string]any{"name": "Account 1", "slug": "account-1", "external_id": "crm_1", "tier": nil}
	wantNew := map[string]any{"name": "It's", "slug": "its", "external_id": nil, "tier": "pro"}
	if !maps.Equal(fields(t, row.Old), wantOld) || !maps.Equal(fields(t, row.New), wantNew) || row.EntityName != "Account 1" {
		t.Errorf("the row is %+v, from %s to %s", row, row.Old, row.New)
	}
	update := func(draft features.AccountDraft, version int64) func() error {
		return func() error { _, err := s.UpdateAccount(t.Context(), dbtest.Actor(), id, draft, version); return err }
	}
	if err := s.keepsAll(t, "the same again", update(draft, version)); err != nil {
		t.Error(err)
	}
	draft.Name = "Someone else's idea"
	s.refuses(t, "an old version", features.Error{Kind: features.Conflict, Field: "version", Message: "Erin has saved this since you opened it. Compare both versions before you save."}, update(draft, version))
	s.refuses(t, "a version to come", features.Error{Kind: features.Invalid, Field: "version", Message: "There is no such version. Reload the page and try again."}, update(draft, revision+1))
	s.refuses(t, "an unknown account", features.Error{Kind: features.NotFound, Message: "There is no such account."}, func() error {
		_, err := s.UpdateAccount(t.Context(), dbtest.Actor(), 99, draft, 0)
		return err
	})
	draft.Slug, draft.ExternalID = "other", "its" // its own name in another place
	if err := update(draft, revision)(); err != nil {
		t.Errorf("an account's own names are taken: %v", err)
	}
}

func TestSetAccountStatus(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	id := s.accounts[0]
	s.set(t, id, "ai_agents", true)
	set := func(status features.Status, reason string) func() error {
		return func() error {
			_, err := s.SetAccountStatus(t.Context(), dbtest.Actor(), id, status, reason)
			return err
		}
	}
	for _, c := range []struct {
		status          features.Status
		action, summary string
		old             string
	}{
		{features.Suspended, "account.suspend", "Suspended account " + awkward, "active"},
		{features.Active, "account.activate", "Reactivated account " + awkward, "suspended"},
	} {
		if err := set(c.status, `for "a" reason`)(); err != nil {
			t.Fatal(err)
		}
		a := s.Live().Accounts().ByID(id)
		change, err := s.ChangeSet(t.Context(), a.Revision)
		if err != nil || change.Action != c.action || change.Summary != c.summary || change.Reason != `for "a" reason` || a.Status != c.status {
			t.Errorf("the account is %s by %+v, %v", a.Status, change, err)
		}
		row := s.rows(t, a.Revision)[0]
		if string(row.Old) != `{"status":"`+c.old+`"}` || string(row.New) != `{"status":"`+string(c.status)+`"}` {
			t.Errorf("the row goes from %s to %s", row.Old, row.New)
		}
		if on := s.has(t, id, "ai_agents"); on != (c.status == features.Active) {
			t.Errorf("while %s the feature is on: %v", c.status, on)
		}
		if err := s.keepsAll(t, "the same again", set(c.status, "")); err != nil {
			t.Error(err)
		}
	}
	s.refuses(t, "no status", features.Error{Kind: features.Invalid, Field: "status", Message: "Choose active or suspended."}, set("asleep", ""))
	s.refuses(t, "a too long reason", features.Error{Kind: features.Invalid, Field: "reason", Message: "Use at most 500 characters."}, set(features.Suspended, strings.Repeat("x", 501)))
	s.refuses(t, "an unknown account", features.Error{Kind: features.NotFound, Message: "There is no such account."}, func() error {
		_, err := s.SetAccountStatus(t.Context(), dbtest.Actor(), 99, features.Suspended, "")
		return err
	})
}

func TestImportAccounts(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	file := registry.ReadAccounts([]byte("name,slug,external_id,contact_email,postal_code,tier\n" +
		"\"Quote \"\"it\"\" 'all'\",first,crm-9,a@example.com,M5V,pro\nSecond,,,,,\n=Third,third,,,,free\n"))
	plan, err := s.PlanImport(t.Context(), file)
	if err != nil || plan.Err() != nil || len(plan.Lines) != 3 {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	revision, err := s.ImportAccounts(t.Context(), dbtest.Actor(), plan)
	if err != nil || revision == 0 {
		t.Fatalf("importing gives %d, %v", revision, err)
	}
	rows := s.rows(t, revision)
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || set.Summary != "Imported 3 accounts" || set.Action != "account.import" || len(rows) != 3 {
		t.Errorf("the change set is %+v with %d rows, %v", set, len(rows), err)
	}
	for i, line := range plan.Lines {
		draft := line.Draft
		a := s.Live().Accounts().Find(draft.Slug)
		if a == nil || s.draftOf(a.ID) != draft || a.Revision != revision {
			t.Errorf("line %d, %+v, gives %+v", i+2, draft, a)
			continue
		}
		if rows[i].EntityID != a.ID || fields(t, rows[i].New)["slug"] != draft.Slug || rows[i].EntityName != draft.Name {
			t.Errorf("row %d is %+v", i, rows[i])
		}
	}
	refuse := func(what, field, message string, file registry.AccountImport) {
		t.Helper()
		s.refuses(t, what, features.Error{Kind: features.Invalid, Field: field, Message: message}, func() error {
			_, err := s.ImportAccounts(t.Context(), dbtest.Actor(), file)
			return err
		})
	}
	refuse("the same again", "line 2, slug", `first is taken by Quote "it" 'all'.`, file)
	refuse("an unknown tier", "line 3, tier", `There is no tier with the key "gold".`, registry.ReadAccounts([]byte("name,tier\nGood,pro\nBad,gold\n")))
	refuse("nothing", "", "There is no account to import.", registry.AccountImport{})
	run(t, s.DB, `UPDATE accounts SET slug = 'by-hand' WHERE id = 1`) // which the live state learns of in the transaction
	before := dump(t, s.DB)
	_, err = s.ImportAccounts(t.Context(), dbtest.Actor(), registry.ImportOf([]features.AccountDraft{{Name: "A"}, {Name: "By hand"}}))
	refused(t, "a slug that was taken by hand", err, features.Invalid, "line 2, slug")
	sameLines(t, "a refused import", before, dump(t, s.DB))
}

func TestVersions(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	created, err := s.AccountVersion(t.Context(), s.accounts[0])
	if err != nil || created == 0 {
		t.Fatalf("the version of a new account is %d, %v", created, err)
	}
	s.set(t, s.accounts[0], "ai_agents", true)
	s.edit(t, s.accounts[1], features.AccountDraft{Name: "B"})
	if version, err := s.AccountVersion(t.Context(), s.accounts[0]); err != nil || version != created {
		t.Errorf("after an override the account's version is %d, %v: want %d", version, err, created)
	}
	tier := s.tier(t, "pro")
	if version, err := s.AccountVersion(t.Context(), s.accounts[0]); err != nil || version != tier {
		t.Errorf("after a tier the account's version is %d, %v: want %d", version, err, tier)
	}
	f := s.feature(t, "ai_agents")
	killed := s.kill(t, false, "ai_agents")
	if version, err := s.FeatureVersion(t.Context(), f.ID); err != nil || version != killed {
		t.Errorf("the feature's version is %d, %v: want %d", version, err, killed)
	}
	for what, version := range map[string]func() (int64, error){
		"account": func() (int64, error) { return s.AccountVersion(t.Context(), 99) },
		"feature": func() (int64, error) { return s.FeatureVersion(t.Context(), 99) },
	} {
		if got, err := version(); err != nil || got != 0 {
			t.Errorf("the version of no %s is %d, %v", what, got, err)
		}
	}
}

// TestNamesInAnyOrder gives accounts names by chance, out of few: what is refused is exactly what someone else is known
// by, and every account is found by its own names.
func TestNamesInAnyOrder(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	random := randomOf(t)
	name := func() string { return fmt.Sprintf("n%d", random.IntN(12)) }
	known := map[int64][3]string{} // slug, external id, targeting key
	for range 200 {
		draft := features.AccountDraft{Name: "X", Slug: name()}
		if random.IntN(2) == 0 {
			draft.ExternalID = name()
		}
		var id int64
		if len(known) > 0 && random.IntN(3) > 0 {
			id = 1 + random.Int64N(int64(len(known)))
		}
		free := true
		for other, names := range known {
			if other != id && (slices.Contains(names[:], draft.Slug) || draft.ExternalID != "" && slices.Contains(names[:], draft.ExternalID)) {
				free = false
			}
		}
		var err error
		if id == 0 {
			id, err = s.CreateAccount(t.Context(), dbtest.Actor(), draft)
		} else {
			var version int64
			if version, err = s.AccountVersion(t.Context(), id); err == nil {
				_, err = s.UpdateAccount(t.Context(), dbtest.Actor(), id, draft, version)
			}
		}
		if (err == nil) != free || err != nil && features.KindOf(err) != features.Invalid {
			t.Fatalf("%+v for account %d among %v gives %v", draft, id, known, err)
		}
		if err == nil {
			targeting := known[id][2]
			if targeting == "" {
				targeting = draft.ExternalID
			}
			if targeting == "" {
				targeting = draft.Slug
			}
			known[id] = [3]string{draft.Slug, draft.ExternalID, targeting}
		}
	}
	for id, names := range known {
		for _, name := range names {
			if found := s.Live().Accounts().Find(name); name != "" && (found == nil || found.ID != id) {
				t.Errorf("%s finds %+v: want account %d", name, found, id)
			}
		}
	}
}

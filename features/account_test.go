package features_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/features/featurestest"
)

// wantProblems holds an error against the fields that should be refused, in their order.
func wantProblems(t *testing.T, what string, err error, fields ...string) {
	t.Helper()
	var problems features.Problems
	if err != nil && !errors.As(err, &problems) {
		t.Errorf("%s: got %v, want Problems", what, err)
		return
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Field)
		if p.Kind != features.Invalid || p.Message == "" {
			t.Errorf("%s: the problem %+v is not invalid input with a message", what, p)
		}
	}
	if strings.Join(got, " ") != strings.Join(fields, " ") {
		t.Errorf("%s: refused the fields %q, want %q", what, got, fields)
	}
}

func TestOverrideLookup(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		stored := make(map[int64]features.Override)
		var list []features.Override
		for _, id := range r.Perm(12)[:r.IntN(12)] {
			o := features.Override{FeatureID: int64(id + 1), ExpiresAt: []int64{0, 99, 100, 101}[r.IntN(4)], Revision: r.Int64()}
			list, stored[o.FeatureID] = append(list, o), o
		}
		a := features.NewAccount(features.Account{Overrides: list})
		for id := range int64(14) {
			want, there := stored[id]
			got, live := a.Override(id, 100)
			if got != want || live != (there && (want.ExpiresAt == 0 || want.ExpiresAt > 100)) {
				t.Errorf("the override of feature %d is %+v, live %v; stored is %+v", id, got, live, want)
			}
		}
	})
}

func TestAccountRevisionCoversOverrides(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ own, first, second, want int64 }{{5, 3, 4, 5}, {5, 9, 4, 9}, {5, 3, 8, 8}} {
		a := features.NewAccount(features.Account{Revision: c.own, Overrides: []features.Override{
			{FeatureID: 1, Revision: c.first}, {FeatureID: 2, Revision: c.second},
		}})
		if a.Revision != c.want {
			t.Errorf("own %d, overrides %d and %d: revision %d, want %d", c.own, c.first, c.second, a.Revision, c.want)
		}
	}
}

func TestSlugify(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Arizona Comedy":                      "arizona-comedy",
		"  Joe's  Garage & Co. ":              "joe-s-garage-co",
		"24/7":                                "24-7",
		"東京":                                  "",
		strings.Repeat("a", 99) + " and more": strings.Repeat("a", 99),
		strings.Repeat("b", 150):              strings.Repeat("b", 100),
	} {
		if got := features.Slugify(name); got != want {
			t.Errorf("Slugify(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestAccountDraftNormalize(t *testing.T) {
	t.Parallel()
	got := features.AccountDraft{
		Name: " Boise Ballet ", ExternalID: " crm_1\t", ContactEmail: "\na@b.example ", PostalCode: " 83702 ", Tier: " pro ",
	}.Normalize()
	want := features.AccountDraft{
		Name: "Boise Ballet", Slug: "boise-ballet", ExternalID: "crm_1", ContactEmail: "a@b.example", PostalCode: "83702", Tier: "pro",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if kept := (features.AccountDraft{Name: "Boise", Slug: " own "}).Normalize(); kept.Slug != "own" {
		t.Errorf("the slug given became %q", kept.Slug)
	}
}

func TestAccountDraftValidate(t *testing.T) {
	t.Parallel()
	good := features.AccountDraft{
		Name: strings.Repeat("é", 200), Slug: strings.Repeat("a", 100), ExternalID: strings.Repeat("é", 100),
		ContactEmail: "office@example.com", PostalCode: "M5V 2T6", Tier: "whatever",
	}
	wantProblems(t, "at every limit", good.Validate())
	wantProblems(t, "only a name and a slug", features.AccountDraft{Name: "A", Slug: "a"}.Validate())
	wantProblems(t, "nothing", features.AccountDraft{}.Validate(), "name")
	for _, c := range []struct {
		name   string
		change func(*features.AccountDraft)
		field  string
	}{
		{"no name", func(d *features.AccountDraft) { d.Name = "" }, "name"},
		{"long name", func(d *features.AccountDraft) { d.Name += "e" }, "name"},
		{"name on two lines", func(d *features.AccountDraft) { d.Name = "a\nb" }, "name"},
		{"name with a control character", func(d *features.AccountDraft) { d.Name = "a\x00b" }, "name"},
		{"name that is no UTF-8", func(d *features.AccountDraft) { d.Name = "a\xff" }, "name"},
		{"no slug", func(d *features.AccountDraft) { d.Slug = "" }, "slug"},
		{"long slug", func(d *features.AccountDraft) { d.Slug += "a" }, "slug"},
		{"capital in the slug", func(d *features.AccountDraft) { d.Slug = "Boise" }, "slug"},
		{"double hyphen in the slug", func(d *features.AccountDraft) { d.Slug = "a--b" }, "slug"},
		{"slug that ends in a hyphen", func(d *features.AccountDraft) { d.Slug = "a-" }, "slug"},
		{"underscore in the slug", func(d *features.AccountDraft) { d.Slug = "a_b" }, "slug"},
		{"long external id", func(d *features.AccountDraft) { d.ExternalID += "e" }, "external_id"},
		{"tab in the external id", func(d *features.AccountDraft) { d.ExternalID = "a\tb" }, "external_id"},
		{"no e-mail address", func(d *features.AccountDraft) { d.ContactEmail = "office" }, "contact_email"},
		{"two e-mail addresses", func(d *features.AccountDraft) { d.ContactEmail = "a@b.example, c@d.example" }, "contact_email"},
		{"e-mail with a name", func(d *features.AccountDraft) { d.ContactEmail = "Dana <a@b.example>" }, "contact_email"},
		{"long e-mail", func(d *features.AccountDraft) { d.ContactEmail = "a@" + strings.Repeat("b.", 127) + "c" }, "contact_email"},
		{"long postal code", func(d *features.AccountDraft) { d.PostalCode = strings.Repeat("1", 21) }, "postal_code"},
		{"control character in the postal code", func(d *features.AccountDraft) { d.PostalCode = "1\x7f" }, "postal_code"},
	} {
		draft := good
		c.change(&draft)
		wantProblems(t, c.name, draft.Validate(), c.field)
	}
	wantProblems(t, "everything wrong", features.AccountDraft{
		Name: "a\nb", Slug: "-", ExternalID: "\x01", ContactEmail: "@", PostalCode: "\x01",
	}.Validate(), "name", "slug", "external_id", "contact_email", "postal_code")
}

func TestDraftIdentifiers(t *testing.T) {
	t.Parallel()
	both := features.AccountDraft{Slug: "a", ExternalID: "b"}.Identifiers()
	if len(both) != 2 || both[0] != (features.Identifier{Field: "slug", Value: "a"}) || both[1] != (features.Identifier{Field: "external_id", Value: "b"}) {
		t.Errorf("got %+v", both)
	}
	if one := (features.AccountDraft{Slug: "a"}).Identifiers(); len(one) != 1 || one[0].Field != "slug" {
		t.Errorf("without an external id: got %+v", one)
	}
	refusal := features.Identifier{Field: "slug", Value: "boise"}.TakenBy("Boise Ballet")
	if refusal.Kind != features.Invalid || refusal.Error() != "slug: boise is taken by Boise Ballet." {
		t.Errorf("got %v", refusal)
	}
}

// A slug that is proposed is empty or can be saved.
func FuzzSlugify(f *testing.F) {
	for _, name := range []string{"Arizona Comedy", "--", "東京", strings.Repeat("a-", 99), "\xff"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		slug := features.Slugify(name)
		if slug == "" {
			return
		}
		wantProblems(t, name, features.AccountDraft{Name: "x", Slug: slug}.Validate())
	})
}

func TestDraftOfAnAccount(t *testing.T) {
	t.Parallel()
	want := features.AccountDraft{Name: "Cedar", Slug: "cedar", Tier: "pro"}
	if got := account(1, "Cedar").Draft(features.Tier{Key: "pro"}); got != want {
		t.Errorf("the draft is %+v", got)
	}
}

func TestCheckTargetingKey(t *testing.T) {
	t.Parallel()
	wantProblems(t, "a good key", features.CheckTargetingKey("crm_1"))
	wantProblems(t, "two lines", features.CheckTargetingKey("a\nb"), "targeting_key")
}

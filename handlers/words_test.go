package handlers

import (
	"net/http"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

// TestNoWordIsTakenFromKeys gives things the names of the console's own pages: each opens its own page, and so do these.
func TestNoWordIsTakenFromKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	opens := func(path, name string) {
		t.Helper()
		if got := text(admin.get(path).want(http.StatusOK).page().Find("h1")); got != name {
			t.Errorf("%s opens %q, want %q", path, got, name)
		}
	}
	create := func(_ int64, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, word := range []string{"new", "import", "bulk", "cells", "effect"} {
		create(s.db.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: word, Name: "Feature " + word}))
		create(s.db.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: word, Name: "Tier " + word}))
		create(s.db.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: "Account " + word, Slug: word}))
		opens("/admin/features/"+word, "Feature "+word)
		opens("/admin/tiers/"+word, "Tier "+word)
		opens("/admin/accounts/"+word, "Account "+word)
		for _, path := range []string{"/features/", "/tiers/", "/accounts/"} {
			admin.get("/api/v2/admin" + path + word).want(http.StatusOK)
		}
	}
	admin.post("/admin/components", map[string][]string{"key": {"import"}, "name": {"Component"}}).want(http.StatusSeeOther)
	opens("/admin/components/import", "Component")
	opens("/admin/features/-/new", "New feature")
	opens("/admin/accounts/-/import", "Import accounts")
}

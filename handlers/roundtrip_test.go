package handlers

import (
	"net/http"
	"strings"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

func TestExportedAccountsCanBeImportedElsewhere(t *testing.T) {
	t.Parallel()
	s, other := newSite(t), newSite(t)
	for _, a := range []features.AccountDraft{
		{Name: "=SUM(1)", ExternalID: "-5", ContactEmail: "+x@e.com"},
		{Name: "'=1", Slug: "quoted"},
		{Name: "École Été, \"la\" seule", PostalCode: "75001"},
		{Name: "＝1+1", Slug: "wide"},
	} {
		if _, err := s.db.CreateAccount(t.Context(), dbtest.Actor(), a); err != nil {
			t.Fatal(err)
		}
	}
	exported := s.as("viewer").get("/admin/accounts/export.csv?col=ai_agents").want(http.StatusOK).body
	var elsewhere strings.Builder // those that the other has not
	for i, line := range strings.SplitAfter(exported, "\n") {
		if i == 0 || !strings.Contains(line, "maple-garage") && !strings.Contains(line, "arizona-comedy") {
			elsewhere.WriteString(line)
		}
	}
	accounts := registry.ReadAccounts([]byte(elsewhere.String()))
	if _, err := other.db.ImportAccounts(t.Context(), dbtest.Actor(), accounts); err != nil {
		t.Fatal(err)
	}
	if again := other.as("viewer").get("/admin/accounts/export.csv?col=ai_agents").want(http.StatusOK).body; again != exported {
		t.Errorf("exported elsewhere it is\n%s\nnot\n%s", again, exported)
	}
	page := other.as("viewer").get("/admin/accounts?q=ecole").want(http.StatusOK).page()
	if !strings.Contains(page.Find("#list").Text(), "École Été") {
		t.Error("a search without accents does not find a name with them")
	}
}

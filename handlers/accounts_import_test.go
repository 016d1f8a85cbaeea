package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

// upload sends a file as the import page does.
func (b *browser) upload(text string, fields url.Values) *answer {
	b.t.Helper()
	return b.uploadTo("/admin/accounts/-/import", "accounts.csv", text, fields)
}

const threeAccounts = "name,slug,postal_code\nBlue Note,blue-note,60601\n\"Harbour, Stage <b>\",,\nVenue 3,venue-3,\n"

func TestImportShowsEachLineThenImportsAll(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	before := s.db.Live().Accounts().Len()
	page := admin.upload(threeAccounts, nil).want(http.StatusOK).page()
	if got := words(page.Find(".sentence b")); got != "3 accounts will be created." {
		t.Errorf("the preview says %q", got)
	}
	if got := words(page.Find("tbody tr").Eq(1)); got != "3 New account Harbour, Stage <b> harbour-stage-b" {
		t.Errorf("the second line reads %q", got)
	}
	if s.db.Live().Accounts().Len() != before {
		t.Fatal("the preview has written something")
	}
	apply := page.Find("form[action$=apply]")
	done := admin.post("/admin/accounts/-/import/apply", form(apply)).want(http.StatusSeeOther)
	if a := s.db.Live().Accounts().Find("harbour-stage-b"); a == nil || s.has("harbour-stage-b", "ai_agents") {
		t.Error("the accounts are not there, or do not inherit")
	}
	if n := s.db.Live().Accounts().Len(); n != before+3 {
		t.Errorf("%d accounts were created, want 3", n-before)
	}
	if got := done.Header.Get("Location"); got != "/admin/accounts?sort=change" {
		t.Errorf("leads to %q", got)
	}
	again := admin.post("/admin/accounts/-/import/apply", form(apply)).want(http.StatusUnprocessableEntity)
	if got := words(again.page().Find("#file-error")); !strings.HasPrefix(got, "This preview has been used") {
		t.Errorf("applied twice: %q", got)
	}
}

func TestImportRefusesTheFileForOneWrongLine(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	before := s.changes()
	for name, c := range map[string]struct{ text, first string }{
		"a malformed line":   {"name,slug\nBlue,blue\nBro\"ken,x\n", "3 character 4 :"},
		"an open quotation":  {"name,slug\n\"Blue,blue\n", "2 character"},
		"too few fields":     {"name,slug\nBlue\n", "2 The first line has 2 columns, but this line has 1."},
		"a slug twice":       {"name,slug\nBlue,blue\nBluer,blue\n", "3 slug : Line 2 also has blue."},
		"a slug taken":       {"name,slug\nBlue,maple-garage\n", "2 slug : maple-garage is taken by Maple Garage."},
		"an unknown tier":    {"name,tier\nBlue,gold\n", "2 tier : There is no tier"},
		"an unknown column":  {"name,colour\nBlue,blue\n", "1 colour : Unknown column."},
		"no names":           {"slug\nblue\n", "1 name : This column is missing."},
		"an empty file":      {"", "1 The file is empty."},
		"a wrong e-mail":     {"name,contact_email\nBlue,blue\n", "2 contact_email : Enter one e-mail address"},
		"not text":           {"name\n\xff\xfe\n", "2 name : The file is not valid UTF-8."},
		"markup in a column": {"<b>name</b>\nx\n", "1 <b>name</b> : Unknown column."},
	} {
		page := admin.upload(c.text, nil).want(http.StatusUnprocessableEntity).page()
		if got := words(page.Find("tbody tr").First()); !strings.HasPrefix(got, c.first) {
			t.Errorf("%s: the first line shown is %q, want %q", name, got, c.first)
		}
		if page.Find("form[action$=apply]").Length() != 0 || page.Find("#file").Length() != 1 {
			t.Errorf("%s: the file can be imported, or none be chosen again", name)
		}
	}
	admin.post("/admin/accounts/-/import", url.Values{}).want(http.StatusUnprocessableEntity).wantText("Choose a CSV file first.")
	if n := s.changes(); n != before {
		t.Errorf("%d changes were saved", n-before)
	}
}

func TestImportShowsTheWrongLinesOfALongFileFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var file strings.Builder
	file.WriteString("name,contact_email\n")
	for i := range 1000 {
		email := ""
		if i >= 700 {
			email = "nobody"
		}
		fmt.Fprintf(&file, "Venue %d,%s\n", i, email)
	}
	page := s.as("admin").upload(file.String(), nil).want(http.StatusUnprocessableEntity).page()
	if got := words(page.Find(".banner b")); got != "300 of 1,000 lines are wrong, so nothing can be imported yet." {
		t.Errorf("the preview says %q", got)
	}
	rows := page.Find("tbody tr")
	if rows.Length() != 400 || words(rows.First().Find("th")) != "702" || words(rows.Eq(200).Find("th")) != "2" {
		t.Errorf("%d lines are shown, from %s, then from %s", rows.Length(), words(rows.First().Find("th")), words(rows.Eq(200).Find("th")))
	}
	if got := words(page.Find(".count")); got != "400 of 1,000 lines, wrong ones first" {
		t.Errorf("shown: %q", got)
	}
}

func TestImportIsHeldAgainstWhatHappenedSince(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	apply := form(admin.upload(threeAccounts, nil).page().Find("form[action$=apply]"))
	if _, err := s.db.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: "Quick", Slug: "venue-3"}); err != nil {
		t.Fatal(err)
	}
	page := admin.post("/admin/accounts/-/import/apply", apply).want(http.StatusUnprocessableEntity).page()
	if got := words(page.Find("tbody tr").First()); !strings.HasPrefix(got, "4 slug : venue-3 is taken by Quick.") {
		t.Errorf("the first line shown is %q", got)
	}
	if s.db.Live().Accounts().Find("blue-note") != nil {
		t.Error("a part of the file was imported")
	}
}

func TestImportIsForAdminsAndForWhoSentTheFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin, other := s.as("admin"), s.as("admin")
	for _, path := range []string{"", "/sample.csv"} {
		s.as("editor").get("/admin/accounts/-/import" + path).want(http.StatusForbidden)
	}
	s.as("editor").upload(threeAccounts, nil).want(http.StatusForbidden)
	apply := form(admin.upload(threeAccounts, nil).page().Find("form[action$=apply]"))
	s.as("editor").post("/admin/accounts/-/import/apply", apply).want(http.StatusForbidden)
	other.post("/admin/accounts/-/import/apply", apply).want(http.StatusUnprocessableEntity)
	if s.db.Live().Accounts().Find("blue-note") != nil {
		t.Error("another session has imported the file")
	}
	admin.post("/admin/accounts/-/import/apply", apply).want(http.StatusSeeOther)
}

func TestImportFormCarriesItsTokenItself(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	token := form(admin.get("/admin/accounts/-/import").want(http.StatusOK).page().Find("main form")).Get("csrf_token")
	admin.csrf = ""
	admin.upload(threeAccounts, url.Values{"csrf_token": {token}}).want(http.StatusOK)
	admin.upload(threeAccounts, url.Values{"csrf_token": {"forged"}}).want(http.StatusForbidden)
}

func TestImportSampleCanBeImported(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.db.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "pro", Name: "Pro"}); err != nil {
		t.Fatal(err)
	}
	admin := s.as("admin")
	sample := admin.get("/admin/accounts/-/import/sample.csv").want(http.StatusOK).wantText(",pro,active\n")
	if got := sample.Header.Get("Content-Disposition"); got != `attachment; filename="accounts.csv"` {
		t.Errorf("Content-Disposition is %q", got)
	}
	admin.upload(sample.body, nil).want(http.StatusOK).wantText("2 accounts will be created.")
	s.as("admin").get("/admin/accounts/-/import").wantText("one of pro, or empty.")
}

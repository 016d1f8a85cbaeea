package handlers

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// readCSV gives the lines of an export by column.
func readCSV(t *testing.T, text string) (lines []map[string]string) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		line := make(map[string]string)
		for i, column := range records[0] {
			line[column] = record[i]
		}
		lines = append(lines, line)
	}
	return lines
}

func TestExportKeepsSpreadsheetsFromRunningCells(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i, start := range []string{"=", "+", "-", "@"} {
		s.account(start + "SUM(" + itoa(int64(i)) + ")")
	}
	answer := s.as("viewer").get("/admin/audit/export.csv?action=account.create").want(http.StatusOK)
	if got := answer.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="flagstone-audit-`) || !strings.HasSuffix(got, `.csv"`) {
		t.Errorf("it is sent as %q", got)
	}
	names := ""
	for _, line := range readCSV(t, answer.body) {
		names += line["name"] + " "
		for column, cell := range line {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("%s begins with %q", column, cell[:1])
			}
		}
	}
	if want := "'@SUM(3) '-SUM(2) '+SUM(1) '=SUM(0) Maple Garage Arizona Comedy "; names != want {
		t.Errorf("the names are %q, want %q", names, want)
	}
}

func TestExportSaysWhatWasAndWhatIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	expires := time.Date(2126, 12, 3, 9, 14, 0, 0, time.UTC)
	account, err := s.db.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: "Blue Ridge", ExternalID: "crm-7"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.db.SetOverride(t.Context(), dbtest.Actor(), db.OverrideChange{
		Account: account, Feature: "ai_agents", Value: features.Value{Enabled: true}, ChangeOptions: db.ChangeOptions{Reason: "beta, \"closed\""}, ExpiresAt: expires,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.switchOn("maple-garage", "ai_agents", true)
	viewer := s.as("viewer")

	lines := readCSV(t, viewer.get("/admin/audit/export.csv?feature=ai_agents&account=crm-7").want(http.StatusOK).body)
	if len(lines) != 1 {
		t.Fatalf("%d lines, want the one that the filter leaves", len(lines))
	}
	line := lines[0]
	if line["account"] != "crm-7" || line["name"] != "Blue Ridge" || line["feature"] != "ai_agents" || line["change"] != "create" || line["by"] != "tester" {
		t.Errorf("the line is %v", line)
	}
	if want := `enabled: true; reason: beta, "closed"; expires_at: 2126-12-03T09:14:00Z; set_by: tester; set_at: `; !strings.HasPrefix(line["after"], want) || line["before"] != "" {
		t.Errorf("before %q, after %q", line["before"], line["after"])
	}

	var changes []struct{ Before, After map[string]any }
	decode(t, viewer.get("/admin/audit/export.json?feature=ai_agents&account=crm-7").want(http.StatusOK).body, &changes)
	if len(changes) != 1 || changes[0].Before != nil || changes[0].After["expires_at"] != "2126-12-03T09:14:00Z" || changes[0].After["enabled"] != true {
		t.Errorf("exported %+v", changes)
	}
}

func TestExportOfTheWholeLog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.bulkOn("ai_agents")
	viewer := s.as("viewer")
	var changes []json.RawMessage
	body := viewer.get("/admin/audit/export.json").want(http.StatusOK).body
	if err := json.Unmarshal([]byte(body), &changes); err != nil {
		t.Fatal(err)
	}
	lines := readCSV(t, viewer.get("/admin/audit/export.csv").want(http.StatusOK).body)
	// Three features, two accounts, the same two by the bulk action, and the viewer.
	if len(changes) != 8 || len(lines) != 8 {
		t.Errorf("%d changes and %d lines, want 8", len(changes), len(lines))
	}
	var none []json.RawMessage
	decode(t, viewer.get("/admin/audit/export.json?person=Nobody").want(http.StatusOK).body, &none)
	if none == nil || len(none) != 0 {
		t.Errorf("nothing is exported as %v", none)
	}
}

func TestExportRefusesAnUnclearAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("Maple Bakery")
	viewer := s.as("viewer")
	viewer.get("/admin/audit/export.csv?account=maple").want(http.StatusUnprocessableEntity).wantText("Several accounts fit")
	viewer.get("/admin/audit/export.json?account=nobody").want(http.StatusUnprocessableEntity).wantText("No account has the name")
	s.as("owner").get("/admin/audit/export.csv").want(http.StatusForbidden)
	s.as("").get("/admin/audit/export.csv").want(http.StatusSeeOther)
}

func TestExportBreaksOffWhenItFails(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	viewer := s.as("viewer")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/admin/audit/export.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(viewer.cookie)
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		t.Errorf("a log that cannot be read is answered with %d", response.StatusCode)
		_ = response.Body.Close()
	}
}

// leavingReader takes the first bytes of an answer and leaves.
type leavingReader struct {
	*httptest.ResponseRecorder
	leave context.CancelFunc
}

func (r leavingReader) Write(text []byte) (int, error) {
	r.leave()
	return r.ResponseRecorder.Write(text)
}

// TestExportStreams has a reader leave at the first bytes: the rest must not have been made by then.
func TestExportStreams(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	drafts := make([]features.AccountDraft, 5000)
	for i := range drafts {
		drafts[i] = features.AccountDraft{Name: "Shop " + itoa(int64(i))}
	}
	if _, err := s.db.ImportAccounts(t.Context(), dbtest.Actor(), registry.ImportOf(drafts)); err != nil {
		t.Fatal(err)
	}
	viewer := s.as("viewer")
	for _, format := range []string{"csv", "json"} {
		path := "/admin/audit/export." + format
		whole := len(viewer.get(path).want(http.StatusOK).body)
		ctx, leave := context.WithCancel(t.Context())
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		request.AddCookie(viewer.cookie)
		reader := leavingReader{httptest.NewRecorder(), leave}
		func() {
			defer func() {
				if broke, _ := recover().(error); !errors.Is(broke, http.ErrAbortHandler) {
					t.Errorf("%s: the export ends with %v, as if nobody had left", format, broke)
				}
			}()
			s.server.ServeHTTP(reader, request)
		}()
		if sent := reader.Body.Len(); sent == 0 || sent > whole/4 {
			t.Errorf("%s: %d of %d bytes had been made when the reader left", format, sent, whole)
		}
	}
}

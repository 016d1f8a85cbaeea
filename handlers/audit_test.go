package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// summaries are what the log lists, newest first.
func summaries(page *goquery.Document) []string {
	return page.Find("details.change summary p").Map(func(_ int, p *goquery.Selection) string { return text(p) })
}

func TestAuditLogListsWhoDidWhatAndWhy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.as("editor").post("/admin/features/ai_agents/enabled", url.Values{"enabled": {"false"}, "reason": {"wrong answers"}}).want(http.StatusSeeOther)
	page := s.as("viewer").get("/admin/audit").want(http.StatusOK).page()
	list := summaries(page)
	// Viewer is made when it is first asked for.
	if list[0] != "tester created user Viewer" || list[1] != "Editor switched off everywhere: AI Agents · wrong answers" {
		t.Errorf("the log begins with %q", list[:2])
	}
	if title := text(page.Find("h2.day").First()); !strings.HasPrefix(title, "Today, ") {
		t.Errorf("the first day is %q", title)
	}
	if got, want := text(page.Find("#count")), strconv.Itoa(len(list))+" changes"; got != want {
		t.Errorf("the count is %q, want %q", got, want)
	}
}

func TestAuditLogFilters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	s.switchOn("maple-garage", "knowledge_base", true)
	s.as("editor").post("/admin/features/ai_agents/enabled", url.Values{"enabled": {"false"}}).want(http.StatusSeeOther)
	viewer := s.as("viewer")
	today, tomorrow := time.Now().UTC().Format(time.DateOnly), time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	comedy, garage, kill := "switched AI Agents on for Arizona Comedy", "switched Knowledge Base on for Maple Garage", "switched off everywhere: AI Agents"
	for query, want := range map[string][]string{
		"feature=ai_agents":                          {kill, comedy, "created feature AI Agents"},
		"feature=ai_agents&account=arizona-comedy":   {comedy},
		"account=maple-garage":                       {garage, "created account Maple Garage"},
		"account=arizona+comedy&action=override.set": {comedy},
		"account=maple&action=override.set":          {garage},
		"person=Editor":                              {kill},
		"action=override.set":                        {garage, comedy},
		"action=override.set&from=" + today:          {garage, comedy},
		"action=override.set&to=" + today:            {garage, comedy},
		"action=override.set&from=" + tomorrow:       {},
		"action=override.set&to=2020-01-01":          {},
	} {
		page := viewer.get("/admin/audit?" + query).want(http.StatusOK).page()
		list := summaries(page)
		if len(list) != len(want) {
			t.Errorf("%s lists %q, want %q", query, list, want)
			continue
		}
		for i := range want {
			if !strings.HasSuffix(list[i], want[i]) {
				t.Errorf("%s lists %q, want %q", query, list, want)
			}
		}
		if got := text(page.Find("#count")); !strings.HasPrefix(got, strconv.Itoa(len(want))+" change") {
			t.Errorf("%s counts %q", query, got)
		}
		for _, format := range []string{"csv", "json"} {
			href, _ := page.Find(`#exports a[href*="` + format + `"]`).Attr("href")
			if exported, err := url.Parse(href); err != nil || exported.Query().Encode() != mustQuery(t, query) {
				t.Errorf("%s exports %s", query, href)
			}
		}
	}
}

func mustQuery(t *testing.T, text string) string {
	t.Helper()
	values, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	return values.Encode()
}

func TestAuditLogAsksWhichAccountIsMeant(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("Maple Bakery")
	viewer := s.as("viewer")
	page := viewer.get("/admin/audit?account=maple&action=account.create").want(http.StatusOK).page()
	links := page.Find("#list .empty a").Map(func(_ int, a *goquery.Selection) string { href, _ := a.Attr("href"); return href })
	if got := strings.Join(links, " "); got != "/admin/audit?account=maple-bakery&action=account.create /admin/audit?account=maple-garage&action=account.create" {
		t.Errorf("offers %q", got)
	}
	viewer.get("/admin/audit?account=nobody").want(http.StatusOK).wantText("No account has the name")
	viewer.get("/admin/audit?from=2026-02-01&to=2026-01-01").want(http.StatusOK).wantText("The first day is after the last.")
	viewer.get("/admin/audit?person=Nobody").want(http.StatusOK).wantText("No change matches")
	viewer.get("/admin/audit?feature=teleport").want(http.StatusOK).wantText("No change matches")
}

func TestAuditLogRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	viewer := newSite(t).as("viewer")
	for query, status := range map[string]int{
		"from=yesterday": http.StatusUnprocessableEntity,
		"to=2026-13-01":  http.StatusUnprocessableEntity, "before=x": http.StatusNotFound, "before=-1": http.StatusNotFound,
	} {
		viewer.get("/admin/audit?" + query).want(status)
		viewer.get("/admin/audit/export.csv?" + query).want(status)
	}
	viewer.get("/admin/audit/0").want(http.StatusNotFound)
	viewer.get("/admin/audit/999").want(http.StatusNotFound)
	viewer.get("/admin/audit/1?after=x").want(http.StatusNotFound)
}

func TestAuditLogPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range web.AuditPage {
		s.switchOn("arizona-comedy", "ai_agents", i%2 == 0)
	}
	viewer := s.as("viewer")
	first := viewer.get("/admin/audit?action=override.set").want(http.StatusOK).page()
	if n := len(summaries(first)); n != web.AuditPage || first.Find("#older").Length() != 0 {
		t.Fatalf("%d changes on the page, %d pages after it", n, first.Find("#older").Length())
	}
	whole := viewer.get("/admin/audit").want(http.StatusOK).page()
	older, _ := whole.Find("#older").Attr("href")
	rest := viewer.get(older).want(http.StatusOK).page()
	seen := append(summaries(whole), summaries(rest)...)
	if got := text(rest.Find("#count")); got != strconv.Itoa(len(seen))+" changes" {
		t.Errorf("the pages list %d, the count is %q", len(seen), got)
	}
	if newest, _ := rest.Find("#newest").Attr("href"); newest != "/admin/audit" || rest.Find("#older").Length() != 0 {
		t.Errorf("the last page leads to %q and further", newest)
	}
}

// TestAuditLogOldestFirst: the other way round the log holds the same, on every page, within a filter and in the export.
func TestAuditLogOldestFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range web.AuditPage {
		s.switchOn("arizona-comedy", "ai_agents", i%2 == 0)
	}
	viewer := s.as("viewer")
	follow := func(doc *goquery.Document, id string) *goquery.Document {
		t.Helper()
		to, _ := doc.Find(id).Attr("href")
		return viewer.get(to).want(http.StatusOK).page()
	}
	ids := func(pages ...*goquery.Document) (all []string) {
		for _, page := range pages {
			all = append(all, page.Find("details.change").Map(func(_ int, change *goquery.Selection) string { return change.AttrOr("id", "") })...)
		}
		return all
	}
	for _, path := range []string{"/admin/audit", "/admin/audit?account=arizona-comedy", "/admin/audit?feature=ai_agents"} {
		newest := viewer.get(path).want(http.StatusOK).page()
		want := ids(newest, follow(newest, "#older"))
		slices.Reverse(want)
		oldest := follow(newest, "#order")
		newer := follow(oldest, "#newer")
		if got := ids(oldest, newer); len(want) <= web.AuditPage || !slices.Equal(got, want) {
			t.Errorf("%s: the other way round it lists %v, want %v", path, got, want)
		}
		if got := ids(follow(newer, "#oldest")); !slices.Equal(got, want[:web.AuditPage]) {
			t.Errorf("%s: the first page is %v", path, got)
		}
		if got := ids(follow(newer, "#order")); !slices.Equal(got, ids(newest)) {
			t.Errorf("%s: back again it lists %v", path, got)
		}
		if got, _ := oldest.Find("input[name=sort]").Attr("value"); got != "at" {
			t.Errorf("%s: a filter sorts by %q", path, got)
		}
		csv, _ := oldest.Find("#exports a").First().Attr("href")
		lines := strings.Split(strings.TrimSpace(viewer.get(csv).want(http.StatusOK).body), "\n")[1:]
		number := func(line string) int {
			n, _ := strconv.Atoi(line[:strings.Index(line, ",")])
			return n
		}
		if !slices.IsSortedFunc(lines, func(a, b string) int { return number(a) - number(b) }) || number(lines[0]) >= number(lines[len(lines)-1]) {
			t.Errorf("%s: the export is not sorted", path)
		}
	}
	viewer.get("/admin/audit?sort=name").want(http.StatusUnprocessableEntity)
}

func TestChangeShowsFieldByField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	version, err := s.db.FeatureVersion(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	editor.with("User-Agent", "Mosaic/1.0").post("/admin/features/ai_agents", url.Values{
		"name": {"AI Agents"}, "category": {"assistants"}, "default": {"true"}, "display_order": {"2"}, "version": {itoa(version)},
	}).want(http.StatusSeeOther)
	for _, visitor := range []*browser{s.as("viewer"), s.as("viewer").viaHtmx()} {
		page := visitor.get(change(s.newestBy("Editor"), "")).want(http.StatusOK).page()
		fields := page.Find(".diff tbody tr:not(.thing)").Map(func(_ int, tr *goquery.Selection) string {
			return strings.Join(tr.Children().Map(func(_ int, cell *goquery.Selection) string { return text(cell) }), " ")
		})
		if got := strings.Join(fields, "; "); got != "Default Off On; Category portal assistants" {
			t.Errorf("the change shows %q", got)
		}
		if got := text(page.Find(".meta")); !strings.Contains(got, "127.0.0.1") || !strings.Contains(got, "Mosaic/1.0") || !strings.Contains(got, "Feature edited") {
			t.Errorf("beside it stands %q", got)
		}
	}
}

// newestBy is the newest change set of somebody.
func (s *site) newestBy(name string) int64 {
	s.t.Helper()
	page := s.as("viewer").get("/admin/audit?person=" + name).want(http.StatusOK).page()
	href, _ := page.Find("details.change").First().Attr("hx-get")
	id, err := strconv.ParseInt(strings.TrimPrefix(href, "/admin/audit/"), 10, 64)
	if err != nil {
		s.t.Fatalf("%s changed nothing", name)
	}
	return id
}

func TestChangeOfManyIsShownPageByPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range web.AuditRows {
		s.account("Shop " + strconv.Itoa(i))
	}
	set := s.bulkOn("ai_agents")
	viewer := s.as("viewer").viaHtmx()
	first := viewer.get(change(set, "")).want(http.StatusOK).page()
	if n := first.Find(".thing").Length(); n != web.AuditRows {
		t.Errorf("%d things at first, want %d", n, web.AuditRows)
	}
	more, _ := first.Find("tbody:last-child a[hx-get]").Attr("hx-get")
	rest := viewer.get(more).want(http.StatusOK)
	if n := strings.Count(rest.body, `class="thing"`); n != 2 || strings.Contains(rest.body, "Show more") || strings.Contains(rest.body, "<dl") {
		t.Errorf("then %d things in %s", n, rest.body)
	}
	if got := text(first.Find(".thing").First()); got != "AI Agents for Arizona Comedy added What it had then" {
		t.Errorf("the first is %q", got)
	}
}

// TestChangeOfManyFromAFilteredLog opens a change of many where the filter looks.
func TestChangeOfManyFromAFilteredLog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range web.AuditRows {
		s.account("Shop " + strconv.Itoa(i))
	}
	last := s.account("Zebra Crossing")
	set := s.bulkOn("ai_agents")
	viewer := s.as("viewer")
	page := viewer.get("/admin/audit?account=zebra&feature=ai_agents").want(http.StatusOK).page()
	href, _ := page.Find("details.change").First().Attr("hx-get")
	if want := change(set, "?account="+last.Slug+"&feature=ai_agents"); href != want {
		t.Fatalf("the change opens at %s, want %s", href, want)
	}
	detail := viewer.viaHtmx().get(href).want(http.StatusOK).page()
	if got := text(detail.Find(".thing")); got != "AI Agents for Zebra Crossing added What it had then" {
		t.Errorf("it begins with %q", got)
	}
	rest := detail.Find(".diff tbody").Last()
	if all, _ := rest.Find("a").Attr("href"); all != change(set, "") || !strings.HasPrefix(text(rest), "and "+strconv.Itoa(web.AuditRows+2)+" other things.") {
		t.Errorf("it ends with %q, which leads to %s", text(rest), all)
	}
	more, _ := viewer.viaHtmx().get(change(set, "?feature=ai_agents")).page().Find("a[hx-get]").Attr("hx-get")
	if !strings.HasPrefix(more, change(set, "?after=")) || !strings.HasSuffix(more, "&feature=ai_agents") {
		t.Errorf("more is at %s", more)
	}
	viewer.get(change(set, "?account=nobody")).want(http.StatusNotFound)
}

// TestAuditLogOfWhatIsGone filters by an account and a feature whose making has been undone.
func TestAuditLogOfWhatIsGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	s.account("Late Arrival")
	editor.post(change(s.newest(), "/undo"), nil).want(http.StatusSeeOther)
	account := s.newest()
	if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: "lost", Name: "Lost", Category: "c"}); err != nil {
		t.Fatal(err)
	}
	editor.post(change(s.newest(), "/undo"), nil).want(http.StatusSeeOther)
	for _, query := range []string{"account=late-arrival", "account=late+arrival", "feature=lost"} {
		page := editor.get("/admin/audit?" + query).want(http.StatusOK).page()
		if list := summaries(page); len(list) != 2 || !strings.HasPrefix(list[0], "Editor undid") {
			t.Errorf("%s lists %q", query, list)
		}
		opened, _ := page.Find("details.change").First().Attr("hx-get")
		if detail := editor.viaHtmx().get(opened).want(http.StatusOK).page(); detail.Find(".thing").Length() != 1 || detail.Find(".thing a").Length() != 0 {
			t.Errorf("%s shows nothing of what is gone, or leads to it", opened)
		}
	}
	editor.get("/admin/audit?feature=knowledge_base").want(http.StatusOK).wantText("lost (deleted)")
	editor.post(change(account, "/undo"), nil).want(http.StatusSeeOther)
	if s.db.Live().Accounts().Find("late-arrival") == nil {
		t.Error("the account did not come back")
	}
}

func TestAuditLogEscapesWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account(`<script>alert("x")</script>`)
	viewer := s.as("viewer")
	for _, path := range []string{"/admin/audit", "/admin/audit?account=%3Cscript%3E", change(s.newest(), ""), "/admin"} {
		page := viewer.get(path).want(http.StatusOK).page()
		if n := page.Find("main script").Length(); n != 0 {
			t.Errorf("%s runs what somebody wrote", path)
		}
	}
}

func TestChangesOfValuesAndLinksAreReadable(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	editor := s.as("editor")
	fields := func() string {
		page := editor.get(change(s.newestBy("Editor"), "")).want(http.StatusOK).page()
		return strings.Join(page.Find(".diff tbody tr:not(.thing)").Map(func(_ int, tr *goquery.Selection) string {
			return strings.Join(tr.Children().Map(func(_ int, cell *goquery.Selection) string { return text(cell) }), " ")
		}), "; ")
	}
	values := formOf(editor.get("/admin/features/limits.max_flows/edit").page().Find("#feature-form"))
	for field, value := range map[string]string{
		"default_integer": "20", "min": "1", "max": "100", "depends_on": "knowledge_base", "conflicts_with": "ai_agents", "deprecated": "",
		"deprecation_message": "", "metadata": `{"team": "flows"}`,
	} {
		values.Set(field, value)
	}
	editor.post("/admin/features/limits.max_flows", values).want(http.StatusSeeOther)
	if got := fields(); got != "Default value 10 20; Limits of its values, Largest none 100; Limits of its values, Smallest 0 1; "+
		"Needs ai_agents knowledge_base; Conflicts with none ai_agents; Deprecated Yes No; What to do instead Use quotas none; Metadata, Team none flows" {
		t.Errorf("the change of the feature shows %q", got)
	}
	s.switchOn("arizona-comedy", "knowledge_base", true)
	row := editor.flowsRow().Find(".value-form")
	set := form(row)
	set.Set("value", "50")
	editor.post(flows, set).want(http.StatusSeeOther)
	if got := fields(); got != "State none On; Value none 50" {
		t.Errorf("the change of the override shows %q", got)
	}
}

// Metadata may have members of any name; the log shows them all.
func TestChangeOfOddMetadataIsShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	viewer := s.as("viewer")
	s.create(features.FeatureDraft{Key: "odd", Name: "Odd", Metadata: `{"":1,"été":{"":2}}`})
	viewer.get(change(s.newest(), "")).want(http.StatusOK).wantText("Metadata, Été")
}

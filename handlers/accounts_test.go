package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// newList is a site with four accounts that differ in everything the list filters and sorts by:
//
//	Arizona Comedy  pro         Knowledge Base on by override
//	Boise Ballet    enterprise  Knowledge Base off by override
//	Cedar Auto      no tier     suspended, AI Agents on by override
//	Maple Garage    basic       nothing
func newList(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	for i, name := range []string{"Basic", "Pro", "Enterprise"} {
		tier := features.Tier{Key: strings.ToLower(name), Name: name, Position: i + 1}
		if _, err := s.db.CreateTier(t.Context(), dbtest.Actor(), tier); err != nil {
			t.Fatal(err)
		}
	}
	s.account("Cedar Auto")
	s.account("Boise Ballet")
	s.inTier("maple-garage", "basic")
	s.inTier("arizona-comedy", "pro")
	s.inTier("boise-ballet", "enterprise")
	s.switchOn("arizona-comedy", "knowledge_base", true)
	s.switchOn("boise-ballet", "knowledge_base", false)
	s.switchOn("cedar-auto", "ai_agents", true)
	s.suspend("cedar-auto")
	return s
}

func (s *site) inTier(account, tier string) {
	s.t.Helper()
	a := s.db.Live().Accounts().Find(account)
	version, err := s.db.AccountVersion(s.t.Context(), a.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	draft := features.AccountDraft{Name: a.Name, Slug: a.Slug, Tier: tier}
	if _, err := s.db.UpdateAccount(s.t.Context(), dbtest.Actor(), a.ID, draft, version); err != nil {
		s.t.Fatal(err)
	}
}

// many adds accounts named "Stage 001" and so on.
func (s *site) many(n int) {
	s.t.Helper()
	var list registry.AccountImport
	for i := range n {
		draft := features.AccountDraft{Name: fmt.Sprintf("Stage %03d", i+1)}
		list.Lines = append(list.Lines, registry.ImportLine{Number: i + 2, Draft: draft.Normalize()})
	}
	if _, err := s.db.ImportAccounts(s.t.Context(), dbtest.Actor(), list); err != nil {
		s.t.Fatal(err)
	}
}

// listed is the names of the accounts in a list, without their initials.
func listed(page *goquery.Document) (names []string) {
	page.Find("tbody th .name").Each(func(_ int, name *goquery.Selection) {
		bare := name.Clone()
		bare.Find(".avatar, .badge").Remove()
		names = append(names, text(bare))
	})
	return names
}

// cellIn finds the cell of an account and a feature by their names.
func cellIn(page *goquery.Document, feature, account string) *goquery.Selection {
	return page.Find(".feature-cell").FilterFunction(func(_ int, cell *goquery.Selection) bool {
		return cell.Find("[role=switch]").AttrOr("aria-label", "") == feature+" for "+account
	})
}

func TestListShowsAccountsWithTheirFeatures(t *testing.T) {
	t.Parallel()
	s := newList(t)
	page := s.as("editor").get("/admin/accounts").want(http.StatusOK).page()
	if got := strings.Join(listed(page), ", "); got != "Arizona Comedy, Boise Ballet, Cedar Auto, Maple Garage" {
		t.Errorf("the list has %s", got)
	}
	for name, want := range map[string]string{
		"#count":         "4",
		".pager span":    "1–4 of 4",
		"tbody tr .tier": "Pro Enterprise Basic",
		"thead":          "Account Tier Knowledge Base AI Agents Additional Services Last change Actions",
		".name .badge":   "Suspended",
	} {
		if got := words(page.Find(name)); got != want {
			t.Errorf("%s says %q, want %q", name, got, want)
		}
	}
	if got := text(page.Find("#change-" + itoa(s.db.Live().Accounts().Find("boise-ballet").ID))); !strings.HasSuffix(got, "· tester") {
		t.Errorf("the last change of Boise Ballet is %q", got)
	}
}

func TestCellsSayWhatIsInEffectAndWhy(t *testing.T) {
	t.Parallel()
	s := newList(t)
	s.switchOn("maple-garage", "additional_services", true)
	s.kill("additional_services")
	page := s.as("viewer").get("/admin/accounts").want(http.StatusOK).page()
	for _, cell := range []struct{ feature, account, want string }{
		{"Knowledge Base", "Arizona Comedy", "On override"},
		{"Knowledge Base", "Boise Ballet", "Off override"},
		{"Knowledge Base", "Maple Garage", "Off default"},
		{"Knowledge Base", "Cedar Auto", "Off suspended"},
		{"AI Agents", "Cedar Auto", "Off override on, but the account is suspended"},
		{"Additional Services", "Maple Garage", "Off override on, but the kill switch is off"},
		{"Additional Services", "Arizona Comedy", "Off kill switch"},
	} {
		if got := words(cellIn(page, cell.feature, cell.account)); got != cell.want {
			t.Errorf("%s for %s says %q, want %q", cell.feature, cell.account, got, cell.want)
		}
	}
}

func TestViewerSeesTheListAndCanChangeNothing(t *testing.T) {
	t.Parallel()
	s := newList(t)
	page := s.as("viewer").get("/admin/accounts").want(http.StatusOK).page()
	if n := page.Find("[role=switch]:not([disabled])").Length(); n != 0 {
		t.Errorf("%d switches can be moved", n)
	}
	for _, selector := range []string{"#bulk", ".check[name=id]", `a[href="/admin/accounts/-/new"]`, `a[href="/admin/accounts/-/import"]`, `a[href$="/edit"]`} {
		if page.Find("main "+selector).Length() != 0 {
			t.Errorf("a viewer is shown %s", selector)
		}
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	for query, want := range map[string]string{
		"q=comedy":                                      "Arizona Comedy",
		"q=GARAGE+maple":                                "Maple Garage",
		"f.knowledge_base=on":                           "Arizona Comedy",
		"f.knowledge_base=off":                          "Boise Ballet, Cedar Auto, Maple Garage",
		"f.knowledge_base=overridden":                   "Arizona Comedy, Boise Ballet",
		"f.knowledge_base=inherited":                    "Cedar Auto, Maple Garage",
		"f.knowledge_base=off&f.ai_agents=overridden":   "Cedar Auto",
		"tier=pro":                                      "Arizona Comedy",
		"tier=pro&tier=enterprise":                      "Arizona Comedy, Boise Ballet",
		"tier=none":                                     "Cedar Auto",
		"status=suspended":                              "Cedar Auto",
		"status=active&tier=none":                       "",
		"q=&f.knowledge_base=&tier=&status=&sort=&page": "Arizona Comedy, Boise Ballet, Cedar Auto, Maple Garage",
		"sort=-name":                                    "Maple Garage, Cedar Auto, Boise Ballet, Arizona Comedy",
		"sort=tier":                                     "Cedar Auto, Maple Garage, Arizona Comedy, Boise Ballet",
		"sort=-tier":                                    "Boise Ballet, Arizona Comedy, Maple Garage, Cedar Auto",
		"sort=change":                                   "Cedar Auto, Boise Ballet, Arizona Comedy, Maple Garage",
		"sort=-change":                                  "Maple Garage, Arizona Comedy, Boise Ballet, Cedar Auto",
	} {
		page := editor.get("/admin/accounts?" + query).want(http.StatusOK).page()
		if got := strings.Join(listed(page), ", "); got != want {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
}

func TestListSaysWhichFiltersAreInForce(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	address := "/admin/accounts?f.knowledge_base=off&q=a&sort=tier&status=active&tier=none&tier=basic"
	page := editor.get(address).want(http.StatusOK).page()
	if got := words(page.Find("#chips .chip")); got != "Knowledge Base is off Tier is none or Basic Status is active" {
		t.Errorf("the chips say %q", got)
	}
	if got := text(page.Find("#count")); got != "1 of 4" {
		t.Errorf("the count is %q", got)
	}
	fields := form(page.Find("#filters"))
	fields.Set("sort", page.Find("#list input[name=sort]").AttrOr("value", ""))
	fields.Del("size")
	fields.Del("col")
	for name, values := range fields {
		if values[0] == "" {
			fields.Del(name)
		}
	}
	if got := "/admin/accounts?" + fields.Encode(); got != "/admin/accounts?f.knowledge_base=off&q=a&sort=tier&status=active&tier=basic&tier=none" {
		t.Errorf("the form asks for %s", got)
	}
	for _, link := range page.Find("#chips a").EachIter() {
		href := link.AttrOr("href", "")
		if href == address || !strings.Contains(href, "sort=tier") {
			t.Errorf("a chip leads to %s", href)
		}
		editor.get(href).want(http.StatusOK)
	}
	if got := page.Find("#chips > a").AttrOr("href", ""); got != "/admin/accounts?sort=tier" {
		t.Errorf("Clear leads to %s", got)
	}
}

func TestListTurnsPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.many(60)
	editor := s.as("editor")
	page := editor.get("/admin/accounts?q=stage&page=2").want(http.StatusOK).page()
	if names := listed(page); len(names) != 25 || names[0] != "Stage 026" {
		t.Errorf("page 2 has %q", names)
	}
	for selector, want := range map[string]string{
		"#previous-page": "/admin/accounts?q=stage",
		"#next-page":     "/admin/accounts?page=3&q=stage",
		"#sort-name":     "/admin/accounts?q=stage&sort=-name",
		"#sort-tier":     "/admin/accounts?q=stage&sort=tier",
	} {
		if got := page.Find(selector).AttrOr("href", ""); got != want {
			t.Errorf("%s leads to %q, want %q", selector, got, want)
		}
	}
	table := page.Find("table[data-selection=accounts]")
	if table.AttrOr("data-filter", "") != "q=stage" || table.AttrOr("data-total", "") != "60" {
		t.Errorf("the selection is of %v", table.Nodes[0].Attr)
	}
	if last := editor.get("/admin/accounts?q=stage&page=3").want(http.StatusOK).page(); last.Find("#next-page").Is("a") {
		t.Error("the last page has a next one")
	}
	if names := listed(editor.get("/admin/accounts?size=100").want(http.StatusOK).page()); len(names) != 62 {
		t.Errorf("a page of 100 has %d of 62", len(names))
	}
}

func TestListShowsTheChosenColumns(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	page := editor.get("/admin/accounts?col=additional_services&col=ai_agents&size=50").want(http.StatusOK).page()
	if got := words(page.Find("thead")); got != "Account Tier AI Agents Additional Services Last change Actions" {
		t.Errorf("the columns are %q", got)
	}
	var chosen []string
	page.Find("#columns input[checked]").Each(func(_ int, box *goquery.Selection) {
		chosen = append(chosen, box.AttrOr("value", ""))
	})
	if got := strings.Join(chosen, " "); got != "ai_agents additional_services 50" {
		t.Errorf("the menu has chosen %q", got)
	}
	if got := page.Find("#sort-tier").AttrOr("href", ""); got != "/admin/accounts?col=additional_services&col=ai_agents&size=50&sort=tier" {
		t.Errorf("sorting forgets the columns: %s", got)
	}
}

// What the address names and is not there gets a clear answer, with a way on that works.
func TestListRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	for query, want := range map[string]struct {
		status  int
		message string
	}{
		"page=2":                     {http.StatusNotFound, "There is no such page: the list has one page."},
		"page=0":                     {http.StatusNotFound, "There is no such page: the list has one page."},
		"page=-1&q=comedy":           {http.StatusNotFound, "There is no such page: the list has one page."},
		"page=two":                   {http.StatusUnprocessableEntity, "Use a page number, such as 1."},
		"page=99999999999999999":     {http.StatusNotFound, "There is no such page"},
		"page=999999999999999999999": {http.StatusUnprocessableEntity, "Use a page number, such as 1."},
		"size=30":                    {http.StatusUnprocessableEntity, "Choose 25, 50 or 100 accounts a page."},
		"size=x":                     {http.StatusUnprocessableEntity, "Choose 25, 50 or 100 accounts a page."},
		"sort=size":                  {http.StatusUnprocessableEntity, "Sort by name, tier or change."},
		"status=gone":                {http.StatusUnprocessableEntity, "Choose active or suspended."},
		"tier=gold":                  {http.StatusNotFound, `There is no tier with the key "gold".`},
		"col=nope":                   {http.StatusNotFound, `There is no feature with the key "nope".`},
		"f.nope=on":                  {http.StatusNotFound, `There is no feature with the key "nope".`},
		"f.knowledge_base=maybe":     {http.StatusUnprocessableEntity, "Choose on, off, some, overridden or inherited."},
		"f.knowledge_base=<b>&q=":    {http.StatusUnprocessableEntity, "Choose on, off, some, overridden or inherited."},
	} {
		page := editor.get("/admin/accounts?" + query).want(want.status).page()
		if got := text(page.Find(".error-page")); !strings.Contains(got, want.message) {
			t.Errorf("%s answers %q, want %q", query, got, want.message)
		}
		way := page.Find(".error-page a.button").AttrOr("href", "")
		if editor.get(way).want(http.StatusOK); way == "" {
			t.Errorf("%s shows no way on", query)
		}
	}
}

func TestEmptyListsSayWhatToDo(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	none := editor.get("/admin/accounts?q=nobody&size=50").want(http.StatusOK).page()
	if got := words(none.Find(".empty")); got != "No account matches None of the 4 accounts fits this search and these filters. Show all accounts" {
		t.Errorf("a list without a match says %q", got)
	}
	if got := none.Find(".empty a").AttrOr("href", ""); got != "/admin/accounts?size=50" {
		t.Errorf("it leads to %s", got)
	}
	empty := serve(t, dbtest.Open(t)).as("admin").get("/admin/accounts").want(http.StatusOK).page()
	if got := words(empty.Find(".empty")); !strings.HasPrefix(got, "No accounts yet") || !strings.HasSuffix(got, "New account Import a CSV file") {
		t.Errorf("an empty list says %q", got)
	}
}

// The list is read again in place after a bulk change; the page that it showed may be gone by then.
func TestShrunkListShowsItsLastPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.many(30)
	reload := s.as("editor").viaHtmx().with("HX-Request-Type", "full").with("HX-Source", "div#list")
	answer := reload.get("/admin/accounts?q=stage&page=9").want(http.StatusOK)
	if names := listed(answer.page()); len(names) != 5 || names[4] != "Stage 030" {
		t.Errorf("the last page has %q", names)
	}
	if got := answer.Header.Get("HX-Replace-Url"); got != "/admin/accounts?page=2&q=stage" {
		t.Errorf("the address becomes %q", got)
	}
}

func TestFilterFormKeepsTheAddressShort(t *testing.T) {
	t.Parallel()
	s := newList(t)
	form := s.as("editor").viaHtmx().with("HX-Request-Type", "full").with("HX-Source", "form#filters")
	usual := "col=knowledge_base&col=ai_agents&col=additional_services&size=25&sort=name"
	answer := form.get("/admin/accounts?q=+comedy+&" + usual).want(http.StatusOK)
	if got := answer.Header.Get("HX-Push-Url"); got != "/admin/accounts?q=comedy" {
		t.Errorf("the address becomes %q", got)
	}
	if got := form.get("/admin/accounts?" + usual).want(http.StatusOK).Header.Get("HX-Push-Url"); got != "/admin/accounts" {
		t.Errorf("the address of the whole list becomes %q", got)
	}
	if answer := form.get("/admin/accounts?q=comedy").want(http.StatusOK); answer.Header.Get("HX-Push-Url") != "" {
		t.Error("an address that is short enough is named again")
	}
}

func TestExportHasWhatTheListShows(t *testing.T) {
	t.Parallel()
	s := newList(t)
	s.account(`=HYPERLINK("http://evil.example")`)
	viewer := s.as("viewer")
	link := viewer.get("/admin/accounts?q=h&sort=-name&col=knowledge_base&page=1").want(http.StatusOK).page().Find("#exports").AttrOr("href", "")
	answer := viewer.get(link).want(http.StatusOK)
	if got := answer.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="accounts-2`) {
		t.Errorf("it comes as %q", got)
	}
	if !strings.HasPrefix(answer.body, "\ufeffname,slug,external_id,contact_email,postal_code,tier,status,feature:knowledge_base\n") {
		t.Errorf("it begins with %.100q", answer.body)
	}
	if lines := readCSV(t, answer.body); len(lines) != 1 || lines[0]["name"] != `'=HYPERLINK("http://evil.example")` {
		t.Errorf("the lines are %q", lines)
	}
	var lines []string
	for _, line := range readCSV(t, viewer.get("/admin/accounts/export.csv").want(http.StatusOK).body) {
		lines = append(lines, strings.Join([]string{line["slug"], line["tier"], line["status"], line["feature:knowledge_base"], line["feature:ai_agents"]}, " "))
	}
	want := "hyperlink-http-evil-example  active off off, arizona-comedy pro active on off, boise-ballet enterprise active off off, " +
		"cedar-auto  suspended off off, maple-garage basic active off off"
	if got := strings.Join(lines, ", "); got != want {
		t.Errorf("the whole list is\n%s, want\n%s", got, want)
	}
	for query, status := range map[string]int{"tier=gold": http.StatusNotFound, "size=7": http.StatusUnprocessableEntity} {
		viewer.get("/admin/accounts/export.csv?" + query).want(status)
	}
}

// Whatever is in an account's name, the page shows it as text.
func TestListEscapes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account(`<script>alert("x")</script>`)
	page := s.as("editor").get("/admin/accounts?q=" + url.QueryEscape(`<script>`)).want(http.StatusOK).page()
	if names := listed(page); len(names) != 1 || names[0] != `<script>alert("x")</script>` {
		t.Errorf("the list has %q", names)
	}
	if page.Find("main script").Length() != 0 {
		t.Error("a script is in the page")
	}
}

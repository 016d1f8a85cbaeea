package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// offer puts every account into the tier Pro, which lists features as off by default, with upgrade requests allowed.
func (s *site) offer(keys ...string) {
	s.t.Helper()
	if _, err := s.db.CreateTier(s.t.Context(), dbtest.Actor(), features.Tier{Key: "pro", Name: "Pro"}); err != nil {
		s.t.Fatal(err)
	}
	for _, key := range keys {
		s.list(key, "0, '', 1, 1")
	}
	bulk := features.Bulk{Action: features.SetTier, Tier: "pro", Selection: features.Selection{All: true}}
	plan, err := s.db.PlanBulk(bulk)
	if err == nil {
		_, _, err = s.db.ApplyBulk(s.t.Context(), dbtest.Actor(), db.BulkChange{Bulk: bulk, Digest: plan.Digest})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// list has the tier Pro list a feature: enabled, value, allow_override and allow_upgrade, in SQL.
func (s *site) list(key, columns string) {
	s.t.Helper()
	_, err := dbtest.Handle(s.t, s.db).ExecContext(s.t.Context(), `
		INSERT OR REPLACE INTO tier_features (tier_id, feature_id, enabled, value, allow_override, allow_upgrade)
		SELECT t.id, f.id, `+columns+` FROM tiers t, features f WHERE t.key = 'pro' AND f.key = ?1`, key)
	if err == nil {
		err = s.db.CatchUp(s.t.Context())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// withFlows is a site whose accounts may ask for more flows than ten, and for AI Agents.
func withFlows(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	most := int64(100)
	_, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{
		Key: "flows", Name: "Flows", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "5"}, Constraints: features.Constraints{Max: &most},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.offer("ai_agents")
	s.list("flows", "1, '10', 1, 1")
	return s
}

// asked files a request of an account, as its owner would, and gives it.
func (s *site) asked(account, feature, message string) features.UpgradeRequest {
	s.t.Helper()
	by := features.Actor{Kind: features.ByUser, UserID: s.user("owner"), Name: "June Okafor"}
	r, err := s.db.AskUpgrade(s.t.Context(), by, db.UpgradeAsk{Account: s.db.Live().Accounts().Find(account).ID, Feature: feature, Message: message})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func upgrade(r features.UpgradeRequest, below string) string {
	return "/admin/upgrades/" + itoa(r.ID) + below
}

func (s *site) request(id int64) features.UpgradeRequest {
	s.t.Helper()
	r, err := s.db.UpgradeByID(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func TestApproveARequest(t *testing.T) {
	t.Parallel()
	s := withFlows(t)
	r := s.asked("arizona-comedy", "flows", "Thirty this winter")
	editor := s.as("editor").viaHtmx()
	dialog := editor.get(upgrade(r, "/approve")).want(http.StatusOK).page().Find("dialog")
	for _, want := range []string{"Approve Flows for Arizona Comedy?", "Thirty this winter", "June Okafor", "At most 100."} {
		if !strings.Contains(words(dialog), want) {
			t.Errorf("the dialog does not say %q: %s", want, words(dialog))
		}
	}
	values := form(dialog.Find("form"))
	if values.Get("value") != "" {
		t.Errorf("the value begins with %q, want none: what the account has is not what it asks for", values.Get("value"))
	}
	values.Set("value", "10")
	if got := words(editor.post(upgrade(r, "/approve"), values).want(http.StatusUnprocessableEntity).page().Find("#approve-value-error")); !strings.HasPrefix(got, "Approving this changes nothing") {
		t.Errorf("what the account has already is answered with %q", got)
	}
	if got := words(editor.post(upgrade(r, "/effect"), values).want(http.StatusOK).page().Find("body")); got != "Approving this changes nothing." {
		t.Errorf("the effect is %q", got)
	}
	values.Set("value", "50")
	if got := words(editor.post(upgrade(r, "/effect"), values).want(http.StatusOK).page().Find("tbody tr")); got != "Flows 10 50" {
		t.Errorf("the effect is %q", got)
	}
	if s.value("arizona-comedy", "flows") != "10" {
		t.Fatal("the preview saved something")
	}
	values.Set("value", "101")
	if got := words(editor.post(upgrade(r, "/approve"), values).want(http.StatusUnprocessableEntity).page().Find("#approve-value-error")); got != "101 is more than the maximum, 100." {
		t.Errorf("a value that is too large is told %q", got)
	}
	values.Set("value", "fifty")
	if got := words(editor.post(upgrade(r, "/approve"), values).want(http.StatusUnprocessableEntity).page().Find("#approve-value-error")); got != "Enter a whole number, such as 10." {
		t.Errorf("a value that is no number is told %q", got)
	}
	values.Set("value", "50")
	values.Set("note", "As agreed")
	answer := editor.post(upgrade(r, "/approve"), values).want(http.StatusOK).wantText("Flows is 50 for Arizona Comedy")
	if answer.Header.Get("HX-Trigger") != "dialog:close, list:reload" || answer.page().Find("form[action$='/undo']").Length() != 1 {
		t.Error("the dialog does not close, or the toast offers no undo")
	}
	if got := s.request(r.ID); got.Status != features.UpgradeApproved || got.DecidedBy != "Editor" || s.value("arizona-comedy", "flows") != "50" {
		t.Errorf("the request is %+v, the account has %s", got, s.value("arizona-comedy", "flows"))
	}
	editor.post(change(s.newest(), "/undo"), url.Values{}).want(http.StatusOK)
	if got := s.request(r.ID); got.Status != features.UpgradePending || s.value("arizona-comedy", "flows") != "10" {
		t.Errorf("undone, the request is %+v, the account has %s", got, s.value("arizona-comedy", "flows"))
	}
}

func TestApprovalSaysWhatKeepsItFromTakingEffect(t *testing.T) {
	t.Parallel()
	s := withFlows(t)
	f, err := s.db.Live().Catalogue().Feature("ai_agents")
	if err != nil {
		t.Fatal(err)
	}
	draft := f.Draft()
	draft.DependsOn = []string{"knowledge_base"}
	if _, err := s.db.UpdateFeature(t.Context(), dbtest.Actor(), db.FeatureChange{Draft: draft, Version: f.Revision}); err != nil {
		t.Fatal(err)
	}
	r := s.asked("arizona-comedy", "ai_agents", "")
	editor := s.as("editor").viaHtmx()
	dialog := editor.get(upgrade(r, "/approve")).page().Find("dialog")
	if got := words(dialog.Find(".check-label")); got != "Switch on what it needs, too: Knowledge Base" {
		t.Errorf("offers %q", got)
	}
	if got := words(dialog.Find(".diff tbody")); got != "Knowledge Base off on AI Agents off on" {
		t.Errorf("with what it needs, the effect is %q", got)
	}
	values := form(dialog.Find("form"))
	values.Del("needs")
	editor.post(upgrade(r, "/effect"), values).want(http.StatusOK).wantText("It takes effect once Knowledge Base is on.")
	values.Set("needs", "true")
	editor.post(upgrade(r, "/approve"), values).want(http.StatusOK)
	if !s.has("arizona-comedy", "ai_agents") || !s.has("arizona-comedy", "knowledge_base") {
		t.Error("the feature is not on with what it needs")
	}

	flows := s.asked("arizona-comedy", "flows", "")
	s.kill("flows")
	editor.get(upgrade(flows, "/approve")).wantText("It takes effect once the kill switch is on again.")
	s.list("flows", "1, '10', 0, 0")
	locked := editor.get(upgrade(flows, "/approve")).wantText("The tier Pro now locks Flows").page()
	if locked.Find("dialog footer [type=submit]").Length() != 0 {
		t.Error("what the tier locks can be approved")
	}
	values = form(locked.Find("dialog form"))
	values.Set("value", "50")
	if got := words(editor.post(upgrade(flows, "/approve"), values).want(http.StatusUnprocessableEntity).page().Find("#approve-value-error")); !strings.HasPrefix(got, "The tier Pro locks Flows") {
		t.Errorf("it is refused with %q", got)
	}
}

func TestRejectAndWithdrawRequests(t *testing.T) {
	t.Parallel()
	s := withFlows(t)
	r := s.asked("arizona-comedy", "flows", "")
	editor := s.as("editor").viaHtmx()
	editor.get(upgrade(r, "/reject")).want(http.StatusOK).wantText("Reject the request of Arizona Comedy for Flows?")
	if got := words(editor.post(upgrade(r, "/reject"), url.Values{}).want(http.StatusUnprocessableEntity).page().Find("#upgrade-note-error")); got != "Enter a reason. The account sees it." {
		t.Errorf("without a note it is told %q", got)
	}
	editor.post(upgrade(r, "/reject"), url.Values{"note": {" Not now "}}).want(http.StatusOK).wantText("Rejected the request of Arizona Comedy for Flows")
	if got := s.request(r.ID); got.Status != features.UpgradeRejected || got.Note != "Not now" {
		t.Errorf("rejected, it is %+v", got)
	}
	again := s.asked("arizona-comedy", "flows", "")
	s.as("editor").post(upgrade(again, "/withdraw"), url.Values{}).want(http.StatusSeeOther)
	if got := s.request(again.ID); got.Status != features.UpgradeWithdrawn {
		t.Errorf("withdrawn, it is %+v", got)
	}
	editor.get("/admin/upgrades/99/approve").want(http.StatusNotFound)
	editor.post("/admin/upgrades/99/reject", url.Values{"note": {"x"}}).want(http.StatusNotFound)
}

// Whoever comes second is shown what the first did, and nothing of theirs is written.
func TestRequestsAnsweredInBetween(t *testing.T) {
	t.Parallel()
	s := withFlows(t)
	r := s.asked("arizona-comedy", "flows", "")
	editor := s.as("editor").viaHtmx()
	values := form(editor.get(upgrade(r, "/approve")).page().Find("dialog form"))
	if _, err := s.db.RejectUpgrade(t.Context(), dbtest.Actor(), r.ID, "Not now"); err != nil {
		t.Fatal(err)
	}
	before := s.changes()
	for _, path := range []string{"/approve", "/reject", "/withdraw"} {
		values.Set("note", "mine")
		page := editor.post(upgrade(r, path), values).want(http.StatusConflict).wantText("Nothing of yours is saved.").page()
		if got := words(page.Find("dialog")); !strings.Contains(got, "Rejected by tester") || !strings.Contains(got, "Not now") || page.Find("dialog footer [type=submit]").Length() != 0 {
			t.Errorf("%s says %q", path, got)
		}
	}
	if s.changes() != before {
		t.Error("something was written")
	}
}

func TestApprovalOverWhatSomeoneElseGave(t *testing.T) {
	t.Parallel()
	s := withFlows(t)
	r := s.asked("arizona-comedy", "flows", "")
	editor := s.as("editor").viaHtmx()
	values := form(editor.get(upgrade(r, "/approve")).page().Find("dialog form"))
	_, err := s.db.SetOverride(t.Context(), dbtest.Actor(), db.OverrideChange{Account: r.AccountID, Feature: "flows", Value: features.Value{Enabled: true, Data: "70"}})
	if err != nil {
		t.Fatal(err)
	}
	values.Set("value", "50")
	dialog := editor.post(upgrade(r, "/approve"), values).want(http.StatusConflict).page().Find("dialog")
	if got := words(dialog); !strings.Contains(got, "tester has saved this since you opened it.") || !strings.Contains(got, "Has now 70") {
		t.Errorf("the conflict says %q", got)
	}
	if s.value("arizona-comedy", "flows") != "70" || s.request(r.ID).Status != features.UpgradePending {
		t.Fatal("it was written over")
	}
	editor.post(upgrade(r, "/approve"), form(dialog.Find("form"))).want(http.StatusOK)
	if s.value("arizona-comedy", "flows") != "50" {
		t.Error("saving it knowingly did not work")
	}
}

func TestTheQueueOfRequests(t *testing.T) {
	t.Parallel()
	s := withFlows(t)
	viewer := s.as("viewer")
	viewer.get("/admin/upgrades").want(http.StatusOK).wantText("No upgrade requests yet")
	first, second := s.asked("maple-garage", "flows", "More room"), s.asked("arizona-comedy", "ai_agents", "")
	rows := func(query string) string {
		page := viewer.get("/admin/upgrades" + query).want(http.StatusOK).page()
		return strings.Join(page.Find("tbody tr").Map(func(_ int, row *goquery.Selection) string { return row.AttrOr("id", "") }), " ")
	}
	one, two := "request-"+itoa(first.ID), "request-"+itoa(second.ID)
	for query, want := range map[string]string{
		"":                                  one + " " + two,
		"?sort=account":                     two + " " + one,
		"?sort=-account":                    one + " " + two,
		"?sort=feature":                     two + " " + one,
		"?sort=-age":                        two + " " + one,
		"?q=garage":                         one,
		"?q=more+room":                      one,
		"?feature=ai_agents":                two,
		"?tier=pro":                         one + " " + two,
		"?status=approved":                  "",
		"?status=all&feature=ai_agents&q=x": "",
	} {
		if got := rows(query); got != want {
			t.Errorf("%q lists %q, want %q", query, got, want)
		}
	}
	page := viewer.get("/admin/upgrades").page()
	if got := words(page.Find("#pending")); got != "2 waiting" || words(page.Find("#count")) != "2 requests" {
		t.Errorf("the sidebar says %q, the head %q", got, words(page.Find("#count")))
	}
	if got := words(page.Find("#" + one)); !strings.Contains(got, "Maple Garage Pro Flows flows 10 More room just now June Okafor") {
		t.Errorf("the row says %q", got)
	}
	if page.Find("#"+one+" a[href$='/approve']").Length() != 0 || s.as("editor").get("/admin/upgrades").page().Find("#"+one+" a[href$='/approve']").Length() != 1 {
		t.Error("editors, and they alone, are offered to approve")
	}
	if got := words(viewer.get("/admin").page().Find("dl.numbers")); !strings.Contains(got, "Pending requests 2") {
		t.Errorf("the overview says %q", got)
	}
	if got := words(viewer.get("/admin/accounts/arizona-comedy").page().Find("[aria-labelledby=upgrades-title]")); !strings.Contains(got, "AI Agents") || !strings.Contains(got, "Pending") {
		t.Errorf("the account's page says %q", got)
	}
	for _, id := range []int64{first.ID, second.ID} {
		if _, err := s.db.RejectUpgrade(t.Context(), dbtest.Actor(), id, "no"); err != nil {
			t.Fatal(err)
		}
	}
	viewer.get("/admin/upgrades").wantText("No request is waiting")
	viewer.get("/admin/upgrades?q=nothing").wantText("No request matches")
	if got := rows("?status=rejected"); got != two+" "+one {
		t.Errorf("rejected are %q, the newest first", got)
	}
	for _, wrong := range []string{"?status=lost", "?sort=size"} {
		viewer.get("/admin/upgrades" + wrong).want(http.StatusUnprocessableEntity)
	}
	for _, wrong := range []string{"?page=2", "?status=all&page=9223372036854775807", "?feature=nonsense", "?tier=nonsense"} {
		viewer.get("/admin/upgrades" + wrong).want(http.StatusNotFound)
	}
}

package handlers

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// bulkSite is a site with something for every bulk action to write, to skip and to reach: links, a lock, values, roles,
// people, overrides, and more accounts than an answer names.
func bulkSite(t *testing.T) (*site, *browser) {
	t.Helper()
	s, b := editing(t)
	for path, body := range map[string]string{
		"/features?reason=1": `{"key":"deep","name":"Deep","depends_on":["ai_agents"]}`,
		"/features?reason=2": `{"key":"rival","name":"Rival","conflicts_with":["ai_agents"],"default":{"enabled":true},"display_order":99}`,
		"/features?reason=3": `{"key":"limit","name":"Limit","type":"integer"}`,
		"/features?reason=4": `{"key":"owners","name":"Owners","rollout":{"strategy":"role","target":{"roles":["owner"]}}}`,
		"/tiers?reason=1":    `{"key":"gold","name":"Gold"}`,
		"/tiers?reason=2":    `{"key":"free","name":"Free","order":1}`,
	} {
		b.json(http.MethodPost, admin+path, body).want(http.StatusCreated)
	}
	b.json(http.MethodPut, admin+"/tiers/gold/features/ai_agents", `{"enabled":true,"allow_override":false}`).want(http.StatusOK)
	b.json(http.MethodPut, admin+"/tiers/free/features/owners", `{"enabled":true}`).want(http.StatusOK)
	s.as("owner")
	s.as("mechanic")
	var gold, free features.Selection
	for i := range 110 {
		a := s.account(fmt.Sprint("Customer ", i))
		switch i % 10 {
		case 0:
			gold.IDs = append(gold.IDs, a.ID)
		case 1, 2, 3:
			free.IDs = append(free.IDs, a.ID)
		}
		if i%3 == 0 {
			s.switchOn(a.Slug, []string{"ai_agents", "knowledge_base", "owners"}[i%9/3], i%2 == 0)
		}
	}
	for tier, selection := range map[string]features.Selection{"gold": gold, "free": free} {
		change := db.BulkChange{Bulk: features.Bulk{Action: features.SetTier, Tier: tier, Selection: selection}, Unseen: true}
		if _, _, err := s.db.ApplyBulk(t.Context(), dbtest.Actor(), change); err != nil {
			t.Fatal(err)
		}
	}
	b.json(http.MethodPut, admin+"/accounts/maple-garage/overrides/limit",
		fmt.Sprintf(`{"enabled":true,"value":3,"reason":"beta","expires_at":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))).want(http.StatusOK)
	return s, b
}

// What a preview of a bulk change says is what the log has of it once it is done.
func TestAdminAPIBulkPreviewIsWhatIsRecorded(t *testing.T) {
	t.Parallel()
	const all = `"selection":{"filter":{}}`
	for name, c := range map[string]struct{ query, body string }{
		"enable":                 {"&reason=+spring+launch", `{"action":"enable","feature":"ai_agents",` + all + `}`},
		"enable with needs":      {"", `{"action":"enable","feature":"deep","needs":true,"reason":"  beta ",` + all + `}`},
		"enable without needs":   {"", `{"action":"enable","feature":"deep","reason":"beta",` + all + `}`},
		"a value":                {"&reason=not+this", `{"action":"enable","feature":"limit","value":7,"reason":"more",` + all + `}`},
		"disable":                {"", `{"action":"disable","feature":"knowledge_base",` + all + `}`},
		"enable for some people": {"", `{"action":"enable","feature":"owners",` + all + `}`},
		"disable all":            {"", `{"action":"disable-all",` + all + `}`},
		"clear one":              {"", `{"action":"clear","feature":"ai_agents",` + all + `}`},
		"clear all":              {"", `{"action":"clear",` + all + `}`},
		"set a tier":             {"", `{"action":"set-tier","tier":"gold",` + all + `}`},
		"take tiers":             {"", `{"action":"set-tier","tier":"` + features.NoTier + `",` + all + `}`},
		"of two":                 {"", `{"action":"disable-all","selection":{"slugs":["maple-garage","arizona-comedy"]}}`},
		"of nobody":              {"", `{"action":"enable","feature":"ai_agents","selection":{"slugs":[]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, b := bulkSite(t)
			before := s.changes()
			preview := b.json(http.MethodPost, admin+"/accounts/bulk?preview=1"+c.query, c.body).want(http.StatusOK).members()
			if s.changes() != before {
				t.Error("the preview was saved")
			}
			digest := fmt.Sprintf(`{"digest":%q,`, preview["digest"])
			done := b.json(http.MethodPost, admin+"/accounts/bulk?"+c.query, digest+c.body[1:]).want(http.StatusOK).members()
			if done["revision"] == 0.0 {
				if preview["changes"] != false || preview["things"] != 0.0 {
					t.Errorf("nothing was done: the preview was %v", preview)
				}
				return
			}
			recorded := b.get(fmt.Sprint(done["change"], "?limit=100")).want(http.StatusOK).members()
			for _, field := range []string{"action", "summary", "reason", "things"} {
				if preview[field] != recorded[field] {
					t.Errorf("%s is %v: the preview says %v", field, recorded[field], preview[field])
				}
			}
			if is, said := undated(recorded["rows"]), undated(preview["rows"]); !reflect.DeepEqual(is, said) {
				t.Errorf("the rows are %v: the preview says %v", is, said)
			}
			skipped := preview["skipped"].(map[string]any)
			if !reflect.DeepEqual(skipped["already"], done["already"]) || !reflect.DeepEqual(skipped["locked"], done["locked"]) {
				t.Errorf("skipped are %v, %v: the preview says %v", done["already"], done["locked"], skipped)
			}
		})
	}
}

// undated is rows without the moment at which each override was set.
func undated(rows any) any {
	for _, row := range rows.([]any) {
		if after, ok := row.(map[string]any)["after"].(map[string]any); ok {
			delete(after, "set_at")
		}
	}
	return rows
}

// A preview reads: while another bulk change is being written, it waits for nothing, nor does the answer to a stale one.
func TestAdminAPIBulkPreviewWaitsForNoWrite(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	const body = `{"action":"disable","feature":"ai_agents","digest":%q,"selection":{"filter":{}}}`
	calls := 0
	change := db.BulkChange{Unseen: true, Bulk: features.Bulk{
		Action: features.EnableFeature, Feature: "knowledge_base", Selection: features.Selection{All: true},
	}}
	change.Progress = func(int, int) { // the writer's lock is held
		calls++
		b.json(http.MethodPost, admin+"/accounts/bulk?preview=1", fmt.Sprintf(body, "")).want(http.StatusOK).wantText(`"things":2`)
		stale := b.json(http.MethodPost, admin+"/accounts/bulk?preview=1", fmt.Sprintf(body, "stale")).want(http.StatusConflict).members()
		if now := stale["preview"].(map[string]any); now["things"] != 2.0 || now["digest"] == "stale" {
			t.Errorf("what it would do now is %v", now)
		}
	}
	if _, _, err := s.db.ApplyBulk(t.Context(), dbtest.Actor(), change); err != nil || calls == 0 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

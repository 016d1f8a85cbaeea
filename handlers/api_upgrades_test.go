package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"flagstone/db/dbtest"
	"flagstone/features"
)

const upgradesPath = "/api/me/upgrade-requests"

// upgradesAnswer is what an account may ask for, and what it has asked for.
type upgradesAnswer struct {
	Available []offerAnswer   `json:"available"`
	Requests  []upgradeAnswer `json:"requests"`
}

type offerAnswer struct {
	Feature string        `json:"feature"`
	Name    string        `json:"name"`
	Enabled bool          `json:"enabled"`
	Value   features.JSON `json:"value"`
}

type upgradeAnswer struct {
	ID        int64                  `json:"id"`
	Feature   string                 `json:"feature"`
	Name      string                 `json:"name"`
	Message   string                 `json:"message"`
	Status    features.UpgradeStatus `json:"status"`
	Note      string                 `json:"note"`
	AskedBy   string                 `json:"asked_by"`
	DecidedAt *time.Time             `json:"decided_at"`
}

func TestAskingFromThePortal(t *testing.T) {
	t.Parallel()
	s := withFlows(t)
	owner, mechanic := s.as("owner"), s.as("mechanic")
	features1 := owner.get("/api/me/features").body
	var known upgradesAnswer
	decode(t, owner.get(upgradesPath).want(http.StatusOK).body, &known)
	if len(known.Requests) != 0 || len(known.Available) != 2 || known.Available[0] != (offerAnswer{Feature: "ai_agents", Name: "AI Agents"}) || known.Available[1] != (offerAnswer{Feature: "flows", Name: "Flows", Enabled: true, Value: "10"}) {
		t.Fatalf("before anything is asked for: %+v", known)
	}
	var made upgradeAnswer
	decode(t, owner.json(http.MethodPost, upgradesPath, `{"feature":"flows","message":" Thirty "}`).want(http.StatusCreated).body, &made)
	if made.Feature != "flows" || made.Name != "Flows" || made.Message != "Thirty" || made.Status != features.UpgradePending || made.AskedBy != "Owner" || made.DecidedAt != nil {
		t.Errorf("the request is %+v", made)
	}
	owner.json(http.MethodPost, upgradesPath, `{"feature":"flows"}`).want(http.StatusConflict).wantText("waiting for an answer")
	mechanic.json(http.MethodDelete, upgradesPath+"/"+itoa(made.ID), "").want(http.StatusNotFound)
	if got := owner.get("/api/me/features").body; got != features1 {
		t.Errorf("asking changed what the account has: %s", got)
	}
	if _, err := s.db.RejectUpgrade(t.Context(), dbtest.Actor(), made.ID, "Not now"); err != nil {
		t.Fatal(err)
	}
	decode(t, owner.get(upgradesPath).want(http.StatusOK).body, &known)
	if len(known.Available) != 2 || len(known.Requests) != 1 || known.Requests[0].Status != features.UpgradeRejected || known.Requests[0].Note != "Not now" || known.Requests[0].DecidedAt == nil {
		t.Errorf("once it is rejected: %+v", known)
	}
	decode(t, owner.json(http.MethodPost, upgradesPath, `{"feature":"flows"}`).want(http.StatusCreated).body, &made)
	decode(t, owner.get(upgradesPath).want(http.StatusOK).body, &known)
	if len(known.Available) != 1 || len(known.Requests) != 2 || known.Requests[0].ID != made.ID {
		t.Errorf("while one waits: %+v", known)
	}
	owner.json(http.MethodDelete, upgradesPath+"/"+itoa(made.ID), "").want(http.StatusNoContent)
	owner.json(http.MethodDelete, upgradesPath+"/"+itoa(made.ID), "").want(http.StatusConflict).wantText("Owner has already withdrawn this request.")
	row, err := s.db.ChangeSet(t.Context(), s.newest())
	if err != nil || row.Action != "upgrade.withdraw" || row.ActorName != "Owner" || row.ActorKind != features.ByUser {
		t.Errorf("the log says %+v, %v", row, err)
	}
	if got := words(s.as("viewer").get("/admin/audit/" + itoa(row.ID)).want(http.StatusOK).page().Find("dl")); !strings.Contains(got, "Through a portal") {
		t.Errorf("the change's page says %q", got)
	}
}

func TestWhoMayAskFromWhere(t *testing.T) {
	t.Parallel()
	s := withFlows(t)
	owner := s.as("owner")
	before := s.changes()
	ask := `{"feature":"flows"}`
	owner.json(http.MethodPost, upgradesPath+"?account=maple-garage", ask).want(http.StatusForbidden)
	s.as("viewer").json(http.MethodPost, upgradesPath, ask).want(http.StatusNotFound)
	s.as("").json(http.MethodPost, upgradesPath, ask).want(http.StatusUnauthorized)
	owner.with("Origin", "https://evil.example").json(http.MethodPost, upgradesPath, ask).want(http.StatusForbidden)
	owner.send(http.MethodPost, upgradesPath, "text/plain", ask).want(http.StatusUnsupportedMediaType)
	owner.json(http.MethodPost, upgradesPath, `{"feature":"flows","value":1000}`).want(http.StatusUnprocessableEntity).wantText(`"field":"value"`)
	owner.json(http.MethodPost, upgradesPath, `{"Feature":"flows"}`).want(http.StatusUnprocessableEntity).wantText(`"field":"Feature"`)
	owner.json(http.MethodPost, upgradesPath, `{"feature":"flows","message":"`+strings.Repeat("x", 501)+`"}`).want(http.StatusUnprocessableEntity).wantText(`"field":"message"`)
	owner.with("Origin", "https://evil.example").json(http.MethodDelete, upgradesPath+"/1", "").want(http.StatusForbidden)
	if after := s.changes(); after != before+1 { // the viewer was made
		t.Errorf("%d changes were recorded", after-before)
	}
	portal := owner.with("Origin", "https://portal.example.com")
	if got := portal.json(http.MethodPost, upgradesPath, ask).want(http.StatusCreated).Header.Get("Access-Control-Allow-Origin"); got != "https://portal.example.com" {
		t.Errorf("a portal's origin is answered %q", got)
	}
}

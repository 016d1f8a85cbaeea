package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

const admin = web.AdminPath

// at gives the same browser saying which version it saw.
func (b *browser) at(tag string) *browser { return b.with("If-Match", tag) }

// callAdmin sends what programs and staff send to the admin API, rightly and wrongly.
func (c *checked) callAdmin(s *site) {
	c.t.Helper()
	editor, staff, viewer, nobody := s.bearing(s.key(features.ScopeAdmin)), s.as("editor"), s.bearing(s.key(features.ScopeRead)), s.as("")
	for _, list := range []string{"/features", "/tiers", "/tiers/gold/features", "/accounts", "/accounts/arizona-comedy/overrides", "/upgrade-requests", "/models", "/components", "/changes"} {
		if list == "/tiers" {
			c.callTiers(editor)
		}
		c.call(viewer, http.MethodGet, admin+list, "", http.StatusOK)
		c.call(staff, http.MethodGet, admin+list+"?limit=1", "", http.StatusOK)
		c.call(viewer, http.MethodGet, admin+list+"?limit=0", "", http.StatusUnprocessableEntity)
		c.call(viewer, http.MethodGet, admin+list+"?cursor=x", "", http.StatusUnprocessableEntity)
		c.call(nobody, http.MethodGet, admin+list, "", http.StatusUnauthorized)
	}
	c.callFeatures(editor, viewer)
	c.callAccounts(editor)
	c.callUpgrades(s, editor)
	c.callShelves(editor)
	c.callChanges(editor, s.as("admin"))
}

// writes sends one write as a preview, wrongly, and for real.
func (c *checked) writes(b *browser, method, path, body string, want int) {
	c.t.Helper()
	previewed := path + "?preview=1"
	if strings.Contains(path, "?") {
		previewed = path + "&preview=1"
	}
	c.call(b, method, previewed, body, http.StatusOK)
	if body != "" {
		c.call(b, method, path, `{"nonsense":1}`, http.StatusUnprocessableEntity)
		c.call(b, method, path, `{"`, http.StatusBadRequest)
	}
	if b.header["If-Match"] != "" {
		c.call(b.at(`"99999"`), method, path, body, http.StatusPreconditionFailed)
	}
	c.call(b, method, path, body, want)
}

// needsVersion sends a change and a deletion of something that do not say which version they mean.
func (c *checked) needsVersion(b *browser, path, patch string) {
	c.t.Helper()
	c.call(b, http.MethodGet, path, "", http.StatusOK)
	c.call(b, http.MethodPatch, path, patch, http.StatusPreconditionRequired)
}

func (c *checked) callFeatures(editor, viewer *browser) {
	c.t.Helper()
	const one = admin + "/features/limits.max_flows"
	c.writes(editor, http.MethodPost, admin+"/features", `{"key":"limits.max_flows","name":"Max flows","type":"integer","min":0,"default":{"enabled":true,"value":3}}`, http.StatusCreated)
	c.call(editor, http.MethodPost, admin+"/features", `{"key":"limits.max_flows","name":"Max flows"}`, http.StatusUnprocessableEntity)
	c.call(viewer, http.MethodPost, admin+"/features", `{"key":"x","name":"X"}`, http.StatusForbidden)
	c.call(editor, http.MethodGet, admin+"/features/nothing", "", http.StatusNotFound)
	c.needsVersion(editor, one, `{"owner":"Dana"}`)
	c.writes(editor.at("*"), http.MethodPatch, one, `{"rollout":{"strategy":"percentage","percentage":12.5},"default":{"value":5},"owner":null}`, http.StatusOK)
	c.writes(editor, http.MethodPost, one+"/kill", `{"enabled":false,"reason":"trouble"}`, http.StatusOK)
	for _, action := range []string{"retire", "restore", "kill", "revive"} {
		c.writes(editor, http.MethodPost, admin+"/features/bulk", `{"action":"`+action+`","selection":{"keys":["limits.max_flows"]},"reason":"trouble"}`, http.StatusOK)
	}
	c.call(editor, http.MethodPost, admin+"/features/bulk", `{"action":"kill","digest":"stale","selection":{"category":"portal"}}`, http.StatusConflict)
	c.call(editor, http.MethodPost, admin+"/features/bulk", `{"action":"kill","selection":{"keys":["nothing"]}}`, http.StatusUnprocessableEntity)
	c.call(editor, http.MethodDelete, one, "", http.StatusPreconditionRequired)
	c.writes(editor.at("*"), http.MethodDelete, one, "", http.StatusNoContent)
	c.call(editor.at("*"), http.MethodDelete, admin+"/features/knowledge_base", "", http.StatusConflict)
}

func (c *checked) callTiers(editor *browser) {
	c.t.Helper()
	const gold, cell = admin + "/tiers/gold", admin + "/tiers/gold/features/knowledge_base"
	c.writes(editor, http.MethodPost, admin+"/tiers", `{"key":"gold","name":"Gold"}`, http.StatusCreated)
	c.writes(editor, http.MethodPost, admin+"/tiers", `{"key":"silver","name":"Silver"}`, http.StatusCreated)
	c.needsVersion(editor, gold, `{"description":"The best"}`)
	c.writes(editor.at("*"), http.MethodPatch, gold, `{"description":"The best"}`, http.StatusOK)
	c.call(editor, http.MethodGet, cell, "", http.StatusNotFound)
	c.writes(editor, http.MethodPut, cell, `{"enabled":true,"allow_upgrade":true}`, http.StatusOK)
	c.call(editor, http.MethodPut, cell, `{"enabled":false}`, http.StatusPreconditionRequired)
	c.call(editor.at("*"), http.MethodPut, cell, `{"allow_override":false,"allow_upgrade":true}`, http.StatusUnprocessableEntity)
	c.call(editor, http.MethodGet, cell, "", http.StatusOK)
	c.writes(editor.at("*"), http.MethodDelete, cell, "", http.StatusNoContent)
	c.call(editor, http.MethodPut, cell, `{"enabled":true,"allow_upgrade":true}`, http.StatusOK)
	c.writes(editor.at("*"), http.MethodDelete, admin+"/tiers/silver?move_to=gold", "", http.StatusNoContent)
}

func (c *checked) callAccounts(editor *browser) {
	c.t.Helper()
	const one, cell = admin + "/accounts/northwind-ai", admin + "/accounts/northwind-ai/overrides/ai_agents"
	c.writes(editor, http.MethodPost, admin+"/accounts", `{"name":"Northwind AI","external_id":"crm_88213","tier":null}`, http.StatusCreated)
	c.needsVersion(editor, one, `{"tier":"gold"}`)
	c.writes(editor.at("*"), http.MethodPatch, one, `{"tier":"gold","status":"suspended","external_id":null}`, http.StatusOK)
	c.call(editor, http.MethodGet, admin+"/accounts?feature=nothing&state=on", "", http.StatusNotFound)
	c.call(editor.at("*"), http.MethodDelete, admin+"/tiers/gold", "", http.StatusConflict)
	c.call(editor, http.MethodGet, cell, "", http.StatusNotFound)
	c.writes(editor, http.MethodPut, cell, `{"enabled":true,"needs":true,"reason":"beta","expires_at":"2099-01-31T18:00:00Z"}`, http.StatusOK)
	c.call(editor, http.MethodPut, cell, `{"enabled":false}`, http.StatusPreconditionRequired)
	c.call(editor, http.MethodGet, cell, "", http.StatusOK)
	c.writes(editor.at("*"), http.MethodDelete, cell, "", http.StatusNoContent)
	c.writes(editor, http.MethodPost, admin+"/accounts/bulk", `{"action":"enable","feature":"ai_agents","selection":{"filter":{"status":"active"}}}`, http.StatusOK)
	c.call(editor, http.MethodPost, admin+"/accounts/bulk", `{"action":"clear","digest":"stale","selection":{"slugs":["maple-garage"]}}`, http.StatusConflict)
	c.call(editor, http.MethodPost, admin+"/accounts/bulk", `{"action":"enable","feature":"nothing","selection":{"slugs":[]}}`, http.StatusNotFound)
	c.call(editor, http.MethodDelete, one, "", http.StatusPreconditionRequired)
	c.writes(editor.at("*"), http.MethodDelete, one, "", http.StatusNoContent)
	c.call(editor, http.MethodGet, one, "", http.StatusNotFound)
}

// callUpgrades decides requests of Arizona Comedy, whose tier offers the knowledge base.
func (c *checked) callUpgrades(s *site, editor *browser) {
	c.t.Helper()
	ask := func() string {
		account := s.db.Live().Accounts().Find("arizona-comedy").ID
		r, err := s.db.AskUpgrade(c.t.Context(), dbtest.Actor(), db.UpgradeAsk{Account: account, Feature: "knowledge_base"})
		if err != nil {
			c.t.Fatal(err)
		}
		return admin + "/upgrade-requests/" + strconv.FormatInt(r.ID, 10)
	}
	s.switchOn("arizona-comedy", "knowledge_base", false)
	c.call(editor, http.MethodGet, ask(), "", http.StatusOK)
	c.call(editor, http.MethodGet, admin+"/upgrade-requests/99", "", http.StatusNotFound)
	c.writes(editor, http.MethodPost, admin+"/upgrade-requests/2/reject", `{"note":"Not this year"}`, http.StatusOK)
	c.call(editor, http.MethodPost, admin+"/upgrade-requests/2/reject", `{"note":"Not this year"}`, http.StatusConflict)
	c.writes(editor, http.MethodPost, ask()+"/withdraw", `{"note":""}`, http.StatusOK)
	c.writes(editor, http.MethodPost, ask()+"/approve", `{"note":"Enjoy","needs":true}`, http.StatusOK)
	c.call(editor, http.MethodGet, admin+"/upgrade-requests?status=approved&feature=knowledge_base&tier=pro", "", http.StatusOK)
}

func (c *checked) callShelves(editor *browser) {
	c.t.Helper()
	const model, component = admin + "/models/4", admin + "/components/chat.web"
	c.writes(editor, http.MethodPost, admin+"/models", `{"provider":"openai","model_id":"o3","name":"o3","feature":"ai_agents","input_price":"0.01"}`, http.StatusCreated)
	c.needsVersion(editor, model, `{"vision":true}`)
	c.writes(editor.at("*"), http.MethodPatch, model, `{"vision":true,"feature":null}`, http.StatusOK)
	c.writes(editor.at("*"), http.MethodDelete, model, "", http.StatusNoContent)
	c.call(editor, http.MethodGet, model, "", http.StatusNotFound)
	c.writes(editor, http.MethodPost, admin+"/components", `{"key":"chat.web","name":"Chat","feature":"ai_agents","required_features":["knowledge_base"]}`, http.StatusCreated)
	c.needsVersion(editor, component, `{"beta":true}`)
	c.writes(editor.at("*"), http.MethodPatch, component, `{"beta":true}`, http.StatusOK)
	c.writes(editor.at("*"), http.MethodDelete, component, "", http.StatusNoContent)
}

func (c *checked) callChanges(editor, boss *browser) {
	c.t.Helper()
	c.call(editor, http.MethodGet, admin+"/changes?account=arizona-comedy&action=override.set&from=2020-01-01", "", http.StatusOK)
	c.call(editor, http.MethodGet, admin+"/changes/99999", "", http.StatusNotFound)
	revision := c.call(editor, http.MethodPost, admin+"/features/ai_agents/kill", `{"enabled":false}`, http.StatusOK).Header.Get(web.OwnRevision)
	c.call(editor, http.MethodGet, admin+"/changes/"+revision, "", http.StatusOK)
	c.writes(editor, http.MethodPost, admin+"/changes/"+revision+"/undo", `{"reason":"by mistake"}`, http.StatusOK)
	c.call(editor, http.MethodPost, admin+"/changes/"+revision+"/undo", `{}`, http.StatusConflict)
	c.call(editor, http.MethodGet, admin+"/mode", "", http.StatusOK)
	c.call(editor, http.MethodPut, admin+"/mode", `{"mode":"open"}`, http.StatusPreconditionRequired)
	c.writes(boss.at("*"), http.MethodPut, admin+"/mode", `{"mode":"open","reason":"to see"}`, http.StatusOK)
}

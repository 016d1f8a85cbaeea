package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// access says who may call a route. The zero value is nobody, so a route that forgets to say is open to no one.
type access int

const (
	nobody   access = iota
	anyone          // signed in or not
	signedIn        // any user with a session
	viewers         // staff who may read
	editors         // staff who may write
	admins          // staff who may also change settings, mode and import

	programs   // with an API key of any scope
	evaluators // any user with a session, or an API key of any scope
	apiViewers // staff who may read, or a key with the scope read
	apiEditors // staff who may write, or a key with the scope admin
	apiAdmins  // staff who may also change settings, mode and import, or a key with the scope admin
)

// staffRole is the least staff role that an access asks for; "" for those that ask for none.
func (a access) staffRole() features.StaffRole {
	switch a {
	case viewers, apiViewers:
		return features.Viewer
	case editors, apiEditors:
		return features.Editor
	case admins, apiAdmins:
		return features.Admin
	}
	return features.NoStaff
}

// scope is the least scope of an API key that an access asks for; "" for those that no key opens.
func (a access) scope() features.Scope {
	switch a {
	case programs, evaluators:
		return features.ScopeEvaluate
	case apiViewers:
		return features.ScopeRead
	case apiEditors, apiAdmins:
		return features.ScopeAdmin
	}
	return ""
}

// route is one row of the table: what is called and with how large a body, who may, who answers.
type route struct {
	call
	path    string
	access  access
	handler echo.HandlerFunc
}

// routes is every route there is. Surfaces differ by path: /api answers JSON, everything else pages and fragments.
func (s *Server) routes() []route {
	get, del := call{http.MethodGet, fewFields}, call{http.MethodDelete, fewFields}
	post, put, patch := call{http.MethodPost, oneForm}, call{http.MethodPut, oneForm}, call{http.MethodPatch, oneForm}
	return []route{
		{get, "/healthz", anyone, s.health},
		{get, "/readyz", anyone, s.ready},
		{get, "/metrics", anyone, s.showMetrics},
		{get, "/static/*", anyone, s.asset},
		{get, "/", anyone, s.home},

		{get, "/signin", anyone, s.showSignIn},
		{post.of(fewFields), "/signin", anyone, s.submitSignIn},
		{post.of(fewFields), "/signout", anyone, s.signOut},
		{get, "/setup/:token", anyone, s.showSetup},
		{post.of(fewFields), "/setup/:token", anyone, s.submitSetup},
		{get, "/invite/:token", anyone, s.showPasswordLink},
		{post.of(fewFields), "/invite/:token", anyone, s.usePasswordLink},
		{get, "/account", signedIn, s.showOwn},
		{get, "/account/password", signedIn, s.showOwn},
		{post, "/account/password", signedIn, s.saveOwnPassword},
		{post, "/account/sessions/end-others", signedIn, s.endOwnOthers},
		{post, "/account/sessions/:session/end", signedIn, s.endOneOfOwn},
		{get, "/password/:token", anyone, s.showPasswordLink},
		{post.of(fewFields), "/password/:token", anyone, s.usePasswordLink},

		{get, "/admin", viewers, s.showOverview},
		{get, "/admin/accounts", viewers, s.listAccounts},
		{get, "/admin/accounts/export.csv", viewers, s.exportAccounts},
		{post.of(largeForm), "/admin/accounts/-/bulk", editors, s.applyBulk},
		{post.of(largeForm), "/admin/accounts/-/bulk/names", editors, s.bulkNames},
		{post.of(largeForm), "/admin/accounts/-/bulk/preview", editors, s.previewBulk},
		{get, "/admin/accounts/-/bulk/progress/:nonce", editors, s.bulkProgress},
		{post, "/admin/accounts", editors, s.createAccount},
		{get, "/admin/accounts/-/import", admins, s.askImport},
		{post.of(oneFile), "/admin/accounts/-/import", admins, s.previewImport},
		{post.of(oneFile), "/admin/accounts/-/import/apply", admins, s.applyImport},
		{get, "/admin/accounts/-/import/sample.csv", admins, s.importSample},
		{get, "/admin/accounts/-/new", editors, s.newAccount},
		{get, "/admin/accounts/:slug", viewers, s.showAccount},
		{post, "/admin/accounts/:slug", editors, s.updateAccount},
		{get, "/admin/accounts/:slug/as-of", viewers, s.showAsOf},
		{get, "/admin/accounts/:slug/cells/:key", editors, s.showOverride},
		{post.of(largeForm), "/admin/accounts/:slug/cells/:key", editors, s.setOverride},
		{get, "/admin/accounts/:slug/delete", editors, s.askDeleteAccount},
		{post, "/admin/accounts/:slug/delete", editors, s.deleteAccount},
		{get, "/admin/accounts/:slug/edit", viewers, s.editAccount},
		{get, "/admin/accounts/:slug/features/:key", editors, s.showOverride},
		{post.of(largeForm), "/admin/accounts/:slug/features/:key", editors, s.setOverride},
		{post, "/admin/accounts/:slug/features/:key/reset", editors, s.resetOverride},
		{get, "/admin/accounts/:slug/features/:key/why", viewers, s.explainCell},
		{get, "/admin/accounts/:slug/history", viewers, s.showAccountHistory},
		{get, "/admin/accounts/:slug/status", editors, s.askAccountStatus},
		{post, "/admin/accounts/:slug/status", editors, s.setAccountStatus},
		{get, "/admin/accounts/:slug/tier", editors, s.askAccountTier},
		{post, "/admin/accounts/:slug/tier", editors, s.moveAccount},
		{post, "/admin/accounts/:slug/tier/effect", editors, s.previewAccountTier},
		{get, "/admin/accounts/:slug/users", viewers, s.listMembers},
		{get, "/admin/accounts/:slug/users/new", editors, s.askNewMember},
		{post, "/admin/accounts/:slug/users/new", editors, s.addMember},
		{get, "/admin/accounts/:slug/users/:id/role", editors, s.askMemberRole},
		{post, "/admin/accounts/:slug/users/:id/role", editors, s.saveMemberRole},
		{get, "/admin/accounts/:slug/users/:id/remove", editors, s.askRemoveMember},
		{post, "/admin/accounts/:slug/users/:id/remove", editors, s.removeMember},
		{get, "/admin/accounts/:slug/users/:id/external-id", editors, s.editExternalID},
		{post, "/admin/accounts/:slug/users/:id/external-id", editors, s.saveExternalID},
		{get, "/admin/accounts/:slug/users/:id/link", editors, s.confirmLink(s.managedMember)},
		{post, "/admin/accounts/:slug/users/:id/link", editors, s.createLink(s.managedMember)},
		{get, "/admin/accounts/:slug/users/:id/disable", editors, s.askDisable(s.managedMember)},
		{post, "/admin/accounts/:slug/users/:id/disable", editors, s.disable(s.managedMember)},
		{post, "/admin/accounts/:slug/users/:id/enable", editors, s.enable(s.managedMember)},

		{get, "/admin/audit", viewers, s.listAudit},
		{get, "/admin/audit/:id", viewers, s.showChange},
		{get, "/admin/audit/:id/undo", editors, s.askUndo},
		{post, "/admin/audit/:id/undo", editors, s.undoChange},
		{get, "/admin/audit/export.csv", viewers, s.exportAuditCSV},
		{get, "/admin/audit/export.json", viewers, s.exportAuditJSON},

		{get, changesRoute, viewers, s.awaitChanges},

		{get, "/admin/category/kill", editors, s.askCategory},
		{post, "/admin/category/enabled", editors, s.setCategory},
		{get, "/admin/features", viewers, s.listFeatures},
		{post.of(largeForm), "/admin/features", editors, s.createFeature},
		{get, "/admin/features/-/new", editors, s.newFeature},
		{get, "/admin/features/:key", viewers, s.showFeature},
		{post.of(largeForm), "/admin/features/:key", editors, s.updateFeature},
		{get, "/admin/features/:key/edit", editors, s.editFeature},
		{get, "/admin/features/:key/accounts", viewers, s.showFeatureAccounts},
		{get, "/admin/features/:key/links", viewers, s.showFeatureLinks},
		{get, "/admin/features/:key/registry", viewers, s.showFeatureRegistry},
		{get, "/admin/features/:key/history", viewers, s.showFeatureHistory},
		{get, "/admin/features/:key/tester", viewers, s.showTester},
		{get, "/admin/features/:key/variants", viewers, s.showVariants},
		{post.of(largeForm), "/admin/features/:key/variants", editors, s.saveVariants},
		{get, "/admin/features/:key/rollout", viewers, s.showFeature},
		{post.of(largeForm), "/admin/features/:key/rollout", editors, s.saveRollout},
		{post.of(largeForm), "/admin/features/:key/effect/form", editors, s.previewFeature},
		{post.of(largeForm), "/admin/features/:key/effect/rollout", editors, s.previewRollout},
		{post.of(largeForm), "/admin/features/:key/effect/variants", editors, s.previewVariants},
		{post.of(largeForm), "/admin/features/:key/effect/:change/names", editors, s.effectNames},
		{get, "/admin/features/:key/active", editors, s.askRetire},
		{post, "/admin/features/:key/active", editors, s.setFeatureActive},
		{get, "/admin/features/:key/delete", editors, s.askDelete},
		{post, "/admin/features/:key/delete", editors, s.deleteFeature},
		{get, "/admin/features/:key/kill", editors, s.askKillSwitch},
		{post, "/admin/features/:key/enabled", editors, s.setKillSwitch},

		{get, "/admin/tiers", viewers, s.showTiers},
		{post, "/admin/tiers", editors, s.createTier},
		{get, "/admin/tiers/-/new", editors, s.askNewTier},
		{post.of(largeForm), "/admin/tiers/-/cells", editors, s.saveCells},
		{post.of(largeForm), "/admin/tiers/-/effect", editors, s.previewCells},
		{get, "/admin/tiers/:tier", viewers, s.showTier},
		{post, "/admin/tiers/:tier", editors, s.updateTier},
		{get, "/admin/tiers/:tier/edit", editors, s.askTier},
		{get, "/admin/tiers/:tier/delete", editors, s.askDeleteTier},
		{post, "/admin/tiers/:tier/delete", editors, s.deleteTier},
		{post, "/admin/tiers/:tier/delete/effect", editors, s.previewDeleteTier},
		{get, "/admin/tiers/:tier/features/:key", editors, s.askTierFeature},
		{post.of(largeForm), "/admin/tiers/:tier/features/:key", editors, s.saveTierFeature},
		{post.of(largeForm), "/admin/tiers/:tier/features/:key/effect", editors, s.previewTierFeature},

		{get, "/admin/models", viewers, s.listEntries(s.models)},
		{post, "/admin/models", editors, s.createEntry(s.models)},
		{get, "/admin/models/-/import", admins, s.askEntryImport(s.models)},
		{post.of(oneFile), "/admin/models/-/import", admins, s.previewEntryImport(s.models)},
		{post, "/admin/models/-/import/apply", admins, s.applyEntryImport(s.models)},
		{get, "/admin/models/-/import/sample.csv", admins, s.entryImportSample(s.models)},
		{get, "/admin/models/-/new", editors, s.newEntry(s.models)},
		{get, "/admin/models/:id", viewers, s.showEntry(s.models)},
		{post, "/admin/models/:id", editors, s.updateEntry(s.models)},
		{get, "/admin/models/:id/edit", editors, s.editEntry(s.models)},
		{get, "/admin/models/:id/active", editors, s.askEntryActive(s.models)},
		{post, "/admin/models/:id/active", editors, s.setEntryActive(s.models)},
		{get, "/admin/models/:id/delete", editors, s.askDeleteEntry(s.models)},
		{post, "/admin/models/:id/delete", editors, s.deleteEntry(s.models)},

		{get, "/admin/components", viewers, s.listEntries(s.components)},
		{post, "/admin/components", editors, s.createEntry(s.components)},
		{get, "/admin/components/-/import", admins, s.askEntryImport(s.components)},
		{post.of(oneFile), "/admin/components/-/import", admins, s.previewEntryImport(s.components)},
		{post, "/admin/components/-/import/apply", admins, s.applyEntryImport(s.components)},
		{get, "/admin/components/-/import/sample.csv", admins, s.entryImportSample(s.components)},
		{get, "/admin/components/-/new", editors, s.newEntry(s.components)},
		{get, "/admin/components/:key", viewers, s.showEntry(s.components)},
		{post, "/admin/components/:key", editors, s.updateEntry(s.components)},
		{get, "/admin/components/:key/edit", editors, s.editEntry(s.components)},
		{get, "/admin/components/:key/active", editors, s.askEntryActive(s.components)},
		{post, "/admin/components/:key/active", editors, s.setEntryActive(s.components)},
		{get, "/admin/components/:key/delete", editors, s.askDeleteEntry(s.components)},
		{post, "/admin/components/:key/delete", editors, s.deleteEntry(s.components)},

		{get, "/admin/upgrades", viewers, s.listUpgrades},
		{get, "/admin/upgrades/:id/approve", editors, s.askApproval},
		{post.of(largeForm), "/admin/upgrades/:id/approve", editors, s.approveUpgrade},
		{post.of(largeForm), "/admin/upgrades/:id/effect", editors, s.previewApproval},
		{get, "/admin/upgrades/:id/reject", editors, s.askUpgradeEnd(s.rejection())},
		{post, "/admin/upgrades/:id/reject", editors, s.endUpgrade(s.rejection())},
		{get, "/admin/upgrades/:id/withdraw", editors, s.askUpgradeEnd(s.withdrawal())},
		{post, "/admin/upgrades/:id/withdraw", editors, s.endUpgrade(s.withdrawal())},

		{get, "/admin/settings", admins, s.listStaff},
		{get, "/admin/settings/features", admins, s.showFeatureSettings},
		{get, "/admin/settings/mode", admins, s.askMode},
		{post, "/admin/settings/mode", admins, s.setMode},
		{get, "/admin/settings/stale", admins, s.showFeatureSettings},
		{post, "/admin/settings/stale", admins, s.setStaleDays},
		{get, "/admin/settings/staff/new", admins, s.askNewStaff},
		{post, "/admin/settings/staff/new", admins, s.addStaff},
		{get, "/admin/settings/staff/:id", admins, s.askStaff},
		{post, "/admin/settings/staff/:id", admins, s.saveStaff},
		{get, "/admin/settings/staff/:id/link", admins, s.confirmLink(s.otherStaff)},
		{post, "/admin/settings/staff/:id/link", admins, s.createLink(s.otherStaff)},
		{get, "/admin/settings/staff/:id/disable", admins, s.askDisable(s.otherStaff)},
		{post, "/admin/settings/staff/:id/disable", admins, s.disable(s.otherStaff)},
		{post, "/admin/settings/staff/:id/enable", admins, s.enable(s.otherStaff)},
		{get, "/admin/settings/sessions", admins, s.listStaffSessions},
		{post, "/admin/settings/staff/:id/sessions/:session/end", admins, s.endStaffSession},
		{get, "/admin/settings/security", admins, s.showSecurity},
		{get, "/admin/settings/security/export.csv", admins, s.exportSecurity},
		{get, "/admin/settings/keys", admins, s.listKeys},
		{get, "/admin/settings/keys/new", admins, s.askNewKey},
		{post, "/admin/settings/keys/new", admins, s.addKey},
		{get, "/admin/settings/keys/:id/revoke", admins, s.askRevokeKey},
		{post, "/admin/settings/keys/:id/revoke", admins, s.revokeKey},
		{post, "/admin/settings/backup", admins, s.downloadBackup},
		{get, "/admin/settings/registry", admins, s.showRegistry},
		{post.of(oneFile), "/admin/settings/registry", admins, s.previewRegistry},
		{get, "/admin/settings/registry.yaml", admins, s.exportRegistry},
		{post, "/admin/settings/registry/apply", admins, s.applyRegistry},
		{get, "/admin/settings/registry/catalogues/:name", admins, s.previewCatalogue},
		{get, "/admin/profile", viewers, s.showProfile},
		{get, "/admin/profile/name", viewers, s.showProfile},
		{post, "/admin/profile/name", viewers, s.saveName},
		{get, "/admin/profile/password", viewers, s.showProfile},
		{post, "/admin/profile/password", viewers, s.changePassword},
		{post, "/admin/profile/sessions/end-others", viewers, s.endOtherSessions},
		{post, "/admin/profile/sessions/:session/end", viewers, s.endOwnSession},

		{get, "/api/docs", anyone, s.apiDocs},
		{get, "/api/openapi.yaml", anyone, s.openAPI},
		{get, "/api/types.d.ts", apiViewers, s.typeDeclarations},
		{post.of(fewFields), "/api/session", anyone, s.apiSignIn},
		{del, "/api/session", anyone, s.apiSignOut},
		{get, "/api/me", signedIn, s.me},
		{get, "/api/me/features", signedIn, s.myFeatures},
		{get, streamRoute, signedIn, s.streamFeatures},
		{put, "/api/me/password", signedIn, s.putMyPassword},
		{get, "/api/me/sessions", signedIn, s.mySessions},
		{del, "/api/me/sessions", signedIn, s.endMySessions},
		{del, "/api/me/sessions/:session", signedIn, s.endMySession},
		{get, "/api/me/upgrade-requests", signedIn, s.myUpgrades},
		{post.of(fewFields), "/api/me/upgrade-requests", signedIn, s.askUpgrade},
		{del, "/api/me/upgrade-requests/:id", signedIn, s.withdrawMyUpgrade},
		{get, "/api/v1/producers/me/", signedIn, s.producersMe},
		{get, "/api/v2/features", evaluators, s.tenantFeatures},
		{get, "/api/v2/features/check/:key", evaluators, s.checkFeature},
		{get, "/api/v2/features/models", evaluators, s.tenantModels},
		{get, "/api/v2/features/components", evaluators, s.tenantComponents},

		{get, "/api/v2/admin/features", apiViewers, s.apiFeatures},
		{post.of(largeForm), "/api/v2/admin/features", apiEditors, s.apiCreateFeature},
		{post.of(largeForm), "/api/v2/admin/features/bulk", apiEditors, s.apiFeatureBulk},
		{get, "/api/v2/admin/features/:key", apiViewers, s.apiFeature},
		{patch.of(largeForm), "/api/v2/admin/features/:key", apiEditors, s.apiPatchFeature},
		{del, "/api/v2/admin/features/:key", apiEditors, s.apiDeleteFeature},
		{post, "/api/v2/admin/features/:key/kill", apiEditors, s.apiKillFeature},

		{get, "/api/v2/admin/tiers", apiViewers, s.apiTiers},
		{post, "/api/v2/admin/tiers", apiEditors, s.apiCreateTier},
		{get, "/api/v2/admin/tiers/:key", apiViewers, s.apiTier},
		{patch, "/api/v2/admin/tiers/:key", apiEditors, s.apiPatchTier},
		{del, "/api/v2/admin/tiers/:key", apiEditors, s.apiDeleteTier},
		{get, "/api/v2/admin/tiers/:key/features", apiViewers, s.apiTierFeatures},
		{get, "/api/v2/admin/tiers/:key/features/:feature", apiViewers, s.apiTierFeature},
		{put.of(largeForm), "/api/v2/admin/tiers/:key/features/:feature", apiEditors, s.apiSetTierFeature},
		{del, "/api/v2/admin/tiers/:key/features/:feature", apiEditors, s.apiClearTierFeature},

		{get, "/api/v2/admin/accounts", apiViewers, s.apiAccounts},
		{post, "/api/v2/admin/accounts", apiEditors, s.apiCreateAccount},
		{post.of(largeForm), "/api/v2/admin/accounts/bulk", apiEditors, s.apiBulk},
		{get, "/api/v2/admin/accounts/:slug", apiViewers, s.apiAccount},
		{patch, "/api/v2/admin/accounts/:slug", apiEditors, s.apiPatchAccount},
		{del, "/api/v2/admin/accounts/:slug", apiEditors, s.apiDeleteAccount},
		{get, "/api/v2/admin/accounts/:slug/overrides", apiViewers, s.apiOverrides},
		{get, "/api/v2/admin/accounts/:slug/overrides/:key", apiViewers, s.apiOverride},
		{put.of(largeForm), "/api/v2/admin/accounts/:slug/overrides/:key", apiEditors, s.apiSetOverride},
		{del, "/api/v2/admin/accounts/:slug/overrides/:key", apiEditors, s.apiClearOverride},

		{get, "/api/v2/admin/upgrade-requests", apiViewers, s.apiUpgrades},
		{get, "/api/v2/admin/upgrade-requests/:id", apiViewers, s.apiUpgrade},
		{post.of(largeForm), "/api/v2/admin/upgrade-requests/:id/approve", apiEditors, s.apiApproveUpgrade},
		{post, "/api/v2/admin/upgrade-requests/:id/reject", apiEditors, s.apiRejectUpgrade},
		{post, "/api/v2/admin/upgrade-requests/:id/withdraw", apiEditors, s.apiWithdrawUpgrade},

		{get, "/api/v2/admin/models", apiViewers, s.apiModels},
		{post, "/api/v2/admin/models", apiEditors, s.apiCreateModel},
		{get, "/api/v2/admin/models/:id", apiViewers, s.apiModel},
		{patch, "/api/v2/admin/models/:id", apiEditors, s.apiPatchModel},
		{del, "/api/v2/admin/models/:id", apiEditors, s.apiDeleteModel},

		{get, "/api/v2/admin/components", apiViewers, s.apiComponents},
		{post, "/api/v2/admin/components", apiEditors, s.apiCreateComponent},
		{get, "/api/v2/admin/components/:key", apiViewers, s.apiComponent},
		{patch, "/api/v2/admin/components/:key", apiEditors, s.apiPatchComponent},
		{del, "/api/v2/admin/components/:key", apiEditors, s.apiDeleteComponent},

		{get, "/api/v2/admin/changes", apiViewers, s.apiChanges},
		{get, "/api/v2/admin/changes/:id", apiViewers, s.apiChange},
		{post, "/api/v2/admin/changes/:id/undo", apiEditors, s.apiUndo},

		{get, "/api/v2/admin/mode", apiViewers, s.apiMode},
		{put, "/api/v2/admin/mode", apiAdmins, s.apiSetMode},

		{post, "/ofrep/v1/evaluate/flags", programs, s.ofrepFlags},
		{post, "/ofrep/v1/evaluate/flags/:key", programs, s.ofrepFlag},

		{get, "/portal", signedIn, s.portal},
		{get, "/portal/*", signedIn, s.portal},
		{get, "/portal.js", anyone, s.clientFile},
		{get, "/portal.d.ts", anyone, s.clientFile},
		{get, "/portal-react.js", anyone, s.clientFile},
		{get, "/portal-react.d.ts", anyone, s.clientFile},
	}
}

// The routes that wait for changes.
const (
	changesRoute = "/admin/changes"
	streamRoute  = "/api/me/features/stream"
)

// register adds the routes, each behind its guard, and answers every other path with 404. A slash at the end of a path is
// for those who read it: requests are routed without one (canonicalPath).
func (s *Server) register(routes []route) {
	for _, r := range routes {
		handler, path := s.guard(r), withoutSpareSlashes(r.path)
		observed := s.metrics.observe(r.method, r.path)
		methods := []string{r.method}
		if r.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for _, method := range methods {
			s.echo.Add(method, path, handler)
			s.observed[routeKey{method, path}] = observed
		}
	}
}

// guard lets a request through to a handler when its caller may call it, its body is of a size that the handler takes, and it
// comes from where it may come from.
func (s *Server) guard(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.authorise(c, r.access); err != nil {
			return err
		}
		if err := limitBody(c, r.body); err != nil {
			return err
		}
		release, err := s.bodies.hold(c.Request(), r.body)
		if err != nil {
			return err
		}
		defer release()
		if err := checkParams(c); err != nil {
			return err
		}
		if err := s.checkOrigin(c); err != nil {
			return err
		}
		s.noteMoment(c, r.access)
		takeEscapesOut(c)
		return r.handler(c)
	}
}

// takeEscapesOut makes what stands in the path plain: the router leaves the escapes in where a client escapes more than it
// has to.
func takeEscapesOut(c echo.Context) {
	if c.Request().URL.RawPath == "" {
		return
	}
	values := c.ParamValues()
	for i, value := range values {
		if plain, err := url.PathUnescape(value); err == nil {
			values[i] = plain
		}
	}
	c.SetParamValues(values...)
}

func (s *Server) authorise(c echo.Context, who access) error {
	caller := callerOf(c)
	switch {
	case who == anyone:
		return nil
	case caller == nil || who == programs && caller.Key == nil:
		return unauthenticated(c, who)
	case who == nobody:
		return forbidden("This route is disabled.")
	case caller.Key != nil:
		return checkScope(caller.Key, who.scope())
	case !caller.User.StaffRole.AtLeast(who.staffRole()):
		return forbidden("Your role does not allow this. Ask an admin of this console.")
	}
	return nil
}

// unauthenticated asks for whatever opens a route.
func unauthenticated(c echo.Context, who access) error {
	message := "Sign in first."
	if who.scope() != "" {
		c.Response().Header().Set("WWW-Authenticate", "Bearer")
		message = "Send an API key as Authorization: Bearer or X-API-Key, or sign in first."
	}
	if who == programs {
		message = "Send an API key as Authorization: Bearer or X-API-Key."
	}
	return &features.Error{Kind: features.Unauthenticated, Message: message}
}

package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
)

// call is how a route is called: with which method, and with a body of at most how many bytes.
type call struct {
	method string
	body   int64
}

// of is the same call with another limit.
func (c call) of(body int64) call { return call{c.method, body} }

// route is one row of the table: what is called and with how large a body, who may, who answers.
type route struct {
	call
	path    string
	access  web.Access
	handler echo.HandlerFunc
}

// routes is every route there is. Surfaces differ by path: /api answers JSON, everything else pages and fragments.
func (s *Server) routes() []route {
	get, del := call{http.MethodGet, web.FewFields}, call{http.MethodDelete, web.FewFields}
	post, put, patch := call{http.MethodPost, web.OneForm}, call{http.MethodPut, web.OneForm}, call{http.MethodPatch, web.OneForm}
	return []route{
		{get, "/healthz", web.Anyone, s.health},
		{get, "/readyz", web.Anyone, s.ready},
		{get, "/metrics", web.Anyone, s.ShowMetrics},
		{get, "/static/*", web.Anyone, s.asset},
		{get, "/", web.Anyone, s.home},

		{get, "/signin", web.Anyone, s.console.ShowSignIn},
		{post.of(web.FewFields), "/signin", web.Anyone, s.console.SubmitSignIn},
		{post.of(web.FewFields), "/signout", web.Anyone, s.console.SignOut},
		{get, "/setup/:token", web.Anyone, s.console.ShowSetup},
		{post.of(web.FewFields), "/setup/:token", web.Anyone, s.console.SubmitSetup},
		{get, "/invite/:token", web.Anyone, s.console.ShowPasswordLink},
		{post.of(web.FewFields), "/invite/:token", web.Anyone, s.console.UsePasswordLink},
		{get, "/account", web.SignedIn, s.console.ShowOwn},
		{get, "/account/password", web.SignedIn, s.console.ShowOwn},
		{post, "/account/password", web.SignedIn, s.console.SaveOwnPassword},
		{post, "/account/sessions/end-others", web.SignedIn, s.console.EndOwnOthers},
		{post, "/account/sessions/:session/end", web.SignedIn, s.console.EndOneOfOwn},
		{get, "/password/:token", web.Anyone, s.console.ShowPasswordLink},
		{post.of(web.FewFields), "/password/:token", web.Anyone, s.console.UsePasswordLink},

		{get, "/admin", web.Viewers, s.console.ShowOverview},
		{get, "/admin/accounts", web.Viewers, s.console.ListAccounts},
		{get, "/admin/accounts/export.csv", web.Viewers, s.console.ExportAccounts},
		{post.of(web.LargeForm), "/admin/accounts/-/bulk", web.Editors, s.console.ApplyBulk},
		{post.of(web.LargeForm), "/admin/accounts/-/bulk/names", web.Editors, s.console.BulkNames},
		{post.of(web.LargeForm), "/admin/accounts/-/bulk/preview", web.Editors, s.console.PreviewBulk},
		{get, "/admin/accounts/-/bulk/progress/:nonce", web.Editors, s.console.BulkProgress},
		{post, "/admin/accounts", web.Editors, s.console.CreateAccount},
		{get, "/admin/accounts/-/import", web.Admins, s.console.ConfirmImport},
		{post.of(web.OneFile), "/admin/accounts/-/import", web.Admins, s.console.PreviewImport},
		{post.of(web.OneFile), "/admin/accounts/-/import/apply", web.Admins, s.console.ApplyImport},
		{get, "/admin/accounts/-/import/sample.csv", web.Admins, s.console.ImportSample},
		{get, "/admin/accounts/-/new", web.Editors, s.console.NewAccount},
		{get, "/admin/accounts/:slug", web.Viewers, s.console.ShowAccount},
		{post, "/admin/accounts/:slug", web.Editors, s.console.UpdateAccount},
		{get, "/admin/accounts/:slug/as-of", web.Viewers, s.console.ShowAsOf},
		{get, "/admin/accounts/:slug/cells/:key", web.Editors, s.console.ShowOverride},
		{post.of(web.LargeForm), "/admin/accounts/:slug/cells/:key", web.Editors, s.console.SetOverride},
		{get, "/admin/accounts/:slug/delete", web.Editors, s.console.ConfirmDeleteAccount},
		{post, "/admin/accounts/:slug/delete", web.Editors, s.console.DeleteAccount},
		{get, "/admin/accounts/:slug/edit", web.Viewers, s.console.EditAccount},
		{get, "/admin/accounts/:slug/features/:key", web.Editors, s.console.ShowOverride},
		{post.of(web.LargeForm), "/admin/accounts/:slug/features/:key", web.Editors, s.console.SetOverride},
		{post, "/admin/accounts/:slug/features/:key/reset", web.Editors, s.console.ResetOverride},
		{get, "/admin/accounts/:slug/features/:key/why", web.Viewers, s.console.ExplainCell},
		{get, "/admin/accounts/:slug/history", web.Viewers, s.console.ShowAccountHistory},
		{get, "/admin/accounts/:slug/status", web.Editors, s.console.ConfirmAccountStatus},
		{post, "/admin/accounts/:slug/status", web.Editors, s.console.SetAccountStatus},
		{get, "/admin/accounts/:slug/tier", web.Editors, s.console.ConfirmAccountTier},
		{post, "/admin/accounts/:slug/tier", web.Editors, s.console.MoveAccount},
		{post, "/admin/accounts/:slug/tier/effect", web.Editors, s.console.PreviewAccountTier},
		{get, "/admin/accounts/:slug/users", web.Viewers, s.console.ListMembers},
		{get, "/admin/accounts/:slug/users/new", web.Editors, s.console.ConfirmNewMember},
		{post, "/admin/accounts/:slug/users/new", web.Editors, s.console.AddMember},
		{get, "/admin/accounts/:slug/users/:id/role", web.Editors, s.console.ConfirmMemberRole},
		{post, "/admin/accounts/:slug/users/:id/role", web.Editors, s.console.SaveMemberRole},
		{get, "/admin/accounts/:slug/users/:id/remove", web.Editors, s.console.ConfirmRemoveMember},
		{post, "/admin/accounts/:slug/users/:id/remove", web.Editors, s.console.RemoveMember},
		{get, "/admin/accounts/:slug/users/:id/external-id", web.Editors, s.console.EditExternalID},
		{post, "/admin/accounts/:slug/users/:id/external-id", web.Editors, s.console.SaveExternalID},
		{get, "/admin/accounts/:slug/users/:id/link", web.Editors, s.console.ConfirmLink(s.console.ManagedMember)},
		{post, "/admin/accounts/:slug/users/:id/link", web.Editors, s.console.CreateLink(s.console.ManagedMember)},
		{get, "/admin/accounts/:slug/users/:id/disable", web.Editors, s.console.ConfirmDisable(s.console.ManagedMember)},
		{post, "/admin/accounts/:slug/users/:id/disable", web.Editors, s.console.Disable(s.console.ManagedMember)},
		{post, "/admin/accounts/:slug/users/:id/enable", web.Editors, s.console.Enable(s.console.ManagedMember)},

		{get, "/admin/audit", web.Viewers, s.console.ListAudit},
		{get, "/admin/audit/:id", web.Viewers, s.console.ShowChange},
		{get, "/admin/audit/:id/undo", web.Editors, s.console.ConfirmUndo},
		{post, "/admin/audit/:id/undo", web.Editors, s.console.UndoChange},
		{get, "/admin/audit/export.csv", web.Viewers, s.console.ExportAuditCSV},
		{get, "/admin/audit/export.json", web.Viewers, s.console.ExportAuditJSON},

		{get, web.ChangesRoute, web.Viewers, s.console.AwaitChanges},

		{get, "/admin/category/kill", web.Editors, s.console.ConfirmCategory},
		{post, "/admin/category/enabled", web.Editors, s.console.SetCategory},
		{get, "/admin/features", web.Viewers, s.console.ListFeatures},
		{post.of(web.LargeForm), "/admin/features", web.Editors, s.console.CreateFeature},
		{get, "/admin/features/-/new", web.Editors, s.console.NewFeature},
		{get, "/admin/features/:key", web.Viewers, s.console.ShowFeature},
		{post.of(web.LargeForm), "/admin/features/:key", web.Editors, s.console.UpdateFeature},
		{get, "/admin/features/:key/edit", web.Editors, s.console.EditFeature},
		{get, "/admin/features/:key/accounts", web.Viewers, s.console.ShowFeatureAccounts},
		{get, "/admin/features/:key/links", web.Viewers, s.console.ShowFeatureLinks},
		{get, "/admin/features/:key/registry", web.Viewers, s.console.ShowFeatureRegistry},
		{get, "/admin/features/:key/history", web.Viewers, s.console.ShowFeatureHistory},
		{get, "/admin/features/:key/tester", web.Viewers, s.console.ShowTester},
		{get, "/admin/features/:key/variants", web.Viewers, s.console.ShowVariants},
		{post.of(web.LargeForm), "/admin/features/:key/variants", web.Editors, s.console.SaveVariants},
		{get, "/admin/features/:key/rollout", web.Viewers, s.console.ShowFeature},
		{post.of(web.LargeForm), "/admin/features/:key/rollout", web.Editors, s.console.SaveRollout},
		{post.of(web.LargeForm), "/admin/features/:key/effect/form", web.Editors, s.console.PreviewFeature},
		{post.of(web.LargeForm), "/admin/features/:key/effect/rollout", web.Editors, s.console.PreviewRollout},
		{post.of(web.LargeForm), "/admin/features/:key/effect/variants", web.Editors, s.console.PreviewVariants},
		{post.of(web.LargeForm), "/admin/features/:key/effect/:change/names", web.Editors, s.console.EffectNames},
		{get, "/admin/features/:key/active", web.Editors, s.console.ConfirmRetire},
		{post, "/admin/features/:key/active", web.Editors, s.console.SetFeatureActive},
		{get, "/admin/features/:key/delete", web.Editors, s.console.ConfirmDelete},
		{post, "/admin/features/:key/delete", web.Editors, s.console.DeleteFeature},
		{get, "/admin/features/:key/kill", web.Editors, s.console.ConfirmKillSwitch},
		{post, "/admin/features/:key/enabled", web.Editors, s.console.SetKillSwitch},

		{get, "/admin/tiers", web.Viewers, s.console.ShowTiers},
		{post, "/admin/tiers", web.Editors, s.console.CreateTier},
		{get, "/admin/tiers/-/new", web.Editors, s.console.ConfirmNewTier},
		{post.of(web.LargeForm), "/admin/tiers/-/cells", web.Editors, s.console.SaveCells},
		{post.of(web.LargeForm), "/admin/tiers/-/effect", web.Editors, s.console.PreviewCells},
		{get, "/admin/tiers/:tier", web.Viewers, s.console.ShowTier},
		{post, "/admin/tiers/:tier", web.Editors, s.console.UpdateTier},
		{get, "/admin/tiers/:tier/edit", web.Editors, s.console.ConfirmTier},
		{get, "/admin/tiers/:tier/delete", web.Editors, s.console.ConfirmDeleteTier},
		{post, "/admin/tiers/:tier/delete", web.Editors, s.console.DeleteTier},
		{post, "/admin/tiers/:tier/delete/effect", web.Editors, s.console.PreviewDeleteTier},
		{get, "/admin/tiers/:tier/features/:key", web.Editors, s.console.ConfirmTierFeature},
		{post.of(web.LargeForm), "/admin/tiers/:tier/features/:key", web.Editors, s.console.SaveTierFeature},
		{post.of(web.LargeForm), "/admin/tiers/:tier/features/:key/effect", web.Editors, s.console.PreviewTierFeature},

		{get, "/admin/models", web.Viewers, s.console.ListEntries(s.console.Models)},
		{post, "/admin/models", web.Editors, s.console.CreateEntry(s.console.Models)},
		{get, "/admin/models/-/import", web.Admins, s.console.ConfirmEntryImport(s.console.Models)},
		{post.of(web.OneFile), "/admin/models/-/import", web.Admins, s.console.PreviewEntryImport(s.console.Models)},
		{post, "/admin/models/-/import/apply", web.Admins, s.console.ApplyEntryImport(s.console.Models)},
		{get, "/admin/models/-/import/sample.csv", web.Admins, s.console.EntryImportSample(s.console.Models)},
		{get, "/admin/models/-/new", web.Editors, s.console.NewEntry(s.console.Models)},
		{get, "/admin/models/:id", web.Viewers, s.console.ShowEntry(s.console.Models)},
		{post, "/admin/models/:id", web.Editors, s.console.UpdateEntry(s.console.Models)},
		{get, "/admin/models/:id/edit", web.Editors, s.console.EditEntry(s.console.Models)},
		{get, "/admin/models/:id/active", web.Editors, s.console.ConfirmEntryActive(s.console.Models)},
		{post, "/admin/models/:id/active", web.Editors, s.console.SetEntryActive(s.console.Models)},
		{get, "/admin/models/:id/delete", web.Editors, s.console.ConfirmDeleteEntry(s.console.Models)},
		{post, "/admin/models/:id/delete", web.Editors, s.console.DeleteEntry(s.console.Models)},

		{get, "/admin/components", web.Viewers, s.console.ListEntries(s.console.Components)},
		{post, "/admin/components", web.Editors, s.console.CreateEntry(s.console.Components)},
		{get, "/admin/components/-/import", web.Admins, s.console.ConfirmEntryImport(s.console.Components)},
		{post.of(web.OneFile), "/admin/components/-/import", web.Admins, s.console.PreviewEntryImport(s.console.Components)},
		{post, "/admin/components/-/import/apply", web.Admins, s.console.ApplyEntryImport(s.console.Components)},
		{get, "/admin/components/-/import/sample.csv", web.Admins, s.console.EntryImportSample(s.console.Components)},
		{get, "/admin/components/-/new", web.Editors, s.console.NewEntry(s.console.Components)},
		{get, "/admin/components/:key", web.Viewers, s.console.ShowEntry(s.console.Components)},
		{post, "/admin/components/:key", web.Editors, s.console.UpdateEntry(s.console.Components)},
		{get, "/admin/components/:key/edit", web.Editors, s.console.EditEntry(s.console.Components)},
		{get, "/admin/components/:key/active", web.Editors, s.console.ConfirmEntryActive(s.console.Components)},
		{post, "/admin/components/:key/active", web.Editors, s.console.SetEntryActive(s.console.Components)},
		{get, "/admin/components/:key/delete", web.Editors, s.console.ConfirmDeleteEntry(s.console.Components)},
		{post, "/admin/components/:key/delete", web.Editors, s.console.DeleteEntry(s.console.Components)},

		{get, "/admin/upgrades", web.Viewers, s.console.ListUpgrades},
		{get, "/admin/upgrades/:id/approve", web.Editors, s.console.ConfirmApproval},
		{post.of(web.LargeForm), "/admin/upgrades/:id/approve", web.Editors, s.console.ApproveUpgrade},
		{post.of(web.LargeForm), "/admin/upgrades/:id/effect", web.Editors, s.console.PreviewApproval},
		{get, "/admin/upgrades/:id/reject", web.Editors, s.console.ConfirmUpgradeEnd(s.console.Rejection())},
		{post, "/admin/upgrades/:id/reject", web.Editors, s.console.EndUpgrade(s.console.Rejection())},
		{get, "/admin/upgrades/:id/withdraw", web.Editors, s.console.ConfirmUpgradeEnd(s.console.Withdrawal())},
		{post, "/admin/upgrades/:id/withdraw", web.Editors, s.console.EndUpgrade(s.console.Withdrawal())},

		{get, "/admin/settings", web.Admins, s.console.ListStaff},
		{get, "/admin/settings/features", web.Admins, s.console.ShowFeatureSettings},
		{get, "/admin/settings/mode", web.Admins, s.console.ConfirmMode},
		{post, "/admin/settings/mode", web.Admins, s.console.SetMode},
		{get, "/admin/settings/stale", web.Admins, s.console.ShowFeatureSettings},
		{post, "/admin/settings/stale", web.Admins, s.console.SetStaleDays},
		{get, "/admin/settings/staff/new", web.Admins, s.console.ConfirmNewStaff},
		{post, "/admin/settings/staff/new", web.Admins, s.console.AddStaff},
		{get, "/admin/settings/staff/:id", web.Admins, s.console.ConfirmStaff},
		{post, "/admin/settings/staff/:id", web.Admins, s.console.SaveStaff},
		{get, "/admin/settings/staff/:id/link", web.Admins, s.console.ConfirmLink(s.console.OtherStaff)},
		{post, "/admin/settings/staff/:id/link", web.Admins, s.console.CreateLink(s.console.OtherStaff)},
		{get, "/admin/settings/staff/:id/disable", web.Admins, s.console.ConfirmDisable(s.console.OtherStaff)},
		{post, "/admin/settings/staff/:id/disable", web.Admins, s.console.Disable(s.console.OtherStaff)},
		{post, "/admin/settings/staff/:id/enable", web.Admins, s.console.Enable(s.console.OtherStaff)},
		{get, "/admin/settings/sessions", web.Admins, s.console.ListStaffSessions},
		{post, "/admin/settings/staff/:id/sessions/:session/end", web.Admins, s.console.EndStaffSession},
		{get, "/admin/settings/security", web.Admins, s.console.ShowSecurity},
		{get, "/admin/settings/security/export.csv", web.Admins, s.console.ExportSecurity},
		{get, "/admin/settings/keys", web.Admins, s.console.ListKeys},
		{get, "/admin/settings/keys/new", web.Admins, s.console.ConfirmNewKey},
		{post, "/admin/settings/keys/new", web.Admins, s.console.AddKey},
		{get, "/admin/settings/keys/:id/revoke", web.Admins, s.console.ConfirmRevokeKey},
		{post, "/admin/settings/keys/:id/revoke", web.Admins, s.console.RevokeKey},
		{post, "/admin/settings/backup", web.Admins, s.console.DownloadBackup},
		{get, "/admin/settings/registry", web.Admins, s.console.ShowRegistry},
		{post.of(web.OneFile), "/admin/settings/registry", web.Admins, s.console.PreviewRegistry},
		{get, "/admin/settings/registry.yaml", web.Admins, s.console.ExportRegistry},
		{post, "/admin/settings/registry/apply", web.Admins, s.console.ApplyRegistry},
		{get, "/admin/settings/registry/catalogues/:name", web.Admins, s.console.PreviewCatalogue},
		{get, "/admin/profile", web.Viewers, s.console.ShowProfile},
		{get, "/admin/profile/name", web.Viewers, s.console.ShowProfile},
		{post, "/admin/profile/name", web.Viewers, s.console.SaveName},
		{get, "/admin/profile/password", web.Viewers, s.console.ShowProfile},
		{post, "/admin/profile/password", web.Viewers, s.console.ChangePassword},
		{post, "/admin/profile/sessions/end-others", web.Viewers, s.console.EndOtherSessions},
		{post, "/admin/profile/sessions/:session/end", web.Viewers, s.console.EndOwnSession},

		{get, "/api/docs", web.Anyone, s.evaluation.Docs},
		{get, "/api/openapi.yaml", web.Anyone, s.evaluation.OpenAPI},
		{get, "/api/types.d.ts", web.APIViewers, s.evaluation.TypeDeclarations},
		{post.of(web.FewFields), "/api/session", web.Anyone, s.evaluation.CreateSession},
		{del, "/api/session", web.Anyone, s.evaluation.DeleteSession},
		{get, "/api/me", web.SignedIn, s.evaluation.Me},
		{get, "/api/me/features", web.SignedIn, s.evaluation.MyFeatures},
		{get, web.StreamRoute, web.SignedIn, s.evaluation.StreamFeatures},
		{put, "/api/me/password", web.SignedIn, s.console.PutMyPassword},
		{get, "/api/me/sessions", web.SignedIn, s.console.MySessions},
		{del, "/api/me/sessions", web.SignedIn, s.console.EndMySessions},
		{del, "/api/me/sessions/:session", web.SignedIn, s.console.EndMySession},
		{get, "/api/me/upgrade-requests", web.SignedIn, s.evaluation.MyUpgrades},
		{post.of(web.FewFields), "/api/me/upgrade-requests", web.SignedIn, s.evaluation.RequestUpgrade},
		{del, "/api/me/upgrade-requests/:id", web.SignedIn, s.evaluation.WithdrawMyUpgrade},
		{get, "/api/v1/producers/me/", web.SignedIn, s.evaluation.ProducersMe},
		{get, "/api/v2/features", web.Evaluators, s.evaluation.TenantFeatures},
		{get, "/api/v2/features/check/:key", web.Evaluators, s.evaluation.CheckFeature},
		{get, "/api/v2/features/models", web.Evaluators, s.evaluation.TenantModels},
		{get, "/api/v2/features/components", web.Evaluators, s.evaluation.TenantComponents},

		{get, "/api/v2/admin/features", web.APIViewers, s.adminapi.ListFeatures},
		{post.of(web.LargeForm), "/api/v2/admin/features", web.APIEditors, s.adminapi.CreateFeature},
		{post.of(web.LargeForm), "/api/v2/admin/features/bulk", web.APIEditors, s.adminapi.ChangeFeatures},
		{get, "/api/v2/admin/features/:key", web.APIViewers, s.adminapi.ShowFeature},
		{patch.of(web.LargeForm), "/api/v2/admin/features/:key", web.APIEditors, s.adminapi.PatchFeature},
		{del, "/api/v2/admin/features/:key", web.APIEditors, s.adminapi.DeleteFeature},
		{post, "/api/v2/admin/features/:key/kill", web.APIEditors, s.adminapi.KillFeature},

		{get, "/api/v2/admin/tiers", web.APIViewers, s.adminapi.ListTiers},
		{post, "/api/v2/admin/tiers", web.APIEditors, s.adminapi.CreateTier},
		{get, "/api/v2/admin/tiers/:key", web.APIViewers, s.adminapi.ShowTier},
		{patch, "/api/v2/admin/tiers/:key", web.APIEditors, s.adminapi.PatchTier},
		{del, "/api/v2/admin/tiers/:key", web.APIEditors, s.adminapi.DeleteTier},
		{get, "/api/v2/admin/tiers/:key/features", web.APIViewers, s.adminapi.ListTierFeatures},
		{get, "/api/v2/admin/tiers/:key/features/:feature", web.APIViewers, s.adminapi.ShowTierFeature},
		{put.of(web.LargeForm), "/api/v2/admin/tiers/:key/features/:feature", web.APIEditors, s.adminapi.SetTierFeature},
		{del, "/api/v2/admin/tiers/:key/features/:feature", web.APIEditors, s.adminapi.ClearTierFeature},

		{get, "/api/v2/admin/accounts", web.APIViewers, s.adminapi.ListAccounts},
		{post, "/api/v2/admin/accounts", web.APIEditors, s.adminapi.CreateAccount},
		{post.of(web.LargeForm), "/api/v2/admin/accounts/bulk", web.APIEditors, s.adminapi.ChangeAccounts},
		{get, "/api/v2/admin/accounts/:slug", web.APIViewers, s.adminapi.ShowAccount},
		{patch, "/api/v2/admin/accounts/:slug", web.APIEditors, s.adminapi.PatchAccount},
		{del, "/api/v2/admin/accounts/:slug", web.APIEditors, s.adminapi.DeleteAccount},
		{get, "/api/v2/admin/accounts/:slug/overrides", web.APIViewers, s.adminapi.ListOverrides},
		{get, "/api/v2/admin/accounts/:slug/overrides/:key", web.APIViewers, s.adminapi.ShowOverride},
		{put.of(web.LargeForm), "/api/v2/admin/accounts/:slug/overrides/:key", web.APIEditors, s.adminapi.SetOverride},
		{del, "/api/v2/admin/accounts/:slug/overrides/:key", web.APIEditors, s.adminapi.ClearOverride},

		{get, "/api/v2/admin/upgrade-requests", web.APIViewers, s.adminapi.ListUpgrades},
		{get, "/api/v2/admin/upgrade-requests/:id", web.APIViewers, s.adminapi.ShowUpgrade},
		{post.of(web.LargeForm), "/api/v2/admin/upgrade-requests/:id/approve", web.APIEditors, s.adminapi.ApproveUpgrade},
		{post, "/api/v2/admin/upgrade-requests/:id/reject", web.APIEditors, s.adminapi.RejectUpgrade},
		{post, "/api/v2/admin/upgrade-requests/:id/withdraw", web.APIEditors, s.adminapi.WithdrawUpgrade},

		{get, "/api/v2/admin/models", web.APIViewers, s.adminapi.ListModels},
		{post, "/api/v2/admin/models", web.APIEditors, s.adminapi.CreateModel},
		{get, "/api/v2/admin/models/:id", web.APIViewers, s.adminapi.ShowModel},
		{patch, "/api/v2/admin/models/:id", web.APIEditors, s.adminapi.PatchModel},
		{del, "/api/v2/admin/models/:id", web.APIEditors, s.adminapi.DeleteModel},

		{get, "/api/v2/admin/components", web.APIViewers, s.adminapi.ListComponents},
		{post, "/api/v2/admin/components", web.APIEditors, s.adminapi.CreateComponent},
		{get, "/api/v2/admin/components/:key", web.APIViewers, s.adminapi.ShowComponent},
		{patch, "/api/v2/admin/components/:key", web.APIEditors, s.adminapi.PatchComponent},
		{del, "/api/v2/admin/components/:key", web.APIEditors, s.adminapi.DeleteComponent},

		{get, "/api/v2/admin/changes", web.APIViewers, s.adminapi.ListChanges},
		{get, "/api/v2/admin/changes/:id", web.APIViewers, s.adminapi.ShowChange},
		{post, "/api/v2/admin/changes/:id/undo", web.APIEditors, s.adminapi.UndoChange},

		{get, "/api/v2/admin/mode", web.APIViewers, s.adminapi.ShowMode},
		{put, "/api/v2/admin/mode", web.APIAdmins, s.adminapi.SetMode},

		{post, "/ofrep/v1/evaluate/flags", web.Programs, s.evaluation.OfrepFlags},
		{post, "/ofrep/v1/evaluate/flags/:key", web.Programs, s.evaluation.OfrepFlag},

		{get, "/portal", web.SignedIn, s.sample.Portal},
		{get, "/portal/*", web.SignedIn, s.sample.Portal},
		{get, "/portal.js", web.Anyone, s.sample.ClientFile},
		{get, "/portal.d.ts", web.Anyone, s.sample.ClientFile},
		{get, "/portal-react.js", web.Anyone, s.sample.ClientFile},
		{get, "/portal-react.d.ts", web.Anyone, s.sample.ClientFile},
	}
}

// register adds the routes, each behind its guard, and answers every other path with 404. A slash at the end of a path is
// for those who read it: requests are routed without one (canonicalPath).
func (s *Server) register(routes []route) {
	for _, r := range routes {
		handler, path := s.guard(r), web.WithoutSpareSlashes(r.path)
		observed := s.Metrics.Observe(r.method, r.path)
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
		if err := s.Authorise(c, r.access); err != nil {
			return err
		}
		if err := web.LimitBody(c, r.body); err != nil {
			return err
		}
		release, err := s.Bodies.Hold(c.Request(), r.body)
		if err != nil {
			return err
		}
		defer release()
		if err := web.CheckParams(c); err != nil {
			return err
		}
		if err := s.CheckOrigin(c); err != nil {
			return err
		}
		s.NoteMoment(c, r.access)
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

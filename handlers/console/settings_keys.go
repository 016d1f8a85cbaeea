package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

const keysPath = settingsPath + "/keys"

var keysLink = views.Link{Text: "API keys", URL: keysPath}

// mayWords says what each scope allows.
var mayWords = map[features.Scope]string{
	features.ScopeEvaluate: "ask what an account has",
	features.ScopeRead:     "also read what staff see",
	features.ScopeAdmin:    "also change it",
}

var keyBadges = map[features.KeyState]views.BadgeModel{
	features.KeyActive:  {Text: "Active", Kind: "good"},
	features.KeyExpired: {Text: "Expired", Kind: "warn", Icon: "calendar"},
	features.KeyRevoked: {Text: "Revoked", Kind: "bad", Icon: "refuse"},
	features.KeyIdle:    {Text: "Stopped: its creator is not an active admin", Kind: "warn", Icon: "warning"},
}

// ListKeys shows the keys that programs call with.
func (s *Surface) ListKeys(c echo.Context) error {
	keys, err := s.DB.ListAPIKeys(c.Request().Context())
	if err != nil {
		return err
	}
	list, err := readSettingsList(c, keysPath, s.keyColumns())
	if err != nil {
		return err
	}
	matching := list.apply(keys, func(k *features.APIKey) []string { return []string{k.Name, string(k.Scope), k.Hint, k.CreatedBy} })
	model, now := views.KeysModel{New: keysPath + "/new", List: list.model(len(matching), len(keys), "API key", "API keys")}, time.Now()
	for _, key := range matching {
		model.Rows = append(model.Rows, s.keyRow(key, now))
	}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "API keys", "settings"), views.KeysPage(model)))
}

// keyColumns are the columns of the list of keys. One that never expires stands behind all that do.
func (s *Surface) keyColumns() []listColumn[*features.APIKey] {
	type key = *features.APIKey
	return []listColumn[key]{
		{"name", "Key", byText(func(k key) string { return k.Name })},
		{"scope", "Scope", func(a, b key) int {
			return slices.Index(features.Scopes, a.Scope) - slices.Index(features.Scopes, b.Scope)
		}},
		{"state", "State", byText(func(k key) string { return string(s.Live.People().KeyState(k, time.Now())) })},
		{"used", "Last used", func(a, b key) int { return s.KeysUsed.Of(a.ID, a.UsedAt).Compare(s.KeysUsed.Of(b.ID, b.UsedAt)) }},
		{"expires", "Expires", func(a, b key) int {
			if a.ExpiresAt.IsZero() != b.ExpiresAt.IsZero() {
				return b.ExpiresAt.Compare(a.ExpiresAt)
			}
			return a.ExpiresAt.Compare(b.ExpiresAt)
		}},
		{"created", "Created", func(a, b key) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) }},
	}
}

func (s *Surface) keyRow(key *features.APIKey, now time.Time) views.KeyRowModel {
	row := views.KeyRowModel{
		ID: "key-" + strconv.FormatInt(key.ID, 10), Name: key.Name, Scope: string(key.Scope), May: mayWords[key.Scope], Hint: key.Hint,
		By: key.CreatedBy, Created: views.When(key.CreatedAt, now), Used: views.When(s.KeysUsed.Of(key.ID, key.UsedAt), now),
		Expires: views.When(key.ExpiresAt, now), State: keyBadges[s.Live.People().KeyState(key, now)],
	}
	if key.RevokedAt.IsZero() {
		row.Revoke = revokePath(key.ID)
	}
	return row
}

func revokePath(key int64) string { return keysPath + "/" + strconv.FormatInt(key, 10) + "/revoke" }

func (s *Surface) newKeyQuestion(c echo.Context) views.AskModel {
	return views.AskModel{
		ID: "key-dialog", Title: "New API key", Action: keysPath + "/new", CSRFToken: s.CSRFToken(c), Submit: "Create key", Back: keysLink,
	}
}

func keyFields(scope features.Scope) views.KeyFields {
	fields := views.KeyFields{Scope: string(scope)}
	for _, one := range features.Scopes {
		fields.Scopes = append(fields.Scopes, views.Option{Value: string(one), Text: string(one) + ": " + mayWords[one]})
	}
	return fields
}

// ConfirmNewKey asks for the name and the scope of a new API key.
func (s *Surface) ConfirmNewKey(c echo.Context) error {
	return s.confirm(c, "settings", s.newKeyQuestion(c), views.AskKey(keyFields(features.ScopeEvaluate)), nil)
}

// AddKey makes a key and shows it, this once.
func (s *Surface) AddKey(c echo.Context) error {
	draft := features.KeyDraft{Name: c.FormValue("name"), Scope: features.Scope(c.FormValue("scope"))}
	var secret string
	var revision int64
	var err error
	if draft.ExpiresAt, err = features.ParseExpiry(c.FormValue("expires_at"), time.Now()); err == nil {
		secret, revision, err = s.DB.AddAPIKey(c.Request().Context(), web.Actor(c), draft)
	}
	if wrong := web.FieldErrors(err); wrong != nil {
		fields := keyFields(draft.Scope)
		fields.Name, fields.Expires, fields.Errors = draft.Name, c.FormValue("expires_at"), wrong
		return s.confirm(c, "settings", s.newKeyQuestion(c), views.AskKey(fields), err)
	}
	if err != nil {
		return err
	}
	made := views.NewKeyModel{Name: draft.Normalize().Name, Secret: secret, Back: keysLink}
	if !web.WantsFragment(c) {
		return web.Render(c, http.StatusOK, inShell(s.shell(c, "API keys", "settings"), views.NewKeyPage(made)))
	}
	c.Response().Header().Set("HX-Trigger", "list:reload")
	return web.Render(c, http.StatusOK, views.NewKeyDialog(made), s.changeToast(c, "Created API key "+made.Name, revision))
}

// ConfirmRevokeKey asks whether a key shall end.
func (s *Surface) ConfirmRevokeKey(c echo.Context) error {
	key, err := s.DB.APIKey(c.Request().Context(), web.PathNumber(c, "id"))
	if err != nil {
		return err
	}
	used := "It has never been used."
	if at := s.KeysUsed.Of(key.ID, key.UsedAt); !at.IsZero() {
		used = "It was last used " + views.When(at, time.Now()) + "."
	}
	question := views.AskModel{
		ID: "revoke-dialog", Title: "Revoke the API key " + key.Name + "?", Hint: "Ends in " + key.Hint, Action: revokePath(key.ID),
		CSRFToken: s.CSRFToken(c), Submit: "Revoke key", Danger: true, Note: "Cannot be undone.", Back: keysLink,
	}
	text := used + " Programs that use it are refused from their next request on. A revoked key cannot be restored."
	return s.confirm(c, "settings", question, views.AskOnly(text, ""), nil)
}

// RevokeKey ends a key.
func (s *Surface) RevokeKey(c echo.Context) error {
	key, err := s.DB.APIKey(c.Request().Context(), web.PathNumber(c, "id"))
	if err != nil {
		return err
	}
	if _, err := s.DB.RevokeAPIKey(c.Request().Context(), web.Actor(c), key.ID); err != nil {
		return err
	}
	return s.saved(c, "Revoked API key "+key.Name, keysPath)
}

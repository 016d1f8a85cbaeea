package handlers

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

// TestLogHoldsNoSecrets calls every route with every secret wherever a request has room for one, and looks for them in the
// whole log.
func TestLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	log := &logLines{}
	s.server.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	secrets, used := s.secrets(), make(map[string]string)
	routes := append(s.server.routes(), route{call: call{method: http.MethodGet}, path: "/no/such/:token"})
	for _, r := range routes {
		admin := s.as("admin") // anew for each: some routes end the session
		used["session for "+r.path], used["CSRF token for "+r.path] = admin.cookie.Value, admin.csrf
		for _, b := range []*browser{admin, s.as(""), s.bearing(secrets["key"])} {
			for _, secret := range secrets {
				s.callWithSecret(r, b, secret)
			}
		}
	}
	text := log.text.String()
	if logged := strings.Count(text, `"msg":"request"`); logged != 3*len(routes)*len(secrets) {
		t.Errorf("%d requests are logged", logged)
	}
	maps.Copy(used, secrets)
	for name, secret := range used {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("the secret %s is in the log: %s", name, text[max(0, at-300):at+len(secret)])
		}
	}
}

// secrets are one of each kind.
func (s *site) secrets() map[string]string {
	s.t.Helper()
	link, _, err := s.db.CreatePasswordLink(s.t.Context(), dbtest.Actor(), s.user("owner"))
	if err != nil {
		s.t.Fatal(err)
	}
	setup, err := s.server.console.SetupPath(s.t.Context())
	if err != nil || setup == "" {
		s.t.Fatalf("the set-up link is %q, %v", setup, err)
	}
	session := s.as("admin")
	return map[string]string{
		"session": session.cookie.Value, "CSRF token": session.csrf,
		"key": s.key(features.ScopeAdmin), "link": link, "set-up": strings.TrimPrefix(setup, "/setup/"), "password": "a-Password-nobody-guesses",
	}
}

// callWithSecret calls a route with a secret in its path, its query, its headers and its body. What the answer is does not
// matter here.
func (s *site) callWithSecret(r route, b *browser, secret string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	path := pathParameter.ReplaceAllLiteralString(strings.Replace(r.path, "*", ":rest", 1), url.PathEscape(secret))
	contentType, body := "application/x-www-form-urlencoded", url.Values{
		"email": {secret}, "password": {secret}, "current": {secret}, "name": {secret}, "csrf": {secret}, "reason": {secret}, "key": {secret},
	}.Encode()
	if web.IsAPI(httptest.NewRequestWithContext(ctx, r.method, path, nil)) {
		contentType, body = "application/json", `{"email": "`+secret+`", "password": "`+secret+`", "name": "`+secret+`", "key": "`+secret+`"}`
	}
	request := httptest.NewRequestWithContext(ctx, r.method, path+"?token="+secret+"&q="+secret+"&next=/"+secret, strings.NewReader(body))
	for name, value := range map[string]string{
		"Content-Type": contentType, "X-CSRF-Token": b.csrf, web.RequestID: secret, "X-API-Key": secret, "User-Agent": secret,
		"Referer": "http://example.com/setup/" + secret, "HX-Current-URL": "http://example.com/setup/" + secret, "X-Forwarded-For": secret,
		"If-None-Match": secret, "If-Match": secret, "Last-Event-ID": secret, "Traceparent": secret,
	} {
		request.Header.Set(name, value)
	}
	for name, value := range b.header {
		request.Header.Set(name, value)
	}
	if b.header == nil {
		request.Header.Del("X-API-Key") // which would come before a session
	}
	if b.cookie != nil {
		request.AddCookie(b.cookie)
	}
	if r.path == web.StreamRoute || r.path == web.ChangesRoute {
		ended, end := context.WithCancel(ctx)
		end()
		request = request.WithContext(ended)
	}
	defer func() { _ = recover() }() // which breaks the connection off
	s.server.ServeHTTP(httptest.NewRecorder(), request)
}

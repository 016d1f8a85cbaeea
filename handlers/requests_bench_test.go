package handlers

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

// BenchmarkRequests measures requests of programs and portals from the server's first line to its last, without a network.
func BenchmarkRequests(b *testing.B) {
	d := dbtest.Open(b)
	for i := range 50 {
		draft := features.FeatureDraft{Key: "feature_" + strconv.Itoa(i), Name: "Feature " + strconv.Itoa(i)}
		if _, err := d.CreateFeature(b.Context(), dbtest.Actor(), draft); err != nil {
			b.Fatal(err)
		}
	}
	account, err := d.CreateAccount(b.Context(), dbtest.Actor(), features.AccountDraft{Name: "Arizona Comedy"})
	if err != nil {
		b.Fatal(err)
	}
	owner := features.UserDraft{Email: "owner@example.com", Name: "Owner"}
	user, err := d.CreateUser(b.Context(), dbtest.Actor(), owner, "", []features.Membership{{AccountID: account, Role: "owner"}})
	if err != nil {
		b.Fatal(err)
	}
	token, err := d.StartSession(b.Context(), db.SignIn{User: user})
	if err != nil {
		b.Fatal(err)
	}
	key, _, err := d.AddAPIKey(b.Context(), dbtest.Actor(), features.KeyDraft{Name: "program", Scope: features.ScopeEvaluate})
	if err != nil {
		b.Fatal(err)
	}
	secret := []byte(strings.Repeat("s", 32))
	server := New(web.Config{DB: d, Secret: secret, Log: slog.New(slog.DiscardHandler), Version: "test"})
	for _, call := range []struct{ name, method, path, body string }{
		{"ofrep one", http.MethodPost, "/ofrep/v1/evaluate/flags/feature_0", `{"context":{"targetingKey":"arizona-comedy"}}`},
		{"ofrep all", http.MethodPost, "/ofrep/v1/evaluate/flags", `{"context":{"targetingKey":"arizona-comedy"}}`},
		{"portal", http.MethodGet, "/api/me/features", ""},
	} {
		b.Run(call.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					r := httptest.NewRequestWithContext(b.Context(), call.method, call.path, strings.NewReader(call.body))
					if call.method == http.MethodPost {
						r.Header.Set("Authorization", "Bearer "+key)
						r.Header.Set("Content-Type", "application/json")
					} else {
						r.AddCookie(&http.Cookie{Name: web.SessionCookie(secret, false), Value: token})
					}
					w := httptest.NewRecorder()
					if server.ServeHTTP(w, r); w.Code != http.StatusOK {
						b.Errorf("%s answers %d: %s", call.path, w.Code, w.Body)
						return
					}
				}
			})
		})
	}
}

package e2e

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/e2e/chromium"
	"flagstone/features"
	"flagstone/handlers"
)

// ownPortal is a customer's own portal as docs/portal.md has it made: its files, and Flagstone behind some of its paths.
type ownPortal struct {
	*httptest.Server
	t        *testing.T
	db       *db.DB
	flags    *httptest.Server // Flagstone itself
	account  int64
	token    string // of the session of the account's owner
	files    string // the directory of the portal's own files
	policy   string // its Content-Security-Policy
	answered *tally
	streams  atomic.Int64 // open now
	down     atomic.Bool  // whether Flagstone cannot be reached through the portal's API paths
}

// tally counts what Flagstone answered through the portal, by path and status: "/api/me/features 304".
type tally struct {
	mu    sync.Mutex
	count map[string]int
}

func (l *tally) add(response *http.Response) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count[response.Request.URL.Path+" "+response.Status[:3]]++
	return nil
}

func (l *tally) of(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count[what]
}

// ownPolicy is as strict as a portal's may be.
const ownPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'"

// ownSecret is the server's secret.
var ownSecret = make([]byte, 32)

func newOwnPortal(t *testing.T) *ownPortal {
	t.Helper()
	p := &ownPortal{t: t, db: dbtest.Open(t), files: t.TempDir(), policy: ownPolicy, answered: &tally{count: make(map[string]int)}}
	p.Server = httptest.NewUnstartedServer(nil)
	flagstone := handlers.New(handlers.Config{
		DB: p.db, Secret: ownSecret, Log: slog.New(slog.DiscardHandler), PortalOrigins: []string{"http://" + p.Listener.Addr().String()},
	})
	p.flags = httptest.NewServer(flagstone)
	p.Config.Handler = p.handler()
	p.Start()
	t.Cleanup(p.flags.Close)
	t.Cleanup(p.Close)
	t.Cleanup(p.CloseClientConnections)
	t.Cleanup(p.flags.CloseClientConnections)
	p.fill()
	return p
}

func (p *ownPortal) handler() http.Handler {
	target, err := url.Parse(p.flags.URL)
	p.must(err)
	proxy := &httputil.ReverseProxy{
		FlushInterval:  -1,
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		ModifyResponse: p.answered.add,
		ErrorLog:       slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	own := http.FileServer(http.Dir(p.files))
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", p.policy)
		own.ServeHTTP(w, r)
	})
	for _, path := range []string{"/portal.js", "/portal", "/portal/", "/static/", "/signin"} {
		mux.Handle(path, proxy)
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		if p.down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	})
	mux.HandleFunc("/api/me/features/stream", func(w http.ResponseWriter, r *http.Request) {
		p.streams.Add(1)
		defer p.streams.Add(-1)
		proxy.ServeHTTP(w, r)
	})
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/enter", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: handlers.SessionCookie(ownSecret, false), Value: p.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	})
	return mux
}

// fill makes an account with its owner signed in, and the three features of the sample portal, all off.
func (p *ownPortal) fill() {
	p.t.Helper()
	ctx, by := p.t.Context(), dbtest.Actor()
	account, err := p.db.CreateAccount(ctx, by, features.AccountDraft{Name: "Arizona Comedy"})
	p.must(err)
	for _, key := range []string{"knowledge_base", "ai_agents", "additional_services"} {
		_, err := p.db.CreateFeature(ctx, by, features.FeatureDraft{Key: key, Name: key, Category: "portal"})
		p.must(err)
	}
	user, err := p.db.CreateUser(ctx, by, features.UserDraft{Email: "lena@example.com", Name: "Lena Vargas"}, "", []features.Membership{{AccountID: account, Role: "owner"}})
	p.must(err)
	p.account = account
	p.token, err = p.db.StartSession(ctx, db.SignIn{User: user})
	p.must(err)
}

func (p *ownPortal) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// set switches a feature of the account, as staff would.
func (p *ownPortal) set(key string, on bool) {
	p.t.Helper()
	feature, err := p.db.Live().Catalogue().Feature(key)
	p.must(err)
	cells, err := p.db.Cells(p.t.Context(), []int64{p.account}, []int64{feature.ID})
	p.must(err)
	_, err = p.db.SetOverride(p.t.Context(), dbtest.Actor(), db.OverrideChange{
		Account: p.account, Feature: key, Value: features.Value{Enabled: on},
		Version: cells[db.CellKey{Account: p.account, Feature: feature.ID}].Version,
	})
	p.must(err)
}

// write puts a file among the portal's own.
func (p *ownPortal) write(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.files, name)
	p.must(os.MkdirAll(filepath.Dir(path), 0o755))
	p.must(os.WriteFile(path, []byte(content), 0o644))
}

// documented gives the example in docs/portal.md whose first line is a comment with the file's name.
func documented(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/portal.md")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(text), "\n```") {
		_, code, _ := strings.Cut(block, "\n")
		if title, _, _ := strings.Cut(code, "\n"); strings.Contains(title, " "+name) {
			return code + "\n"
		}
	}
	t.Fatalf("docs/portal.md has no example %s", name)
	return ""
}

// browser starts a Chromium, signed in to the portal.
func (p *ownPortal) browser() *chromium.Tab {
	p.t.Helper()
	b := chromium.Open(p.t)
	b.Open(p.URL + "/enter")
	return b
}

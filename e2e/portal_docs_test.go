package e2e

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"flagstone/e2e/chromium"
	"flagstone/handlers"
)

// The plain page of docs/portal.md, word for word, under a strict Content-Security-Policy.
func TestDocumentedPage(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	for _, name := range []string{"index.html", "menu.js", "style.css"} {
		p.write(name, documented(t, name))
	}
	b := p.browser()
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("feature-gate [slot=fallback]"))
	b.Until(chromium.Unseen("#help") + "&&" + chromium.Unseen("feature-gate a"))

	p.set("knowledge_base", true)
	b.Until(chromium.Seen("#help"))
	p.set("ai_agents", true)
	b.Until(chromium.Seen("feature-gate a") + "&&" + chromium.Unseen("feature-gate [slot=fallback]"))
	p.set("knowledge_base", false)
	b.Until(chromium.Unseen("#help") + "&&" + chromium.Seen("feature-gate a"))

	before := p.answered.of("/api/me/features 304")
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("feature-gate a"))
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("feature-gate a"))
	eventually(t, "a 304 for what has not changed", func() bool { return p.answered.of("/api/me/features 304") > before })
}

// The React app of docs/portal.md, made from the files that Flagstone serves, with a bundler.
func TestDocumentedReactApp(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	source := t.TempDir()
	p.must(os.WriteFile(filepath.Join(source, "app.jsx"), []byte(documented(t, "app.jsx")), 0o644))
	p.must(os.Mkdir(filepath.Join(source, "flagstone"), 0o755))
	for _, name := range []string{"portal.js", "portal.d.ts", "portal-react.js", "portal-react.d.ts"} {
		p.must(os.WriteFile(filepath.Join(source, "flagstone", name), p.download("/"+name), 0o644))
	}
	p.bundle(source)
	p.write("index.html", `<!doctype html><title>React</title><body data-user="42"><div id="app"></div><script type="module" src="app.js"></script>`)
	b := p.browser()
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("a[href='/']") + "&&" + chromium.Unseen("a[href='/help']"))
	b.Until("document.querySelector('nav p').textContent === 'Up to 3 flows'")
	p.set("knowledge_base", true)
	b.Until(chromium.Seen("a[href='/help']"))
	p.set("knowledge_base", false)
	b.Until(chromium.Unseen("a[href='/help']"))
}

// bundle makes app.js of app.jsx, as a portal's own build would.
func (p *ownPortal) bundle(source string) {
	p.t.Helper()
	modules, err := filepath.Abs("../node_modules")
	p.must(err)
	cmd := exec.CommandContext(p.t.Context(), filepath.Join(modules, ".bin/esbuild"), "app.jsx", "--bundle", "--format=esm",
		"--define:process.env.NODE_ENV=\"production\"", "--outfile="+filepath.Join(p.files, "app.js"))
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("esbuild: %v (make test installs what the tests need)\n%s", err, out)
	}
}

// download gives a file as Flagstone serves it.
func (p *ownPortal) download(path string) []byte {
	p.t.Helper()
	response, err := http.Get(p.flags.URL + path)
	p.must(err)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	p.must(err)
	return content
}

// The server's side of docs/portal.md: the visitor's cookie decides, and no answer is a no.
func TestDocumentedServerGate(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	p.must(os.WriteFile(filepath.Join(p.files, "features.mjs"), []byte(documented(t, "features.mjs")), 0o644))
	p.set("knowledge_base", true)
	cookie := handlers.SessionCookie(ownSecret, false) + "=" + p.token
	for name, c := range map[string]struct{ at, cookie, key, want string }{
		"on":               {p.flags.URL, cookie, "knowledge_base", "true"},
		"off":              {p.flags.URL, cookie, "ai_agents", "false"},
		"unknown":          {p.flags.URL, cookie, "unheard_of", "false"},
		"nobody signed in": {p.flags.URL, "", "knowledge_base", "false"},
		"no Flagstone":     {"http://127.0.0.1:1", cookie, "knowledge_base", "false"},
	} {
		cmd := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e",
			`import { hasFeature } from "./features.mjs";
			console.log(await hasFeature({ headers: { cookie: process.env.COOKIE } }, process.env.KEY));`)
		cmd.Dir = p.files
		cmd.Env = append(os.Environ(), "FLAGSTONE="+c.at, "COOKIE="+c.cookie, "KEY="+c.key)
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, c.want)
		}
	}
}

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/e2e/chromium"
	"flagstone/features"
)

// proxied is the demo behind an nginx that has the blocks of docs/portal.md: a portal's host, portal.lan, with the portal's
// own files and Flagstone behind some paths, and Flagstone's own host, flags.lan. It compresses whatever it may.
type proxied struct {
	*demo
	portal, flags string // the addresses of the two hosts
	port          string
}

// The proxy of the guide, word for word, over plain HTTP and over HTTPS.
func TestDocumentedProxy(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			p := startProxied(t, scheme)
			staff := chromium.Open(t)
			portal := staff.Person(t)
			if scheme == "https" {
				staff.TrustAll()
				portal.TrustAll()
			}
			staff.Expect("Cross-Origin-Opener-Policy header has been ignored") // which browsers say of plain HTTP
			p.useThePortal(staff, portal)
			p.askByOFREP()
		})
	}
}

// useThePortal signs an owner in on the portal, has an admin switch a feature on the console, and signs both out.
func (p *proxied) useThePortal(staff, portal *chromium.Tab) {
	p.t.Helper()
	portal.Open(p.portal + "/")
	portal.Until(chromium.Seen("feature-gate [slot=fallback]"))
	portal.Want(`(await fetch("/api/session", {method: "POST", headers: {"Content-Type": "application/json"},
		body: JSON.stringify({email: "`+owner+`", password: "flagstone-demo"})})).status`, "204")
	portal.Reload()
	portal.Until(chromium.Seen("feature-gate a") + "&&" + chromium.Unseen("#help"))
	eventually(p.t, "a stream through the proxy", func() bool { return strings.Contains(p.metrics(), "flagstone_portal_streams 1\n") })

	signInAt(staff, p.flags, admin)
	staff.Open(p.flags + "/admin/accounts?q=arizona")
	staff.Click(cell("Knowledge Base", "Arizona Comedy"))
	portal.Until(chromium.Seen("#help"))
	staff.Settled()
	staff.Click("[popovertarget=person-menu]")
	staff.Click(`form[action="/signout"] button`)
	staff.Until("location.pathname === '/signin'")

	portal.Want(`(await import("/portal.js")).flags.signOut()`, "true")
	portal.Until(chromium.Unseen("#help"))
	portal.Want(`(await fetch("/api/me")).status`, "401")
}

// askByOFREP asks with a base address that ends in a slash, and again with the tag that the proxy has made weak.
func (p *proxied) askByOFREP() {
	p.t.Helper()
	secret, _, err := p.database().AddAPIKey(p.t.Context(), dbtest.Actor(), features.KeyDraft{Name: "Billing", Scope: features.ScopeEvaluate})
	if err != nil {
		p.t.Fatal(err)
	}
	var first *http.Response
	eventually(p.t, "the key to be known", func() bool {
		first = p.ofrep(secret, "")
		return first.StatusCode == http.StatusOK
	})
	tag := first.Header.Get("ETag")
	if first.Header.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(tag, "W/") {
		p.t.Errorf("the proxy does not compress: %v", first.Header)
	}
	if again := p.ofrep(secret, tag); again.StatusCode != http.StatusNotModified {
		p.t.Errorf("asked again with %s: %s", tag, again.Status)
	}
}

func (p *proxied) ofrep(secret, tag string) *http.Response {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.flags+"//ofrep/v1/evaluate/flags",
		strings.NewReader(`{"context":{"targetingKey":"arizona-comedy"}}`))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept-Encoding", "gzip")
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+p.port)
		},
	}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response
}

func (d *demo) metrics() string {
	d.t.Helper()
	response, err := http.Get(d.address + "/metrics")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// startProxied starts the demo and an nginx in front of it, which end with the test.
func startProxied(t *testing.T, scheme string) *proxied {
	t.Helper()
	options := []string{"--trusted-proxy", "127.0.0.1"}
	if scheme == "https" {
		options = append(options, "--secure-cookies")
	}
	p := &proxied{demo: startDemo(t, options...), port: freePort(t)}
	p.portal, p.flags = scheme+"://portal.lan:"+p.port, scheme+"://flags.lan:"+p.port
	folder := t.TempDir()
	for _, name := range []string{"index.html", "menu.js", "style.css"} {
		writeFile(t, filepath.Join(folder, "files", name), documented(t, name))
	}
	listen := "listen 127.0.0.1:" + p.port
	if scheme == "https" {
		writeCertificate(t, folder)
		listen += " ssl http2; ssl_certificate tls.pem; ssl_certificate_key tls.pem"
	}
	blocks := documentedProxy(t, strings.TrimPrefix(p.address, "http://"))
	writeFile(t, filepath.Join(folder, "nginx.conf"), fmt.Sprintf(`
daemon off; master_process off; pid nginx.pid; error_log error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  types { text/html html; text/css css; text/javascript js; }
  gzip on; gzip_proxied any; gzip_min_length 1; gzip_types *;
  server { %[1]s; server_name portal.lan; root files; location = /favicon.ico { return 204; } %[2]s }
  server { %[1]s; server_name flags.lan; %[3]s }
}`, listen, blocks[0], blocks[1]))
	startNginx(t, folder, p.port)
	return p
}

// documentedProxy returns the blocks of nginx of docs/portal.md, with nothing but Flagstone's address put in.
func documentedProxy(t *testing.T, address string) []string {
	t.Helper()
	guide, err := os.ReadFile("../docs/portal.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, found := range regexp.MustCompile("(?s)```nginx\n(.*?)```").FindAllSubmatch(guide, -1) {
		blocks = append(blocks, strings.ReplaceAll(string(found[1]), "127.0.0.1:8080", address))
	}
	if len(blocks) != 2 {
		t.Fatalf("docs/portal.md has %d blocks of nginx, want 2", len(blocks))
	}
	return blocks
}

func startNginx(t *testing.T, folder, port string) {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx = "/usr/sbin/nginx" // which is on no path but root's
	}
	command := exec.Command(nginx, "-p", folder, "-e", "error.log", "-c", filepath.Join(folder, "nginx.conf"))
	var out output
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		t.Fatalf("%v; run make test, which installs what the tests need", err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if log, _ := os.ReadFile(filepath.Join(folder, "error.log")); t.Failed() {
			t.Logf("nginx: %s%s", out.text(), log)
		}
	})
	eventually(t, "nginx to listen", func() bool {
		connection, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = connection.Close()
		}
		return err == nil
	})
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// writeCertificate writes a certificate that nobody signed, and its key, as tls.pem.
func writeCertificate(t *testing.T, folder string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	certificate := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	writeFile(t, filepath.Join(folder, "tls.pem"), string(text))
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

package static_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"flagstone/static"
)

func get(t *testing.T, url string, headers ...string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	static.Handler().ServeHTTP(recorder, request)
	return recorder.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestAssetsAreServedForEver(t *testing.T) {
	t.Parallel()
	for name, contentType := range map[string]string{
		"app.css":       "text/css; charset=utf-8",
		"js/console.js": "text/javascript; charset=utf-8",
		"icons.svg":     "image/svg+xml",
	} {
		response := get(t, static.URL(name))
		if response.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d", name, response.StatusCode)
		}
		if got := response.Header.Get("Content-Type"); got != contentType {
			t.Errorf("%s: content type %q, want %q", name, got, contentType)
		}
		if got := response.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q is not immutable", name, got)
		}
	}
}

func TestAnotherBinarysAddressIsNotCached(t *testing.T) {
	t.Parallel()
	response := get(t, "/static/000000000000/app.css")
	if response.StatusCode != http.StatusOK || response.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("status %d, Cache-Control %q", response.StatusCode, response.Header.Get("Cache-Control"))
	}
}

func TestUnknownAssets(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "nothing.css", "../embed.go", "js", "js/"} {
		if status := get(t, static.URL("")+name).StatusCode; status != http.StatusNotFound {
			t.Errorf("%q: status %d", name, status)
		}
	}
}

func TestGzipHoldsTheSameContent(t *testing.T) {
	t.Parallel()
	plain := get(t, static.URL("app.css"))
	zipped := get(t, static.URL("app.css"), "Accept-Encoding", "br, gzip")
	if zipped.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" {
		t.Fatalf("encodings: %q when accepted, %q when not", zipped.Header.Get("Content-Encoding"), plain.Header.Get("Content-Encoding"))
	}
	if zipped.Header.Get("Vary") != "Accept-Encoding" || plain.Header.Get("Vary") != "Accept-Encoding" {
		t.Error("Vary is missing")
	}
	reader, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body(t, reader) != body(t, plain.Body) {
		t.Error("the compressed style sheet differs from the plain one")
	}
}

func TestEveryStylesheetIsServed(t *testing.T) {
	t.Parallel()
	served := body(t, get(t, static.URL("app.css")).Body)
	files, err := fs.Glob(os.DirFS("."), "css/*.css")
	if err != nil || len(files) == 0 {
		t.Fatalf("no style sheets found: %v", err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(served, string(content)) {
			t.Errorf("%s is not part of app.css", name)
		}
	}
}

// Scripts name each other by relative paths, which only the browser would find broken.
func TestScriptsImportWhatIsServed(t *testing.T) {
	t.Parallel()
	imports := regexp.MustCompile(`(?:from|import) "\./([^"]+)"`)
	files, err := fs.Glob(os.DirFS("."), "js/*.js")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts found: %v", err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range imports.FindAllStringSubmatch(string(content), -1) {
			if status := get(t, static.URL("js/"+match[1])).StatusCode; status != http.StatusOK {
				t.Errorf("%s imports %s, which is not served: status %d", name, match[1], status)
			}
		}
	}
}

// A sibling selector with neither a class nor an attribute on its left has a browser look at every element of the page
// after each morph: what htmx swaps, it first lays beside the body.
func TestSiblingSelectorsNameWhatIsBeforeThem(t *testing.T) {
	t.Parallel()
	sheets, err := fs.Glob(os.DirFS("css"), "*.css")
	if err != nil || len(sheets) == 0 {
		t.Fatalf("the style sheets are %v, %v", sheets, err)
	}
	sibling := regexp.MustCompile(`(\S+) [+~] [^\d\s(]+`)
	for _, sheet := range sheets {
		text, err := os.ReadFile("css/" + sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range sibling.FindAllSubmatch(text, -1) {
			if !regexp.MustCompile(`[.#\[&]`).Match(rule[1]) {
				t.Errorf("%s: %q names no class before its sibling", sheet, rule[0])
			}
		}
	}
}

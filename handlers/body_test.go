package handlers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"flagstone/features"
	"flagstone/handlers/web"
)

// hostile is a JSON object of some size whose members nobody knows.
func hostile(size int) string {
	var text strings.Builder
	text.WriteString(`{"":0`)
	for i := 0; text.Len() < size-20; i++ {
		fmt.Fprintf(&text, `,"%x":0`, i)
	}
	return text.String() + "}"
}

// A body decides neither how much is kept of it nor how long the answer is, whatever is wrong with it.
func TestErrorAnswersStaySmall(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	key := s.bearing(s.key(features.ScopeEvaluate))
	list := `{"key":"a","name":"A","%s":[` + strings.Repeat(`"x",`, 200_000) + `"x"]}`
	long := strings.Repeat("<é>", 6<<10)
	for _, c := range []struct {
		by           *browser
		method, path string
		body         string
		status       int
	}{
		{s.as(""), http.MethodPost, "/api/session", hostile(1 << 20), http.StatusRequestEntityTooLarge},
		{s.as(""), http.MethodPost, "/api/session", hostile(web.FewFields), http.StatusUnprocessableEntity},
		{s.as(""), http.MethodPost, "/api/session", `{"email":` + strings.Repeat("[", web.FewFields-100), http.StatusBadRequest},
		{s.as("owner"), http.MethodPost, "/api/me/upgrade-requests", hostile(1 << 20), http.StatusRequestEntityTooLarge},
		{s.as("owner"), http.MethodPost, "/api/me/upgrade-requests", hostile(web.FewFields), http.StatusUnprocessableEntity},
		{b, http.MethodPost, admin + "/features", hostile(1 << 20), http.StatusRequestEntityTooLarge},
		{b, http.MethodPost, admin + "/features", hostile(70 << 10), http.StatusUnprocessableEntity},
		{b, http.MethodPost, admin + "/features", `{"` + long + `":1,"` + long + `x":1}`, http.StatusUnprocessableEntity},
		{b, http.MethodPost, admin + "/features", `{"` + long + `":1,"` + long + `":1}`, http.StatusBadRequest},
		{b, http.MethodPost, admin + "/features", fmt.Sprintf(list, "depends_on"), http.StatusUnprocessableEntity},
		{b, http.MethodPost, admin + "/features", fmt.Sprintf(list, "variants"), http.StatusUnprocessableEntity},
		{b, http.MethodPost, admin + "/features", `{"metadata":` + hostile(70<<10) + `}`, http.StatusUnprocessableEntity},
		{b, http.MethodPost, admin + "/features", `{"display_order":1` + strings.Repeat("0", 1<<19) + `}`, http.StatusBadRequest},
		{b, http.MethodPost, admin + "/features", `{"key":"` + long + `","name":"` + long + `"}`, http.StatusUnprocessableEntity},
		{b, http.MethodPost, admin + "/accounts", hostile(1 << 20), http.StatusRequestEntityTooLarge},
		{b, http.MethodPost, admin + "/accounts", hostile(web.OneForm), http.StatusUnprocessableEntity},
		{b.at("*"), http.MethodPatch, admin + "/accounts/maple-garage", hostile(web.OneForm), http.StatusUnprocessableEntity},
		{b.at("*"), http.MethodPatch, admin + "/features/ai_agents", hostile(70 << 10), http.StatusUnprocessableEntity},
		{key, http.MethodPost, "/ofrep/v1/evaluate/flags", hostile(1 << 20), http.StatusRequestEntityTooLarge},
		{key, http.MethodPost, "/ofrep/v1/evaluate/flags", `{"` + long + `":1,"` + long + `":1}`, http.StatusBadRequest},
	} {
		a := c.by.json(c.method, c.path, c.body)
		if a.StatusCode != c.status || len(a.body) > 24<<10 {
			t.Errorf("%s %s %.60s…: status %d, want %d, and %d bytes: %.300s", c.method, c.path, c.body, a.StatusCode, c.status, len(a.body), a.body)
		}
	}
	first := b.json(http.MethodPost, admin+"/features", hostile(70<<10)).wantText("there are more problems")
	if n := len(first.fieldsOf()); n != 20 {
		t.Errorf("%d problems are told, want %d", n, 20)
	}
}

// A hundred of the largest bodies at once, all of them wrong, need little more than themselves.
func TestHostileBodiesNeedLittleMemory(t *testing.T) { // not parallel: it measures what the process allocates
	s, _ := editing(t)
	for _, c := range []struct{ path, kind, body string }{
		{"/api/session", "application/json", hostile(1 << 20)},
		{"/api/session", "application/json", hostile(web.FewFields)},
		{"/signin", "application/x-www-form-urlencoded", strings.Repeat("a=&", 300_000)},
		{admin + "/features", "application/json", hostile(1 << 20)},
		{admin + "/features", "application/json", hostile(70 << 10)},
		{admin + "/features", "application/json", `{"metadata":` + hostile(70<<10) + strings.Repeat(" ", 400<<10) + `}`},
		{admin + "/accounts/bulk", "application/json", `{"selection":{"slugs":[` + strings.Repeat(`"",`, 340_000) + `""]}}`},
	} {
		editor := s.as("editor")
		if grown := heapGrowth(t, func() {
			r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			r.Header.Set("X-CSRF-Token", editor.csrf)
			r.AddCookie(editor.cookie)
			answer := httptest.NewRecorder()
			s.server.ServeHTTP(answer, r)
			if answer.Code < 400 || answer.Code >= 500 {
				t.Errorf("%s: status %d", c.path, answer.Code)
			}
			_, _ = io.Copy(io.Discard, answer.Result().Body)
		}); grown > 150<<20 {
			t.Errorf("100 calls at once of %s with %.30s… take %d MB", c.path, c.body, grown>>20)
		}
	}
}

// heapGrowth runs something a hundred times at once and returns by how much the heap grew meanwhile, at most.
func heapGrowth(t *testing.T, run func()) uint64 {
	t.Helper()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var group sync.WaitGroup
	for range 100 {
		group.Go(run)
	}
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	for most := uint64(0); ; runtime.Gosched() {
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapInuse)
		select {
		case <-done:
			t.Logf("the heap grew by %d MB", (most-min(most, before.HeapInuse))>>20)
			return most - min(most, before.HeapInuse)
		default:
		}
	}
}

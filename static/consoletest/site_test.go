package consoletest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"flagstone/static"
	"flagstone/views"

	"github.com/a-h/templ"
)

// policy is the strictest that the console is to work under.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'"

// site serves one list page made of the parts that every console page is made of, and fails on demand.
type site struct {
	*httptest.Server

	mu     sync.Mutex
	posts  []url.Values  // every form that was posted
	status int           // that posts are answered with; 0 for success
	gate   chan struct{} // when set, posts wait until it is closed
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", static.Handler())
	mux.HandleFunc("GET /list", s.list)
	mux.HandleFunc("GET /api/me", s.me)
	mux.HandleFunc("POST /api/session", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /cell", s.post(s.cell))
	mux.HandleFunc("POST /bulk", s.post(func(w http.ResponseWriter, r *http.Request) { answer(w, r, http.StatusOK, dialog("")) }))
	mux.HandleFunc("POST /dialog", s.post(s.dialog))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// fail answers the posts to come with a status; 0 ends it.
func (s *site) fail(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// hold keeps the posts to come waiting until the function that it gives is called.
func (s *site) hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate = gate
	return sync.OnceFunc(func() {
		s.mu.Lock()
		s.gate = nil
		s.mu.Unlock()
		close(gate)
	})
}

// posted gives the forms that have come since it was last asked.
func (s *site) posted() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	posts := s.posts
	s.posts = nil
	return posts
}

func (s *site) post(then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		s.mu.Lock()
		s.posts = append(s.posts, r.PostForm)
		status, gate := s.status, s.gate
		s.mu.Unlock()
		if gate != nil {
			<-gate
		}
		switch {
		case r.Header.Get("X-CSRF-Token") != "the-token":
			http.Error(w, "no token", http.StatusForbidden)
		case status == http.StatusUnauthorized:
			w.Header().Set("HX-Redirect", "/signin?next=/list")
			w.WriteHeader(status)
		case status != 0:
			http.Error(w, "<!doctype html><h1>A proxy speaks</h1>", status)
		default:
			then(w, r)
		}
	}
}

func (s *site) list(w http.ResponseWriter, r *http.Request) {
	page, _ := strconv.Atoi(r.FormValue("page"))
	shell := views.ShellModel{Title: "List", CSRFToken: "the-token", Mode: "live", Person: views.PersonModel{ID: 7, Name: "Priya", Email: "priya@example.com"}}
	answer(w, r, http.StatusOK, around(views.Shell(shell), templ.Join(
		around(views.FilterForm("/list"), views.Search(views.SearchModel{ID: "q", Value: r.FormValue("q"), Label: "Search"})),
		templ.Raw(`<div id="list"><p id="page">`+strconv.Itoa(page)+`</p>`),
		rows(page, r.FormValue("q")),
		views.Pager(views.PagerModel{First: 1, Last: 3, Total: 6, NextURL: "/list?page=1&q=" + url.QueryEscape(r.FormValue("q"))}),
		templ.Raw(`</div>`),
	)))
}

// me says who is signed in: nobody while posts are answered so.
func (s *site) me(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status == http.StatusUnauthorized {
		w.WriteHeader(s.status)
		return
	}
	_, _ = io.WriteString(w, `{"user": {"id": 7, "name": "Priya"}, "csrf_token": "the-token"}`)
}

func (s *site) cell(w http.ResponseWriter, r *http.Request) {
	answer(w, r, http.StatusOK, cell(r.PostForm.Get("enabled") == "true"), views.ToastOOB(views.ToastModel{Text: "Saved"}))
}

func (s *site) dialog(w http.ResponseWriter, r *http.Request) {
	if r.PostForm.Get("reason") == "" {
		answer(w, r, http.StatusUnprocessableEntity, dialog("Say why."))
		return
	}
	w.Header().Set("HX-Trigger", "dialog:close, selection:clear")
	answer(w, r, http.StatusOK, views.ToastOOB(views.ToastModel{Text: "Done"}))
}

func rows(page int, filter string) templ.Component {
	html := `<table data-selection="things" data-total="6" data-filter="` + templ.EscapeString("q="+filter) + `">
		<thead><tr><th><input type="checkbox" class="check" data-select-page aria-label="All"></th></tr></thead><tbody>`
	for id := page*3 + 1; id <= page*3+3; id++ {
		html += fmt.Sprintf(`<tr><td><input type="checkbox" class="check" name="id" value="%d" id="box-%d" aria-label="%d"></td></tr>`, id, id, id)
	}
	return templ.Join(templ.Raw(html+`</tbody></table>`), cell(false), templ.Raw(`
		<form class="selection-bar" method="post" action="/bulk" data-selection-form data-selection-bar>
			<b data-selection-count>0</b><button type="button" data-select-all>All</button>
			<button type="submit" id="bulk" class="button" hx-post="/bulk" hx-target="#dialogs">Enable</button>
			<button type="button" data-select-none>None</button></form>`))
}

func cell(on bool) templ.Component {
	return templ.Join(templ.Raw(`<div id="cell">`), views.SwitchForm(views.SwitchFormModel{
		Action: "/cell", Target: "#cell", Switch: views.SwitchModel{ID: "switch", Name: "enabled", Label: "Thing", On: on},
	}), templ.Raw(`</div>`))
}

func dialog(wrong string) templ.Component {
	return around(views.Dialog(views.DialogModel{ID: "d", Title: "Enable?"}),
		around(views.DialogForm(views.DialogFormModel{ID: "f", Action: "/dialog", Submit: "Enable"}),
			views.Input(views.InputModel{ID: "reason", Name: "reason", Label: "Reason", Error: wrong, Attributes: templ.Attributes{"autofocus": true}})))
}

// around renders children inside a component that has a place for them.
func around(frame, children templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return frame.Render(templ.WithChildren(ctx, children), w)
	})
}

func answer(w http.ResponseWriter, r *http.Request, status int, components ...templ.Component) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	for _, component := range components {
		_ = component.Render(r.Context(), w)
	}
}

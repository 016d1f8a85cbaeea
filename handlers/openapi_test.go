package handlers

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/static"
)

func loadOpenAPI(t *testing.T) *openapi3.T {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(static.File("openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// Validating the document checks each example against its schema.
	if err := document.Validate(t.Context(), openapi3.IsOpenAPI31OrLater(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	return document
}

// pathParameter is a parameter in a path, as our routes write it.
var pathParameter = regexp.MustCompile(`:(\w+)`)

// undocumented are the routes below /api that are the document itself.
var undocumented = []string{"/api/docs", "/api/openapi.yaml"}

func TestOpenAPINamesEveryRoute(t *testing.T) {
	t.Parallel()
	document := loadOpenAPI(t)
	served := make(map[string]bool)
	for _, r := range newSite(t).server.routes() {
		if !documentedPath(r.path) || slices.Contains(undocumented, r.path) {
			continue
		}
		path := pathParameter.ReplaceAllString(r.path, "{$1}")
		served[r.method+" "+path] = true
		if item := document.Paths.Find(path); item == nil || item.GetOperation(r.method) == nil {
			t.Errorf("%s %s is not in the OpenAPI document", r.method, path)
		}
	}
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			if !served[method+" "+path] && documentedPath(path) {
				t.Errorf("the OpenAPI document names %s %s, which is not served", method, path)
			}
		}
	}
}

func documentedPath(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/ofrep/")
}

// checked sends requests and holds each, and its answer, to the OpenAPI document.
type checked struct {
	t      *testing.T
	router routers.Router
	called map[string]bool // "GET /api/me 200"
}

func (c *checked) call(b *browser, method, path, body string, want int) *answer {
	c.t.Helper()
	answer := b.json(method, path, body).want(want)
	request := answer.Request
	request.Body = io.NopCloser(strings.NewReader(body))
	request.URL.Scheme, request.URL.Host = "", ""
	found, params, err := c.router.FindRoute(request)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: found,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if want < http.StatusBadRequest {
		if err := openapi3filter.ValidateRequest(c.t.Context(), input); err != nil {
			c.t.Errorf("request %s %s: %v", method, path, err)
		}
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.StatusCode, Header: answer.Header,
		Body:    io.NopCloser(bytes.NewReader([]byte(answer.body))),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(c.t.Context(), response); err != nil {
		c.t.Errorf("answer %d of %s %s: %v\n%s", want, method, path, err, answer.body)
	}
	c.called[method+" "+found.Path] = true
	return answer
}

func TestTrafficFollowsOpenAPI(t *testing.T) {
	t.Parallel()
	document := loadOpenAPI(t)
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	s := serverWithEntries(t)
	if err := s.db.SetPassword(t.Context(), dbtest.Actor(), s.user("owner"), testPassword, 0); err != nil {
		t.Fatal(err)
	}
	s.switchOn("arizona-comedy", "ai_agents", true)
	s.addReleased("colours", features.Rollout{}, true, features.Variant{Key: "blue", Value: features.Value{Enabled: true}, Weight: features.Everyone})
	c := &checked{t, router, make(map[string]bool)}
	nobody, owner, editor := s.as(""), s.as("owner"), s.as("editor")

	c.call(nobody, http.MethodGet, "/healthz", "", http.StatusOK)
	c.call(nobody, http.MethodGet, "/readyz", "", http.StatusOK)
	c.call(nobody, http.MethodGet, "/metrics", "", http.StatusOK)
	c.call(nobody, http.MethodPost, "/api/session", `{"email":"owner@example.com","password":"`+testPassword+`"}`, http.StatusNoContent)
	c.call(nobody, http.MethodPost, "/api/session", `{"email":"owner@example.com","password":"wrong"}`, http.StatusUnauthorized)
	c.call(nobody, http.MethodPost, "/api/session", `{"email":`, http.StatusBadRequest)
	c.call(nobody, http.MethodPost, "/api/session", `{"email":"a@example.com","password":"`+strings.Repeat("x", 2<<20)+`"}`, http.StatusRequestEntityTooLarge)
	c.call(nobody, http.MethodGet, "/api/me", "", http.StatusUnauthorized)
	c.call(nobody, http.MethodGet, "/api/me/features", "", http.StatusUnauthorized)
	for _, path := range []string{"/api/me", "/api/me/features", "/api/me/features?keys=ai_agents", "/api/v1/producers/me/", "/api/v2/features", "/api/v2/features/check/ai_agents", "/api/v2/features/models", "/api/v2/features/components"} {
		c.call(owner, http.MethodGet, path, "", http.StatusOK)
	}
	for _, path := range []string{"/api/me", "/api/me/features", "/api/v2/features", "/api/v2/features/models", "/api/v2/features/components"} {
		c.call(editor, http.MethodGet, path, "", http.StatusOK)
		c.call(owner, http.MethodGet, path+"?account=maple-garage", "", http.StatusForbidden)
	}
	program := s.bearing(s.key(features.ScopeEvaluate))
	for _, path := range []string{"/api/v2/features", "/api/v2/features/check/ai_agents", "/api/v2/features/models", "/api/v2/features/components"} {
		c.call(program, http.MethodGet, path+"?account=nobody", "", http.StatusOK)
	}
	c.call(owner, http.MethodGet, "/api/me/features?keys=nonsense", "", http.StatusNotFound)
	c.call(owner, http.MethodGet, "/api/v2/features/check/nonsense", "", http.StatusNotFound)
	c.call(editor, http.MethodGet, "/api/v1/producers/me/", "", http.StatusNotFound)
	c.call(s.as("viewer"), http.MethodGet, "/api/types.d.ts", "", http.StatusOK)
	s.offer("ai_agents", "knowledge_base")
	c.call(owner, http.MethodPut, "/api/me/password", `{"current":"`+testPassword+`","new":"a new long phrase"}`, http.StatusNoContent)
	c.call(owner, http.MethodPut, "/api/me/password", `{"current":"wrong","new":"a new long phrase"}`, http.StatusUnprocessableEntity)
	c.call(owner, http.MethodGet, "/api/me/sessions", "", http.StatusOK)
	c.call(owner, http.MethodDelete, "/api/me/sessions", "", http.StatusNoContent)
	c.call(owner, http.MethodDelete, "/api/me/sessions/999", "", http.StatusNotFound)
	c.call(owner, http.MethodPost, "/api/me/upgrade-requests", `{"feature":"knowledge_base","message":"Please"}`, http.StatusCreated)
	c.call(owner, http.MethodPost, "/api/me/upgrade-requests", `{"feature":"knowledge_base"}`, http.StatusConflict)
	c.call(owner, http.MethodPost, "/api/me/upgrade-requests", `{"feature":"ai_agents"}`, http.StatusConflict)
	c.call(owner, http.MethodPost, "/api/me/upgrade-requests", `{"feature":"nonsense"}`, http.StatusNotFound)
	c.call(owner, http.MethodPost, "/api/me/upgrade-requests", `{"feature":"ai_agents","message":"`+strings.Repeat("x", 501)+`"}`, http.StatusUnprocessableEntity)
	c.call(owner, http.MethodPost, "/api/me/upgrade-requests", `{"wrong":`, http.StatusBadRequest)
	c.call(owner, http.MethodDelete, "/api/me/upgrade-requests/1", "", http.StatusNoContent)
	c.call(owner, http.MethodDelete, "/api/me/upgrade-requests/1", "", http.StatusConflict)
	c.call(owner, http.MethodDelete, "/api/me/upgrade-requests/9", "", http.StatusNotFound)
	c.call(owner, http.MethodGet, "/api/me/upgrade-requests", "", http.StatusOK)
	c.call(editor, http.MethodGet, "/api/me/upgrade-requests", "", http.StatusNotFound)
	c.callAdmin(s)
	c.call(owner, http.MethodDelete, "/api/session", "", http.StatusNoContent)

	c.callOFREP(nobody, program)

	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			if !c.called[method+" "+path] && path != "/api/me/features/stream" { // which does not end; see TestStream
				t.Errorf("no traffic was sent to %s %s", method, path)
			}
		}
	}
}

// callOFREP sends what programs send, rightly and wrongly.
func (c *checked) callOFREP(nobody, program *browser) {
	c.t.Helper()
	const path, right = "/ofrep/v1/evaluate/flags", `{"context":{"targetingKey":"arizona-comedy","plan":"pro"}}`
	for _, flags := range []string{path, path + "/ai_agents", path + "/colours"} {
		c.call(program, http.MethodPost, flags, right, http.StatusOK)
		c.call(program, http.MethodPost, flags, `{"context":{}}`, http.StatusBadRequest)
		c.call(program, http.MethodPost, flags, `{"context":`, http.StatusBadRequest)
		c.call(program, http.MethodPost, flags, `{"context":{"targetingKey":"`+strings.Repeat("x", 2<<20)+`"}}`, http.StatusRequestEntityTooLarge)
		c.call(nobody, http.MethodPost, flags, right, http.StatusUnauthorized)
	}
	c.call(program, http.MethodPost, path+"/nothing", right, http.StatusNotFound)
}

func TestStreamedBodyFollowsOpenAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, next := s.as("owner").events(ctx, "/api/me/features/stream", "")
	event, _ := next()
	_, data, _ := strings.Cut(event, " ")
	schema := loadOpenAPI(t).Components.Schemas["Features"].Value
	var body any
	decode(t, data, &body)
	if err := schema.VisitJSON(body, openapi3.EnableJSONSchema2020()); err != nil {
		t.Error(err)
	}
}

func TestAPIDocs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := s.as("").get("/api/docs").want(http.StatusOK).page()
	calls := 0
	for _, item := range loadOpenAPI(t).Paths.Map() {
		calls += len(item.Operations())
	}
	if n := page.Find("article").Length(); n != calls {
		t.Errorf("%d calls on the page, want %d", n, calls)
	}
	anchors := make(map[string]bool)
	page.Find("[id]").Each(func(_ int, tag *goquery.Selection) {
		if anchors[tag.AttrOr("id", "")] || strings.Contains(tag.AttrOr("id", ""), " ") {
			t.Errorf("the anchor %q is there twice, or is none", tag.AttrOr("id", ""))
		}
		anchors[tag.AttrOr("id", "")] = true
	})
	page.Find("nav a").Each(func(_ int, link *goquery.Selection) {
		if !anchors[strings.TrimPrefix(link.AttrOr("href", ""), "#")] {
			t.Errorf("nothing is at %s", link.AttrOr("href", ""))
		}
	})
	if text := page.Find("#setMode").Text(); !strings.Contains(text, "the staff role admin, or an API key with the scope admin") || !strings.Contains(text, "428 Precondition Required") {
		t.Errorf("setting the mode reads %s", text)
	}
	if text := page.Find("#myFeatures").Text(); !strings.Contains(text, `"aiAgentsEnabled": true`) {
		t.Errorf("no example at /api/me/features: %s", text)
	}
	s.as("").get("/api/openapi.yaml").want(http.StatusOK).wantText("openapi: 3.1.0")
}

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// caller is somebody who is signed in, or a program with a key that posts a body.
type caller struct{ cookie, key, body string }

// get asks the server in this process, without a network between.
func (b *bench) get(who *caller, path string) (*httptest.ResponseRecorder, time.Duration) {
	request := httptest.NewRequestWithContext(b.ctx, http.MethodGet, path, nil)
	request.Header.Set("Cookie", who.cookie)
	answer := httptest.NewRecorder()
	begun := time.Now()
	b.site.ServeHTTP(answer, request)
	return answer, time.Since(begun)
}

const listRuns = 60

// lists measures the server's time for pages of the console.
func (b *bench) lists() error {
	title("Server time for the console's lists, p50 / p95")
	for _, page := range []struct{ what, path string }{
		{"accounts, the first page", "/admin/accounts"},
		{"accounts, a page in the middle", "/admin/accounts?page=2000"},
		{"accounts, by last change", "/admin/accounts?sort=-change"},
		{"accounts, by tier", "/admin/accounts?sort=tier"},
		{"accounts with a feature on", "/admin/accounts?f.feature_0=on"},
		{"accounts with a feature off", "/admin/accounts?f.feature_0=off"},
		{"accounts with an override", "/admin/accounts?f.feature_1=overridden"},
		{"accounts that inherit", "/admin/accounts?f.feature_1=inherited"},
		{"accounts of a tier", "/admin/accounts?tier=pro"},
		{"accounts that are suspended", "/admin/accounts?status=suspended"},
		{"accounts, a search that finds many", "/admin/accounts?q=comedy"},
		{"accounts, a search that finds one", "/admin/accounts?q=crm_142424"},
		{"accounts, search and three filters", "/admin/accounts?q=a&f.feature_0=on&f.feature_1=off&tier=free"},
		{"one account", "/admin/accounts/arizona-comedy-0"},
		{"features", "/admin/features"},
		{"audit log", "/admin/audit"},
		{"audit log, one feature", "/admin/audit?feature=feature_3"},
	} {
		var took []time.Duration
		for range listRuns {
			answer, t := b.get(b.staff, page.path)
			if answer.Code != http.StatusOK {
				return fmt.Errorf("%s answers %d", page.path, answer.Code)
			}
			took = append(took, t)
		}
		row(page.what, p50p95(took), "p95 50 ms")
	}
	return nil
}

// post sends a form of the console, with the token of the page it stands on.
func (b *bench) post(path string, form url.Values) *httptest.ResponseRecorder {
	form.Set("csrf_token", b.token())
	request := httptest.NewRequestWithContext(b.ctx, http.MethodPost, path, strings.NewReader(form.Encode()))
	request.Header.Set("Cookie", b.staff.cookie)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("HX-Request", "true")
	request.Header.Set("HX-Request-Type", "partial")
	answer := httptest.NewRecorder()
	b.site.ServeHTTP(answer, request)
	return answer
}

func (b *bench) token() string {
	answer, _ := b.get(b.staff, "/admin/profile")
	page, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		return ""
	}
	return page.Find(`meta[name="csrf-token"]`).AttrOr("content", "")
}

package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// statuses maps the domain's refusals to HTTP. Everything else is internal.
var statuses = map[features.Kind]int{
	features.Invalid:         http.StatusUnprocessableEntity,
	features.NotFound:        http.StatusNotFound,
	features.Conflict:        http.StatusConflict,
	features.Forbidden:       http.StatusForbidden,
	features.Unauthenticated: http.StatusUnauthorized,
	features.Unavailable:     http.StatusServiceUnavailable,
	features.TooMany:         http.StatusTooManyRequests,
}

// problem is an RFC 9457 problem document.
type problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Errors []problemField `json:"errors,omitempty"`

	Preview any `json:"preview,omitempty"` // of a bulk change that is no longer as it was shown
}

type problemField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// answerError turns an error into an answer: problem JSON for the API, a page or a fragment for the console. Where half of
// another answer is out, or the request was ended before there was one, it breaks the connection off: without a word,
// net/http would take the answer for a finished one, and for 200.
func (s *Server) answerError(err error, c echo.Context) {
	if hasLeft(c, err) {
		panic(http.ErrAbortHandler)
	}
	if c.Response().Committed {
		s.Log.Error("breaking off an answer", "method", c.Request().Method, "route", c.Path(), "request_id", c.Response().Header().Get(requestID), "error", err)
		panic(http.ErrAbortHandler)
	}
	p := describe(err)
	setRetryAfter(c, err)
	s.noteRefusal(c, p.Status)
	if p.Status >= http.StatusInternalServerError {
		s.Log.Error("answering a request", "method", c.Request().Method, "route", c.Path(), "request_id", c.Response().Header().Get(requestID), "error", err)
	}
	switch r := c.Request(); {
	case isOFREP(r) && p.Status != http.StatusUnauthorized && p.Status != http.StatusForbidden: // for which the protocol has no form
		err = answerOFREP(c, p.Status, &ofrepRefusal{Code: generalError, Details: p.Detail})
	case isAPI(r):
		err = writeProblem(c, p)
	default:
		err = s.errorPage(c, p)
	}
	if err != nil {
		s.Log.Error("answering with an error", "route", c.Path(), "error", err)
	}
}

// setRetryAfter sets, on the answer to what cannot be done now, when to try again, in whole seconds.
func setRetryAfter(c echo.Context, err error) {
	var refusal *features.Error
	if errors.As(err, &refusal) && (refusal.Kind == features.Unavailable || refusal.Kind == features.TooMany) {
		seconds := int64((refusal.RetryAfter + time.Second - 1) / time.Second)
		c.Response().Header().Set("Retry-After", strconv.FormatInt(max(1, seconds), 10))
	}
	var tries *tooManyTries
	if errors.As(err, &tries) {
		c.Response().Header().Set("Retry-After", strconv.Itoa(tries.seconds()))
	}
}

// hasLeft reports whether a request failed because its context ended: its caller has left, or the server has to end.
func hasLeft(c echo.Context, err error) bool {
	return errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil
}

// describe gives what may be said of an error. What is internal is shown as one calm sentence.
func describe(err error) problem {
	p := problem{Type: "about:blank", Status: http.StatusInternalServerError, Detail: "Something went wrong on our side. Check whether your change was saved before you try again."}
	var refusal *features.Error
	var refusals features.Problems
	var large *http.MaxBytesError
	var fromEcho *echo.HTTPError
	var tries *tooManyTries
	switch {
	case errors.As(err, &refusals):
		p.Status = statuses[refusals.Kind()]
		p.Detail, p.Errors = describeAll(refusals)
	case errors.As(err, &refusal):
		p.Status, p.Detail = statuses[refusal.Kind], features.Clip(refusal.Message, mostSaid)
		if refusal.Field != "" {
			p.Errors = []problemField{fieldOf(refusal)}
		}
	case errors.As(err, &large):
		p.Status, p.Detail = http.StatusRequestEntityTooLarge, "What was sent is too large: at most "+sizeOf(large.Limit)+"."
	case errors.As(err, &tries):
		p.Status, p.Detail = http.StatusTooManyRequests, tries.Error()
	case errors.As(err, &fromEcho):
		p.Status, p.Detail = fromEcho.Code, echoDetail(fromEcho)
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// An answer tells so many problems, and so many characters of each: what was sent decides neither.
const (
	mostProblems = 20
	mostSaid     = 500
)

// describeAll is the first of several problems, as one text and one by one.
func describeAll(all features.Problems) (detail string, fields []problemField) {
	var text strings.Builder
	for i, one := range all {
		if i == mostProblems {
			text.WriteString("; there are more problems: correct these first")
			break
		}
		field := fieldOf(one)
		if fields = append(fields, field); i > 0 {
			text.WriteString("; ")
		}
		if field.Field != "" {
			text.WriteString(field.Field + ": ")
		}
		text.WriteString(field.Message)
	}
	return text.String(), fields
}

func fieldOf(one *features.Error) problemField {
	return problemField{features.Clip(one.Field, mostSaid), features.Clip(one.Message, mostSaid)}
}

// sizeOf is a limit in words.
func sizeOf(bytes int64) string {
	if bytes < 1<<20 {
		return strconv.FormatInt(bytes>>10, 10) + " KiB"
	}
	return strconv.FormatInt(bytes>>20, 10) + " MiB"
}

func echoDetail(err *echo.HTTPError) string {
	switch err.Code {
	case http.StatusNotFound:
		return "There is nothing at this address."
	case http.StatusMethodNotAllowed:
		return "This address does not take that method."
	}
	if text, ok := err.Message.(string); ok {
		return features.Clip(text, mostSaid)
	}
	return http.StatusText(err.Code)
}

func writeProblem(c echo.Context, p problem) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return c.Blob(p.Status, "application/problem+json", body)
}

// errorPage answers a person. Someone whose session is lost is led to sign-in, and back afterwards.
func (s *Server) errorPage(c echo.Context, p problem) error {
	if p.Status == http.StatusUnauthorized {
		return s.leadToSignIn(c)
	}
	if wantsFragment(c) {
		return render(c, p.Status, views.ToastOOB(views.ToastModel{Text: p.Detail, Bad: true}))
	}
	title := errorTitle(p.Status)
	model := views.ErrorModel{Status: p.Status, Title: title, Message: p.Detail, Link: views.Link{Text: "Go to the start page", URL: "/"}}
	if who := callerOf(c); who != nil && who.User.StaffRole != features.NoStaff {
		shell := s.shell(c, title, "")
		model.Shell = &shell
	}
	return render(c, p.Status, views.ErrorPage(model))
}

// errorTitle names an error for people; HTTP's own words are for programs.
func errorTitle(status int) string {
	switch {
	case status == http.StatusNotFound:
		return "Not found"
	case status == http.StatusForbidden:
		return "Not allowed"
	case status == http.StatusTooManyRequests:
		return "Too many attempts"
	case status == http.StatusServiceUnavailable:
		return "Not available at the moment"
	case status >= http.StatusInternalServerError:
		return "Something went wrong"
	}
	return "That did not work"
}

func (s *Server) leadToSignIn(c echo.Context) error {
	r := c.Request()
	back := r.URL.RequestURI()
	if r.Method != http.MethodGet || isHtmx(c) {
		back = s.pageOf(r)
	}
	target := "/signin?next=" + url.QueryEscape(back)
	if isHtmx(c) {
		c.Response().Header().Set("HX-Redirect", target)
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, target)
}

// pageOr is the page that a request was made from, or another where that is not known.
func (s *Server) pageOr(r *http.Request, otherwise string) string {
	if page := s.pageOf(r); page != "/" {
		return page
	}
	return otherwise
}

// pageOf is the page that a request was made from, as a path of this site; "/" where that is not known.
func (s *Server) pageOf(r *http.Request) string {
	for _, header := range []string{"HX-Current-URL", "Referer"} {
		page, err := url.Parse(r.Header.Get(header))
		if err != nil || page.Host == "" || !isOwnPath(page.RequestURI()) {
			continue
		}
		if r.Header.Get("Sec-Fetch-Site") == "same-origin" || s.isOwn(page.String(), r) {
			return page.RequestURI()
		}
	}
	return "/"
}

package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/words"
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

// Problem is an RFC 9457 problem document.
type Problem struct {
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

// SetRetryAfter sets, on the answer to what cannot be done now, when to try again, in whole seconds.
func SetRetryAfter(c echo.Context, err error) {
	var refusal *features.Error
	if errors.As(err, &refusal) && (refusal.Kind == features.Unavailable || refusal.Kind == features.TooMany) {
		seconds := int64((refusal.RetryAfter + time.Second - 1) / time.Second)
		c.Response().Header().Set("Retry-After", strconv.FormatInt(max(1, seconds), 10))
	}
	var tries *TooManyTries
	if errors.As(err, &tries) {
		c.Response().Header().Set("Retry-After", strconv.Itoa(tries.seconds()))
	}
}

// HasLeft reports whether a request failed because its context ended: its caller has left, or the server has to end.
func HasLeft(c echo.Context, err error) bool {
	return errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil
}

// Describe gives what may be said of an error. What is internal is shown as one calm sentence.
func Describe(err error) Problem {
	p := Problem{Type: "about:blank", Status: http.StatusInternalServerError, Detail: "Something went wrong on our side. Check whether your change was saved before you try again."}
	var refusal *features.Error
	var refusals features.Problems
	var large *http.MaxBytesError
	var fromEcho *echo.HTTPError
	var tries *TooManyTries
	switch {
	case errors.As(err, &refusals):
		p.Status = statuses[refusals.Kind()]
		p.Detail, p.Errors = describeAll(refusals)
	case errors.As(err, &refusal):
		p.Status, p.Detail = statuses[refusal.Kind], words.Clip(refusal.Message, mostSaid)
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
	return problemField{words.Clip(one.Field, mostSaid), words.Clip(one.Message, mostSaid)}
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
		return "This address does not support that method."
	}
	if text, ok := err.Message.(string); ok {
		return words.Clip(text, mostSaid)
	}
	return http.StatusText(err.Code)
}

// WriteProblem answers with a problem in JSON.
func WriteProblem(c echo.Context, p Problem) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return c.Blob(p.Status, "application/problem+json", body)
}

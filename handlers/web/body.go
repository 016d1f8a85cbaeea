package web

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/semaphore"

	"flagstone/features"
)

// How many bytes the body of a call may have. A call is given no more than it needs, as a body is read whole.
const (
	FewFields = 8 << 10  // sign-in, a message
	OneForm   = 64 << 10 // what most calls send
	LargeForm = 1 << 20  // lists, and JSON values of up to 64 KiB, which a browser sends three times as long
	OneFile   = 32 << 20 // an import
)

// LimitBody refuses a body that says it is too large, and stops reading one that turns out to be.
func LimitBody(c echo.Context, limit int64) error {
	r := c.Request()
	if r.ContentLength > limit {
		c.Response().Header().Set("Connection", "close")
		return &http.MaxBytesError{Limit: limit}
	}
	if r.Body != http.NoBody {
		r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
	}
	return nil
}

// bodiesAtOnce is how many bytes large bodies may have together, while their calls are under way: an import and one call more.
const bodiesAtOnce = OneFile + LargeForm

// bodies has the calls with large bodies wait for each other: each body is in memory as a whole, for as long as its call lasts.
type bodies struct{ room *semaphore.Weighted }

func newBodies() bodies { return bodies{semaphore.NewWeighted(bodiesAtOnce)} }

// Hold waits for room for the body of a call, which its route limits; release gives it back. What a form needs waits for nobody.
func (b bodies) Hold(r *http.Request, limit int64) (release func(), err error) {
	size := r.ContentLength
	if size < 0 {
		size = limit
	}
	if size <= OneForm {
		return func() {}, nil
	}
	size = max(size, 2*LargeForm) // reading it takes about as much again, and more than a short one is long
	waiting, cancel := context.WithTimeout(r.Context(), bodyDeadline)
	defer cancel()
	if err := b.room.Acquire(waiting, size); err != nil {
		return nil, &features.Error{
			Kind: features.Unavailable, RetryAfter: bodyDeadline, Err: err,
			Message: "Too many large requests are under way. Try again in a few seconds.",
		}
	}
	return func() { b.room.Release(size) }, nil
}

// ReadBody reads a body whole, at once where its length is known. How much it may be is limited already (limitBody).
func ReadBody(r *http.Request) ([]byte, error) {
	if r.ContentLength <= 0 {
		return io.ReadAll(r.Body)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = echo.NewHTTPError(http.StatusBadRequest, "The body ends too early.")
	}
	return body, err
}

// readForm reads a form whole or refuses it: c.FormValue would act on the part that it can read. What stands in the address
// is no part of it: addresses are logged and shared, and passwords and tokens are not to be in them.
func readForm(c echo.Context) error {
	_, err := c.FormParams()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return err
	case err != nil:
		return Refusal("", "This form cannot be read. Reload the page and try again.")
	}
	c.Request().Form = c.Request().PostForm
	return nil
}

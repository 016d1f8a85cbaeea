package evaluation

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
)

// StreamFeatures sends what the caller's account has, at once and whenever that changes. It ends when the session, the
// user or the membership ends, and with the server.
func (s *Surface) StreamFeatures(c echo.Context) error {
	who := web.CallerOf(c)
	slug, keys := c.QueryParam("account"), web.KeysAsked(c)
	chosen, err := s.Choose(who.User, slug)
	if err != nil {
		return err
	}
	var account int64
	if chosen.Account != nil {
		account, slug = chosen.Account.ID, chosen.Account.Slug
	}
	if _, err := s.featuresBody(who.User, slug, keys); err != nil {
		return err
	}
	if c.Request().Method == http.MethodHead {
		newEventWriter(c)
		return nil // its connection is wanted for the next request
	}
	one := s.Streams.Open(who.Session.TokenHash, account)
	defer s.Streams.Close(one)
	return s.stream(c, one, keys)
}

// Stream writes events until there is a reason to stop. What it sends is asked of the live state each time, so nothing
// that a wake-up missed is lost.
func (s *Surface) stream(c echo.Context, one *web.Stream, keys string) error {
	out := newEventWriter(c)
	last := web.LastEvent(c.Request().Header)
	beat := time.NewTicker(web.Heartbeat)
	defer beat.Stop()
	out.comment("connected")
	for {
		body, ok := s.streamBody(c, one, keys)
		if !ok {
			return nil
		}
		if tag := web.ETagOf(body); strings.Trim(tag, `"`) != last {
			last = strings.Trim(tag, `"`)
			out.event("features", tag, body)
		}
		if out.err != nil {
			return nil
		}
		select {
		case <-c.Request().Context().Done():
			return nil
		case <-s.Ending:
			return nil
		case <-one.Replaced:
			out.write([]byte("retry: 30000\n\n")) // or clients would take one another's place at once
			return nil
		case <-one.Wake:
		case <-beat.C:
			out.comment("still here")
		}
	}
}

// streamBody gives the body as it is now; not ok once the session, the user or the membership has ended.
func (s *Surface) streamBody(c echo.Context, one *web.Stream, keys string) (body []byte, ok bool) {
	who := s.Store.Caller(c.Request(), time.Now())
	if who == nil {
		return nil, false
	}
	slug := ""
	if account := s.Live.Accounts().ByID(one.Account); account != nil {
		slug = account.Slug
	}
	if slug == "" && len(who.User.Memberships) > 0 {
		return nil, false // a first membership came: the client connects again for that account
	}
	body, err := s.featuresBody(who.User, slug, keys)
	return body, err == nil
}

// eventWriter writes server-sent events and remembers the first error.
type eventWriter struct {
	response http.ResponseWriter
	control  *http.ResponseController
	err      error
}

func newEventWriter(c echo.Context) *eventWriter {
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "private, no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	w := &eventWriter{response: c.Response(), control: http.NewResponseController(c.Response())}
	w.err = w.control.SetReadDeadline(time.Time{}) // the request has been read; the stream stays open
	return w
}

func (w *eventWriter) comment(text string) { w.write([]byte(": " + text + "\n\n")) }

// event writes one event. The data must be a single line, as JSON is.
func (w *eventWriter) event(name, id string, data []byte) {
	var event bytes.Buffer
	fmt.Fprintf(&event, "event: %s\nid: %s\ndata: %s\n\n", name, id, data)
	w.write(event.Bytes())
}

func (w *eventWriter) write(text []byte) {
	if w.err != nil {
		return
	}
	if _, w.err = w.response.Write(text); w.err != nil {
		return
	}
	w.err = w.control.Flush()
}

package handlers

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

const (
	streamsPerSession = 8
)

// streams are the open event streams, woken by what a change may have changed for them.
type streams struct {
	mu        sync.Mutex
	byAccount map[int64]map[*stream]bool // 0 for those without an account
	bySession map[[32]byte][]*stream     // the oldest first
}

// stream is one open event stream. wake holds at most one token: however much happened, one look is enough.
type stream struct {
	session  [32]byte
	account  int64
	wake     chan struct{}
	replaced chan struct{} // closed when a newer stream of the session has taken its place
}

func newStreams() *streams {
	return &streams{byAccount: make(map[int64]map[*stream]bool), bySession: make(map[[32]byte][]*stream)}
}

// open adds a stream. In a session that has as many as it may, it takes the place of the oldest: that of a client that has
// vanished, if there is one.
func (st *streams) open(session [32]byte, account int64) *stream {
	st.mu.Lock()
	defer st.mu.Unlock()
	if open := st.bySession[session]; len(open) >= streamsPerSession {
		close(open[0].replaced)
		st.remove(open[0])
	}
	one := &stream{session: session, account: account, wake: make(chan struct{}, 1), replaced: make(chan struct{})}
	st.bySession[session] = append(st.bySession[session], one)
	if st.byAccount[account] == nil {
		st.byAccount[account] = make(map[*stream]bool)
	}
	st.byAccount[account][one] = true
	return one
}

// full reports whether a session has as many streams open as it may.
func (st *streams) full(session [32]byte) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return len(st.bySession[session]) >= streamsPerSession
}

// count tells how many are open.
func (st *streams) count() (n int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, open := range st.bySession {
		n += len(open)
	}
	return n
}

func (st *streams) close(one *stream) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.remove(one)
}

// remove forgets a stream, which may have been forgotten already. The caller holds the lock.
func (st *streams) remove(one *stream) {
	open := slices.DeleteFunc(st.bySession[one.session], func(other *stream) bool { return other == one })
	if st.bySession[one.session] = open; len(open) == 0 {
		delete(st.bySession, one.session)
	}
	delete(st.byAccount[one.account], one)
	if len(st.byAccount[one.account]) == 0 {
		delete(st.byAccount, one.account)
	}
}

// tell wakes the streams that a change may concern. It never blocks.
func (st *streams) tell(n features.Notice) {
	if n.Catalogue || n.People {
		st.tellAll()
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, id := range n.Accounts {
		wake(st.byAccount[id])
	}
}

func (st *streams) tellAll() {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, open := range st.byAccount {
		wake(open)
	}
}

func wake(open map[*stream]bool) {
	for one := range open {
		select {
		case one.wake <- struct{}{}:
		default:
		}
	}
}

// streamFeatures sends what the caller's account has, at once and whenever that changes. It ends when the session, the
// user or the membership ends, and with the server.
func (s *Server) streamFeatures(c echo.Context) error {
	who := callerOf(c)
	slug, keys := c.QueryParam("account"), keysAsked(c)
	chosen, err := s.choose(who.User, slug)
	if err != nil {
		return err
	}
	var account int64
	if chosen.account != nil {
		account, slug = chosen.account.ID, chosen.account.Slug
	}
	if _, err := s.featuresBody(who.User, slug, keys); err != nil {
		return err
	}
	if c.Request().Method == http.MethodHead {
		newEventWriter(c)
		return nil // its connection is wanted for the next request
	}
	one := s.streams.open(who.Session.TokenHash, account)
	defer s.streams.close(one)
	return s.stream(c, one, keys)
}

// stream writes events until there is a reason to stop. What it sends is asked of the live state each time, so nothing
// that a wake-up missed is lost.
func (s *Server) stream(c echo.Context, one *stream, keys string) error {
	out := newEventWriter(c)
	last := lastEvent(c.Request().Header)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	out.comment("connected")
	for {
		body, ok := s.streamBody(c, one, keys)
		if !ok {
			return nil
		}
		if tag := etagOf(body); strings.Trim(tag, `"`) != last {
			last = strings.Trim(tag, `"`)
			out.event("features", tag, body)
		}
		if out.err != nil {
			return nil
		}
		select {
		case <-c.Request().Context().Done():
			return nil
		case <-s.ending:
			return nil
		case <-one.replaced:
			out.write([]byte("retry: 30000\n\n")) // or clients would take one another's place at once
			return nil
		case <-one.wake:
		case <-beat.C:
			out.comment("still here")
		}
	}
}

// streamBody gives the body as it is now; not ok once the session, the user or the membership has ended.
func (s *Server) streamBody(c echo.Context, one *stream, keys string) (body []byte, ok bool) {
	who := s.store.caller(c.Request(), time.Now())
	if who == nil {
		return nil, false
	}
	slug := ""
	if account := s.live.Accounts().ByID(one.account); account != nil {
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

package web

import (
	"slices"
	"sync"

	"flagstone/features"
)

const (
	StreamsPerSession = 8
)

// streams are the open event streams, woken by what a change may have changed for them.
type streams struct {
	Mu        sync.Mutex
	ByAccount map[int64]map[*Stream]bool // 0 for those without an account
	BySession map[[32]byte][]*Stream     // the oldest first
}

// Stream is one open event stream. wake holds at most one token: however much happened, one look is enough.
type Stream struct {
	session  [32]byte
	Account  int64
	Wake     chan struct{}
	Replaced chan struct{} // closed when a newer stream of the session has taken its place
}

func newStreams() *streams {
	return &streams{ByAccount: make(map[int64]map[*Stream]bool), BySession: make(map[[32]byte][]*Stream)}
}

// Open adds a stream. In a session that has as many as it may, it takes the place of the oldest: that of a client that has
// vanished, if there is one.
func (st *streams) Open(session [32]byte, account int64) *Stream {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	if open := st.BySession[session]; len(open) >= StreamsPerSession {
		close(open[0].Replaced)
		st.remove(open[0])
	}
	one := &Stream{session: session, Account: account, Wake: make(chan struct{}, 1), Replaced: make(chan struct{})}
	st.BySession[session] = append(st.BySession[session], one)
	if st.ByAccount[account] == nil {
		st.ByAccount[account] = make(map[*Stream]bool)
	}
	st.ByAccount[account][one] = true
	return one
}

// Full reports whether a session has as many streams open as it may.
func (st *streams) Full(session [32]byte) bool {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	return len(st.BySession[session]) >= StreamsPerSession
}

// Count tells how many are open.
func (st *streams) Count() (n int) {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	for _, open := range st.BySession {
		n += len(open)
	}
	return n
}

func (st *streams) Close(one *Stream) {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	st.remove(one)
}

// remove forgets a stream, which may have been forgotten already. The caller holds the lock.
func (st *streams) remove(one *Stream) {
	open := slices.DeleteFunc(st.BySession[one.session], func(other *Stream) bool { return other == one })
	if st.BySession[one.session] = open; len(open) == 0 {
		delete(st.BySession, one.session)
	}
	delete(st.ByAccount[one.Account], one)
	if len(st.ByAccount[one.Account]) == 0 {
		delete(st.ByAccount, one.Account)
	}
}

// tell wakes the streams that a change may concern. It never blocks.
func (st *streams) tell(n features.Notice) {
	if n.Catalogue || n.People {
		st.tellAll()
		return
	}
	st.Mu.Lock()
	defer st.Mu.Unlock()
	for _, id := range n.Accounts {
		wake(st.ByAccount[id])
	}
}

func (st *streams) tellAll() {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	for _, open := range st.ByAccount {
		wake(open)
	}
}

func wake(open map[*Stream]bool) {
	for one := range open {
		select {
		case one.Wake <- struct{}{}:
		default:
		}
	}
}

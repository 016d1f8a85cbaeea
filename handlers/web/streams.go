package web

import (
	"slices"
	"sync"

	"flagstone/features"
)

// streamsPerSession is how many streams a session may have open.
const streamsPerSession = 8

// streams are the open event streams, woken by what a change may have changed for them.
type streams struct {
	mu        sync.Mutex
	byAccount map[int64]map[*Stream]bool // 0 for those without an account
	bySession map[[32]byte][]*Stream     // the oldest first
}

// Stream is one open event stream. wake holds at most one token: however much happened, one look is enough.
type Stream struct {
	session  [32]byte
	Account  int64
	Wake     chan struct{}
	Replaced chan struct{} // closed when a newer stream of the session has taken its place
}

func newStreams() *streams {
	return &streams{byAccount: make(map[int64]map[*Stream]bool), bySession: make(map[[32]byte][]*Stream)}
}

// Open adds a stream. In a session that has as many as it may, it takes the place of the oldest: that of a client that has
// vanished, if there is one.
func (st *streams) Open(session [32]byte, account int64) *Stream {
	st.mu.Lock()
	defer st.mu.Unlock()
	if open := st.bySession[session]; len(open) >= streamsPerSession {
		close(open[0].Replaced)
		st.remove(open[0])
	}
	one := &Stream{session: session, Account: account, Wake: make(chan struct{}, 1), Replaced: make(chan struct{})}
	st.bySession[session] = append(st.bySession[session], one)
	if st.byAccount[account] == nil {
		st.byAccount[account] = make(map[*Stream]bool)
	}
	st.byAccount[account][one] = true
	return one
}

// Full reports whether a session has as many streams open as it may.
func (st *streams) Full(session [32]byte) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return len(st.bySession[session]) >= streamsPerSession
}

// Count returns how many are open.
func (st *streams) Count() (n int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, open := range st.bySession {
		n += len(open)
	}
	return n
}

// Close removes a stream that has ended.
func (st *streams) Close(one *Stream) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.remove(one)
}

// remove forgets a stream, which may have been forgotten already. The caller holds the lock.
func (st *streams) remove(one *Stream) {
	open := slices.DeleteFunc(st.bySession[one.session], func(other *Stream) bool { return other == one })
	if st.bySession[one.session] = open; len(open) == 0 {
		delete(st.bySession, one.session)
	}
	delete(st.byAccount[one.Account], one)
	if len(st.byAccount[one.Account]) == 0 {
		delete(st.byAccount, one.Account)
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

func wake(open map[*Stream]bool) {
	for one := range open {
		select {
		case one.Wake <- struct{}{}:
		default:
		}
	}
}

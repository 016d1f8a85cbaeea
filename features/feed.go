package features

// Batch is what the database's feed brought since a position: the new states of everything that changed, read in one
// transaction.
type Batch struct {
	Position     int64 // of the feed's last entry in this batch
	Accounts     []*Account
	Catalogue    *Catalogue // nil when nothing in it changed
	Users        []*User
	GoneUsers    []int64
	Sessions     []*Session
	GoneSessions []int64
}

// Notice tells what one Batch changed, to whoever keeps streams open.
type Notice struct {
	Accounts  []*Account
	Catalogue bool
	People    bool
}

// Apply brings the state forward by a batch, accounts before a catalogue that may drop something they use, and tells
// the watchers. A batch that is not newer than the state is ignored. One goroutine at a time may call it.
func (l *Live) Apply(b Batch) {
	if b.Position <= l.Position() {
		return
	}
	l.accounts.put(b.Accounts)
	if b.Catalogue != nil {
		l.catalogue.Store(b.Catalogue)
	}
	l.people.apply(b)
	l.position.Store(b.Position)
	l.watchers.notify(Notice{
		Accounts:  b.Accounts,
		Catalogue: b.Catalogue != nil,
		People:    len(b.Users)+len(b.GoneUsers)+len(b.Sessions)+len(b.GoneSessions) > 0,
	})
}

// Watch has tell called after every Apply, on the goroutine that applied, until stop is called. tell must not block.
func (l *Live) Watch(tell func(Notice)) (stop func()) {
	w := &l.watchers
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tell == nil {
		w.tell = make(map[int]func(Notice))
	}
	id := w.next
	w.next++
	w.tell[id] = tell
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.tell, id)
	}
}

func (w *watchers) notify(n Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, tell := range w.tell {
		tell(n)
	}
}

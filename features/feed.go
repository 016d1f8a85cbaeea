package features

// Batch is what the database's feed brought since a position: the new states of everything that changed, read in one
// transaction.
type Batch struct {
	Position     int64 // of the feed's last entry in this batch
	Everything   bool  // whatever is not in the batch is gone; the position may be an earlier one
	Accounts     []*Account
	Overridden   []Overridden // of accounts that are not in Accounts
	GoneAccounts []int64
	Catalogue    *Catalogue // nil when nothing in it changed
	Users        []*User
	GoneUsers    []int64
	Sessions     []*Session
	GoneSessions []int64
	Keys         []*APIKey
	GoneKeys     []int64
}

// Overridden is an account of which nothing but the overrides has changed.
type Overridden struct {
	Account   int64
	Revision  int64 // of the account's own last change
	Overrides []Override
}

// Notice tells what one Batch changed, to whoever keeps streams open.
type Notice struct {
	Accounts  []int64 // numbers of those that changed or are gone
	Catalogue bool
	People    bool
}

// Apply brings the state forward by a batch, accounts before a catalogue that may drop something they use, and tells
// the watchers. A batch that is not newer than the state is ignored, unless it is everything. One goroutine at a time
// may call it.
func (l *Live) Apply(b Batch) {
	if b.Position <= l.Position() && !b.Everything {
		return
	}
	if b.Everything {
		b.GoneAccounts = l.accounts.besides(b.Accounts)
	}
	for _, o := range b.Overridden {
		if a := l.accounts.ByID(o.Account); a != nil {
			b.Accounts = append(b.Accounts, a.overridden(o))
		}
	}
	l.changeState(b)
	l.people.apply(b)
	l.revision.Store(b.revision(l.Revision()))
	l.position.Store(b.Position)
	l.watchers.notify(b.notice())
}

// changeState changes accounts and catalogue, and the counts with them.
func (l *Live) changeState(b Batch) {
	l.counters.mu.Lock()
	defer l.counters.mu.Unlock()
	l.accounts.put(b.Accounts, b.GoneAccounts, l.counters.note)
	l.counters.follow(l.Catalogue())
	if b.Catalogue != nil {
		l.counters.replace(l.Catalogue(), b.Catalogue)
		l.catalogue.Store(b.Catalogue)
	}
}

// revision is the latest change in a batch, or the one before where the batch has none.
func (b Batch) revision(latest int64) int64 {
	if b.Catalogue != nil {
		latest = max(latest, b.Catalogue.Revision)
	}
	for _, a := range b.Accounts {
		latest = max(latest, a.Revision)
	}
	return latest
}

func (b Batch) notice() Notice {
	n := Notice{
		Accounts:  b.GoneAccounts,
		Catalogue: b.Everything || b.Catalogue != nil,
		People:    b.Everything || len(b.Users)+len(b.GoneUsers)+len(b.Sessions)+len(b.GoneSessions) > 0,
	}
	for _, a := range b.Accounts {
		n.Accounts = append(n.Accounts, a.ID)
	}
	return n
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

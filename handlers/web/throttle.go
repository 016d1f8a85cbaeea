package web

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// limit says how many failed tries are heard at once, and how long until one of them is forgiven.
type limit struct {
	burst int
	every time.Duration
}

// Many people may share an address; nobody needs many tries for one e-mail.
var (
	perAddress = limit{30, 20 * time.Second}
	perEmail   = limit{8, time.Minute}
)

// remembered is how many buckets, and how many known addresses, are kept in memory.
const remembered = 10_000

// throttle slows sign-in after failed tries, per address and per e-mail, and locks nobody out for good. A pair of e-mail
// and address that has signed in before is judged by a bucket of its own, so that strangers who try a person's e-mail,
// or share the person's address, cannot keep that person out.
type throttle struct {
	mu     sync.Mutex
	spent  forgetful // by bucket: when its last failure will be forgiven
	signed forgetful // by pair: when it last signed in
}

func newThrottle() *throttle {
	return &throttle{spent: forgetful{}, signed: forgetful{}}
}

// attempt is one try to sign in: the e-mail tried, from where.
type attempt struct{ email, address string }

// NewAttempt returns a try to sign in with an e-mail from an address; of an IPv6 address the /64 counts.
func NewAttempt(email, ip string) attempt {
	return attempt{clip(strings.ToLower(strings.TrimSpace(email)), 254), network(ip)}
}

// network is the address that tries are counted by: of IPv6 the /64, because that is what one subscriber has.
func network(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil || address.Unmap().Is4() {
		return ip
	}
	prefix, err := address.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.String()
}

func (a attempt) pair() string { return a.email + " " + a.address }

// bucket counts failures of one kind.
type bucket struct {
	name string
	limit
}

// Buckets are what an attempt is judged by.
func (a attempt) Buckets(known bool) []bucket {
	if known {
		return []bucket{{"pair " + a.pair(), perEmail}}
	}
	return []bucket{{"address " + a.address, perAddress}, {"email " + a.email, perEmail}}
}

// knows tells whether a pair of e-mail and address has signed in before, as far as memory goes.
func (t *throttle) knows(a attempt) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, known := t.signed[a.pair()]
	return known
}

// Take counts a try as failed before its outcome is known, so that many at once count too. When the try is not heard it
// gives how long until the next one is, and counts nothing.
func (t *throttle) Take(buckets []bucket, at time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range buckets {
		room := time.Duration(b.burst) * b.every
		wait = max(wait, t.after(b, at).Sub(at)-room)
	}
	if wait > 0 {
		return wait
	}
	for _, b := range buckets {
		t.spent.put(b.name, t.after(b, at))
	}
	return 0
}

// after is when all failures of a bucket will be forgiven, with one more.
func (t *throttle) after(b bucket, at time.Time) time.Time {
	until := t.spent[b.name]
	if until.Before(at) {
		until = at
	}
	return until.Add(b.every)
}

// succeed takes back what take counted, and remembers the pair.
func (t *throttle) succeed(a attempt, buckets []bucket, at time.Time) {
	t.Forgive(buckets)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.signed.put(a.pair(), at)
}

// Forgive takes back what take counted.
func (t *throttle) Forgive(buckets []bucket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range buckets {
		t.spent.put(b.name, t.spent[b.name].Add(-b.every))
	}
}

// forgetful maps names to moments. When it is full, the name with the earliest moment is forgotten: the bucket that is
// most forgiven, the sign-in that is longest ago.
type forgetful map[string]time.Time

func (f forgetful) put(name string, at time.Time) {
	if _, there := f[name]; !there && len(f) >= remembered {
		delete(f, f.earliest())
	}
	f[name] = at
}

func (f forgetful) earliest() (name string) {
	for candidate, at := range f {
		if name == "" || at.Before(f[name]) {
			name = candidate
		}
	}
	return name
}

// TooManyTries is the refusal of a try that comes too soon.
type TooManyTries struct{ Wait time.Duration }

func (e *TooManyTries) Error() string {
	return fmt.Sprintf("Too many attempts. Wait %d seconds, then try again.", e.seconds())
}

// seconds is the wait as a Retry-After header says it.
func (e *TooManyTries) seconds() int { return int((e.Wait + time.Second - 1) / time.Second) }

package features

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// releaseRule is a rollout made ready to be asked for one context after another: it looks names up and allocates nothing.
type releaseRule struct {
	accounts, users, roles, places map[string]struct{}
	placeLengths                   []int // of the entries of places
	personal                       bool  // two people of one account may get different answers, from it or from the variants
}

// newReleaseRule makes a feature's rollout ready.
func newReleaseRule(f *Feature) *releaseRule {
	t := f.Rollout.Target
	g := &releaseRule{accounts: asSet(t.AccountIDs), users: asSet(t.UserIDs), roles: asSet(t.Roles), places: asSet(t.PostalCodes)}
	for _, place := range t.PostalCodes {
		if !slices.Contains(g.placeLengths, len(place)) {
			g.placeLengths = append(g.placeLengths, len(place))
		}
	}
	switch f.Rollout.Strategy {
	case ToRole:
		g.personal = true
	case ToWhitelist, ToPercentage:
		g.personal = len(t.UserIDs) > 0 || f.Rollout.Strategy == ToPercentage && f.Rollout.By == ByPerson
	}
	if f.Rollout.By == ByPerson && len(f.Variants) > 0 {
		g.personal = true
	}
	return g
}

func asSet(names []string) map[string]struct{} {
	set := make(map[string]struct{}, len(names))
	for _, name := range names {
		set[name] = struct{}{}
	}
	return set
}

func (g *releaseRule) hasAccount(key string) bool { return has(g.accounts, key) }
func (g *releaseRule) hasUser(key string) bool    { return has(g.users, key) }
func (g *releaseRule) hasRole(role string) bool   { return has(g.roles, role) }

func has(set map[string]struct{}, name string) bool {
	if len(set) == 0 || name == "" {
		return false
	}
	_, found := set[name]
	return found
}

// hasPlace tells whether a postal code begins with one that is listed: they compare upper-case without spaces
// (docs/evaluation.md §4).
func (g *releaseRule) hasPlace(code string) bool {
	if len(g.placeLengths) == 0 {
		return false
	}
	var buffer [4 * maxPostalCode]byte // on the stack
	plain := buffer[:0]
	for _, r := range code {
		if len(plain)+utf8.UTFMax > len(buffer) {
			break
		}
		switch {
		case r == ' ' || r >= utf8.RuneSelf && unicode.IsSpace(r) || '\t' <= r && r <= '\r':
		case r < utf8.RuneSelf && (r < 'a' || r > 'z'):
			plain = append(plain, byte(r))
		default:
			plain = utf8.AppendRune(plain, unicode.ToUpper(r))
		}
	}
	for _, length := range g.placeLengths {
		if length > len(plain) {
			continue
		}
		if _, found := g.places[string(plain[:length])]; found { // which the compiler looks up without a copy
			return true
		}
	}
	return false
}

// verdict is what a release rule says of a context.
type verdict int

const (
	closed    verdict = iota
	undecided         // it depends on which person of the account asks
	open
)

// verdict asks a feature's release rule. Without a person it is closed to them, unless the account as a whole is asked about.
func (q question) verdict() verdict {
	switch q.feature.Rollout.Strategy {
	case ToRole:
		return q.roleVerdict()
	case ToWhitelist:
		return q.namedVerdict()
	case ToPercentage:
		return max(q.namedVerdict(), q.shareVerdict())
	}
	return open
}

func (q question) roleVerdict() verdict {
	switch {
	case len(q.feature.releaseRule.roles) == 0:
		return closed
	case q.about != onePerson:
		return undecided
	case q.feature.releaseRule.hasRole(q.context.role()):
		return open
	}
	return closed
}

func (q question) namedVerdict() verdict {
	g := q.feature.releaseRule
	switch {
	case g.hasAccount(q.context.accountKey()), len(g.users) > 0 && g.hasUser(q.context.userKey()), g.hasPlace(q.context.postalCode()):
		return open
	case q.about != onePerson && len(g.users) > 0:
		return undecided
	}
	return closed
}

func (q question) shareVerdict() verdict {
	share := q.feature.Rollout.Percentage
	subject := q.subject()
	switch {
	case share == 0:
		return closed
	case subject == "" && q.about != onePerson && q.feature.Rollout.By == ByPerson:
		if share == Everyone {
			return open
		}
		return undecided
	case subject == "":
		return closed
	case Percent(Bucket(q.feature.Key, subject)) < share:
		return open
	}
	return closed
}

// subject is the targeting key that percentage and variants deal by; "" where the context has none.
func (q question) subject() string {
	if q.feature.Rollout.By == ByPerson {
		return q.context.userKey()
	}
	return q.context.accountKey()
}

// passes tells whether the release rule lets the context through. What is undecided passes when the question is what the most
// favoured person of the account has, and not when it is what the least favoured has.
func (q question) passes() bool {
	v := q.verdict()
	return v == open || v == undecided && q.about == mostFavoured
}

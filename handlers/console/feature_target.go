package console

import (
	"slices"
	"strings"

	"flagstone/features"
	"flagstone/views"
)

// entriesShown is how many names of a list are said what they are the names of.
const entriesShown = 100

// split takes apart what was pasted: names stand between line ends, commas, semicolons or tabs.
func split(pasted string) (names []string) {
	for _, name := range strings.FieldsFunc(pasted, func(r rune) bool { return strings.ContainsRune("\r\n,;\t", r) }) {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// accountKeys gives the targeting keys of accounts named in any of their ways. What no account is known by stays: it may
// be one that only the customer's own system knows.
func (s *Surface) accountKeys(names []string) []string {
	return each(names, func(name string) string {
		if a := s.Live.Accounts().Find(name); a != nil {
			return a.TargetingKey
		}
		return name
	})
}

func each(names []string, key func(string) string) []string {
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = key(name)
	}
	return keys
}

// people is everyone who signs in here by targeting key and by e-mail.
type people map[string]*features.User

// peopleNamed is people where some are named, and nobody where none are: there may be many.
func (s *Surface) peopleNamed(names []string) people {
	if len(names) == 0 {
		return nil
	}
	all := people{}
	for u := range s.Live.People().Users() {
		if email := strings.ToLower(u.Email); all[email] == nil {
			all[email] = u
		}
	}
	for u := range s.Live.People().Users() { // where one has the e-mail of another as key, the key goes first
		all[u.TargetingKey()] = u
	}
	return all
}

// keys gives the targeting keys of people named by them or by their e-mail. What nobody is known by stays.
func (p people) keys(names []string) []string {
	return each(names, func(name string) string {
		name = features.UserKey(name)
		if u := p[name]; u != nil {
			return u.TargetingKey()
		}
		return name
	})
}

// targets are the lists of a form, each with what its names stand for.
func (s *Surface) targets(form rolloutForm) (accounts, users, places, roles views.TargetModel) {
	t := form.rollout.Target
	everyone := s.peopleNamed(t.UserIDs)
	accounts = form.target("account_ids", t.AccountIDs, s.accountKeys, s.nameOfAccount)
	accounts.Label, accounts.Hint = "Accounts", "External ID or slug, one per line, or a list separated by commas, semicolons or tabs."
	accounts.UnknownNote = "No account here has these. They still apply if your own system asks by them. Check the spelling."
	users = form.target("user_ids", t.UserIDs, everyone.keys, everyone.name)
	users.Label, users.Hint = "Users", "External ID or e-mail, one per line."
	users.UnknownNote = "No user here has these. They still apply to users of your own sign-in. Check the spelling."
	places = form.target("postal_codes", t.PostalCodes, postalPrefixes, func(string) (string, bool) { return "", true })
	places.Label, places.Hint, places.Placeholder = "Postal codes", "Each matches all postal codes that begin with it: M5V matches M5V 2T6.", "M5V"
	roles = form.target("roles", t.Roles, slices.Clone[[]string], s.nameOfRole(t.Roles))
	roles.Label, roles.Hint, roles.Placeholder = "Roles", "As the portal names them, such as owner or workshop_admin.", "workshop_admin"
	roles.UnknownNote = "No user here has these roles. They still apply to users of your own sign-in. Check the spelling."
	return accounts, users, places, roles
}

func postalPrefixes(codes []string) []string { return each(codes, features.PostalPrefix) }

func (form rolloutForm) target(field string, listed []string, keys func([]string) []string, lookUp func(string) (name string, known bool)) views.TargetModel {
	return targetList(field, form.typed[field], form.problems[field], listed, keys, lookUp)
}

// targetList says of a list what its names stand for, those that are not known before the others. keys are what names as
// they are typed come to.
func targetList(field, text, problem string, listed []string, keys func([]string) []string, lookUp func(string) (name string, known bool)) views.TargetModel {
	m := views.TargetModel{Name: field, Text: text, Error: problem, Count: len(listed)}
	var known []views.TargetEntry
	for _, id := range listed {
		if name, found := lookUp(id); found {
			known = append(known, views.TargetEntry{ID: id, Name: name})
			continue
		}
		m.Unknown++
		m.Entries = append(m.Entries, views.TargetEntry{ID: id, Unknown: true})
	}
	m.Entries = append(m.Entries, known...)
	m.Entries = slices.Clip(m.Entries[:min(len(m.Entries), entriesShown)])
	as, typed := map[string][]string{}, split(text)
	for i, key := range keys(typed) {
		as[key] = append(as[key], typed[i])
	}
	for i, entry := range m.Entries {
		m.Entries[i].Typed = as[entry.ID]
	}
	return m
}

func (s *Surface) nameOfAccount(id string) (string, bool) {
	a := s.Live.Accounts().Find(id)
	if a == nil {
		return "", false
	}
	return a.Name, true
}

func (p people) name(id string) (string, bool) {
	u := p[id]
	if u == nil {
		return "", false
	}
	return u.Name, true
}

// nameOfRole knows the roles that someone has; they have no other name.
func (s *Surface) nameOfRole(listed []string) func(string) (string, bool) {
	had := map[string]bool{}
	if len(listed) > 0 {
		for m := range s.Live.Members() {
			had[m.Role] = true
		}
	}
	return func(role string) (string, bool) { return "", had[role] }
}

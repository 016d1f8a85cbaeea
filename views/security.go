package views

import "flagstone/words"

// SecurityModel is one page of the security log.
type SecurityModel struct {
	URL, CSV               string
	Event, Person, Address string // the filter
	Filtered               bool
	Count                  string
	Rows                   []SecurityRowModel
	Newest, Older          string // addresses of other pages; "" for none
}

// SecurityRowModel is one event.
type SecurityRowModel struct {
	ID      string // of the row, unique on the page
	At      string
	Event   string
	Person  string // whom it is about; "" for nobody known
	Actor   string // who did it; "" for somebody unknown
	Address string
	Device  string
	Detail  string
	Count   int
}

// securityWords says in words what an event is, in the order of the filter.
var securityWords = []Option{
	{"signin", "Signed in"},
	{"signin.failed", "Sign-in failed"},
	{"signin.throttled", "Sign-in slowed down"},
	{"signout", "Signed out"},
	{"password", "Password changed"},
	{"link.created", "Password link created"},
	{"link.used", "Password link used"},
	{"session.ended", "Session ended"},
	{"refused", "Refused"},
	{"key.refused", "API key refused"},
	{"backup", "Backup downloaded"},
	{"export", "Data exported"},
}

func securityEventWords(event string) string {
	for _, option := range securityWords {
		if option.Value == event {
			return option.Text
		}
	}
	return event
}

func (m SecurityModel) events() SelectModel {
	return SelectModel{ID: "event", Name: "event", Value: m.Event, Label: "Event", Options: append([]Option{{"", "All events"}}, securityWords...)}
}

func (m SecurityRowModel) words() string {
	if m.Count > 1 {
		return securityEventWords(m.Event) + ", " + words.Number(m.Count) + " times"
	}
	return securityEventWords(m.Event)
}

package views

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"flagstone/words"
)

// SignInModel is the sign-in form as first shown or after a refusal.
type SignInModel struct {
	CSRFToken  string
	Next       string // where to go afterwards, a path of this site
	Email      string
	Notice     string        // why the form is here: "Your session has ended. Sign in again."
	NoAdmin    bool          // nobody can run the console yet
	Error      string        // why signing in failed
	RetryAfter time.Duration // how long until the next try is heard; zero when it is at once
}

// message is the refusal in one sentence or two.
func (m SignInModel) message() string {
	if m.RetryAfter <= 0 {
		return m.Error
	}
	return fmt.Sprintf("Too many attempts. Wait %s, then try again.", wait(m.RetryAfter))
}

func (m SignInModel) emailAttributes() templ.Attributes {
	return m.attributes("username", m.Email == "")
}

func (m SignInModel) passwordAttributes() templ.Attributes {
	return m.attributes("current-password", m.Email != "")
}

func (m SignInModel) attributes(autocomplete string, focus bool) templ.Attributes {
	attributes := templ.Attributes{"autocomplete": autocomplete, "required": true, "autofocus": focus}
	if m.Error != "" {
		attributes["aria-invalid"] = "true"
	}
	return attributes
}

// wait rounds a delay up to what a person waits by.
func wait(d time.Duration) string {
	if d < time.Minute {
		return words.Count(int((d+time.Second-1)/time.Second), "second")
	}
	return words.Count(int((d+time.Minute-1)/time.Minute), "minute")
}

// SetupModel is the form that makes the first admin, or the end of it when the link has expired.
type SetupModel struct {
	CSRFToken string
	Action    string // the set-up link itself
	Expired   bool   // used, older than an hour, or an admin exists
	Name      string
	Email     string
	Error     string            // of the whole form
	Errors    map[string]string // by field: name, email, password
}

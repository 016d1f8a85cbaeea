package views

import (
	"net/http"
	"strconv"
)

// ErrorModel is what an error page says.
type ErrorModel struct {
	Shell   *ShellModel // nil for someone who is not in the console
	Status  int         // of HTTP
	Title   string      // "No such account"
	Message string      // what was wrong, in a sentence
	Hint    string      // how to mend it; may be empty
	Link    Link        // the way on; none when its URL is empty
}

// shell is the console's frame under the title of the error.
func (m ErrorModel) shell() ShellModel {
	shell := *m.Shell
	shell.Title = m.Title
	return shell
}

func (m ErrorModel) icon() string {
	switch m.Status {
	case http.StatusNotFound:
		return "search"
	case http.StatusForbidden, http.StatusUnauthorized:
		return "lock"
	default:
		return "warning"
	}
}

func (m ErrorModel) status() string { return strconv.Itoa(m.Status) }

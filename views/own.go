package views

// OwnModel is the page of one's own password and sessions.
type OwnModel struct {
	Name, Email string
	CSRFToken   string
	Back        string // where the user belongs
	Notice      string // what has just been done
	Errors      map[string]string
	Sessions    []SessionModel
}

package views

// KeysModel is every API key.
type KeysModel struct {
	List SettingsListModel
	Rows []KeyRowModel
	New  string // the address that asks for a new one
}

// KeyRowModel is one API key in a list.
type KeyRowModel struct {
	ID      string // of the row, unique on the page
	Name    string
	Scope   string // "evaluate"
	May     string // what the scope allows
	Hint    string // the last characters of the key
	By      string // who created it
	Created string
	Used    string // when last used; "" for never
	Expires string // "" for never
	State   BadgeModel
	Revoke  string // the address that asks whether to; "" for a key that has been revoked
}

// KeyFields are what staff say of a new key.
type KeyFields struct {
	Name, Scope, Expires string
	Scopes               []Option
	Errors               map[string]string
}

// NewKeyModel is a key that has just been made: the only time that it is shown.
type NewKeyModel struct {
	Name   string
	Secret string
	Back   Link
}

func (m NewKeyModel) title() string { return "The API key " + m.Name }

package views

import "strings"

// EntriesModel is one page of the list of models or of components.
type EntriesModel struct {
	Words     EntryWords
	URL       string // of this page, filters, order and page included
	Query     string
	Choosers  []SelectModel
	Filtered  bool
	Count     string // "3 of 38 models"
	Sort      string // as it stands in the address
	Columns   []EntryColumn
	Rows      []EntryRowModel
	Pager     PagerModel
	Registry  int // entries there are, whatever the filter leaves
	MayEdit   bool
	MayImport bool
}

// EntryWords is how a registry of models and components is called.
type EntryWords struct {
	Title string // "Models"
	One   string // "model"
	Many  string // "models"
	Base  string // its address
	Icon  string
	About string // what an entry is, where there is none yet
	Find  string // what its search looks in
}

// EntryColumn is the head of a column: to sort by where it has an address.
type EntryColumn struct {
	SortHeaderModel
	Plain bool
}

// EntryRowModel is an entry in the list.
type EntryRowModel struct {
	ID, Name, URL, Key string
	Badges             []BadgeModel
	Cells              []EntryCell
}

// EntryCell is what stands in a column: text, in smaller letters what goes with it, or links.
type EntryCell struct {
	Label, Text, Small string
	Links              []Link
}

// EntryModel is the page of one model or component.
type EntryModel struct {
	Words   EntryWords
	Address string
	URL     string
	Name    string
	Key     string
	About   string
	Badges  []BadgeModel
	Facts   []EntryCell
	Active  bool
	MayEdit bool
	Changes []ChangeModel
}

func (m EntryModel) activeURL() string {
	if m.Active {
		return m.URL + "/active?active=false"
	}
	return m.URL + "/active?active=true"
}

// EntryFormModel is the form for a new entry or for one that is there.
type EntryFormModel struct {
	Words      EntryWords
	New        bool
	Name       string // as it is stored
	Key        string
	URL        string // of the entry, or of the list
	CSRFToken  string
	Version    string
	Fields     []EntryField
	Features   []string // keys to choose from
	Error      string   // of the form as a whole
	Conflict   *DiffModel
	ConflictBy string
}

// EntryField is one field of the form.
type EntryField struct {
	InputModel
	Kind    EntryFieldKind
	Options []Option
}

// EntryFieldKind is what a field is filled in with.
type EntryFieldKind int

// The kinds of fields.
const (
	EntryText EntryFieldKind = iota
	EntryArea
	EntryChoice
	EntryCheck
)

func (f EntryField) choice() SelectModel {
	return SelectModel{ID: f.ID, Name: f.Name, Value: f.Value, Label: f.Label, Hint: f.Hint, Error: f.Error, Options: f.Options}
}

// Title names the page.
func (m EntryFormModel) Title() string {
	if m.New {
		return "New " + m.Words.One
	}
	return "Edit " + m.Name
}

func (m EntryFormModel) path() []Link {
	path := []Link{{m.Words.Title, m.Words.Base}}
	if !m.New {
		path = append(path, Link{m.Name, m.URL})
	}
	return path
}

func (m EntryFormModel) submit() string {
	switch {
	case m.New:
		return "Create " + m.Words.One
	case m.Conflict != nil:
		return "Save my version"
	}
	return "Save changes"
}

// AskEntryFields is why an entry shall be changed.
type AskEntryFields struct {
	Active string // the wanted state, as posted; "" where that is not the question
	Reason string
	Error  string
}

// EntryImportModel is where a CSV file of entries is chosen.
type EntryImportModel struct {
	Words     EntryWords
	CSRFToken string
	Columns   []string
	Identity  string // the columns by which an entry is found
	Error     string
	Wrong     *WrongFileModel
}

func (m EntryImportModel) file() FieldModel {
	return FieldModel{For: "file", Label: "CSV file", Hint: "Choose one or drop it here; at most 32 MB.", Error: m.Error}
}

func (m EntryImportModel) columns() string { return strings.Join(m.Columns, ", ") }

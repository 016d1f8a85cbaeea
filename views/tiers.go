package views

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"flagstone/words"
)

// MatrixModel is what every tier gives of every feature.
type MatrixModel struct {
	URL         string // of the page, with its search and filters
	Query       string
	Choosers    []SelectModel // which category, and which two tiers
	Differences bool          // shows only what the tiers shown do not give alike
	Filtered    bool
	Count       string // "4 tiers, 63 features"
	Shown       string // "19 of 63 shown"
	Tiers       []MatrixTier
	Categories  []MatrixCategory
	Features    int // there are
	MayEdit     bool
	CSRFToken   string
}

// MatrixTier is one column.
type MatrixTier struct {
	Key, Name string
	Place     int // in the order of the tiers, from 1
	Accounts  int
}

// URL is the address of the tier's page, or of something below it.
func (m MatrixTier) URL(below string) string { return tierURL(m.Key, below) }

func tierURL(key, below string) string { return "/admin/tiers/" + url.PathEscape(key) + below }

// MatrixCategory is the rows of one category, as far as search and filters leave them.
type MatrixCategory struct {
	ID   string // unique on the page, the same each time
	Name string
	MatrixDiffer
	Rows []MatrixRow
}

// MatrixDiffer is how many features of a category the tiers shown do not give alike.
type MatrixDiffer struct{ Differ, Of int }

func (m MatrixDiffer) words() string {
	return words.Number(m.Differ) + " of " + words.Number(m.Of) + " " + words.Form(m.Differ, "differs", "differ")
}

// MatrixRow is what the tiers give of one feature.
type MatrixRow struct {
	FeatureNameModel
	ID    int64
	Help  string
	Same  bool // the tiers shown give it alike
	Cells []MatrixCell
}

func (m MatrixRow) rowID() string { return "row-" + strconv.FormatInt(m.ID, 10) }

// MatrixCell is what one tier gives of one feature, as it is edited in place.
type MatrixCell struct {
	TierID, FeatureID  int64
	Tier, TierName     string // key and name
	Key, Feature       string
	Kind               CellKind
	Listed             bool
	On                 bool   // for a switch: what the accounts have as far as the tier or, where it lists nothing, the default goes
	Text               string // as it is typed: "" where nothing is listed
	Inherited          string // the default, in words
	Options            []Option
	AllowOverride, Ask bool
	Version            int64
	MayEdit            bool
}

// CellKind is how a cell is edited.
type CellKind string

// The kinds of cells.
const (
	CellSwitch CellKind = "switch"
	CellNumber CellKind = "number"
	CellText   CellKind = "text"
	CellChoice CellKind = "choice"
	CellJSON   CellKind = "json"
)

// ID names the cell on the page; the numbers of tier and feature never change.
func (m MatrixCell) ID() string {
	return "cell-" + strconv.FormatInt(m.TierID, 10) + "-" + strconv.FormatInt(m.FeatureID, 10)
}

func (m MatrixCell) valueID() string { return m.ID() + "-value" }

// URL is the address of the editor with all that a tier can say of a feature.
func (m MatrixCell) URL() string { return tierURL(m.Tier, "/features/"+url.PathEscape(m.Key)) }

func (m MatrixCell) name() string { return m.Feature + ", " + m.TierName }

func (m MatrixCell) version() string { return strconv.FormatInt(m.Version, 10) }

// allows says what the cell allows, as it is posted with its value.
func (m MatrixCell) allows() string {
	switch {
	case m.Ask:
		return "upgrade"
	case m.AllowOverride:
		return "override"
	}
	return "locked"
}

// word stands beside a switch.
func (m MatrixCell) word() string {
	if !m.Listed {
		return "Default"
	}
	return onOff(m.On)
}

func (m MatrixCell) label() string {
	if !m.Listed {
		return m.name() + ", not listed: the default, " + m.Inherited + ", counts"
	}
	return m.name()
}

// field is the attributes that all controls of a cell share.
func (m MatrixCell) field() templ.Attributes {
	attributes := templ.Attributes{"id": m.valueID(), "aria-label": m.label(), "data-value": true, "autocomplete": "off"}
	if !m.MayEdit {
		attributes["disabled"] = true
	}
	return attributes
}

// MatrixBarModel is what has been typed and not saved: whom it concerns, or why it cannot be saved.
type MatrixBarModel struct {
	Count    int // of the edits; 0 shows nothing
	Effect   TierEffectModel
	Problems []CellProblem
	Digest   string // what the effect shown is known by; "" where it is to be asked again
}

// CellProblem is what is wrong with one cell; the page moves it beside the cell.
type CellProblem struct {
	Cell string // the id of the cell
	Name string // of feature and tier
	Text string
}

// TierEffectModel is what edits of tiers do: a line for each, then everything that changes for somebody.
type TierEffectModel struct {
	Lines   []TierEffectLine
	Others  []TierEffectLine // features that are reached through others
	Effects FeatureEffectsModel
	Takes   bool // somebody loses a feature by it
}

// TierEffectLine is what happens to one feature: its name, then the rest of the sentence.
type TierEffectLine struct {
	Name string
	Text string
	Warn bool // it takes something away, or has no effect yet
}

func changesWords(n int) string { return words.Count(n, "change") }

// CellsConfirmModel asks before edits of tiers are saved that nobody has seen the effect of, or that take something away.
type CellsConfirmModel struct {
	Title     string
	Notice    string
	CSRFToken string
	Hidden    []HiddenField
	Effect    TierEffectModel
	Submit    string
}

// CellsConflictModel is edits of cells that someone else has saved since.
type CellsConflictModel struct {
	By        string
	CSRFToken string
	Hidden    []HiddenField // the edits again, over the versions that are stored now
	Versions  DiffModel
}

package views

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"flagstone/words"
)

// BulkModel is the dialog that says what an action on many accounts does before it is done.
type BulkModel struct {
	Title        string
	Selection    string // which accounts, in words
	Notice       string // why the dialog is here again; "" the first time
	CSRFToken    string
	Hidden       []HiddenField          // the action, the selection, and what the effect shown here is known by
	Choice       *SelectModel           // what the action is about; nil where there is nothing to choose
	Value        *BulkValueModel        // nil where on and off are all there is
	Dependencies *BulkDependenciesModel // nil where nothing else is needed
	Effect       *BulkEffectModel       // nil until something is chosen
	Names        BulkNamesModel
	Reason       InputModel
	Nonce        string // what the progress of this change is known by
	Submit       string // "Enable for 182 accounts"; "" where nothing would change
	Danger       bool
	Hint         string
}

// BulkValueModel is the value that a feature is switched on with.
type BulkValueModel struct {
	Feature string // its key
	Type    string
	Text    string
	Allowed string // which values it may have, in words
	Error   string
}

func (m BulkValueModel) field() FieldModel {
	return FieldModel{For: "bulk-value", Label: "Value", Hint: m.Allowed + ".", Error: m.Error}
}

// BulkDependenciesModel offers to switch on what a feature needs, where that is off.
type BulkDependenciesModel struct {
	Names   string // "AI Agents and Streaming"
	Checked bool
}

// bulkAgain has the dialog work its effect out anew.
func bulkAgain() templ.Attributes {
	return templ.Attributes{"hx-post": "/admin/accounts/-/bulk/preview", "hx-target": "closest dialog", "hx-swap": "outerMorph"}
}

// HiddenField is one hidden field of a form.
type HiddenField struct{ Name, Value string }

// BulkEffectModel is what an action on many accounts does, in numbers.
type BulkEffectModel struct {
	Rows     []EffectRow
	Features []FeatureEffect     // per feature, for what reaches several
	Named    FeatureEffectsModel // per feature, with names: for another tier
}

// EffectRow is how many accounts fare alike. Kind is gain, lose, same or refused.
type EffectRow struct {
	Kind  string
	Count int
	Text  string
	Note  string
}

func (r EffectRow) icon() string {
	switch r.Kind {
	case "gain", "lose":
		return r.Kind
	case "refused":
		return "refuse"
	}
	return "equal"
}

// FeatureEffect is how many accounts gain and lose one feature.
type FeatureEffect struct {
	Feature    string
	Gain, Lose int
	Change     int // another variant
	Same       int // written, but nothing changes for them now
}

// changes tells whether any account gets another variant of any feature.
func changes(features []FeatureEffect) bool {
	return slices.ContainsFunc(features, func(f FeatureEffect) bool { return f.Change > 0 })
}

// effectBar is the width of the bar in units of its own.
const (
	effectBar    = 528
	effectGap    = 2
	effectSliver = 6 // what even the smallest part is wide
)

// effectPart is one part of the bar.
type effectPart struct {
	Kind     string
	X, Width int
}

// parts shares the bar out between the rows, each wide enough to be seen.
func (m BulkEffectModel) parts() (parts []effectPart) {
	total, shown := 0, 0
	for _, row := range m.Rows {
		total += row.Count
		if row.Count > 0 {
			shown++
		}
	}
	free := effectBar - shown*effectSliver - max(0, shown-1)*effectGap
	x := 0
	for _, row := range m.Rows {
		if row.Count == 0 {
			continue
		}
		width := effectSliver + free*row.Count/total
		parts = append(parts, effectPart{row.Kind, x, width})
		x += width + effectGap
	}
	return parts
}

func (p effectPart) x() string { return strconv.Itoa(p.X) }

func (p effectPart) width() string { return strconv.Itoa(p.Width) }

// sentence is the bar in words.
func (m BulkEffectModel) sentence() (text string) {
	for i, row := range m.Rows {
		if i > 0 {
			text += ", "
		}
		text += words.Number(row.Count) + " " + row.Text
	}
	return text
}

// BulkNamesModel is the accounts that change, by name: the first few, or a part of all.
type BulkNamesModel struct {
	Names []string
	Total int
	Next  int // where the part after this one begins; 0 when there is none
	Step  int // how many names that one has
}

func (m BulkNamesModel) more() string {
	return fmt.Sprintf("/admin/accounts/-/bulk/names?from=%d", m.Next)
}

// BulkProgressModel is how far a change under way has come. Before it begins and after it has ended, Running is false.
type BulkProgressModel struct {
	Nonce       string
	Running     bool
	Done, Total int
}

func (m BulkProgressModel) url() string { return "/admin/accounts/-/bulk/progress/" + m.Nonce }

package views

import "flagstone/words"

// RegistryModel is where the registry leaves and comes in as a file.
type RegistryModel struct {
	CSRFToken  string
	Accounts   bool // ticked: with accounts and overrides
	Prune      bool // ticked: take out what the file does not name
	Error      string
	Wrong      *WrongFileModel // nil unless a file could not be read
	Catalogues []CatalogueModel
}

// CatalogueModel is a starter catalogue.
type CatalogueModel struct {
	Name, Title, About string
	Missing            int // features of it that the registry lacks
}

func (m CatalogueModel) url() string { return "/admin/settings/registry/catalogues/" + m.Name }

func (m CatalogueModel) state() string {
	if m.Missing == 0 {
		return "Every feature is in the registry."
	}
	return words.CountForms(m.Missing, "feature is", "features are") + " not in the registry yet."
}

// WrongFileModel is what is wrong with a file.
type WrongFileModel struct {
	File     string
	Problems []Fact // by line and column; the first of them
	Total    int
}

func (m WrongFileModel) verdict() string {
	return words.Count(m.Total, "error") + ", so nothing can be imported yet."
}

// ImportPlanModel is what a file would make of the registry.
type ImportPlanModel struct {
	CSRFToken string
	Source    string // "registry.yaml", "the catalogue Workshops"
	Path      []Link // that leads to where it is imported
	Back      string // where that is
	Action    string // where the import is posted to
	Notice    string // why the plan is here again; "" the first time
	Summary   string // "12 features created, 1 changed"; "" where nothing changes
	Notes     []string
	Hidden    []HiddenField // what the import is known by
	Lists     []PlannedListModel
	Effects   FeatureEffectsModel
	Reason    InputModel
}

// PlannedListModel is the things of one kind that a plan is about.
type PlannedListModel struct {
	ID, Title string
	Rows      []PlannedModel // the first of them
	Total     int
	Unchanged int
}

func (m PlannedListModel) count() string {
	text := words.Number(m.Total)
	if len(m.Rows) < m.Total {
		text = "first " + words.Number(len(m.Rows)) + " of " + text
	}
	if m.Unchanged > 0 {
		text += ", and " + words.Number(m.Unchanged) + " unchanged"
	}
	return text
}

// PlannedModel is what becomes of one thing.
type PlannedModel struct {
	Key, Name string
	Badge     BadgeModel
	Note      string
	Fields    []DiffRow
}

func (m RegistryModel) file() FieldModel {
	return FieldModel{For: "file", Label: "YAML file", Hint: "Choose one or drop it here; at most 32 MB.", Error: m.Error}
}

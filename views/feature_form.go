package views

import "github.com/a-h/templ"

// FeatureFormModel is the form for a new feature or for one that is there, each field as it was typed.
type FeatureFormModel struct {
	New                bool
	Feature            FeatureNameModel // as it is stored
	CSRFToken          string
	Version            string // what the form is held against when it is saved
	Key, Name          string
	Help               string
	Category           string
	Subcategory        string
	Icon               string
	HelpURL            string
	Owner              string
	DisplayOrder       string
	Type               string
	TypeFixed          string // why the type cannot be another; "" where it can
	Default            bool
	DefaultValues      map[string]string // by type: what was typed for another one is not lost
	Min, Max           string
	Enum               string // one in a line
	Schema             string
	DependsOn          TargetModel
	ConflictsWith      TargetModel
	Registry           []Option // the other features, to choose links from
	Premium            bool
	RequiresSetup      bool
	Permanent          bool
	Deprecated         bool
	DeprecationMessage string
	Metadata           string
	Categories         []string // to choose from
	Reason             string
	Errors             map[string]string
	Preview            PreviewModel
	Conflict           *DiffModel // what someone else saved in between, beside what stands here; nil for none
	ConflictBy         string
}

func (m FeatureFormModel) action() string {
	if m.New {
		return "/admin/features"
	}
	return m.Feature.URL("")
}

// Title names the page.
func (m FeatureFormModel) Title() string {
	if m.New {
		return "New feature"
	}
	return "Edit " + m.Feature.Name
}

// frame is where the form's effect is asked for, and where it leads without saving.
func (m FeatureFormModel) frame() FeatureFrameModel {
	if m.New {
		return FeatureFrameModel{FeatureNameModel: FeatureNameModel{Key: "-"}, Address: "/admin/features", MayEdit: true}
	}
	return FeatureFrameModel{FeatureNameModel: m.Feature, Address: m.Feature.URL(""), MayEdit: true}
}

func (m FeatureFormModel) path() []Link {
	path := []Link{{"Features", "/admin/features"}}
	if !m.New {
		path = append(path, Link{m.Feature.Name, m.Feature.URL("")})
	}
	return path
}

// typeChoices are the types that the feature can have.
func (m FeatureFormModel) typeChoices() []Option {
	all := []Option{{"boolean", "On or off"}, {"integer", "Whole number"}, {"string", "Text"}, {"json", "JSON object"}}
	if m.TypeFixed == "" {
		return all
	}
	for _, one := range all {
		if one.Value == m.Type {
			return []Option{one}
		}
	}
	return nil
}

func (m FeatureFormModel) field(name, label, hint string) FieldModel {
	return FieldModel{For: name, Label: label, Hint: hint, Error: m.Errors[name]}
}

// input is an ordinary field of the form: what is wrong with it stands below.
func (m FeatureFormModel) input(name, value, label, hint string, attributes templ.Attributes) InputModel {
	return InputModel{ID: name, Name: name, Value: value, Label: label, Hint: hint, Error: m.Errors[name], Attributes: attributes}
}

// defaultField is the value of the default for one type; what is wrong with a default is said of the type chosen.
func (m FeatureFormModel) defaultField(kind, hint string) FieldModel {
	field := FieldModel{For: "default_" + kind, Label: "Value, where it is on", Hint: hint}
	if m.Type == kind {
		field.Error = m.Errors["default"]
	}
	return field
}

// defaultError is what is wrong with a default that has no field for its value.
func (m FeatureFormModel) defaultError() string {
	if m.Type == "boolean" {
		return m.Errors["default"]
	}
	return ""
}

// typeWord names a type as people read it.
func typeWord(kind string) string {
	switch kind {
	case "integer":
		return "Whole number"
	case "string":
		return "Text"
	case "json":
		return "JSON object"
	}
	return "Boolean"
}

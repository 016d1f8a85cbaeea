package features

import (
	"slices"
	"time"
)

// Component is a part of a product that accounts may use once the feature that it requires is on, and every feature that
// it requires.
type Component struct {
	ID int64
	ComponentDraft
	CreatedAt time.Time
	UpdatedAt time.Time
	Revision  int64 // of its latest change
}

// ComponentDraft is what a person may write of a component. Key counts only when it is created.
type ComponentDraft struct {
	Key, Name, DisplayName, Description, Category, Subcategory string
	Feature                                                    string   // the key of the feature that it requires; "" for none
	Requires                                                   []string // keys of features that must be on too
	Icon, DocsURL                                              string
	Beta, Active                                               bool
}

// Title is the name that people read.
func (d ComponentDraft) Title() string {
	if d.DisplayName != "" {
		return d.DisplayName
	}
	return d.Name
}

// componentColumns are the fields of a component in the order in which files and forms have them.
var componentColumns = []textColumn[ComponentDraft]{
	wordsColumn("key", func(d *ComponentDraft) *string { return &d.Key }),
	wordsColumn("name", func(d *ComponentDraft) *string { return &d.Name }),
	wordsColumn("display_name", func(d *ComponentDraft) *string { return &d.DisplayName }),
	wordsColumn("icon", func(d *ComponentDraft) *string { return &d.Icon }),
	wordsColumn("description", func(d *ComponentDraft) *string { return &d.Description }),
	wordsColumn("category", func(d *ComponentDraft) *string { return &d.Category }),
	wordsColumn("subcategory", func(d *ComponentDraft) *string { return &d.Subcategory }),
	wordsColumn("feature", func(d *ComponentDraft) *string { return &d.Feature }),
	listColumn("required_features", func(d *ComponentDraft) *[]string { return &d.Requires }),
	wordsColumn("docs_url", func(d *ComponentDraft) *string { return &d.DocsURL }),
	flagColumn("beta", false, func(d *ComponentDraft) *bool { return &d.Beta }),
	flagColumn("active", true, func(d *ComponentDraft) *bool { return &d.Active }),
}

// ComponentColumns gives the names of a component's fields in files and forms.
func ComponentColumns() []string { return columnNames(componentColumns) }

// Texts gives the fields of a component by column.
func (d ComponentDraft) Texts() map[string]string { return texts(componentColumns, &d) }

// Written gives a component with texts written into it, or the Problems of its fields.
func (d ComponentDraft) Written(texts map[string]string) (ComponentDraft, error) {
	problems := writeTexts(componentColumns, &d, texts)
	d = d.Normalize()
	return d, Together(problems.Err(), d.Validate())
}

// Normalize tidies what people type.
func (d ComponentDraft) Normalize() ComponentDraft {
	for _, s := range []*string{
		&d.Key, &d.Name, &d.DisplayName, &d.Description, &d.Category, &d.Subcategory, &d.Feature, &d.Icon, &d.DocsURL,
	} {
		*s = Tidy(*s)
	}
	required := make([]string, 0, len(d.Requires))
	for _, key := range d.Requires {
		if key = Tidy(key); key != "" {
			required = append(required, key)
		}
	}
	d.Requires = required
	return d
}

// Validate gives Problems for every field that breaks a rule, or nil. Whether the features exist only the catalogue can
// say.
func (d ComponentDraft) Validate() error {
	var problems Problems
	switch {
	case d.Key == "":
		problems.add("key", "Enter a key for the component, such as stores.chroma.")
	case len(d.Key) > maxKey:
		problems.add("key", "Use at most 100 characters.")
	case !featureKey.MatchString(d.Key):
		problems.add("key", "Use lower-case letters, digits, dots and underscores, beginning with a letter, such as stores.chroma.")
	}
	problems.checkName(d.Name)
	problems.checkLine("display_name", d.DisplayName, maxName)
	problems.checkText("description", d.Description, maxDescription)
	problems.checkLine("category", d.Category, maxName)
	problems.checkLine("subcategory", d.Subcategory, maxName)
	problems.checkFeatureName("feature", d.Feature)
	problems.checkRequired(d.Requires)
	problems.checkLine("icon", d.Icon, maxName)
	problems.checkAddress("docs_url", d.DocsURL)
	return problems.Err()
}

func (p *Problems) checkRequired(keys []string) {
	for i, key := range keys {
		p.checkFeatureName("required_features", key)
		if slices.Contains(keys[:i], key) {
			p.add("required_features", key+" is listed twice. Remove one.")
		}
	}
}

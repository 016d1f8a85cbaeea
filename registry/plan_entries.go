package registry

import (
	"errors"
	"slices"
	"strings"

	"flagstone/features"
	"flagstone/words"
)

// FileEntries is models and components, as a file has them.
type FileEntries struct {
	Models        []FileModel
	Components    []FileComponent
	HasModels     bool // the file has a list of models, if only an empty one
	HasComponents bool
}

// FileModel is a model in a file.
type FileModel struct {
	Draft         features.ModelDraft
	At, FeatureAt Place
}

// FileComponent is a component in a file.
type FileComponent struct {
	Draft                     features.ComponentDraft
	At, FeatureAt, RequiresAt Place
}

// PlannedEntries is what becomes of models and components.
type PlannedEntries struct {
	Models     []PlannedChange[*features.Model]
	Components []PlannedChange[*features.Component]
}

// fileEntries returns the models and components of a catalogue as a file has them.
func fileEntries(c *features.Catalogue) FileEntries {
	file := FileEntries{HasModels: true, HasComponents: true}
	for _, m := range c.Models() {
		file.Models = append(file.Models, FileModel{Draft: m.ModelDraft})
	}
	for _, one := range c.Components() {
		file.Components = append(file.Components, FileComponent{Draft: one.ComponentDraft})
	}
	return file
}

// planEntries plans the models and components that the file names, and the outcome of the others.
func (p *planner) planEntries() {
	for _, f := range p.File.Models {
		p.plan.Models = append(p.plan.Models, p.plannedModel(f))
	}
	for _, f := range p.File.Components {
		p.plan.Components = append(p.plan.Components, p.plannedComponent(f))
	}
	for _, m := range p.now.Models() {
		if !slices.ContainsFunc(p.File.Models, func(f FileModel) bool { return f.Draft.Key() == m.Key() }) {
			p.plan.Models = append(p.plan.Models, unnamedEntry(m.Key(), m.Name, m, p.Prune && p.File.HasModels))
		}
	}
	for _, one := range p.now.Components() {
		if !slices.ContainsFunc(p.File.Components, func(f FileComponent) bool { return f.Draft.Key == one.Key }) {
			p.plan.Components = append(p.plan.Components, unnamedEntry(one.Key, one.Title(), one, p.Prune && p.File.HasComponents))
		}
	}
	p.entries = features.Entries{Models: remaining(p.plan.Models), Components: remaining(p.plan.Components)}
}

// unnamedEntry is the outcome of an entry that the file does not name.
func unnamedEntry[T any](key, name string, is *T, gone bool) PlannedChange[*T] {
	if gone {
		return PlannedChange[*T]{Key: key, Name: name, Outcome: Deleted, Was: is}
	}
	return PlannedChange[*T]{Key: key, Name: name, Outcome: Unchanged, Was: is, Is: is}
}

// remaining are the things that there would be.
func remaining[T any](planned []PlannedChange[*T]) (there []*T) {
	for _, one := range planned {
		if one.Is != nil {
			there = append(there, one.Is)
		}
	}
	return there
}

func (p *planner) plannedModel(f FileModel) PlannedChange[*features.Model] {
	planned := PlannedChange[*features.Model]{Key: f.Draft.Key(), Name: f.Draft.Name, Is: &features.Model{}}
	var before []features.Field
	if was, _ := p.now.Model(f.Draft.Key()); was != nil {
		is := *was
		planned.Was, planned.Is, before = was, &is, was.Fields()
	}
	planned.Is.ModelDraft = f.Draft
	return comparedEntry(p, planned, before, f.Draft.Fields())
}

func (p *planner) plannedComponent(f FileComponent) PlannedChange[*features.Component] {
	planned := PlannedChange[*features.Component]{Key: f.Draft.Key, Name: f.Draft.Title(), Is: &features.Component{}}
	var before []features.Field
	if was, _ := p.now.Component(f.Draft.Key); was != nil {
		is := *was
		planned.Was, planned.Is, before = was, &is, was.Fields()
	}
	planned.Is.ComponentDraft = f.Draft
	return comparedEntry(p, planned, before, f.Draft.Fields())
}

// comparedEntry holds an entry against the stored one.
func comparedEntry[T any](p *planner, planned PlannedChange[*T], before, after []features.Field) PlannedChange[*T] {
	planned.Fields = features.Differences(before, after)
	planned.Outcome = outcomeOf(planned.Was != nil, planned.Fields)
	if planned.Was != nil && (p.OnlyNew || planned.Outcome == Unchanged) {
		planned.Outcome, planned.Is, planned.Fields = Unchanged, planned.Was, nil
	}
	return planned
}

// checkEntries refuses models and components of the file whose features there would not be.
func (p *planner) checkEntries() {
	known := func(key string) bool {
		_, err := p.plan.Catalogue.Feature(key)
		return err == nil
	}
	for i, f := range p.File.Models {
		if p.plan.Models[i].Changes() {
			p.refuseAt(f.Draft.CheckFeatures(known), map[string]Place{"feature": f.FeatureAt})
		}
	}
	for i, f := range p.File.Components {
		if p.plan.Components[i].Changes() {
			p.refuseAt(f.Draft.CheckFeatures(known), map[string]Place{"feature": f.FeatureAt, "required_features": f.RequiresAt})
		}
	}
}

// refuseAt notes problems where their fields stand in the file.
func (p *planner) refuseAt(err error, places map[string]Place) {
	var problems features.Problems
	errors.As(err, &problems)
	for _, problem := range problems {
		p.refuse(places[problem.Field], strings.TrimSuffix(problem.Message, ".")+": add it to the file's features, or choose another.")
	}
}

// needing says what would be left without its feature if one went: "2 models and 1 component", "" for nothing.
func (p *planner) needing(f *features.Feature) string {
	after := features.NewCatalogue(features.Registry{Entries: p.entries})
	var parts []string
	if n := len(after.ModelsOf(f.Key)); n > 0 {
		parts = append(parts, words.Count(n, "model"))
	}
	if n := len(after.ComponentsOf(f.Key)); n > 0 {
		parts = append(parts, words.Count(n, "component"))
	}
	return strings.Join(parts, " and ")
}

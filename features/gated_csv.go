package features

import (
	"errors"
	"slices"
)

// ReadModels reads a CSV of models into what a registry file would have, with the problems of its lines by line and
// column. A model is found by provider and ID; columns that the file leaves out stay as they are in the catalogue.
func (c *Catalogue) ReadModels(file []byte) (RegistryFile, error) {
	format := csvFormat{noun: "model", columns: ModelColumns(), required: []string{"provider", "model_id"}}
	var read RegistryFile
	err := readGated(format.read(file), ModelDraft.Key, func(texts map[string]string, at Place) (ModelDraft, error) {
		draft := ModelDraft{Active: true}
		if was := c.gated.models[ModelDraft{Provider: texts["provider"], ModelID: texts["model_id"]}.Normalize().Key()]; was != nil {
			draft = was.ModelDraft
		}
		draft, err := draft.Written(texts)
		read.Models = append(read.Models, FileModel{Draft: draft, At: at, FeatureAt: at.named("feature")})
		return draft, err
	})
	return read, err
}

// ReadComponents reads a CSV of components as ReadModels does; a component is found by its key.
func (c *Catalogue) ReadComponents(file []byte) (RegistryFile, error) {
	format := csvFormat{noun: "component", columns: ComponentColumns(), required: []string{"key"}}
	var read RegistryFile
	key := func(d ComponentDraft) string { return d.Key }
	err := readGated(format.read(file), key, func(texts map[string]string, at Place) (ComponentDraft, error) {
		draft := ComponentDraft{Active: true}
		if was := c.gated.components[ComponentDraft{Key: texts["key"]}.Normalize().Key]; was != nil {
			draft = was.ComponentDraft
			draft.Requires = slices.Clone(draft.Requires)
		}
		draft, err := draft.Written(texts)
		read.Components = append(read.Components, FileComponent{
			Draft: draft, At: at, FeatureAt: at.named("feature"), RequiresAt: at.named("required_features"),
		})
		return draft, err
	})
	return read, err
}

// named is a column of the line at a place.
func (p Place) named(column string) Place { return Place{Line: p.Line, Name: column} }

// readGated gives each line to take, and refuses what it refuses, and what stands in the file twice.
func readGated[D any](lines []csvLine, keyOf func(D) string, take func(texts map[string]string, at Place) (D, error)) error {
	var problems Problems
	first := make(map[string]int)
	for _, line := range lines {
		wrong := line.problems
		if line.texts != nil {
			draft, err := take(line.texts, Place{Line: line.number})
			var more Problems
			errors.As(err, &more)
			wrong = append(wrong, more...)
			if before := first[keyOf(draft)]; before != 0 {
				wrong.add("", keyOf(draft)+" stands on "+Place{Line: before}.String()+" too. Take one of them out.")
			} else {
				first[keyOf(draft)] = line.number
			}
		}
		for _, p := range wrong {
			problems.add(Place{Line: line.number, Name: p.Field}.String(), p.Message)
		}
	}
	return problems.Err()
}

package registry

import (
	"errors"
	"slices"

	"flagstone/features"
)

// ReadModels reads a CSV of models into what a registry file would have, with the problems of its lines by line and
// column. A model is found by provider and ID; columns that the file leaves out stay as they are in the catalogue.
func ReadModels(c *features.Catalogue, file []byte) (File, error) {
	format := csvFormat{noun: "model", columns: features.ModelColumns(), required: []string{"provider", "model_id"}}
	var read File
	err := readEntries(format.read(file), features.ModelDraft.Key, func(texts map[string]string, at Place) (features.ModelDraft, error) {
		draft := features.ModelDraft{Active: true}
		if was, _ := c.Model(features.ModelDraft{Provider: texts["provider"], ModelID: texts["model_id"]}.Normalize().Key()); was != nil {
			draft = was.ModelDraft
		}
		draft, err := draft.Written(texts)
		read.Models = append(read.Models, FileModel{Draft: draft, At: at, FeatureAt: at.named("feature")})
		return draft, err
	})
	return read, err
}

// ReadComponents reads a CSV of components as ReadModels does; a component is found by its key.
func ReadComponents(c *features.Catalogue, file []byte) (File, error) {
	format := csvFormat{noun: "component", columns: features.ComponentColumns(), required: []string{"key"}}
	var read File
	key := func(d features.ComponentDraft) string { return d.Key }
	err := readEntries(format.read(file), key, func(texts map[string]string, at Place) (features.ComponentDraft, error) {
		draft := features.ComponentDraft{Active: true}
		if was, _ := c.Component(features.ComponentDraft{Key: texts["key"]}.Normalize().Key); was != nil {
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

// readEntries gives each line to take, and refuses what it refuses, and what stands in the file twice.
func readEntries[D any](lines []csvLine, keyOf func(D) string, take func(texts map[string]string, at Place) (D, error)) error {
	var problems features.Problems
	first := make(map[string]int)
	for _, line := range lines {
		wrong := line.problems
		if line.texts != nil {
			draft, err := take(line.texts, Place{Line: line.number})
			var more features.Problems
			errors.As(err, &more)
			wrong = append(wrong, more...)
			if before := first[keyOf(draft)]; before != 0 {
				wrong = append(wrong, invalid("", keyOf(draft)+" is also on "+Place{Line: before}.String()+". Remove one of them."))
			} else {
				first[keyOf(draft)] = line.number
			}
		}
		for _, p := range wrong {
			problems = append(problems, invalid(Place{Line: line.number, Name: p.Field}.String(), p.Message))
		}
	}
	return problems.Err()
}

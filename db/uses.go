package db

import (
	"database/sql"
	"fmt"
	"strings"

	"flagstone/features"
)

// featureUses are the things that may refer to a feature beside its overrides, each with SQL for the names of those that
// refer to the feature ?1 with the key ?2.
var featureUses = []struct{ one, many, names string }{
	{"the model", "the models", `SELECT name FROM models WHERE feature_id = ?1 AND ?2 <> '' ORDER BY provider, model_id`},
	{"the component", "the components", `
		SELECT iif(display_name = '', name, display_name) FROM components
		WHERE feature_id = ?1 OR EXISTS (SELECT 1 FROM json_each(required_features) WHERE value = ?2) ORDER BY category, key`},
}

// usesNamed is how many names a refusal gives of each kind.
const usesNamed = 5

// usesOf says what refers to a feature beside its overrides: "the models GPT-4o, o1", "the component Chroma".
func (t *tx) usesOf(f *features.Feature) (uses []string, err error) {
	for _, use := range featureUses {
		names, err := collect(t.ctx, t, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) }, use.names, f.ID, f.Key)
		if err != nil {
			return nil, err
		}
		switch {
		case len(names) == 1:
			uses = append(uses, use.one+" "+names[0])
		case len(names) > usesNamed:
			uses = append(uses, fmt.Sprintf("%s %s and %d more", use.many, strings.Join(names[:usesNamed], ", "), len(names)-usesNamed))
		case len(names) > 1:
			uses = append(uses, use.many+" "+strings.Join(names, ", "))
		}
	}
	return uses, nil
}

// checkUnused refuses, with Conflict, a feature that anything refers to.
func (t *tx) checkUnused(f *features.Feature) error {
	var overrides int
	if err := t.row(`SELECT count(*) FROM overrides WHERE feature_id = ?1`, f.ID).Scan(&overrides); err != nil {
		return err
	}
	uses, err := t.usesOf(f)
	if err != nil {
		return err
	}
	var message string
	if overrides > 0 {
		message = fmt.Sprintf("%s is overridden for %s: clear these overrides first, or retire the feature.", f.Name, count(overrides, "account"))
	}
	if len(uses) > 0 {
		message += fmt.Sprintf(" %s is needed by %s: take it out there first, or retire the feature.", f.Name, strings.Join(uses, " and "))
	}
	if message == "" {
		return nil
	}
	return &features.Error{Kind: features.Conflict, Message: strings.TrimSpace(message)}
}

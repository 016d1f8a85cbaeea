package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"flagstone/features"
)

const selectComponents = `
	SELECT id, key, name, display_name, description, category, subcategory,
	       coalesce((SELECT f.key FROM features f WHERE f.id = feature_id), ''), required_features, icon, docs_url, beta, active,
	       created_at, updated_at, revision
	FROM components`

func scanComponent(rows *sql.Rows) (*features.Component, error) {
	var c features.Component
	var created, updated int64
	var required string
	err := rows.Scan(&c.ID, &c.Key, &c.Name, &c.DisplayName, &c.Description, &c.Category, &c.Subcategory, &c.Feature, &required, &c.Icon,
		&c.DocsURL, &c.Beta, &c.Active, &created, &updated, &c.Revision)
	c.CreatedAt, c.UpdatedAt, c.Requires = fromMillis(created), fromMillis(updated), readRequired(required)
	return &c, err
}

// unreadable stands for a list of features that somebody wrote by hand and that is none: no feature has this key, so
// nobody has what requires it.
const unreadable = "?"

func readRequired(text string) (keys []string) {
	if json.Unmarshal([]byte(text), &keys) != nil {
		return []string{unreadable}
	}
	return keys
}

// component reads a component as the transaction sees it, or refuses with NotFound.
func (t *tx) component(id int64) (*features.Component, error) {
	found, err := collect(t.ctx, t, scanComponent, selectComponents+` WHERE id = ?1`, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &features.Error{Kind: features.NotFound, Message: "There is no such component."}
	}
	return found[0], nil
}

func componentEntry(id int64, d features.ComponentDraft) gatedEntry {
	return gatedEntry{entity: "component", id: id, name: d.Title(), feature: d.Feature, state: map[string]any{
		"key": d.Key, "name": d.Name, "display_name": d.DisplayName, "description": d.Description, "category": d.Category,
		"subcategory": d.Subcategory, "feature": orNone(d.Feature), "required_features": encodedList(d.Requires), "icon": d.Icon,
		"docs_url": d.DocsURL, "beta": d.Beta, "active": d.Active,
	}}
}

// checkedComponent gives a draft as it may be stored. It refuses, field by field, what breaks a rule and features that
// there are not.
func (t *tx) checkedComponent(d features.ComponentDraft) (features.ComponentDraft, error) {
	d = d.Normalize()
	if err := d.Validate(); err != nil {
		return d, err
	}
	known, err := t.featureKeys()
	if err != nil {
		return d, err
	}
	return d, d.CheckFeatures(known)
}

// CreateComponent adds a component and gives the revision. It refuses, field by field, what breaks a rule, features that
// there are not, and a key that is taken.
func (d *DB) CreateComponent(ctx context.Context, by features.Actor, draft features.ComponentDraft) (int64, error) {
	r, err := d.Apply(ctx, by, &CreateComponent{Draft: draft})
	return r.Revision, err
}

// CreateComponent asks for a component to be added.
type CreateComponent struct {
	ChangeOptions
	Draft features.ComponentDraft
}

// Kind is "component_create".
func (*CreateComponent) Kind() string { return "component_create" }

func (c *CreateComponent) apply(t *tx, _ *Result) error {
	draft, err := t.checkedComponent(c.Draft)
	if err != nil {
		return err
	}
	var taken bool
	if err := t.row(`SELECT EXISTS (SELECT 1 FROM components WHERE key = ?1)`, draft.Key).Scan(&taken); err != nil {
		return err
	}
	if taken {
		return &features.Error{Kind: features.Invalid, Field: "key", Message: fmt.Sprintf("The key %s is taken.", draft.Key)}
	}
	return t.createGated(componentEntry(0, draft), "Created component "+draft.Title())
}

// ComponentChange asks for a component to be as a person wrote it. Version is the revision of its latest change that the
// editor saw.
type ComponentChange struct {
	ChangeOptions
	ID      int64
	Draft   features.ComponentDraft // Key stays as it is
	Version int64
}

// UpdateComponent saves what a person wrote of a component; the key stays. It refuses as CreateComponent does and, with
// Conflict, a component that someone else has saved since. It gives the revision, 0 when nothing changed.
func (d *DB) UpdateComponent(ctx context.Context, by features.Actor, c ComponentChange) (int64, error) {
	r, err := d.Apply(ctx, by, &c)
	return r.Revision, err
}

// Kind is "component_update".
func (*ComponentChange) Kind() string { return "component_update" }

func (c *ComponentChange) apply(t *tx, _ *Result) error {
	stored, err := t.component(c.ID)
	if err != nil {
		return err
	}
	c.Draft.Key = stored.Key
	draft, err := t.checkedComponent(c.Draft)
	if err != nil {
		return err
	}
	return t.updateGated(componentEntry(c.ID, stored.ComponentDraft), componentEntry(c.ID, draft), c.Version,
		changeSet{action: "component.update", summary: "Edited component " + draft.Title()})
}

// SetComponentActive takes a component into use or out of use. It gives the revision, 0 when it was so already.
func (d *DB) SetComponentActive(ctx context.Context, by features.Actor, id int64, active bool, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &SetComponentActive{ChangeOptions: ChangeOptions{Reason: reason}, ID: id, Active: active})
	return r.Revision, err
}

// SetComponentActive asks for a component to be taken into use or out of use.
type SetComponentActive struct {
	ChangeOptions
	ID     int64
	Active bool
}

// Kind is "component_active".
func (*SetComponentActive) Kind() string { return "component_active" }

func (c *SetComponentActive) apply(t *tx, _ *Result) error {
	stored, err := t.component(c.ID)
	if err != nil || stored.Active == c.Active {
		return err
	}
	is := stored.ComponentDraft
	is.Active = c.Active
	return t.replaceGated(componentEntry(c.ID, stored.ComponentDraft), componentEntry(c.ID, is),
		activeChange("component", is.Title(), c.Active, c.Reason))
}

// DeleteComponent takes a component out of the registry.
func (d *DB) DeleteComponent(ctx context.Context, by features.Actor, id int64, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &DeleteComponent{ChangeOptions: ChangeOptions{Reason: reason}, ID: id})
	return r.Revision, err
}

// DeleteComponent asks for a component to go.
type DeleteComponent struct {
	ChangeOptions
	ID int64
}

// Kind is "component_delete".
func (*DeleteComponent) Kind() string { return "component_delete" }

func (c *DeleteComponent) apply(t *tx, _ *Result) error {
	stored, err := t.component(c.ID)
	if err != nil {
		return err
	}
	return t.deleteGated(storedComponent(stored),
		changeSet{action: "component.delete", summary: "Deleted component " + stored.Title()})
}

// storedComponent is a component that is there, with all that is needed to bring it back.
func storedComponent(c *features.Component) gatedEntry {
	e := componentEntry(c.ID, c.ComponentDraft)
	e.state["created_at"] = c.CreatedAt.UnixMilli()
	return e
}

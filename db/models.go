package db

import (
	"context"
	"database/sql"
	"fmt"

	"flagstone/features"
)

const selectModels = `
	SELECT id, provider, model_id, name, type, family, tools, vision, streaming, max_tokens, context_window, input_price,
	       output_price, coalesce((SELECT key FROM features f WHERE f.id = feature_id), ''), active, deprecated, created_at,
	       updated_at, revision
	FROM models`

func scanModel(rows *sql.Rows) (*features.Model, error) {
	var m features.Model
	var created, updated int64
	err := rows.Scan(&m.ID, &m.Provider, &m.ModelID, &m.Name, &m.Type, &m.Family, &m.Tools, &m.Vision, &m.Streaming, &m.MaxTokens,
		&m.ContextWindow, &m.InputPrice, &m.OutputPrice, &m.Feature, &m.Active, &m.Deprecated, &created, &updated, &m.Revision)
	m.CreatedAt, m.UpdatedAt = fromMillis(created), fromMillis(updated)
	return &m, err
}

// model reads a model as the transaction sees it, or refuses with NotFound.
func (t *tx) model(id int64) (*features.Model, error) {
	found, err := collect(t.ctx, t, scanModel, selectModels+` WHERE id = ?1`, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &features.Error{Kind: features.NotFound, Message: "There is no such model."}
	}
	return found[0], nil
}

func modelEntry(id int64, d features.ModelDraft) gatedEntry {
	return gatedEntry{entity: "model", id: id, name: d.Name, feature: d.Feature, state: map[string]any{
		"provider": d.Provider, "model_id": d.ModelID, "name": d.Name, "type": string(d.Type), "family": d.Family,
		"tools": d.Tools, "vision": d.Vision, "streaming": d.Streaming, "max_tokens": d.MaxTokens, "context_window": d.ContextWindow,
		"input_price": d.InputPrice, "output_price": d.OutputPrice, "feature": orNone(d.Feature), "active": d.Active,
		"deprecated": d.Deprecated,
	}}
}

// checkedModel gives a draft as it may be stored. It refuses, field by field, what breaks a rule and a feature that there
// is not.
func (t *tx) checkedModel(d features.ModelDraft) (features.ModelDraft, error) {
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

// CreateModel adds a model and gives the revision. It refuses, field by field, what breaks a rule, a feature that there
// is not, and an ID that the provider has already.
func (d *DB) CreateModel(ctx context.Context, by features.Actor, draft features.ModelDraft) (int64, error) {
	r, err := d.Apply(ctx, by, &CreateModel{Draft: draft})
	return r.Revision, err
}

// CreateModel asks for a model to be added.
type CreateModel struct {
	ChangeOptions
	Draft features.ModelDraft
}

// Kind is "model_create".
func (*CreateModel) Kind() string { return "model_create" }

func (c *CreateModel) apply(t *tx, _ *Result) error {
	draft, err := t.checkedModel(c.Draft)
	if err != nil {
		return err
	}
	var taken bool
	err = t.row(`SELECT EXISTS (SELECT 1 FROM models WHERE provider = ?1 AND model_id = ?2)`, draft.Provider, draft.ModelID).Scan(&taken)
	if err != nil {
		return err
	}
	if taken {
		return &features.Error{Kind: features.Invalid, Field: "model_id", Message: fmt.Sprintf("The model %s already exists.", draft.Key())}
	}
	return t.createGated(modelEntry(0, draft), "Created model "+draft.Name)
}

// ModelChange asks for a model to be as a person wrote it. Version is the revision of its latest change that the editor
// saw.
type ModelChange struct {
	ChangeOptions
	ID      int64
	Draft   features.ModelDraft // Provider and ModelID stay as they are
	Version int64
}

// UpdateModel saves what a person wrote of a model; provider and ID stay. It refuses as CreateModel does and, with
// Conflict, a model that someone else has saved since. It gives the revision, 0 when nothing changed.
func (d *DB) UpdateModel(ctx context.Context, by features.Actor, c ModelChange) (int64, error) {
	r, err := d.Apply(ctx, by, &c)
	return r.Revision, err
}

// Kind is "model_update".
func (*ModelChange) Kind() string { return "model_update" }

func (c *ModelChange) apply(t *tx, _ *Result) error {
	stored, err := t.model(c.ID)
	if err != nil {
		return err
	}
	c.Draft.Provider, c.Draft.ModelID = stored.Provider, stored.ModelID
	draft, err := t.checkedModel(c.Draft)
	if err != nil {
		return err
	}
	return t.updateGated(modelEntry(c.ID, stored.ModelDraft), modelEntry(c.ID, draft), c.Version,
		changeSet{action: "model.update", summary: "Edited model " + draft.Name})
}

// SetModelActive takes a model into use or out of use. It gives the revision, 0 when it was so already.
func (d *DB) SetModelActive(ctx context.Context, by features.Actor, id int64, active bool, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &SetModelActive{ChangeOptions: ChangeOptions{Reason: reason}, ID: id, Active: active})
	return r.Revision, err
}

// SetModelActive asks for a model to be taken into use or out of use.
type SetModelActive struct {
	ChangeOptions
	ID     int64
	Active bool
}

// Kind is "model_active".
func (*SetModelActive) Kind() string { return "model_active" }

func (c *SetModelActive) apply(t *tx, _ *Result) error {
	stored, err := t.model(c.ID)
	if err != nil || stored.Active == c.Active {
		return err
	}
	is := stored.ModelDraft
	is.Active = c.Active
	return t.replaceGated(modelEntry(c.ID, stored.ModelDraft), modelEntry(c.ID, is), activeChange("model", is.Name, c.Active, c.Reason))
}

// DeleteModel takes a model out of the registry.
func (d *DB) DeleteModel(ctx context.Context, by features.Actor, id int64, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &DeleteModel{ChangeOptions: ChangeOptions{Reason: reason}, ID: id})
	return r.Revision, err
}

// DeleteModel asks for a model to go.
type DeleteModel struct {
	ChangeOptions
	ID int64
}

// Kind is "model_delete".
func (*DeleteModel) Kind() string { return "model_delete" }

func (c *DeleteModel) apply(t *tx, _ *Result) error {
	stored, err := t.model(c.ID)
	if err != nil {
		return err
	}
	return t.deleteGated(storedModel(stored), changeSet{action: "model.delete", summary: "Deleted model " + stored.Name})
}

// storedModel is a model that is there, with all that is needed to bring it back.
func storedModel(m *features.Model) gatedEntry {
	e := modelEntry(m.ID, m.ModelDraft)
	e.state["created_at"] = m.CreatedAt.UnixMilli()
	return e
}

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"flagstone/features"
)

// gatedEntry is a model or a component as the log records it. What is recorded is what restoring then writes, so that
// forms, files and undo have one way into the tables.
type gatedEntry struct {
	entity  string // "model", "component"
	id      int64  // 0 for a new one
	name    string
	feature string // the key of the feature that it requires; "" for none
	state   map[string]any
}

// orNone is a text as a state has it that may be left empty.
func orNone(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// featureKeys gives what tells whether there is a feature with a key.
func (t *tx) featureKeys() (func(key string) bool, error) {
	keys, err := collect(t.ctx, t, func(rows *sql.Rows) (k string, err error) { return k, rows.Scan(&k) }, `SELECT key FROM features`)
	return func(key string) bool { return slices.Contains(keys, key) }, err
}

// createGated adds a checked model or component, in a change set of its own.
func (t *tx) createGated(e gatedEntry, summary string) error {
	if err := t.begin(changeSet{action: e.entity + ".create", summary: summary}); err != nil {
		return err
	}
	if err := t.recordCreated([]gatedEntry{e}); err != nil {
		return err
	}
	return t.writeGated(e.entity)
}

// recordCreated records new entries of one kind, each with the number that it will have.
func (t *tx) recordCreated(entries []gatedEntry) error {
	if len(entries) == 0 {
		return nil
	}
	var last int64
	err := t.row(`SELECT seq FROM sqlite_sequence WHERE name = ?1`, kindOf(entries[0].entity).table).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for i, e := range entries {
		e.id = last + int64(i) + 1
		e.state["created_at"] = t.at.UnixMilli()
		if err := t.recordGated(e, "create", nil, e.state); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) recordUpdated(was, is gatedEntry) error {
	before, after := changedFields(was.state, is.state)
	is.id = was.id
	return t.recordGated(is, "update", before, after)
}

func (t *tx) recordDeleted(e gatedEntry) error { return t.recordGated(e, "delete", e.state, nil) }

// recordGated records one entry. Its feature stands beside it by key alone, so that it is found among the feature's
// changes, while its version stays that of the entry, whatever it requires.
func (t *tx) recordGated(e gatedEntry, action string, before, after map[string]any) error {
	row := entry{entity: e.entity, id: e.id, name: e.name, action: action}
	if before != nil {
		row.old = before
	}
	if after != nil {
		row.new = after
	}
	if e.feature != "" {
		row.feature = &features.Feature{Key: e.feature}
	}
	return t.record(row)
}

// writeGated does what the open change set has recorded of one kind.
func (t *tx) writeGated(entity string) error {
	k := kindOf(entity)
	if err := t.restoring(k.delete()); err != nil {
		return err
	}
	if err := t.restoreKind(k); err != nil {
		return err
	}
	return t.touchCatalogue()
}

// updateGated makes an entry what it is to be, unless someone else has saved it since a version. Nothing is written
// where nothing differs.
func (t *tx) updateGated(was, is gatedEntry, seen int64, set changeSet) error {
	if _, after := changedFields(was.state, is.state); len(after) == 0 {
		return nil
	}
	if err := t.checkVersion(was.entity, was.id, 0, seen); err != nil {
		return err
	}
	return t.replaceGated(was, is, set)
}

func (t *tx) replaceGated(was, is gatedEntry, set changeSet) error {
	if err := t.begin(set); err != nil {
		return err
	}
	if err := t.recordUpdated(was, is); err != nil {
		return err
	}
	return t.writeGated(was.entity)
}

func (t *tx) deleteGated(e gatedEntry, set changeSet) error {
	if err := t.begin(set); err != nil {
		return err
	}
	if err := t.recordDeleted(e); err != nil {
		return err
	}
	return t.writeGated(e.entity)
}

// activeChange is the change set that puts an entry into use or takes it out of use.
func activeChange(entity, name string, active bool, reason string) changeSet {
	if active {
		return changeSet{action: entity + ".activate", summary: fmt.Sprintf("Activated %s %s", entity, name), reason: reason}
	}
	return changeSet{action: entity + ".deactivate", summary: fmt.Sprintf("Deactivated %s %s", entity, name), reason: reason}
}

// EntryVersion is the revision of the latest change of a model or a component: what an edit form is held against.
func (d *DB) EntryVersion(ctx context.Context, entity string, id int64) (int64, error) {
	return version(ctx, d.reader, entity, id, 0)
}

// EntryChanges gives the latest change sets that touched a model or a component, newest first.
func (d *DB) EntryChanges(ctx context.Context, entity string, id int64, limit int) ([]ChangeSet, error) {
	return collect(ctx, d.reader, scanChangeSet, selectChangeSets+`(
		SELECT DISTINCT a.change_set_id AS found FROM audit a WHERE a.entity = ?1 AND a.entity_id = ?2 AND a.feature_id = 0
		ORDER BY 1 DESC LIMIT ?3) JOIN change_sets c ON c.id = found ORDER BY c.id DESC`, entity, id, limit)
}

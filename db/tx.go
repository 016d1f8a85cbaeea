package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"flagstone/features"
)

// tx is one use case under way: a transaction that writes, and the change set that records it.
type tx struct {
	*sql.Tx
	db       *DB
	ctx      context.Context
	options  ChangeOptions
	by       features.Actor
	at       time.Time
	revision int64 // of the change set; 0 until begin
	deferred bool  // references count once the transaction is committed
}

// changeSet says what a change set is about, for the audit log.
type changeSet struct {
	action  string // such as "override.set", to filter by
	summary string // one sentence, in the past tense, with names as they are now
	reason  string
	undoes  int64
}

// begin opens the change set of the use case, once it is sure that something changes. It refuses a reason that is no
// reason (features.CheckReason).
func (t *tx) begin(c changeSet) error {
	if err := c.giveReason(t.options); err != nil {
		return err
	}
	result, err := t.exec(`
		INSERT INTO change_sets (at, action, summary, reason, actor_kind, actor_id, actor_name, ip, user_agent, undoes)
		VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, 0), ?7, ?8, ?9, nullif(?10, 0))`,
		t.at.UnixMilli(), c.action, c.summary, c.reason, t.by.Kind, t.by.UserID, t.by.Name, t.by.IP, t.by.UserAgent, c.undoes)
	if err != nil {
		return err
	}
	t.revision, err = result.LastInsertId()
	return err
}

// giveReason settles which reason is recorded: the use case's own, else that of its options.
func (c *changeSet) giveReason(options ChangeOptions) error {
	c.reason = features.Tidy(cmp.Or(c.reason, options.Reason))
	return features.CheckReason(c.reason)
}

// entry is one row of the audit log. Old and new are JSON objects of the fields that changed; nil where the thing was
// or is not there.
type entry struct {
	entity   string // such as "account": one of the kinds that undo knows, or a "session"
	id       int64
	name     string
	account  int64 // 0 when no account is concerned
	feature  *features.Feature
	action   string // create, update, delete
	old, new any
}

// record writes one row of the audit log under the open change set.
func (t *tx) record(e entry) error {
	old, err := state(e.old)
	if err != nil {
		return err
	}
	now, err := state(e.new)
	if err != nil {
		return err
	}
	var featureID int64
	var featureKey any
	if e.feature != nil {
		featureID, featureKey = e.feature.ID, e.feature.Key
	}
	_, err = t.exec(`
		INSERT INTO audit (`+auditColumns+`)
		VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9, ?10)`,
		t.revision, e.entity, e.id, e.name, e.account, featureID, featureKey, e.action, old, now)
	return err
}

// auditColumns are the columns of the audit log, but for the number that a row is given.
const auditColumns = `change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old, new`

// auditRows is a query for rows that are to be recorded, of auditColumns, and its parameters.
type auditRows struct {
	query string
	args  []any
}

// recordAll writes rows of the audit log under the open change set.
func (t *tx) recordAll(rows auditRows) error {
	_, err := t.exec(`INSERT INTO audit (`+auditColumns+`) `+rows.query, rows.args...)
	return err
}

// state is a recorded state as the audit table takes it: JSON text, or null.
func state(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	text, err := json.Marshal(v)
	return string(text), err
}

// touchCatalogue makes the change set the latest change of the catalogue.
func (t *tx) touchCatalogue() error {
	_, err := t.exec(`UPDATE settings SET value = CAST(?1 AS TEXT) WHERE key = 'catalogue_revision'`, t.revision)
	return err
}

func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	return t.ExecContext(t.ctx, query, args...)
}

func (t *tx) row(query string, args ...any) *sql.Row { return t.QueryRowContext(t.ctx, query, args...) }

// selectVersion is SQL for the revision of the latest change of one thing, 0 where there was none: what an editor's
// version is held against.
const selectVersion = `SELECT coalesce(max(change_set_id), 0) FROM audit WHERE entity = ?1 AND entity_id = ?2 AND feature_id = ?3`

func version(ctx context.Context, q querier, entity string, id, featureID int64) (revision int64, err error) {
	err = q.QueryRowContext(ctx, selectVersion, entity, id, featureID).Scan(&revision)
	return revision, err
}

// checkVersion refuses with Conflict when the thing has changed since the version that an editor saw.
func (t *tx) checkVersion(entity string, id, featureID, seen int64) error {
	current, err := version(t.ctx, t, entity, id, featureID)
	if err != nil || current == seen {
		return err
	}
	if seen > current {
		return &features.Error{Kind: features.Invalid, Field: "version", Message: "There is no such version. Reload the page and try again."}
	}
	var who string
	err = t.row(`SELECT actor_name FROM change_sets WHERE id = ?1`, current).Scan(&who)
	if err != nil {
		return err
	}
	return &features.Error{
		Kind: features.Conflict, Field: "version",
		Message: who + " has saved this since you opened it. Compare both versions before you save.",
	}
}

// checkMatch refuses a change of what is no longer as it was seen; nil was not seen.
func (t *tx) checkMatch(seen *IfMatch) error {
	if seen == nil {
		return nil
	}
	return t.checkVersion(seen.Entity, seen.ID, seen.Feature, seen.Version)
}

// changedFields keeps the members of two states that differ, so that an update records and shows only what changed.
func changedFields(old, now map[string]any) (before, after map[string]any) {
	before, after = map[string]any{}, map[string]any{}
	for field, value := range now {
		if old[field] != value {
			before[field], after[field] = old[field], value
		}
	}
	return before, after
}

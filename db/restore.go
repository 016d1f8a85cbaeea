package db

import (
	"database/sql"
	"slices"
	"strings"

	"flagstone/features"
)

// recorded is SQL for the rows of the open change set that are about the kind and whose action meets a condition.
func (k kind) recorded(action string) string {
	return ` FROM audit a WHERE a.change_set_id = ?1 AND a.entity = '` + k.entity + `' AND a.action ` + action
}

// delete is the statement that removes what the open change set says is removed.
func (k kind) delete() string {
	names, values := make([]string, len(k.key)), make([]string, len(k.key))
	for i, c := range k.key {
		names[i], values[i] = c.name, c.value
	}
	return `DELETE FROM ` + k.table + ` WHERE (` + strings.Join(names, ", ") + `) IN (SELECT ` + strings.Join(values, ", ") + k.recorded("= 'delete'") + `)`
}

// insert is the statement that makes what the open change set says is made. What a state leaves out, or says is null, has
// the default of its column.
func (k kind) insert(defaults map[string]string, action string) string {
	var names, values []string
	for _, c := range append(slices.Clone(k.key), k.stamps...) {
		names, values = append(names, c.name), append(values, c.value)
	}
	for _, c := range k.columns {
		value := c.from()
		if otherwise := defaults[c.stored()]; otherwise != "" {
			value = `coalesce(` + value + `, ` + otherwise + `)`
		}
		names, values = append(names, c.stored()), append(values, value)
	}
	return `INSERT INTO ` + k.table + ` (` + strings.Join(names, ", ") + `) SELECT ` + strings.Join(values, ", ") + k.recorded(action)
}

// update is the statement that changes what the open change set says is changed. What a state leaves out stays.
func (k kind) update() string {
	var set []string
	for _, c := range k.stamps {
		set = append(set, c.name+` = `+c.value)
	}
	for _, c := range k.columns {
		set = append(set, c.stored()+` = iif(json_type(a.new, '$.`+c.name+`') IS NULL, x.`+c.stored()+`, `+c.from()+`)`)
	}
	return `UPDATE ` + k.table + ` AS x SET ` + strings.Join(set, ", ") + k.recorded("= 'update'") + ` AND ` + k.match()
}

// replace is insert and update in one, for kinds whose states are whole.
func (k kind) replace(defaults map[string]string) string {
	var keys, set []string
	for _, c := range k.key {
		keys = append(keys, c.name)
	}
	for _, c := range k.stamps {
		set = append(set, c.name+` = excluded.`+c.name)
	}
	for _, c := range k.columns {
		set = append(set, c.stored()+` = excluded.`+c.stored())
	}
	return k.insert(defaults, "<> 'delete'") +
		` ON CONFLICT (` + strings.Join(keys, ", ") + `) DO UPDATE SET ` + strings.Join(set, ", ")
}

// restore does what the open change set has recorded.
func (t *tx) restore() error {
	concerned, err := t.recordedKinds()
	if err != nil {
		return err
	}
	if err := t.letGo(); err != nil {
		return err
	}
	// What is changed back may still refer to what is removed before it: references count once all is done.
	if _, err := t.exec(`PRAGMA defer_foreign_keys = ON`); err != nil {
		return err
	}
	t.deferred = true
	for _, k := range slices.Backward(concerned) {
		if err := t.restoring(k.delete()); err != nil {
			return err
		}
	}
	catalogue := false
	for _, k := range concerned {
		if err := t.restoreKind(k); err != nil {
			return err
		}
		catalogue = catalogue || k.catalogue
	}
	if catalogue {
		return t.touchCatalogue()
	}
	return nil
}

// recordedKinds are the kinds that the open change set is about.
func (t *tx) recordedKinds() (concerned []kind, err error) {
	entities, err := collect(t.ctx, t, func(rows *sql.Rows) (entity string, err error) { return entity, rows.Scan(&entity) },
		`SELECT DISTINCT entity FROM audit WHERE change_set_id = ?1`, t.revision)
	for _, k := range kinds {
		if slices.Contains(entities, k.entity) {
			concerned = append(concerned, k)
		}
	}
	return concerned, err
}

// restoreKind makes and changes what the open change set says of one kind.
func (t *tx) restoreKind(k kind) error {
	defaults, err := t.defaults(k.table)
	if err != nil {
		return err
	}
	if k.whole {
		return t.restoring(k.replace(defaults))
	}
	if err := t.restoring(k.insert(defaults, "= 'create'")); err != nil {
		return err
	}
	return t.restoring(k.update())
}

// restoring runs one statement of a restoring. What PlanUndo does not foresee, the database refuses.
func (t *tx) restoring(statement string) error {
	_, err := t.exec(statement, t.revision, t.at.UnixMilli(), t.by.Name)
	if violatesUnique(err) {
		return &features.Error{Kind: features.Conflict, Message: "Something else has taken a name that this would bring back.", Err: err}
	}
	return stillReferred(err)
}

var errStillReferred = &features.Error{
	Kind: features.Conflict, Message: "Something else still refers to what this would remove, or what this would bring back refers to something that is gone.",
}

// stillReferred makes a refusal of what the database says of references: at once, or when a restoring is committed.
func stillReferred(err error) error {
	if !violatesForeignKey(err) {
		return err
	}
	return errStillReferred
}

// checkReferences refuses, before a preview is taken back, what a commit would.
func (t *tx) checkReferences() error {
	if !t.deferred {
		return nil
	}
	var broken bool
	err := t.row(`SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_check)`).Scan(&broken)
	if err == nil && broken {
		err = errStillReferred
	}
	return err
}

// defaults gives SQL for the defaults of a table's columns.
func (t *tx) defaults(table string) (map[string]string, error) {
	type pair struct{ name, value string }
	pairs, err := collect(t.ctx, t, func(rows *sql.Rows) (p pair, err error) { return p, rows.Scan(&p.name, &p.value) },
		`SELECT name, dflt_value FROM pragma_table_info(?1) WHERE dflt_value IS NOT NULL`, table)
	defaults := make(map[string]string, len(pairs))
	for _, p := range pairs {
		defaults[p.name] = p.value
	}
	return defaults, err
}

// letGo ends what goes without a record of its own: the sessions of users who may no longer sign in, and the revision of
// an account whose override is gone and carries none.
func (t *tx) letGo() error {
	for _, statement := range []string{`
		DELETE FROM sessions WHERE user_id IN (
			SELECT entity_id FROM audit WHERE change_set_id = ?1 AND entity = 'user' AND (new IS NULL OR new->>'disabled'))`, `
		UPDATE accounts SET revision = ?1
		WHERE id IN (SELECT entity_id FROM audit WHERE change_set_id = ?1 AND entity = 'override' AND new IS NULL)`} {
		if _, err := t.exec(statement, t.revision); err != nil {
			return err
		}
	}
	return nil
}

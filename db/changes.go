package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"flagstone/features"
)

// Moment is how far somebody has seen: up to which entry of the feed, and up to which change set.
type Moment struct {
	Position int64
	Revision int64
}

// Shown is what somebody has in view.
type Shown struct {
	Accounts []int64  // by themselves or as rows
	Features []string // by themselves, as rows or as columns, without who has them
	Account  int64    // whose features are in view, too; 0 for none
	Feature  string   // whose overrides are in view, too; "" for none
	Lists    bool     // what there is in the catalogue is in view: a new feature, a plan's name
}

// Changes is what has become of it. Each is known by its latest actor; the zero Actor is somebody who left no record,
// as in an SQL console.
type Changes struct {
	Moment          // up to which this is all
	Moved      bool // something has changed, in view or not
	Everything bool // the feed does not reach back so far: anything may have changed
	Accounts   map[int64]features.Actor
	Features   map[string]features.Actor
	Cells      map[string]features.Actor // features of Shown.Account, for this account
	Catalogue  *features.Actor           // of what else is in the catalogue; nil for nothing
}

// ChangesSince gives what has changed since a moment of what somebody has in view, but for change sets of their own. The
// live state has seen all of it then: who is told may look at once.
func (d *DB) ChangesSince(ctx context.Context, since Moment, own []int64, shown Shown) (Changes, error) {
	changes, err := d.findChanges(ctx, since, own, shown)
	if err == nil && changes.Position > d.live.Position() {
		err = d.CatchUp(ctx)
	}
	return changes, err
}

// findChanges finds them in one transaction.
func (d *DB) findChanges(ctx context.Context, since Moment, own []int64, shown Shown) (Changes, error) {
	tx, err := d.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return Changes{}, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	l := &look{ctx: ctx, tx: tx, since: since, shown: shown, own: make(map[int64]bool), found: Changes{
		Accounts: make(map[int64]features.Actor), Features: make(map[string]features.Actor), Cells: make(map[string]features.Actor),
	}}
	for _, revision := range own {
		l.own[revision] = true
	}
	for _, part := range []func() error{l.moment, l.accounts, l.features, l.catalogue} {
		if err := part(); err != nil {
			return Changes{}, err
		}
	}
	return l.found, nil
}

// look is one search for changes, in one transaction.
type look struct {
	ctx   context.Context
	tx    *sql.Tx
	since Moment
	shown Shown
	own   map[int64]bool
	found Changes
}

// moment finds how far the feed and the log reach, and whether the feed still has what came after the moment before.
func (l *look) moment() error {
	var first int64
	err := l.tx.QueryRowContext(l.ctx, `
		SELECT coalesce((SELECT min(seq) FROM feed), 0), coalesce((SELECT max(seq) FROM feed), 0),
		       coalesce((SELECT max(id) FROM change_sets), 0),
		       EXISTS (SELECT 1 FROM feed WHERE seq > ?1 AND kind IN ('account', 'override', 'catalogue'))`, l.since.Position).
		Scan(&first, &l.found.Position, &l.found.Revision, &l.found.Moved)
	l.found.Everything = first > l.since.Position+1 || l.found.Position < l.since.Position
	return err
}

// touch is that one change set touched one thing.
type touch struct {
	revision int64
	entity   string
	account  int64  // where accounts were asked for
	feature  string // its key, "" for none
	by       features.Actor
}

func scanTouch(rows *sql.Rows) (t touch, err error) {
	err = rows.Scan(&t.revision, &t.entity, &t.account, &t.feature, &t.by.Kind, &t.by.UserID, &t.by.Name)
	return t, err
}

// touches gives what change sets after the moment touched, oldest first: which, as SQL, says of the rows a of the log
// how they are about the things of a list j, and account whose they are.
func (l *look) touches(list, which, account string) ([]touch, error) {
	return collect(l.ctx, l.tx, scanTouch, `
		SELECT DISTINCT c.id, a.entity, `+account+`, coalesce(a.feature_key, ''), c.actor_kind, coalesce(c.actor_id, 0), c.actor_name
		FROM json_each(?1) j CROSS JOIN audit a ON `+which+` JOIN change_sets c ON c.id = a.change_set_id
		WHERE a.change_set_id > ?2 ORDER BY c.id`, list, l.since.Revision)
}

// accounts finds the accounts in view that have changed. What the feed names and no change set explains, somebody did
// by hand.
func (l *look) accounts() error {
	ids := idList(append(slices.Clone(l.shown.Accounts), l.shown.Account))
	touches, err := l.touches(ids, `a.account_id = j.value AND a.entity IN ('account', 'override')`, `a.account_id`)
	if err != nil {
		return err
	}
	explained := make(map[int64]bool)
	for _, t := range touches {
		explained[t.account] = true
		switch {
		case l.own[t.revision]:
		case t.account == l.shown.Account && t.entity == "override":
			l.found.Cells[t.feature] = t.by
		default:
			l.found.Accounts[t.account] = t.by
		}
	}
	moved, err := collect(l.ctx, l.tx, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) }, `
		SELECT DISTINCT id FROM feed WHERE seq > ?2 AND kind IN ('account', 'override') AND id IN (SELECT value FROM json_each(?1))`,
		ids, l.since.Position)
	for _, id := range moved {
		if !explained[id] {
			l.found.Accounts[id] = features.Actor{}
		}
	}
	return err
}

// features finds the features in view that have changed: in the registry, and the one whose overrides are in view by
// any of these.
func (l *look) features() error {
	touches, err := l.touches(keyList(l.shown.Features...), `a.feature_key = j.value AND a.account_id IS NULL`, `0`)
	if err != nil {
		return err
	}
	whole, err := l.touches(keyList(l.shown.Feature), `a.feature_key = j.value`, `0`)
	for _, t := range append(touches, whole...) {
		if !l.own[t.revision] {
			l.found.Features[t.feature] = t.by
		}
	}
	return err
}

// keyList is a list of keys as JSON.
func keyList(keys ...string) string {
	list, _ := json.Marshal(keys) // text cannot fail
	return string(list)
}

// catalogue finds a change of the catalogue that is more than another word on one feature, which features finds. What
// the feed names and no change set explains, somebody did by hand.
func (l *look) catalogue() error {
	var moved, wide bool
	var latest int64
	var by features.Actor
	err := l.tx.QueryRowContext(l.ctx, `
		SELECT EXISTS (SELECT 1 FROM feed WHERE seq > ?1 AND kind = 'catalogue'), s.revision,
		       EXISTS (SELECT 1 FROM audit WHERE change_set_id = s.revision AND (feature_key IS NULL
		           OR entity IN ('model', 'component') OR entity = 'feature' AND action <> 'update')),
		       coalesce(c.actor_kind, ''), coalesce(c.actor_id, 0), coalesce(c.actor_name, '')
		FROM (SELECT CAST(value AS INTEGER) AS revision FROM settings WHERE key = 'catalogue_revision') s
		LEFT JOIN change_sets c ON c.id = s.revision`, l.since.Position).
		Scan(&moved, &latest, &wide, &by.Kind, &by.UserID, &by.Name)
	switch {
	case err != nil || !moved:
	case latest <= l.since.Revision:
		l.found.Catalogue = &features.Actor{}
	case wide && l.shown.Lists && !l.own[latest]:
		l.found.Catalogue = &by
	}
	return err
}

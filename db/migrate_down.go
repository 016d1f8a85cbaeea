package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/golang-migrate/migrate/v4"

	"flagstone/migrations"
	"flagstone/words"
)

// MigrateDown takes the newest step of the schema back, after it has made a copy. It refuses where there is none.
func (d *DB) MigrateDown() error {
	return d.migration(func(m *migrate.Migrate) error {
		at, err := step(m)
		if err == nil && at == 0 {
			return errors.New("there is no step to roll back")
		}
		if err != nil {
			return err
		}
		if err := d.copyBeforeMigration(at); err != nil {
			return err
		}
		return m.Steps(-1)
	})
}

// Loss is data that goes with a step of the schema: rows of a table, or what they have in one column.
type Loss struct {
	Table, Column string // without a column: the table
	Rows          int
}

func (l Loss) String() string {
	if l.Column == "" {
		return fmt.Sprintf("%s of the table %s", words.Count(l.Rows, "row"), l.Table)
	}
	return fmt.Sprintf("the column %s in %s of the table %s", l.Column, words.Count(l.Rows, "row"), l.Table)
}

// MigrateDownLosses returns what MigrateDown would lose, from a trial that is rolled back.
func (d *DB) MigrateDownLosses(ctx context.Context) (losses []Loss, err error) {
	at, newest, err := d.SchemaVersion()
	if err != nil || at == 0 || at > newest {
		return nil, err
	}
	names, err := fs.Glob(migrations.Files, fmt.Sprintf("%06d_*.down.sql", at))
	if err != nil || len(names) != 1 {
		return nil, fmt.Errorf("step %d cannot be rolled back: %v, %w", at, names, err)
	}
	text, err := fs.ReadFile(migrations.Files, names[0])
	if err != nil {
		return nil, err
	}
	tx, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it is a trial
	before, err := contents(ctx, tx)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return nil, err
	}
	after, err := contents(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, held := range before {
		gone := !slices.ContainsFunc(after, func(l Loss) bool { return l.Table == held.Table && l.Column == held.Column })
		whole := slices.ContainsFunc(losses, func(l Loss) bool { return l.Table == held.Table && l.Column == "" })
		if gone && !whole && held.Rows > 0 {
			losses = append(losses, held)
		}
	}
	return losses, nil
}

// contents returns how many rows each table has, and how many of them have something in each column but its default:
// each table first, then its columns.
func contents(ctx context.Context, tx *sql.Tx) ([]Loss, error) {
	var all []Loss
	tables, err := collect(ctx, tx, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) },
		`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		columns, err := collect(ctx, tx, func(rows *sql.Rows) (pair [2]string, err error) { return pair, rows.Scan(&pair[0], &pair[1]) },
			`SELECT name, coalesce(dflt_value, 'NULL') FROM pragma_table_info(?1)`, table)
		if err != nil {
			return nil, err
		}
		counts := []string{"count(*)"}
		all = append(all, Loss{Table: table})
		for _, column := range columns {
			counts = append(counts, fmt.Sprintf("count(*) FILTER (WHERE %q IS NOT %s)", column[0], column[1]))
			all = append(all, Loss{Table: table, Column: column[0]})
		}
		found := all[len(all)-len(counts):]
		rows := make([]any, len(found))
		for i := range found {
			rows[i] = &found[i].Rows
		}
		if err := tx.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %q", strings.Join(counts, ", "), table)).Scan(rows...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

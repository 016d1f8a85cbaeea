package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"time"
)

// querier is what runs a query: a handle or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// collect runs a query and gives every row as scan reads it.
func collect[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// integers runs a query whose columns are integers, none of them null, and gives take each row, good until the next. It
// asks the driver itself: database/sql spends more on a row than SQLite does, and half a million rows are worth it.
func integers(ctx context.Context, conn *sql.Conn, query string, args []int64, take func(row []int64)) error {
	return conn.Raw(func(c any) error {
		values := make([]driver.NamedValue, len(args))
		for i, arg := range args {
			values[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
		}
		rows, err := c.(driver.QueryerContext).QueryContext(ctx, query, values)
		if err != nil {
			return err
		}
		cells := make([]driver.Value, len(rows.Columns()))
		row := make([]int64, len(cells))
		for err = rows.Next(cells); err == nil; err = rows.Next(cells) {
			for i, cell := range cells {
				row[i] = cell.(int64)
			}
			take(row)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, rows.Close())
	})
}

// closeRows ends a query; what could go wrong with it has been said by rows.Err.
func closeRows(rows *sql.Rows) { _ = rows.Close() }

// millisOrNull is a moment as a column takes it: null for the zero time.
func millisOrNull(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UnixMilli()
}

// fromMillis is a moment as a column has it.
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

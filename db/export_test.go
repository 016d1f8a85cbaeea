package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"strings"
)

// States are the things that undo knows, as the tables have them and as the log says when it is read from its beginning:
// for each its fields, as JSON.
func (d *DB) States(ctx context.Context) (stored, logged map[string]map[string]any, err error) {
	stored, logged = make(map[string]map[string]any), make(map[string]map[string]any)
	for _, k := range kinds {
		names, values := make([]string, len(k.key)), make([]string, len(k.key))
		for i, c := range k.key {
			names[i], values[i] = "x."+c.name, c.value
		}
		if err := d.eachState(ctx, `SELECT '`+k.entity+` ' || json_array(`+strings.Join(names, ", ")+`), `+k.state()+` FROM `+k.table+` x`, func(thing string, fields map[string]any) {
			stored[thing] = fields
		}); err != nil {
			return nil, nil, err
		}
		if err := d.eachState(ctx, `SELECT '`+k.entity+` ' || json_array(`+strings.Join(values, ", ")+`), `+present+` FROM audit a WHERE a.entity = '`+k.entity+`' ORDER BY a.id`, func(thing string, fields map[string]any) {
			switch {
			case fields == nil:
				delete(logged, thing)
			case k.whole || logged[thing] == nil:
				logged[thing] = fields
			default:
				maps.Copy(logged[thing], fields)
			}
		}); err != nil {
			return nil, nil, err
		}
	}
	return stored, logged, nil
}

// eachState gives take the things of a query and their fields, nil where there are none.
func (d *DB) eachState(ctx context.Context, query string, take func(thing string, fields map[string]any)) error {
	rows, err := d.reader.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var thing string
		var state sql.NullString
		if err := rows.Scan(&thing, &state); err != nil {
			return err
		}
		if !state.Valid {
			take(thing, nil)
			continue
		}
		fields := make(map[string]any)
		if err := json.Unmarshal([]byte(state.String), &fields); err != nil {
			return err
		}
		take(thing, fields)
	}
	return rows.Err()
}

// ChangeKinds are the kinds of changes that there are.
func ChangeKinds() (kinds []string) {
	for _, c := range newChanges() {
		kinds = append(kinds, c.Kind())
	}
	return kinds
}

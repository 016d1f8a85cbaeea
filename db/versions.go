package db

import (
	"context"
	"encoding/json"
	"maps"
)

// VersionOf is the revision of the latest change of one thing, 0 where there was none.
func (d *DB) VersionOf(ctx context.Context, thing IfMatch) (int64, error) {
	return version(ctx, d.reader, thing.Entity, thing.ID, thing.Feature)
}

// Settled runs read, which reads the live state and names the things that it has read, and returns their versions of the same
// moment: what was read is neither older nor newer. It runs read again where something was committed meanwhile.
func (d *DB) Settled(ctx context.Context, read func() ([]IfMatch, error)) (versions map[IfMatch]int64, err error) {
	for {
		before := versions
		if err := d.CatchUp(ctx); err != nil {
			return nil, err
		}
		position := d.live.Position()
		things, err := read()
		if err != nil {
			return nil, err
		}
		var end int64
		if versions, end, err = d.versions(ctx, things); err != nil {
			return nil, err
		}
		if end == position || maps.Equal(versions, before) {
			return versions, nil
		}
	}
}

// versions returns the versions of some things, and the end of the feed at the same moment.
func (d *DB) versions(ctx context.Context, things []IfMatch) (versions map[IfMatch]int64, end int64, err error) {
	list, err := json.Marshal(things)
	if err != nil {
		return nil, 0, err
	}
	rows, err := d.reader.QueryContext(ctx, `
		SELECT -1, (SELECT coalesce(max(seq), 0) FROM feed)
		UNION ALL
		SELECT j.key, (SELECT coalesce(max(change_set_id), 0) FROM audit
		               WHERE entity = j.value ->> 'Entity' AND entity_id = j.value ->> 'ID' AND feature_id = j.value ->> 'Feature')
		FROM json_each(?1) j`, string(list))
	if err != nil {
		return nil, 0, err
	}
	defer closeRows(rows)
	versions = make(map[IfMatch]int64, len(things))
	for rows.Next() {
		var place int
		var revision int64
		if err := rows.Scan(&place, &revision); err != nil {
			return nil, 0, err
		}
		if place < 0 {
			end = revision
		} else {
			versions[things[place]] = revision
		}
	}
	return versions, end, rows.Err()
}

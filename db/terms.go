package db

import (
	"context"
	"encoding/json"
	"maps"
)

// Terms are what whoever asks for a change may say of it, whatever use case it is.
type Terms struct {
	Reason string // for the log, where the use case is given none of its own
	Seen   *Seen  // the change is refused, with Conflict, when this is no longer so
}

// Seen is the version of one thing that somebody has seen: the revision of its latest change, 0 where there was none.
type Seen struct {
	Entity  string
	ID      int64
	Feature int64 // of an override or a tier's feature: which; of a feature, itself
	Version int64
}

type termsKey struct{}

// On gives a context in which changes are made on some terms.
func On(ctx context.Context, terms Terms) context.Context {
	return context.WithValue(ctx, termsKey{}, terms)
}

func termsOf(ctx context.Context) Terms {
	terms, _ := ctx.Value(termsKey{}).(Terms)
	return terms
}

// checkSeen refuses a change of what is no longer as it was seen.
func (t *tx) checkSeen() error {
	seen := termsOf(t.ctx).Seen
	if seen == nil {
		return nil
	}
	return t.checkVersion(seen.Entity, seen.ID, seen.Feature, seen.Version)
}

// VersionOf is the revision of the latest change of one thing, 0 where there was none.
func (d *DB) VersionOf(ctx context.Context, thing Seen) (int64, error) {
	return version(ctx, d.reader, thing.Entity, thing.ID, thing.Feature)
}

// Settled runs read, which reads the live state and names the things that it has read, and returns their versions of the same
// moment: what was read is neither older nor newer. It runs read again where something was committed meanwhile.
func (d *DB) Settled(ctx context.Context, read func() ([]Seen, error)) (versions map[Seen]int64, err error) {
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
func (d *DB) versions(ctx context.Context, things []Seen) (versions map[Seen]int64, end int64, err error) {
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
	versions = make(map[Seen]int64, len(things))
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

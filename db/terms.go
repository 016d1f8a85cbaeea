package db

import "context"

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

// Versions gives, by number, the revisions of the latest changes of some things of one kind, but for those that are also
// about a feature.
func (d *DB) Versions(ctx context.Context, entity string, ids []int64) (map[int64]int64, error) {
	versions := make(map[int64]int64, len(ids))
	rows, err := d.reader.QueryContext(ctx, `
		SELECT j.value, (SELECT coalesce(max(change_set_id), 0) FROM audit WHERE entity = ?1 AND entity_id = j.value AND feature_id = 0)
		FROM json_each(?2) j`, entity, idList(ids))
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var id, revision int64
		if err := rows.Scan(&id, &revision); err != nil {
			return nil, err
		}
		versions[id] = revision
	}
	return versions, rows.Err()
}

package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"flagstone/features"
)

// CatchUp brings the live state to the end of the feed. It is the only way state gets in: at start from nothing, after
// every commit, and every now and then for what other processes wrote.
func (d *DB) CatchUp(ctx context.Context) error {
	d.catching.Lock()
	defer d.catching.Unlock()
	if d.loaded.Load() && d.feedEnd(ctx) == d.live.Position() {
		return nil
	}
	tx, err := d.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	batch, err := loadBatch(ctx, tx, d.live.Position(), !d.loaded.Load())
	if err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	d.live.Apply(batch)
	d.loaded.Store(true)
	return nil
}

// Loaded tells whether the live state has been read once.
func (d *DB) Loaded() bool { return d.loaded.Load() }

// feedEnd is the last position of the feed, or -1 when it cannot be read.
func (d *DB) feedEnd(ctx context.Context) int64 {
	var end int64
	if err := d.reader.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM feed`).Scan(&end); err != nil {
		return -1
	}
	return end
}

// changed is what the feed names beyond a position.
type changed struct {
	end                       int64
	catalogue                 bool
	accounts, users, sessions idSet
}

// idSet is a set of row numbers; everything stands for all rows.
type idSet struct {
	everything bool
	ids        map[int64]bool
}

func (s *idSet) add(id int64) {
	if s.ids == nil {
		s.ids = make(map[int64]bool)
	}
	s.ids[id] = true
}

func (s idSet) empty() bool { return !s.everything && len(s.ids) == 0 }

// bind gives what the loading queries take as ?1: null for everything, else a JSON array.
func (s idSet) bind() any {
	if s.everything {
		return nil
	}
	list := make([]byte, 0, 8*len(s.ids)+2)
	list = append(list, '[')
	for id := range s.ids {
		if len(list) > 1 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, id, 10)
	}
	return string(append(list, ']'))
}

func loadBatch(ctx context.Context, tx *sql.Tx, position int64, everything bool) (features.Batch, error) {
	feed, err := readFeed(ctx, tx, position, everything)
	if err != nil {
		return features.Batch{}, err
	}
	batch := features.Batch{Position: feed.end}
	if feed.catalogue {
		if batch.Catalogue, err = loadCatalogue(ctx, tx); err != nil {
			return batch, err
		}
	}
	if batch.Accounts, err = loadAccounts(ctx, tx, feed.accounts); err != nil {
		return batch, err
	}
	if batch.Users, err = loadUsers(ctx, tx, feed.users); err != nil {
		return batch, err
	}
	batch.GoneUsers = missing(feed.users, batch.Users, func(u *features.User) int64 { return u.ID })
	if batch.Sessions, err = loadSessions(ctx, tx, feed.sessions); err != nil {
		return batch, err
	}
	batch.GoneSessions = missing(feed.sessions, batch.Sessions, func(s *features.Session) int64 { return s.ID })
	return batch, nil
}

func readFeed(ctx context.Context, tx *sql.Tx, position int64, everything bool) (changed, error) {
	feed := changed{end: position}
	if everything {
		feed.catalogue = true
		feed.accounts.everything, feed.users.everything, feed.sessions.everything = true, true, true
		err := tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM feed`).Scan(&feed.end)
		return feed, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT seq, kind, id FROM feed WHERE seq > ?1 ORDER BY seq`, position)
	if err != nil {
		return feed, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var kind string
		var id int64
		if err := rows.Scan(&feed.end, &kind, &id); err != nil {
			return feed, err
		}
		switch kind {
		case "catalogue":
			feed.catalogue = true
		case "account":
			feed.accounts.add(id)
		case "user":
			feed.users.add(id)
		case "session":
			feed.sessions.add(id)
		}
	}
	return feed, rows.Err()
}

// missing gives the numbers that the feed names but the tables no longer hold.
func missing[T any](named idSet, found []T, number func(T) int64) []int64 {
	there := make(map[int64]bool, len(found))
	for _, f := range found {
		there[number(f)] = true
	}
	var gone []int64
	for id := range named.ids {
		if !there[id] {
			gone = append(gone, id)
		}
	}
	return gone
}

func loadCatalogue(ctx context.Context, tx *sql.Tx) (*features.Catalogue, error) {
	var revision int64
	err := tx.QueryRowContext(ctx, `SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'catalogue_revision'`).Scan(&revision)
	if err != nil {
		return nil, err
	}
	registry, err := collect(ctx, tx, scanFeature, selectFeatures)
	if err != nil {
		return nil, err
	}
	tiers, err := collect(ctx, tx, scanTier, `SELECT id, key, name, position FROM tiers`)
	if err != nil {
		return nil, err
	}
	return features.NewCatalogue(registry, tiers, revision), nil
}

const selectFeatures = `
	SELECT id, key, name, description, category, subcategory, icon, help_url, owner, display_order,
	       default_enabled, active, enabled, created_at, updated_at, updated_by, revision
	FROM features`

func scanFeature(rows *sql.Rows) (*features.Feature, error) {
	var f features.Feature
	var created, updated int64
	err := rows.Scan(&f.ID, &f.Key, &f.Name, &f.Description, &f.Category, &f.Subcategory, &f.Icon, &f.HelpURL, &f.Owner,
		&f.DisplayOrder, &f.Default.Enabled, &f.Active, &f.Enabled, &created, &updated, &f.UpdatedBy, &f.Revision)
	f.CreatedAt, f.UpdatedAt = fromMillis(created), fromMillis(updated)
	return &f, err
}

func scanTier(rows *sql.Rows) (t features.Tier, err error) {
	err = rows.Scan(&t.ID, &t.Key, &t.Name, &t.Position)
	return t, err
}

// loadAccounts reads accounts and their overrides side by side, both in the order of the account's number.
func loadAccounts(ctx context.Context, tx *sql.Tx, which idSet) ([]*features.Account, error) {
	if which.empty() {
		return nil, nil
	}
	overrides, err := loadOverrides(ctx, tx, which)
	if err != nil {
		return nil, err
	}
	return collect(ctx, tx, func(rows *sql.Rows) (*features.Account, error) {
		var a features.Account
		var created, updated int64
		err := rows.Scan(&a.ID, &a.TargetingKey, &a.Slug, &a.ExternalID, &a.Name, &a.TierID, &a.Status, &a.ContactEmail,
			&a.PostalCode, &created, &updated, &a.Revision)
		a.CreatedAt, a.UpdatedAt, a.Overrides = fromMillis(created), fromMillis(updated), overrides.of(a.ID)
		return features.NewAccount(a), err
	}, `SELECT id, targeting_key, slug, coalesce(external_id, ''), name, coalesce(tier_id, 0), status, contact_email,
	           postal_code, created_at, updated_at, revision
	    FROM accounts WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?1)) ORDER BY id`, which.bind())
}

// overrideList is every override loaded, sorted by account; each account takes its part of one array.
type overrideList struct {
	accounts []int64
	all      []features.Override
	next     int
}

// of gives the overrides of an account. Accounts must be asked for in rising order.
func (l *overrideList) of(account int64) []features.Override {
	for l.next < len(l.accounts) && l.accounts[l.next] < account {
		l.next++
	}
	from := l.next
	for l.next < len(l.accounts) && l.accounts[l.next] == account {
		l.next++
	}
	if from == l.next {
		return nil
	}
	return append(make([]features.Override, 0, l.next-from), l.all[from:l.next]...)
}

func loadOverrides(ctx context.Context, tx *sql.Tx, which idSet) (*overrideList, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT account_id, feature_id, coalesce(expires_at, 0), revision, enabled FROM overrides
		WHERE ?1 IS NULL OR account_id IN (SELECT value FROM json_each(?1)) ORDER BY account_id, feature_id`, which.bind())
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	list := &overrideList{}
	for rows.Next() {
		var account int64
		var o features.Override
		if err := rows.Scan(&account, &o.FeatureID, &o.ExpiresAt, &o.Revision, &o.Value.Enabled); err != nil {
			return nil, err
		}
		list.accounts, list.all = append(list.accounts, account), append(list.all, o)
	}
	return list, rows.Err()
}

func loadUsers(ctx context.Context, tx *sql.Tx, which idSet) ([]*features.User, error) {
	if which.empty() {
		return nil, nil
	}
	return collect(ctx, tx, scanUser, selectUsers+` WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?1))`, which.bind())
}

const userColumns = `id, email, name, coalesce(external_id, ''), coalesce(staff_role, ''), disabled, created_at, revision,
	(SELECT json_group_array(json_object('AccountID', account_id, 'Role', role)) FROM memberships WHERE user_id = users.id)`

const selectUsers = `SELECT ` + userColumns + ` FROM users`

func scanUser(rows *sql.Rows) (*features.User, error) { return userFrom(rows) }

// userFrom reads userColumns, and more columns after them.
func userFrom(rows *sql.Rows, more ...any) (*features.User, error) {
	var u features.User
	var created int64
	var memberships string
	columns := []any{&u.ID, &u.Email, &u.Name, &u.ExternalID, &u.StaffRole, &u.Disabled, &created, &u.Revision, &memberships}
	if err := rows.Scan(append(columns, more...)...); err != nil {
		return nil, err
	}
	u.CreatedAt = fromMillis(created)
	return &u, json.Unmarshal([]byte(memberships), &u.Memberships)
}

func loadSessions(ctx context.Context, tx *sql.Tx, which idSet) ([]*features.Session, error) {
	if which.empty() {
		return nil, nil
	}
	return collect(ctx, tx, scanSession, selectSessions+` WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?1))`, which.bind())
}

const selectSessions = `SELECT id, token_hash, user_id, created_at, seen_at, expires_at, ip, user_agent FROM sessions`

func scanSession(rows *sql.Rows) (*features.Session, error) {
	var s features.Session
	var hash []byte
	var created, seen, expires int64
	err := rows.Scan(&s.ID, &hash, &s.UserID, &created, &seen, &expires, &s.IP, &s.UserAgent)
	copy(s.TokenHash[:], hash)
	s.CreatedAt, s.SeenAt, s.ExpiresAt = fromMillis(created), fromMillis(seen), fromMillis(expires)
	return &s, err
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

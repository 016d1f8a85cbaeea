package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"flagstone/features"
)

// CatchUp brings the live state to the end of the feed. It is the only way state gets in: at start from nothing, after
// every commit, and every now and then for what other processes wrote.
func (d *DB) CatchUp(ctx context.Context) (err error) {
	ctx, ended := d.trace(ctx, "catch-up")
	defer func() { ended(err) }()
	d.catching.Lock()
	defer d.catching.Unlock()
	if d.loaded.Load() && d.feedEnd(ctx) == d.live.Position() {
		d.caughtUp.Store(time.Now().UnixNano())
		return nil
	}
	batch, err := d.readNews(ctx)
	if err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	d.live.Apply(batch)
	d.loaded.Store(true)
	d.caughtUp.Store(time.Now().UnixNano())
	return nil
}

// readNews reads what the feed has beyond the live state, all of it in one transaction.
func (d *DB) readNews(ctx context.Context) (batch features.Batch, err error) {
	conn, err := d.reader.Conn(ctx)
	if err != nil {
		return batch, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return batch, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	n, err := readFeed(ctx, tx, d.live.Position(), d.loaded.Load())
	if err != nil {
		return batch, err
	}
	n.conn = conn
	return n.load(ctx, tx)
}

// feedEnd is the last position of the feed, or -1 when it cannot be read.
func (d *DB) feedEnd(ctx context.Context) int64 {
	var end int64
	if err := d.reader.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM feed`).Scan(&end); err != nil {
		return -1
	}
	return end
}

// news is what the feed names beyond a position, or everything there is.
type news struct {
	conn       *sql.Conn // that the transaction is on
	from, end  int64
	everything bool

	catalogue, accounts, overrides, users, sessions, keys bool // something of the kind is named
}

// readFeed looks at the feed beyond a position. A state that was never loaded, or that the feed no longer reaches back
// to, needs everything.
func readFeed(ctx context.Context, tx *sql.Tx, position int64, loaded bool) (news, error) {
	n := news{from: position}
	var first int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT min(seq) FROM feed), 0), coalesce((SELECT max(seq) FROM feed), 0)`).
		Scan(&first, &n.end)
	if err != nil {
		return n, err
	}
	if !loaded || first > position+1 || n.end < position {
		n.everything, n.catalogue, n.accounts, n.users, n.sessions, n.keys = true, true, true, true, true, true
		return n, nil
	}
	err = tx.QueryRowContext(ctx, `
		SELECT coalesce(max(kind = 'catalogue'), 0), coalesce(max(kind = 'account'), 0), coalesce(max(kind = 'override'), 0),
		       coalesce(max(kind = 'user'), 0), coalesce(max(kind = 'session'), 0),
		       coalesce(max(kind = 'key'), 0)
		FROM feed WHERE seq > ?1`, position).Scan(&n.catalogue, &n.accounts, &n.overrides, &n.users, &n.sessions, &n.keys)
	return n, err
}

func (n news) load(ctx context.Context, tx *sql.Tx) (batch features.Batch, err error) {
	batch.Position, batch.Everything = n.end, n.everything
	if n.catalogue {
		if batch.Catalogue, err = loadCatalogue(ctx, tx); err != nil {
			return batch, err
		}
	}
	if n.accounts || n.overrides {
		if err := n.loadAccounts(ctx, tx, &batch); err != nil {
			return batch, err
		}
	}
	if n.users {
		batch.Users, batch.GoneUsers, err = loadRows(ctx, tx, n, "user", "users", scanUser, selectUsers)
		if err != nil {
			return batch, err
		}
	}
	if n.sessions {
		batch.Sessions, batch.GoneSessions, err = loadRows(ctx, tx, n, "session", "sessions", scanSession, selectSessions)
		if err != nil {
			return batch, err
		}
	}
	if n.keys {
		batch.Keys, batch.GoneKeys, err = loadRows(ctx, tx, n, "key", "api_keys", scanAPIKey, selectAPIKeys)
	}
	return batch, err
}

// loadRows reads the rows of a table that the feed names as one kind, and which of them are gone.
func loadRows[T any](ctx context.Context, tx *sql.Tx, n news, kind, table string, scan func(*sql.Rows) (T, error), query string) (rows []T, gone []int64, err error) {
	if n.everything {
		rows, err = collect(ctx, tx, scan, query+` ORDER BY id`)
		return rows, nil, err
	}
	rows, err = collect(ctx, tx, scan, query+` WHERE id IN (SELECT id FROM feed WHERE seq > ?1 AND kind = ?2) ORDER BY id`, n.from, kind)
	if err != nil {
		return nil, nil, err
	}
	gone, err = collect(ctx, tx, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) }, `
		SELECT DISTINCT id FROM feed WHERE seq > ?1 AND kind = ?2 AND id NOT IN (SELECT id FROM `+table+`)`, n.from, kind)
	return rows, gone, err
}

func loadCatalogue(ctx context.Context, tx *sql.Tx) (*features.Catalogue, error) {
	var r features.Registry
	err := tx.QueryRowContext(ctx, `SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'catalogue_revision'`).Scan(&r.Revision)
	if err != nil {
		return nil, err
	}
	if r.Settings, err = settings(ctx, tx); err != nil {
		return nil, err
	}
	if r.Features, err = collect(ctx, tx, scanFeature, selectFeatures); err != nil {
		return nil, err
	}
	if r.Tiers, err = collect(ctx, tx, scanTier, selectTiers); err != nil {
		return nil, err
	}
	if r.Models, err = collect(ctx, tx, scanModel, selectModels); err != nil {
		return nil, err
	}
	if r.Components, err = collect(ctx, tx, scanComponent, selectComponents); err != nil {
		return nil, err
	}
	r.TierFeatures, err = collect(ctx, tx, scanTierFeature, selectTierFeatures)
	if err != nil {
		return nil, err
	}
	return features.NewCatalogue(r), nil
}

const selectFeatures = `
	SELECT id, key, name, description, category, subcategory, icon, help_url, owner, display_order,
	       type, constraints, default_enabled, default_value, active, enabled, strategy, percentage, rollout_by, target, variants,
	       depends_on, conflicts_with, permanent, premium, requires_setup, deprecated, deprecation_message, metadata,
	       created_at, updated_at, updated_by, revision
	FROM features`

func scanFeature(rows *sql.Rows) (*features.Feature, error) {
	var f features.Feature
	var created, updated int64
	var constraints, target, variants, needs, conflicts, metadata string
	err := rows.Scan(&f.ID, &f.Key, &f.Name, &f.Description, &f.Category, &f.Subcategory, &f.Icon, &f.HelpURL, &f.Owner,
		&f.DisplayOrder, &f.Type, &constraints, &f.Default.Enabled, &f.Default.Data, &f.Active, &f.Enabled,
		&f.Rollout.Strategy, &f.Rollout.Percentage, &f.Rollout.By, &target, &variants, &needs, &conflicts, &f.Permanent, &f.Premium,
		&f.RequiresSetup, &f.Deprecated, &f.DeprecationMessage, &metadata, &created, &updated, &f.UpdatedBy, &f.Revision)
	f.CreatedAt, f.UpdatedAt = fromMillis(created), fromMillis(updated)
	f.Rollout.Target, f.Variants = readTarget(target), readJSON[[]features.Variant](variants)
	f.Constraints = readJSON[features.Constraints](constraints)
	f.DependsOn, f.ConflictsWith = readJSON[[]string](needs), readJSON[[]string](conflicts)
	if metadata != "{}" {
		f.Metadata = readJSON[features.JSON](metadata)
	}
	return &f, err
}

// readJSON reads a column of JSON. What somebody wrote by hand and is not of that shape is nothing: everything else goes
// on being served.
func readJSON[T any](text string) (value T) {
	if json.Unmarshal([]byte(text), &value) != nil {
		return *new(T)
	}
	return value
}

// readTarget reads whom a rollout names.
func readTarget(text string) features.Target {
	return features.Rollout{Target: readJSON[features.Target](text)}.Normalize().Target
}

const selectTiers = `SELECT id, key, name, description, position FROM tiers`

func scanTier(rows *sql.Rows) (t features.Tier, err error) {
	err = rows.Scan(&t.ID, &t.Key, &t.Name, &t.Description, &t.Position)
	return t, err
}

const selectTierFeatures = `SELECT tier_id, feature_id, enabled, value, allow_override, allow_upgrade, revision FROM tier_features`

func scanTierFeature(rows *sql.Rows) (t features.TierFeature, err error) {
	err = rows.Scan(&t.TierID, &t.FeatureID, &t.Value.Enabled, &t.Value.Data, &t.AllowOverride, &t.AllowUpgrade, &t.Revision)
	return t, err
}

const selectAccounts = `
	SELECT id, targeting_key, slug, coalesce(external_id, ''), name, coalesce(tier_id, 0), status, contact_email,
	       postal_code, created_at, updated_at, revision
	FROM accounts`

// loadAccounts reads the accounts that the feed names, whole; of those whose overrides alone it names, these.
func (n news) loadAccounts(ctx context.Context, tx *sql.Tx, batch *features.Batch) error {
	overrides, err := n.loadOverrides(ctx)
	if err != nil {
		return err
	}
	batch.Accounts, batch.GoneAccounts, err = loadRows(ctx, tx, n, "account", "accounts", func(rows *sql.Rows) (*features.Account, error) {
		var a features.Account
		var created, updated int64
		err := rows.Scan(&a.ID, &a.TargetingKey, &a.Slug, &a.ExternalID, &a.Name, &a.TierID, &a.Status, &a.ContactEmail,
			&a.PostalCode, &created, &updated, &a.Revision)
		a.CreatedAt, a.UpdatedAt, a.Overrides = fromMillis(created), fromMillis(updated), overrides[a.ID]
		return features.NewAccount(a), err
	}, selectAccounts)
	if err != nil || n.everything {
		return err
	}
	return integers(ctx, n.conn, `
		SELECT id, revision FROM accounts WHERE id IN (
			SELECT id FROM feed WHERE seq > ?1 AND kind = 'override' EXCEPT SELECT id FROM feed WHERE seq > ?1 AND kind = 'account')`,
		[]int64{n.from}, func(row []int64) {
			batch.Overridden = append(batch.Overridden, features.Overridden{Account: row[0], Revision: row[1], Overrides: overrides[row[0]]})
		})
}

// loadOverrides reads the overrides of the accounts that the feed names, by account.
func (n news) loadOverrides(ctx context.Context) (map[int64][]features.Override, error) {
	query := `SELECT account_id, feature_id, coalesce(expires_at, 0), revision, enabled FROM overrides`
	var args []int64
	if !n.everything {
		query += ` WHERE account_id IN (SELECT id FROM feed WHERE seq > ?1 AND kind IN ('account', 'override'))`
		args = append(args, n.from)
	}
	byAccount := make(map[int64][]features.Override)
	var account int64
	var run []features.Override // of one account, so that each takes as much memory as it needs
	end := func() {
		if len(run) > 0 {
			byAccount[account] = slices.Clone(run)
		}
		run = run[:0]
	}
	err := integers(ctx, n.conn, query+` ORDER BY account_id, feature_id`, args, func(row []int64) {
		if row[0] != account {
			end()
			account = row[0]
		}
		run = append(run, features.Override{FeatureID: row[1], ExpiresAt: row[2], Revision: row[3], Value: features.Value{Enabled: row[4] != 0}})
	})
	end()
	if err != nil {
		return nil, err
	}
	return byAccount, n.loadTexts(ctx, byAccount)
}

// loadTexts adds the values that overrides give and the variants that they force, of those that have either. All of them
// are found by two indexes of their own; those of some accounts must not be, so the condition is worded so that neither fits.
func (n news) loadTexts(ctx context.Context, byAccount map[int64][]features.Override) error {
	query := `SELECT account_id, feature_id, variant, value FROM overrides WHERE `
	if n.everything {
		query += `variant <> '' OR value <> ''`
	} else {
		query += `variant || value <> '' AND account_id IN (SELECT id FROM feed WHERE seq > ?1 AND kind IN ('account', 'override'))`
	}
	rows, err := n.conn.QueryContext(ctx, query, n.from)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var account, feature int64
		var variant string
		var data features.JSON
		if err := rows.Scan(&account, &feature, &variant, &data); err != nil {
			return err
		}
		for i, o := range byAccount[account] {
			if o.FeatureID == feature {
				byAccount[account][i].Variant, byAccount[account][i].Value.Data = variant, data
			}
		}
	}
	return rows.Err()
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

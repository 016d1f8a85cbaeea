package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"flagstone/features"
	"flagstone/words"
)

// UpgradeAsk is what an account asks for.
type UpgradeAsk struct {
	ChangeOptions
	Account int64
	Feature string
	Message string
}

// AskUpgrade files a request (docs/admin-guide.md, "Upgrade requests") and gives it. It refuses what
// Catalogue.CheckUpgrade does and, with Conflict, a second request for a feature while one waits. With TooMany it
// refuses an account that keeps asking for one feature: what is asked and withdrawn stays on record.
func (d *DB) AskUpgrade(ctx context.Context, by features.Actor, ask UpgradeAsk) (r features.UpgradeRequest, err error) {
	result, err := d.Apply(ctx, by, &ask)
	r, _ = result.Details.(features.UpgradeRequest)
	return r, err
}

// Kind is "upgrade_ask".
func (*UpgradeAsk) Kind() string { return "upgrade_ask" }

func (c *UpgradeAsk) prepare(*DB) error {
	return features.CheckUpgradeMessage(c.Message)
}

func (c *UpgradeAsk) apply(t *tx, made *Result) error {
	account, feature, err := t.cell(c.Account, c.Feature)
	if err != nil {
		return err
	}
	if err := t.db.CatchUp(t.ctx); err != nil {
		return err
	}
	if err := t.db.live.Catalogue().CheckUpgrade(feature, t.db.live.Accounts().ByID(c.Account), t.at); err != nil {
		return err
	}
	if err := t.checkAsks(c.Account, feature); err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "upgrade.ask", summary: fmt.Sprintf("Asked for %s for %s", feature.Name, account)}); err != nil {
		return err
	}
	r := features.UpgradeRequest{
		AccountID: c.Account, FeatureID: feature.ID, AskedBy: t.by.UserID, AskedByName: t.by.Name, Message: c.Message,
		Status: features.UpgradePending, AskedAt: fromMillis(t.at.UnixMilli()), Revision: t.revision,
	}
	err = t.insertUpgrade(&r, account, feature)
	made.ID, made.Details = r.ID, r
	return err
}

// maxAsks is how often an account may ask for one feature within a day.
const maxAsks = 5

func (t *tx) checkAsks(account int64, f *features.Feature) error {
	var asked int
	var first int64
	err := t.row(`SELECT count(*), coalesce(min(asked_at), 0) FROM upgrade_requests WHERE account_id = ?1 AND feature_id = ?2 AND asked_at > ?3`,
		account, f.ID, t.at.AddDate(0, 0, -1).UnixMilli()).Scan(&asked, &first)
	if err != nil || asked < maxAsks {
		return err
	}
	return &features.Error{
		Kind: features.TooMany, RetryAfter: fromMillis(first).AddDate(0, 0, 1).Sub(t.at),
		Message: fmt.Sprintf("This account has asked for %s %d times within a day. Ask again tomorrow.", f.Name, asked),
	}
}

func (t *tx) insertUpgrade(r *features.UpgradeRequest, account string, f *features.Feature) error {
	result, err := t.exec(`
		INSERT INTO upgrade_requests (account_id, feature_id, asked_by, asked_by_name, message, asked_at, revision)
		VALUES (?1, ?2, nullif(?3, 0), ?4, ?5, ?6, ?7)`,
		r.AccountID, r.FeatureID, r.AskedBy, r.AskedByName, r.Message, r.AskedAt.UnixMilli(), t.revision)
	if violatesUnique(err) {
		return &features.Error{Kind: features.Conflict, Message: "This account has already asked for " + f.Name + " and is waiting for an answer."}
	}
	if err != nil {
		return err
	}
	if r.ID, err = result.LastInsertId(); err != nil {
		return err
	}
	after := map[string]any{
		"asked_by_name": r.AskedByName, "message": r.Message, "status": string(r.Status), "asked_at": r.AskedAt.UnixMilli(),
	}
	if r.AskedBy != 0 {
		after["asked_by"] = r.AskedBy
	}
	return t.record(entry{entity: "upgrade_request", id: r.ID, name: account, account: r.AccountID, feature: f, action: "create", new: after})
}

// UpgradeApproval gives an account what it asked for, or another value. Version is the revision of the latest change of
// that cell that the editor saw, as in OverrideChange.
type UpgradeApproval struct {
	ChangeOptions
	Request          int64
	Data             features.JSON // "" for a boolean feature, or for what its variants supply
	WithDependencies bool          // switch on, too, what the feature depends on, where that is off
	Note             string        // for the account, and the reason of the override; may be empty
	ExpiresAt        time.Time     // of the override; zero for never
	Version          int64
}

// ApproveUpgrade sets the override that a request asks for and marks the request approved, in one change set. It
// refuses as SetOverride does, what changes nothing and, with Conflict, a request that has been decided.
func (d *DB) ApproveUpgrade(ctx context.Context, by features.Actor, a UpgradeApproval) (int64, error) {
	r, err := d.Apply(ctx, by, &a)
	return r.Revision, err
}

// Kind is "upgrade_approve".
func (*UpgradeApproval) Kind() string { return "upgrade_approve" }

func (c *UpgradeApproval) apply(t *tx, _ *Result) error {
	r, err := t.upgrade(c.Request)
	if err != nil {
		return err
	}
	change := OverrideChange{
		Account: r.AccountID, Feature: r.feature.Key, Value: features.Value{Enabled: true, Data: c.Data}, WithDependencies: c.WithDependencies,
		ChangeOptions: ChangeOptions{Reason: cmp.Or(c.Note, "Asked for by "+r.AskedByName)}, ExpiresAt: c.ExpiresAt, Version: c.Version,
	}
	plan, err := t.db.planOverride(t, r.feature, change)
	if err != nil {
		return err
	}
	if err := plan.CheckApproval(); err != nil {
		return err
	}
	if err := t.checkVersion("override", r.AccountID, r.FeatureID, c.Version); err != nil {
		return err
	}
	summary := fmt.Sprintf("Approved the request of %s: %s", r.account, approved(r.feature, change.Value, plan.Dependencies))
	if err := t.begin(changeSet{action: "upgrade.approve", summary: summary, reason: c.Note}); err != nil {
		return err
	}
	if err := t.setPlanned(plan, change); err != nil {
		return err
	}
	return t.decide(r, features.UpgradeApproved, c.Note)
}

// approved says what an approval gives: "Webhooks on, with API access", "Flows 50".
func approved(f *features.Feature, v features.Value, dependencies []*features.Feature) string {
	words := f.Name + " " + words.Clipped(v.Words())
	for i, other := range dependencies {
		words += []string{", with ", " and "}[min(i, 1)] + other.Name
	}
	return words
}

// RejectUpgrade turns a request down with a note, which the account reads. It refuses, with Conflict, one that has been
// decided.
func (d *DB) RejectUpgrade(ctx context.Context, by features.Actor, id int64, note string) (int64, error) {
	r, err := d.Apply(ctx, by, &RejectUpgrade{Request: id, Note: note})
	return r.Revision, err
}

// RejectUpgrade asks for a request to be turned down.
type RejectUpgrade struct {
	ChangeOptions
	Request int64
	Note    string
}

// Kind is "upgrade_reject".
func (*RejectUpgrade) Kind() string { return "upgrade_reject" }

func (c *RejectUpgrade) prepare(*DB) error { return features.CheckUpgradeNote(c.Note) }

func (c *RejectUpgrade) apply(t *tx, _ *Result) error {
	return t.closeUpgrade(c.Request, 0, c.Note, features.UpgradeRejected)
}

// UpgradeWithdrawal takes a request back. Account is whose it must be; 0 for whoever's it is.
type UpgradeWithdrawal struct {
	ChangeOptions
	Request int64
	Account int64
	Note    string // may be empty
}

// WithdrawUpgrade takes a request back. It refuses, with NotFound, one of another account and, with Conflict, one that has
// been decided.
func (d *DB) WithdrawUpgrade(ctx context.Context, by features.Actor, w UpgradeWithdrawal) (int64, error) {
	r, err := d.Apply(ctx, by, &w)
	return r.Revision, err
}

// Kind is "upgrade_withdraw".
func (*UpgradeWithdrawal) Kind() string { return "upgrade_withdraw" }

func (c *UpgradeWithdrawal) apply(t *tx, _ *Result) error {
	return t.closeUpgrade(c.Request, c.Account, c.Note, features.UpgradeWithdrawn)
}

// closeUpgrade ends a request without giving anything. account is whose it must be; 0 for whoever's it is.
func (t *tx) closeUpgrade(request, account int64, note string, status features.UpgradeStatus) error {
	r, err := t.upgrade(request)
	if account != 0 && r.ID != 0 && account != r.AccountID {
		return errNoUpgrade
	}
	if err != nil {
		return err
	}
	action, verb := "upgrade.reject", "Rejected"
	if status == features.UpgradeWithdrawn {
		action, verb = "upgrade.withdraw", "Withdrew"
	}
	summary := fmt.Sprintf("%s the request of %s for %s", verb, r.account, r.feature.Name)
	if err := t.begin(changeSet{action: action, summary: summary, reason: note}); err != nil {
		return err
	}
	return t.decide(r, status, note)
}

var errNoUpgrade = &features.Error{Kind: features.NotFound, Message: "There is no such request."}

// storedUpgrade is a request with what it is about.
type storedUpgrade struct {
	features.UpgradeRequest
	account string
	feature *features.Feature
}

// upgrade reads a request that has not been decided, or refuses with NotFound or Conflict; what it read it gives anyway.
func (t *tx) upgrade(id int64) (r storedUpgrade, err error) {
	if r.UpgradeRequest, err = upgradeByID(t.ctx, t, id); err != nil {
		return r, err
	}
	var key string
	err = t.row(`SELECT a.name, f.key FROM accounts a, features f WHERE a.id = ?1 AND f.id = ?2`, r.AccountID, r.FeatureID).Scan(&r.account, &key)
	if err != nil {
		return r, err
	}
	if r.feature, err = t.feature(key); err != nil {
		return r, err
	}
	return r, r.CheckPending()
}

// decide ends a request under the open change set, and records it.
func (t *tx) decide(r storedUpgrade, status features.UpgradeStatus, note string) error {
	at := t.at.UnixMilli()
	_, err := t.exec(`UPDATE upgrade_requests SET status = ?2, decided_by = ?3, decided_at = ?4, note = ?5, revision = ?6 WHERE id = ?1`,
		r.ID, status, t.by.Name, at, note, t.revision)
	if err != nil {
		return err
	}
	before, after := changedFields(
		map[string]any{"status": string(r.Status), "decided_by": "", "decided_at": nil, "note": ""},
		map[string]any{"status": string(status), "decided_by": t.by.Name, "decided_at": at, "note": note})
	return t.record(entry{
		entity: "upgrade_request", id: r.ID, name: r.account, account: r.AccountID, feature: r.feature, action: "update", old: before, new: after,
	})
}

const selectUpgrades = `
	SELECT r.id, r.account_id, r.feature_id, coalesce(r.asked_by, 0), r.asked_by_name, r.message, r.status, r.decided_by, r.asked_at,
	       coalesce(r.decided_at, 0), r.note, r.revision
	FROM upgrade_requests r `

func scanUpgrade(scan func(...any) error) (r features.UpgradeRequest, err error) {
	var asked, decided int64
	err = scan(&r.ID, &r.AccountID, &r.FeatureID, &r.AskedBy, &r.AskedByName, &r.Message, &r.Status, &r.DecidedBy, &asked,
		&decided, &r.Note, &r.Revision)
	r.AskedAt = fromMillis(asked)
	if decided != 0 {
		r.DecidedAt = fromMillis(decided)
	}
	return r, err
}

// UpgradeByID gives a request, or refuses with NotFound.
func (d *DB) UpgradeByID(ctx context.Context, id int64) (features.UpgradeRequest, error) {
	return upgradeByID(ctx, d.reader, id)
}

func upgradeByID(ctx context.Context, q querier, id int64) (features.UpgradeRequest, error) {
	r, err := scanUpgrade(q.QueryRowContext(ctx, selectUpgrades+`WHERE r.id = ?1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return r, errNoUpgrade
	}
	return r, err
}

// UpgradesOf gives the requests of an account, newest first, at most limit.
func (d *DB) UpgradesOf(ctx context.Context, account int64, limit int) ([]features.UpgradeRequest, error) {
	return collect(ctx, d.reader, func(rows *sql.Rows) (features.UpgradeRequest, error) { return scanUpgrade(rows.Scan) },
		selectUpgrades+`WHERE r.account_id = ?1 ORDER BY r.id DESC LIMIT ?2`, account, limit)
}

// PendingUpgrades counts the requests that wait.
func (d *DB) PendingUpgrades(ctx context.Context) (n int, err error) {
	err = d.reader.QueryRowContext(ctx, `SELECT count(*) FROM upgrade_requests WHERE status = 'pending'`).Scan(&n)
	return n, err
}

// upgradesByFeature counts the requests for each feature that there are any for, by its number.
func upgradesByFeature(ctx context.Context, q querier) (map[int64]int, error) {
	counts := make(map[int64]int)
	rows, err := q.QueryContext(ctx, `SELECT feature_id, count(*) FROM upgrade_requests GROUP BY feature_id`)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var feature int64
		var n int
		if err := rows.Scan(&feature, &n); err != nil {
			return nil, err
		}
		counts[feature] = n
	}
	return counts, rows.Err()
}

// UpgradeFilter narrows the queue of requests. Its zero value is all of them.
type UpgradeFilter struct {
	Status  features.UpgradeStatus // "" for any
	Feature int64                  // 0 for any
	Tier    int64                  // of the account; 0 for any
	Search  string                 // in the account's names, who asked, and the message
}

// UpgradeOrder is how the queue is sorted.
type UpgradeOrder string

// The orders; each can be reversed.
const (
	UpgradesByAge     UpgradeOrder = "age" // the longest waiting first
	UpgradesByAccount UpgradeOrder = "account"
	UpgradesByFeature UpgradeOrder = "feature"
)

// UpgradeOrders gives every order.
func UpgradeOrders() []UpgradeOrder {
	return []UpgradeOrder{UpgradesByAge, UpgradesByAccount, UpgradesByFeature}
}

var upgradeColumns = map[UpgradeOrder]string{
	UpgradesByAge: `r.asked_at`, UpgradesByAccount: `a.name COLLATE NOCASE`, UpgradesByFeature: `f.name COLLATE NOCASE`,
}

// UpgradePage says which part of the queue is wanted.
type UpgradePage struct {
	Order    UpgradeOrder
	Reversed bool
	From     int // how many to leave out before it
	Size     int
}

const upgradesWhere = `
	JOIN accounts a ON a.id = r.account_id JOIN features f ON f.id = r.feature_id
	WHERE (?1 = '' OR r.status = ?1) AND (?2 = 0 OR r.feature_id = ?2) AND (?3 = 0 OR a.tier_id = ?3)
	      AND (?4 = '' OR instr(lower(a.name || char(10) || a.slug || char(10) || a.contact_email || char(10) || r.asked_by_name || char(10) || r.message), lower(?4)))`

// ListUpgrades gives one part of the queue, and how many requests the filter leaves.
func (d *DB) ListUpgrades(ctx context.Context, f UpgradeFilter, p UpgradePage) (list []features.UpgradeRequest, matching int, err error) {
	err = d.reader.QueryRowContext(ctx, `SELECT count(*) FROM upgrade_requests r`+upgradesWhere, f.Status, f.Feature, f.Tier, f.Search).Scan(&matching)
	if err != nil {
		return nil, 0, err
	}
	direction := ` ASC`
	if p.Reversed {
		direction = ` DESC`
	}
	list, err = collect(ctx, d.reader, func(rows *sql.Rows) (features.UpgradeRequest, error) { return scanUpgrade(rows.Scan) },
		selectUpgrades+upgradesWhere+` ORDER BY `+upgradeColumns[p.Order]+direction+`, r.id`+direction+` LIMIT ?5 OFFSET ?6`,
		f.Status, f.Feature, f.Tier, f.Search, p.Size, p.From)
	return list, matching, err
}

// UpgradesAfter gives the requests that a filter leaves and that come after one, the oldest first, at most limit.
func (d *DB) UpgradesAfter(ctx context.Context, f UpgradeFilter, after int64, limit int) ([]features.UpgradeRequest, error) {
	return collect(ctx, d.reader, func(rows *sql.Rows) (features.UpgradeRequest, error) { return scanUpgrade(rows.Scan) },
		selectUpgrades+upgradesWhere+` AND r.id > ?5 ORDER BY r.id LIMIT ?6`, f.Status, f.Feature, f.Tier, f.Search, after, limit)
}

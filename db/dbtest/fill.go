package dbtest

import (
	"context"
	"database/sql"
	"fmt"

	"flagstone/db"
	"flagstone/features"
	"flagstone/registry"
)

// Fill puts a database at size: as many accounts as asked for, each with about five overrides of ten features, three
// tiers, and an audit log of ten rows for each account. It gives the same data each time.
func Fill(ctx context.Context, d *db.DB, accounts int) error {
	for _, fill := range []func(context.Context, *db.DB, int) error{fillRegistry, fillAccounts, fillOverrides, fillHistory} {
		if err := fill(ctx, d, accounts); err != nil {
			return err
		}
	}
	return nil
}

// FilledFeatures is how many features Fill makes: feature_0, feature_1 and so on.
const FilledFeatures = 10

func fillRegistry(ctx context.Context, d *db.DB, _ int) error {
	for i := range FilledFeatures {
		draft := features.FeatureDraft{Key: fmt.Sprintf("feature_%d", i), Name: fmt.Sprintf("Feature %d", i), Category: "Features"}
		if _, err := d.CreateFeature(ctx, Actor(), draft); err != nil {
			return err
		}
	}
	for i, key := range []string{"free", "pro", "enterprise"} {
		if _, err := d.CreateTier(ctx, Actor(), features.Tier{Key: key, Name: key, Position: i + 1}); err != nil {
			return err
		}
	}
	return nil
}

func fillAccounts(ctx context.Context, d *db.DB, accounts int) error {
	places := []string{"Arizona", "Boise", "Cedar", "Desert", "Elm Street", "Fjord", "Granite", "Harbor", "Iron", "Juniper"}
	kinds := []string{"Comedy", "Garage", "Theatre", "Labs", "Motors", "Ballet", "Robotics"}
	tiers := []string{"", "free", "free", "free", "pro", "pro", "enterprise"}
	drafts := make([]features.AccountDraft, accounts)
	for i := range drafts {
		name := fmt.Sprintf("%s %s %d", places[i%len(places)], kinds[i/3%len(kinds)], i*7919%accounts)
		drafts[i] = features.AccountDraft{
			Name: name, ExternalID: fmt.Sprintf("crm_%d", 100000+i), ContactEmail: "office@" + features.Slugify(name) + ".example",
			PostalCode: fmt.Sprintf("%05d", i%100000), Tier: tiers[i%len(tiers)],
		}
	}
	_, err := d.ImportAccounts(ctx, Actor(), registry.ImportOf(drafts))
	return err
}

// fillOverrides gives every feature to about half of the accounts, each feature to others.
func fillOverrides(ctx context.Context, d *db.DB, _ int) error {
	for i := range FilledFeatures {
		bulk := features.Bulk{Action: features.EnableFeature, Feature: fmt.Sprintf("feature_%d", i)}
		if i%3 == 2 {
			bulk.Action = features.DisableFeature
		}
		for a := range d.Live().Accounts().All() {
			if (a.ID*2654435761>>7+int64(i)*97)%31 < 16 {
				bulk.Selection.IDs = append(bulk.Selection.IDs, a.ID)
			}
		}
		plan, err := d.PlanBulk(bulk)
		if err != nil {
			return err
		}
		if _, _, err := d.ApplyBulk(ctx, Actor(), db.BulkChange{Bulk: bulk, Digest: plan.Digest, ChangeOptions: db.ChangeOptions{Reason: "filled"}}); err != nil {
			return err
		}
	}
	return nil
}

// fillHistory adds change sets of one row each, as if every account had been switched four times by hand.
func fillHistory(ctx context.Context, d *db.DB, accounts int) (err error) {
	handle, err := sql.Open("sqlite3", "file:"+d.Path()+"?_txlock=immediate&_busy_timeout=10000")
	if err != nil {
		return err
	}
	tx, err := handle.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(); _ = handle.Close() }()
	for _, statement := range []string{`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 * 4)
		INSERT INTO change_sets (at, action, summary, actor_kind, actor_name)
		SELECT (SELECT max(at) FROM change_sets) + i, iif(i % 3, 'override.set', 'override.clear'), 'Switched a feature', 'user',
		       printf('Person %d', i % 37)
		FROM n`, `
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old, new)
		SELECT c.id, 'override', a.id, a.name, a.id, f.id, f.key, 'update', '{"enabled":true}', '{"enabled":false}'
		FROM change_sets c JOIN accounts a ON a.id = 1 + c.id * 7919 % ?1
		JOIN features f ON f.id = (SELECT min(id) FROM features) + c.id % 10 WHERE c.actor_kind = 'user'`} {
		if _, err := tx.ExecContext(ctx, statement, accounts); err != nil {
			return err
		}
	}
	return tx.Commit()
}

package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

const (
	auditRows     = 1_000_000
	auditAccounts = 10_000
	auditFeatures = 40
	auditBulks    = 60 // each of all accounts
)

// audit measures the binary's audit log over HTTP, filter by filter, on first and deep pages.
func (b *bench) audit() (err error) {
	title(fmt.Sprintf("Audit log of %d rows over HTTP: the page with its count, p50 / p95", auditRows))
	file := filepath.Join(b.folder, "audit.db")
	who, err := b.fillAudit(file)
	if err != nil {
		return err
	}
	served, err := b.serve(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, served.stop()) }()
	for _, page := range []struct{ what, query string }{
		{"everything", ""},
		{"everything, a deep page", "before=200000"},
		{"oldest first", "sort=at"},
		{"oldest first, a deep page", "sort=at&after=200000"},
		{"an account", "account=crm_4242"},
		{"an account, oldest first", "account=crm_4242&sort=at"},
		{"a feature", "feature=feature_3"},
		{"a feature, a deep page", "feature=feature_3&before=200000"},
		{"a feature, oldest first, a deep page", "feature=feature_3&sort=at&after=200000"},
		{"a person", "person=Person 7"},
		{"a person, a deep page", "person=Person 7&before=200000"},
		{"the command line", "person=root (command line)"},
		{"an action", "action=override.set"},
		{"an action, a deep page", "action=override.set&before=200000"},
		{"an action that is rare", "action=feature.kill"},
		{"a month", "from=2025-03-01&to=2025-03-31"},
		{"an account and a feature", "account=crm_4242&feature=feature_3"},
		{"an account and a person", "account=crm_4242&person=Person 7"},
		{"an account, an action, and a year", "account=crm_4242&action=override.set&from=2025-01-01&to=2025-12-31"},
		{"a feature and a person", "feature=feature_3&person=Person 7"},
		{"a feature and a person who never met", "feature=feature_3&person=Person 8"},
		{"a feature and a rare action", "feature=feature_3&action=feature.kill"},
		{"a feature and an action", "feature=feature_3&action=override.clear&before=200000"},
		{"a person and an action", "person=Person 7&action=override.set"},
		{"a person and an action that never met", "person=Person 9&action=override.clear"},
		{"a person, an action, and a month", "person=Person 7&action=override.set&from=2025-03-01&to=2025-03-31"},
		{"a feature, a person, an action", "feature=feature_3&person=Person 7&action=override.clear"},
		{"everything at once", "account=crm_4242&feature=feature_3&person=Person 7&action=override.set&from=2024-01-01&to=2026-12-31"},
	} {
		took, err := timed(served.address, who, page.query)
		if err != nil {
			return err
		}
		row(page.what, p50p95(took), "p95 50 ms")
	}
	return nil
}

// timed asks for a page of the log over and over.
func timed(address string, who *caller, query string) (took []time.Duration, err error) {
	for range listRuns {
		t, err := ask(http.DefaultClient, address+"/admin/audit?"+strings.ReplaceAll(query, " ", "+"), who)
		if err != nil {
			return nil, err
		}
		took = append(took, t)
	}
	return took, nil
}

// fillAudit makes a database whose log has a million rows, over two years: bulk changes of every account and, between
// them, changes of one row each. Person 8 never touches feature_3, Person 9 never resets anything.
func (b *bench) fillAudit(file string) (*caller, error) {
	d, err := db.Open(b.ctx, file)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(d.Migrate(), d.CatchUp(b.ctx)); err != nil {
		return nil, err
	}
	for i := range auditFeatures {
		draft := features.FeatureDraft{Key: fmt.Sprintf("feature_%d", i), Name: fmt.Sprintf("Feature %d", i), Category: "Features"}
		if _, err := d.CreateFeature(b.ctx, dbtest.Actor(), draft); err != nil {
			return nil, err
		}
	}
	drafts := make([]features.AccountDraft, auditAccounts)
	for i := range drafts {
		drafts[i] = features.AccountDraft{Name: fmt.Sprintf("Account %d", i), ExternalID: fmt.Sprintf("crm_%d", i)}
	}
	if _, err := d.ImportAccounts(b.ctx, dbtest.Actor(), registry.ImportOf(drafts)); err != nil {
		return nil, err
	}
	id, err := d.CreateUser(b.ctx, dbtest.Actor(), features.UserDraft{Email: "admin@example.com", Name: "Admin", StaffRole: features.Admin}, "", nil)
	if err != nil {
		return nil, err
	}
	token, err := d.StartSession(b.ctx, db.SignIn{User: id})
	if err != nil {
		return nil, err
	}
	return &caller{cookie: sessionCookie(token)}, errors.Join(d.Close(), b.writeHistory(file))
}

func (b *bench) writeHistory(file string) (err error) {
	handle, err := sql.Open("sqlite3", "file:"+file+"?_txlock=immediate&_busy_timeout=10000")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	tx, err := handle.BeginTx(b.ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	const states = `'{"enabled":true,"reason":"","expires_at":null,"set_by":"Person 1","set_at":1}',
		'{"enabled":false,"reason":"measured","expires_at":null,"set_by":"Person 2","set_at":2}'`
	small := auditRows - auditBulks*auditAccounts
	for _, statement := range []string{
		`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
		INSERT INTO change_sets (at, action, summary, reason, actor_kind, actor_name, ip, user_agent)
		SELECT 1704067200000 + i * (63072000000 / ?1),
		       CASE WHEN i % (?1 / ?2) = 0 THEN 'bulk.enable' WHEN i % 5000 = 0 THEN 'feature.kill'
		            WHEN i % 3 = 0 AND i % 41 <> 9 THEN 'override.clear' ELSE 'override.set' END,
		       'Switched a feature', 'measured', iif(i % 41 = 0, 'cli', 'user'),
		       iif(i % 41 = 0, 'root (command line)', printf('Person %d', i % 41)), '192.0.2.7', 'Mozilla/5.0'
		FROM n`, `
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old, new)
		SELECT c.id, iif(c.action = 'feature.kill', 'feature', 'override'), iif(c.action = 'feature.kill', f.id, a.id), a.name,
		       iif(c.action = 'feature.kill', NULL, a.id), f.id, f.key, 'update', ` + states + `
		FROM change_sets c JOIN accounts a ON a.id = 1 + c.id * 7919 % ?3
		JOIN features f ON f.id = 1 + (c.id / 41 + iif(c.actor_name = 'Person 8' AND c.id / 41 % ?4 = 3, 1, 0)) % ?4
		WHERE c.reason = 'measured' AND c.action <> 'bulk.enable' ORDER BY c.id`, `
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old, new)
		SELECT c.id, 'override', a.id, a.name, a.id, f.id, f.key, 'update', ` + states + `
		FROM change_sets c JOIN features f ON f.id = 1 + c.id % ?4 CROSS JOIN accounts a
		WHERE c.action = 'bulk.enable' ORDER BY c.id, a.id`,
	} {
		if _, err := tx.ExecContext(b.ctx, statement, small, auditBulks, auditAccounts, auditFeatures); err != nil {
			return err
		}
	}
	return tx.Commit()
}

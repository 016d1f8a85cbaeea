package main

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers"
)

const (
	manyAccounts = 1_000_000
	manyFeatures = 60
	changeEvery  = 100 * time.Millisecond // ten a second
	lookEvery    = 40 * time.Millisecond
	lookFor      = 20 * time.Second
)

// million measures the pages that count who has what, with a million accounts, while ten changes a second go on: of
// overrides and accounts, of rollouts and kill switches.
func (b *bench) million() (err error) {
	title(fmt.Sprintf("%d accounts and %d features, ten changes a second", manyAccounts, manyFeatures))
	begun := time.Now()
	file := filepath.Join(b.folder, "million.db")
	if err := b.db.Backup(b.ctx, file); err != nil {
		return err
	}
	if err := b.multiply(file); err != nil {
		return err
	}
	row("the database of 100,000 accounts, made ten times as large", time.Since(begun).Round(time.Millisecond).String(), "")
	begun = time.Now()
	large := &bench{ctx: b.ctx, folder: b.folder, file: file}
	if large.db, err = db.Open(b.ctx, file); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, large.db.Close()) }()
	if err := large.db.CatchUp(b.ctx); err != nil {
		return err
	}
	row("loaded", time.Since(begun).Round(time.Millisecond).String(), "")
	large.site = handlers.New(handlers.Config{DB: large.db, Secret: []byte(secret), Log: slog.New(slog.DiscardHandler), Version: "bench"})
	if large.staff, err = large.enter(features.UserDraft{Email: "counter@example.com", Name: "Counter", StaffRole: features.Admin}, nil); err != nil {
		return err
	}
	if err := large.addFeatures(); err != nil {
		return err
	}
	begun = time.Now()
	list := large.db.Live().Catalogue().Features()
	for pending := true; pending; time.Sleep(time.Millisecond) {
		pending = false
		for _, n := range large.db.Live().Count(list) {
			pending = pending || n.Pending
		}
	}
	row("all features counted, in the background", time.Since(begun).Round(time.Millisecond).String(), "")
	return large.lookWhileChanging()
}

// multiply adds nine accounts for each that there is, with half of its overrides.
func (b *bench) multiply(file string) error {
	handle, err := sql.Open("sqlite3", "file:"+file+"?_txlock=immediate&_busy_timeout=10000&_synchronous=OFF&_cache_size=-262144")
	if err != nil {
		return err
	}
	defer func() { _ = handle.Close() }()
	for _, statement := range []string{`
		CREATE TEMP TABLE copies AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
		SELECT a.id AS original, a.id * 9 + n.i + 1000000 AS id, n.i AS i FROM accounts a JOIN n`, `
		INSERT INTO accounts (id, targeting_key, slug, external_id, name, tier_id, status, contact_email, postal_code, created_at, updated_at, revision)
		SELECT c.id, a.targeting_key || '_' || c.i, a.slug || '-' || c.i || 'x', a.external_id || '_' || c.i, a.name || ' ' || c.i, a.tier_id,
		       a.status, a.contact_email, a.postal_code, a.created_at, a.updated_at, a.revision
		FROM temp.copies c JOIN accounts a ON a.id = c.original`, `
		INSERT INTO overrides (account_id, feature_id, enabled, set_by, set_at, revision)
		SELECT c.id, o.feature_id, o.enabled, o.set_by, o.set_at, o.revision FROM temp.copies c JOIN overrides o ON o.account_id = c.original
		WHERE o.feature_id % 2 = c.i % 2`, `
		DELETE FROM feed WHERE seq < (SELECT max(seq) FROM feed)`} {
		if _, err := handle.ExecContext(b.ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// addFeatures brings the registry to size: some released to all, some to a share, some named; every third depends on another.
func (b *bench) addFeatures() error {
	for i := dbtest.FilledFeatures; i < manyFeatures; i++ {
		draft := features.FeatureDraft{Key: fmt.Sprintf("feature_%d", i), Name: fmt.Sprintf("Feature %d", i), Category: "More"}
		draft.Default.Enabled = i%2 == 0
		if i%4 == 1 {
			draft.Rollout = features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone / 4}
		}
		if i%3 == 0 {
			draft.DependsOn = []string{fmt.Sprintf("feature_%d", i-1)}
		}
		if _, err := b.db.CreateFeature(b.ctx, dbtest.Actor(), draft); err != nil {
			return err
		}
	}
	return nil
}

// lookWhileChanging asks for the pages in turn while changes are made.
func (b *bench) lookWhileChanging() error {
	stop, changed := make(chan struct{}), make(chan error, 1)
	changes := 0
	go func() {
		r := rand.New(rand.NewPCG(1, 2))
		for tick := time.NewTicker(changeEvery); ; changes++ {
			select {
			case <-stop:
				tick.Stop()
				changed <- nil
				return
			case <-tick.C:
			}
			if err := b.changeOne(r, changes); err != nil {
				changed <- err
				return
			}
		}
	}()
	var list, overview []time.Duration
	counting, looks := 0, 0
	for begun := time.Now(); time.Since(begun) < lookFor; time.Sleep(lookEvery) {
		for path, took := range map[string]*[]time.Duration{"/admin/features": &list, "/admin": &overview} {
			answer, t := b.get(b.staff, path)
			if answer.Code != http.StatusOK {
				return fmt.Errorf("%s answers %d", path, answer.Code)
			}
			*took = append(*took, t)
			if looks++; strings.Contains(answer.Body.String(), `hx-trigger="load delay:700ms"`) {
				counting++
			}
		}
	}
	close(stop)
	if err := <-changed; err != nil {
		return err
	}
	row(fmt.Sprintf("features list, during %d changes", changes), p50p95(list), "p95 50 ms")
	row("overview", p50p95(overview), "p95 50 ms")
	row("pages on which some feature was still being counted", fmt.Sprintf("%d of %d", counting, looks), "")
	return nil
}

// changeOne makes one change: most are overrides, as in life.
func (b *bench) changeOne(r *rand.Rand, n int) error {
	key := fmt.Sprintf("feature_%d", r.IntN(manyFeatures))
	feature, err := b.db.Live().Catalogue().Feature(key)
	if err != nil {
		return err
	}
	switch n % 10 {
	case 3:
		_, err = b.db.SetKillSwitch(b.ctx, dbtest.Actor(), db.KillSwitch{Keys: []string{key}, Enabled: !feature.Enabled})
		return err
	case 7:
		draft := feature.Draft()
		draft.Rollout = features.Rollout{Strategy: features.ToPercentage, Percentage: features.Percent(r.IntN(10_000))}
		version, err := b.db.FeatureVersion(b.ctx, feature.ID)
		if err != nil {
			return err
		}
		_, err = b.db.UpdateFeature(b.ctx, dbtest.Actor(), db.FeatureChange{Draft: draft, Version: version})
		return err
	}
	account := r.Int64N(100_000) + 1
	cells, err := b.db.Cells(b.ctx, []int64{account}, []int64{feature.ID})
	if err != nil {
		return err
	}
	_, err = b.db.SetOverride(b.ctx, dbtest.Actor(), db.OverrideChange{
		Account: account, Feature: key, Value: features.Value{Enabled: r.IntN(2) == 0}, ChangeOptions: db.ChangeOptions{Reason: fmt.Sprint("change ", n)},
		Version: cells[db.CellKey{Account: account, Feature: feature.ID}].Version,
	})
	return err
}

package db_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// another opens the same file once more, as another process does.
func another(t *testing.T, d *db.DB) *db.DB {
	t.Helper()
	other, err := db.Open(t.Context(), d.Path())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	catchUp(t, other)
	return other
}

func catchUp(t *testing.T, d *db.DB) {
	t.Helper()
	if err := d.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// people are the users and sessions that a test has ever seen: the live state finds them, but does not list them.
type people struct {
	mu       sync.Mutex
	users    []int64
	sessions [][32]byte
}

// everything is all that a live state serves, taken apart for comparing. Session.SeenAt follows no feed.
func (p *people) everything(d *db.DB) map[string]any {
	all := map[string]any{"catalogue": d.Live().Catalogue(), "position": d.Live().Position()}
	var order []int64
	for a := range d.Live().Accounts().All() {
		all[fmt.Sprint("account ", a.ID)] = a
		all[fmt.Sprint("account by number ", a.ID)] = d.Live().Accounts().ByID(a.ID)
		for _, name := range []string{a.Slug, a.ExternalID, a.TargetingKey} {
			all["account named "+name] = d.Live().Accounts().Find(name)
		}
		order = append(order, a.ID)
	}
	all["order"], all["accounts"] = order, d.Live().Accounts().Len()
	for _, id := range p.users {
		all[fmt.Sprint("user ", id)] = d.Live().People().User(id)
	}
	for _, hash := range p.sessions {
		session := d.Live().People().Session(hash)
		if session != nil {
			unseen := *session
			unseen.SeenAt = time.Time{}
			session = &unseen
		}
		all[fmt.Sprintf("session %x", hash)] = session
	}
	return all
}

// follows holds a live state that followed the feed against one that is loaded anew from the file.
func (p *people) follows(t *testing.T, what string, d *db.DB) {
	t.Helper()
	catchUp(t, d)
	got, want := p.everything(d), p.everything(another(t, d))
	for key := range want {
		if !reflect.DeepEqual(got[key], want[key]) {
			t.Errorf("%s: %s is %+v: want %+v", what, key, got[key], want[key])
		}
	}
	for key := range got {
		if _, there := want[key]; !there {
			t.Errorf("%s: %s is served, but is not in the file", what, key)
		}
	}
}

// crowd is people who act at random on one file, through several processes.
type crowd struct {
	people
	keys []string
}

// act does one thing by chance. What is refused is part of it; anything else is not.
func (c *crowd) act(ctx context.Context, d *db.DB, random *rand.Rand) error {
	err := c.actOnPeople(ctx, d, random)
	for _, draw := range []func(context.Context, *db.DB, *rand.Rand) (db.Change, error){c.drawOfAccounts, c.drawOfRegistry} {
		change, failed := draw(ctx, d, random)
		if failed == nil && change != nil {
			_, failed = d.Apply(ctx, person(random), change)
		}
		err = cmp.Or(err, failed)
	}
	if features.KindOf(err) != 0 {
		return nil
	}
	return err
}

// person is somebody of the crowd.
func person(random *rand.Rand) features.Actor {
	return features.Actor{Kind: features.ByUser, UserID: 1, Name: fmt.Sprintf("Person %d", random.IntN(5))}
}

// drawOfAccounts draws a change of an account, its overrides or its people; nil now and then.
func (c *crowd) drawOfAccounts(ctx context.Context, d *db.DB, random *rand.Rand) (db.Change, error) {
	account, key := 1+random.Int64N(12), c.keys[random.IntN(len(c.keys))]
	user := 1 + random.Int64N(8)
	draft := features.AccountDraft{Name: fmt.Sprintf("Name %d", random.IntN(30)), Slug: fmt.Sprintf("slug-%d", random.IntN(30))}
	switch random.IntN(18) {
	case 0, 1, 2:
		version, err := versionOf(ctx, d, account, key)
		return &db.OverrideChange{Account: account, Feature: key, Value: features.Value{Enabled: random.IntN(2) == 0}, Version: version}, err
	case 3, 4:
		version, err := versionOf(ctx, d, account, key)
		return &db.ClearOverride{Account: account, Feature: key, Version: version}, err
	case 5:
		return &db.CreateAccount{Draft: draft}, nil
	case 6:
		version, err := d.AccountVersion(ctx, account)
		return &db.AccountChange{ID: account, Draft: draft, Version: version}, err
	case 7:
		return &db.SetAccountStatus{ID: account, Status: []features.Status{features.Active, features.Suspended}[random.IntN(2)]}, nil
	case 8:
		bulk := features.Bulk{
			Action:  []features.BulkAction{features.EnableFeature, features.DisableAll, features.ClearOverrides, features.SetTier}[random.IntN(4)],
			Feature: key, Tier: []string{"", "free", "pro"}[random.IntN(3)], Selection: everyone,
		}
		plan, err := d.PlanBulk(bulk)
		if err != nil {
			return nil, err
		}
		return &db.BulkChange{Bulk: bulk, Digest: plan.Digest}, nil
	case 9:
		return &db.KillSwitch{Keys: []string{key}, Enabled: random.IntN(2) == 0}, nil
	case 10:
		return &db.Undo{ID: 1 + random.Int64N(300)}, nil
	case 11:
		return &db.RemoveMembership{User: user, Account: account}, nil
	case 12, 13:
		return &db.SetUserDisabled{ID: user, Disabled: random.IntN(2) == 0}, nil
	case 14:
		if account > 8 { // else there is soon nobody left to act on
			return &db.DeleteAccount{ID: account}, nil
		}
	}
	return nil, nil
}

// drawOfRegistry draws a change of a feature's release, its variants or its life, or of the mode; nil now and then.
func (c *crowd) drawOfRegistry(ctx context.Context, d *db.DB, random *rand.Rand) (db.Change, error) {
	key := c.keys[random.IntN(len(c.keys))]
	feature, err := d.Live().Catalogue().Feature(key)
	if err != nil {
		return nil, err
	}
	change := &db.FeatureChange{Draft: feature.Draft(), Version: feature.Revision}
	switch random.IntN(8) {
	case 0:
		change.Draft.Rollout = features.Rollout{
			Strategy: features.Strategies()[random.IntN(4)], Percentage: features.Percent(random.IntN(10_001)),
			By:     []features.Subject{features.ByAccount, features.ByPerson}[random.IntN(2)],
			Target: features.Target{AccountIDs: []string{fmt.Sprint("crm_", random.IntN(9))}, Roles: []string{"owner"}},
		}
		return change, nil
	case 1:
		change.Draft.Variants = nil
		if share := features.Percent(random.IntN(10_000)); share > 5000 {
			change.Draft.Variants = []features.Variant{{Key: "a", Value: on, Weight: share}, {Key: "b", Weight: features.Everyone - share}}
		}
		return change, nil
	case 2:
		account := 1 + random.Int64N(12)
		version, err := versionOf(ctx, d, account, key)
		return &db.OverrideChange{Account: account, Feature: key, Value: on, Variant: "a", Version: version}, err
	case 3:
		return &db.SetFeatureActive{Key: key, Active: random.IntN(3) > 0}, nil
	case 4:
		return &db.SetMode{Mode: features.Modes()[random.IntN(3)]}, nil
	}
	return nil, nil
}

// actOnPeople now and then adds a user or a member, or signs somebody in.
func (c *crowd) actOnPeople(ctx context.Context, d *db.DB, random *rand.Rand) error {
	by, email := person(random), fmt.Sprintf("user%d@example.com", random.IntN(12))
	switch random.IntN(20) {
	case 0:
		id, err := d.CreateUser(ctx, by, features.UserDraft{Email: email, Name: "U"}, "", nil)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.users = append(c.users, id)
	case 1:
		_, err := d.AddMembership(ctx, by, db.NewMember{Account: 1 + random.Int64N(12), Email: email, Role: "owner"})
		return err
	case 2:
		token, err := d.StartSession(ctx, db.SignIn{User: 1 + random.Int64N(8)})
		if err != nil {
			return err
		}
		secret, _ := base64.RawURLEncoding.DecodeString(token) // which follows compares, whatever it is
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sessions = append(c.sessions, sha256.Sum256(secret))
	}
	return nil
}

func versionOf(ctx context.Context, d *db.DB, account int64, key string) (int64, error) {
	feature, err := d.Live().Catalogue().Feature(key)
	if err != nil {
		return 0, err
	}
	cells, err := d.Cells(ctx, []int64{account}, []int64{feature.ID})
	return cells[db.CellKey{Account: account, Feature: feature.ID}].Version, err
}

// TestTwoProcesses has two processes write to one file at random, each followed by a watcher, while somebody works on
// the tables by hand: in the end each serves what is in the file.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	s := openShop(t, 6)
	both := []*db.DB{s.DB, another(t, s.DB)}
	c := &crowd{keys: []string{"knowledge_base", "ai_agents", "additional_services"}}
	random := randomOf(t)
	var work sync.WaitGroup
	stop := make(chan struct{})
	for _, d := range both {
		work.Go(func() { // the watcher
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				if err := d.CatchUp(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var writers sync.WaitGroup
	for i := range 8 {
		chance := rand.New(rand.NewPCG(random.Uint64(), 0))
		writers.Go(func() {
			for range 40 {
				if err := c.act(t.Context(), both[i%2], chance); err != nil {
					t.Error(err)
				}
			}
		})
	}
	byHand := console(t, s.DB)
	writers.Go(func() {
		for i := range 20 {
			for _, statement := range []string{
				`UPDATE accounts SET name = 'By hand ' || ?1, postal_code = ?1 WHERE id = 1 + ?1 % 8`,
				`UPDATE features SET percentage = ?1, target = json_object('account_ids', json_array('crm_' || ?1)) WHERE id = 1 + ?1 % 3`,
			} {
				if _, err := byHand.ExecContext(t.Context(), statement, i); err != nil {
					t.Error(err)
				}
			}
		}
	})
	writers.Wait()
	close(stop)
	work.Wait()
	for i, d := range both {
		c.follows(t, fmt.Sprintf("process %d", i+1), d)
	}
	if sets, err := s.CountChangeSets(t.Context(), db.AuditFilter{}, 10_000); err != nil || sets < 50 {
		t.Errorf("there are %d change sets, %v: too few to mean anything", sets, err)
	}
}

// TestChangesByHand changes rows by plain SQL, one statement after the other.
func TestChangesByHand(t *testing.T) {
	t.Parallel()
	s := openShop(t, 4)
	for _, account := range s.accounts[:3] {
		s.set(t, account, "ai_agents", true)
	}
	p := &people{users: []int64{
		addUser(t, s.DB, "dana@example.com", features.Editor, features.Membership{AccountID: 1, Role: "owner"}),
		addUser(t, s.DB, "erin@example.com", features.NoStaff), 3,
	}}
	p.sessions = [][32]byte{startSession(t, s.DB, db.SignIn{User: 1}), startSession(t, s.DB, db.SignIn{User: 2}), {1}}
	other := another(t, s.DB)
	for _, statement := range []string{
		`UPDATE overrides SET enabled = 0 WHERE account_id = 1`,
		`UPDATE overrides SET account_id = 4 WHERE account_id = 1`, // which two accounts must hear of
		`UPDATE overrides SET feature_id = 1 WHERE account_id = 4`,
		`DELETE FROM overrides WHERE account_id = 2`,
		`INSERT INTO overrides (account_id, feature_id, enabled, set_by, set_at) VALUES (2, 2, 1, 'hand', 1), (2, 1, 0, 'hand', 1)`,
		`REPLACE INTO overrides (account_id, feature_id, enabled, set_by, set_at) VALUES (2, 2, 0, 'hand', 1)`,
		`INSERT INTO accounts (id, targeting_key, slug, name, created_at, updated_at) VALUES (77, 'k', 'by-hand', 'Hand "made"', 1, 1)`,
		`UPDATE accounts SET name = 'AAA', slug = 'moved', external_id = 'crm_x', status = 'suspended', tier_id = 2 WHERE id = 77`,
		`UPDATE accounts SET name = upper(name), postal_code = 'X'`,
		`DELETE FROM accounts WHERE id = 77`,
		`INSERT INTO accounts (id, targeting_key, slug, name, created_at, updated_at) VALUES (77, 'k', 'by-hand', 'Again', 1, 1)`,
		`DELETE FROM overrides WHERE account_id = 3; DELETE FROM accounts WHERE id = 3`,
		`UPDATE features SET enabled = 0, default_enabled = 1 WHERE id = 1`,
		`UPDATE features SET strategy = 'percentage', percentage = 2500, rollout_by = 'user' WHERE id = 1`,
		`UPDATE features SET strategy = 'whitelist', target = '{"account_ids": ["crm_1", " crm_1"], "postal_codes": ["m5v 2t6"], "more": 1}' WHERE id = 1`,
		`UPDATE features SET variants = '[{"key": "a", "value": {"enabled": true}, "weight": 100}]' WHERE id = 2`,
		`UPDATE features SET target = '{"account_ids": "crm_1"}', variants = '[7]', active = 0, permanent = 1 WHERE id = 3`,
		`UPDATE overrides SET variant = 'a', enabled = 1 WHERE account_id = 4`,
		`UPDATE settings SET value = 'open' WHERE key = 'mode'`,
		`UPDATE settings SET value = 'nonsense' WHERE key IN ('mode', 'stale_after_days')`,
		`DELETE FROM settings WHERE key IN ('mode', 'stale_after_days')`,
		`INSERT INTO features (key, name, created_at, updated_at) VALUES ('by_hand', 'By hand', 1, 1)`,
		`DELETE FROM features WHERE key = 'by_hand'`,
		`UPDATE tiers SET name = 'Other', position = 9 WHERE id = 1`,
		`INSERT INTO tiers (key, name) VALUES ('hand', 'Hand')`,
		`DELETE FROM tiers WHERE key = 'hand'`,
		`UPDATE settings SET value = '999' WHERE key = 'catalogue_revision'`,
		`INSERT INTO settings VALUES ('other', 'x'); DELETE FROM settings WHERE key = 'other'`,
		`UPDATE users SET staff_role = NULL, disabled = 1 WHERE id = 1`,
		`INSERT INTO users (id, email, name, created_at, updated_at) VALUES (3, 'new@example.com', 'New', 1, 1)`,
		`INSERT INTO memberships VALUES (3, 1, 'mechanic'), (2, 1, 'owner')`,
		`UPDATE memberships SET role = 'clerk' WHERE user_id = 3`,
		`UPDATE memberships SET user_id = 3, account_id = 2 WHERE user_id = 2`,
		`DELETE FROM memberships`,
		`UPDATE sessions SET user_id = 3 WHERE user_id = 2`,
		`UPDATE sessions SET expires_at = 5 WHERE user_id = 3`,
		`UPDATE sessions SET token_hash = x'01` + strings.Repeat("00", 31) + `' WHERE user_id = 3`,
		`DELETE FROM sessions WHERE user_id = 3; DELETE FROM users WHERE id = 3`,
		`DELETE FROM sessions`,
	} {
		run(t, s.DB, statement)
		position := s.Live().Position()
		p.follows(t, statement, s.DB)
		if s.Live().Position() == position {
			t.Errorf("%s: the feed says nothing", statement)
		}
	}
	p.follows(t, "all of it at once", other)
}

// TestUsesDoNotFillTheFeed writes what nothing live depends on.
func TestUsesDoNotFillTheFeed(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	user := addUser(t, d, "dana@example.com", features.Viewer)
	session := d.Live().People().Session(startSession(t, d, db.SignIn{User: user}))
	position := d.Live().Position()
	if err := d.TouchSessions(t.Context(), map[int64]time.Time{session.ID: time.Now().Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if d.Live().Position() != position {
		t.Error("a session that is used moves the feed")
	}
}

// TestTrimmedFeed takes entries away that another process has not read.
func TestTrimmedFeed(t *testing.T) {
	t.Parallel()
	for name, trim := range map[string]string{
		"the older ones": `DELETE FROM feed WHERE seq < (SELECT max(seq) FROM feed)`,
		"all":            `DELETE FROM feed`,
		"all but old":    `DELETE FROM feed WHERE seq > 5`, // as a backup that was put back
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 3)
			p := &people{users: []int64{addUser(t, s.DB, "dana@example.com", features.Viewer)}}
			p.sessions = [][32]byte{startSession(t, s.DB, db.SignIn{User: 1}), startSession(t, s.DB, db.SignIn{User: 1})}
			s.set(t, s.accounts[0], "ai_agents", true)
			other := another(t, s.DB)
			s.set(t, s.accounts[1], "ai_agents", true)
			run(t, s.DB, `DELETE FROM accounts WHERE id = 3`, `DELETE FROM sessions WHERE id = 1`, trim)
			for _, d := range []*db.DB{other, s.DB} {
				p.follows(t, "trimmed", d)
			}
			s.set(t, s.accounts[0], "knowledge_base", true)
			for _, d := range []*db.DB{other, s.DB} {
				p.follows(t, "after one more change", d)
			}
		})
	}
}

// TestNotices tells watchers what changed, whoever changed it.
func TestNotices(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	other := another(t, s.DB)
	var notices []features.Notice
	stop := other.Live().Watch(func(n features.Notice) { notices = append(notices, n) })
	s.set(t, s.accounts[1], "ai_agents", true)
	catchUp(t, other)
	s.kill(t, false, "ai_agents")
	catchUp(t, other)
	catchUp(t, other)
	want := []features.Notice{{Accounts: s.accounts[1:]}, {Catalogue: true}}
	if !reflect.DeepEqual(notices, want) {
		t.Errorf("the notices are %+v: want %+v", notices, want)
	}
	stop()
	s.kill(t, true, "ai_agents")
	catchUp(t, other)
	if len(notices) != 2 {
		t.Error("a watcher is told after it was stopped")
	}
}

// TestWritersLoseNothing has eight writers, in two processes, each change one and the same cell and one of its own:
// nobody ever finds the database locked, and the log is one unbroken chain.
func TestWritersLoseNothing(t *testing.T) {
	t.Parallel()
	const writers, rounds = 8, 12
	s := openShop(t, writers+1)
	both := []*db.DB{s.DB, another(t, s.DB)}
	shared := s.accounts[writers]
	var group sync.WaitGroup
	for w := range writers {
		d := both[w%2]
		group.Go(func() {
			for round := range rounds {
				for _, account := range []int64{shared, s.accounts[w]} {
					if err := insist(t.Context(), d, account, fmt.Sprintf("writer %d, round %d", w, round)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	for i, account := range s.accounts {
		rows, err := chain(t.Context(), s.DB, account)
		if err != nil {
			t.Fatal(err)
		}
		want := rounds
		if i == writers {
			want *= writers
		}
		if len(rows) != want {
			t.Errorf("account %d has %d changes: want %d", i, len(rows), want)
		}
		for n, row := range rows {
			if n > 0 && string(row.Old) != string(rows[n-1].New) || n == 0 && row.Old != nil {
				t.Errorf("account %d: change %d began with %s", i, n, row.Old)
			}
		}
	}
	for _, d := range both {
		(&people{}).follows(t, "after the writers", d)
	}
}

// insist sets an override, and looks again and tries again as long as somebody else was first.
func insist(ctx context.Context, d *db.DB, account int64, reason string) error {
	for {
		version, err := versionOf(ctx, d, account, "ai_agents")
		if err != nil {
			return err
		}
		change := db.OverrideChange{Account: account, Feature: "ai_agents", Value: on, ChangeOptions: db.ChangeOptions{Reason: reason}, Version: version}
		if _, err = d.SetOverride(ctx, dbtest.Actor(), change); features.KindOf(err) != features.Conflict {
			return err
		}
	}
}

// chain gives what was ever changed of an account's override, the oldest first.
func chain(ctx context.Context, d *db.DB, account int64) (rows []db.AuditRow, err error) {
	err = d.ExportAudit(ctx, db.AuditFilter{Account: account, Action: "override.set"}, func(_ db.ChangeSet, r db.AuditRow) error {
		rows = append(rows, r)
		return nil
	})
	slices.Reverse(rows)
	return rows, err
}

// Command bench measures Flagstone at full size, in one run, and prints each number beside its target: evaluation in
// process, the portal beside a handler that returns the same bytes ready-made, OFREP beside one that does the same with
// encoding/json, the console's lists and a bulk change over 100,000 accounts, an audit log of a million rows, start-up and
// memory, how soon an open portal sees a change, and the matrix of tiers, in a browser too.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers"
)

// accounts is the size that everything is measured at; each has about five overrides.
const accounts = 100_000

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures the sections that are named, or all.
func run(ctx context.Context, chosen []string) (err error) {
	folder, err := os.MkdirTemp("", "flagstone-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	b := &bench{ctx: ctx, folder: folder, file: filepath.Join(folder, "flagstone.db")}
	for _, s := range b.sections() {
		if len(chosen) > 0 && s.name != "" && !slices.Contains(chosen, s.name) {
			continue
		}
		if err := s.run(); err != nil {
			return err
		}
	}
	return b.close()
}

// section is one part of a run; those without a name belong to every run.
type section struct {
	name string
	run  func() error
}

func (b *bench) sections() []section {
	return []section{
		{"", b.fill},
		{"process", b.startProcess},
		{"", b.openSite},
		{"evaluation", b.evaluation},
		{"together", b.together},
		{"effects", b.effects},
		{"lists", b.lists},
		{"audit", b.audit},
		{"portal", b.portal},
		{"ofrep", b.ofrep},
		{"delays", b.delays},
		{"bulk", b.bulk},
		{"tiers", b.tiers},
		{"keystrokes", b.keystrokes},
		{"million", b.million},
	}
}

// bench is one run: a database at full size, and a server over it in this process.
type bench struct {
	ctx    context.Context
	folder string
	file   string
	db     *db.DB
	site   *handlers.Server
	staff  *caller // an admin
	owner  *caller // a portal user of one account
	stop   context.CancelFunc
	done   chan struct{}
}

// row prints one measurement beside its target.
func row(what, measured, target string) {
	fmt.Printf("  %-62s %18s   %s\n", what, measured, target)
}

func title(text string) { fmt.Printf("\n%s\n", text) }

// fill makes the database.
func (b *bench) fill() error {
	title(fmt.Sprintf("Filling a database with %d accounts", accounts))
	begun := time.Now()
	d, err := db.Open(b.ctx, b.file)
	if err != nil {
		return err
	}
	if err := d.Migrate(); err != nil {
		return err
	}
	if err := d.CatchUp(b.ctx); err != nil {
		return err
	}
	if err := dbtest.Fill(b.ctx, d, accounts); err != nil {
		return err
	}
	overrides := 0
	for a := range d.Live().Accounts().All() {
		overrides += len(a.Overrides)
	}
	row(fmt.Sprintf("accounts and %d overrides, with their audit log", overrides), time.Since(begun).Round(time.Millisecond).String(), "")
	return d.Close()
}

// openSite serves the database from this process.
func (b *bench) openSite() error {
	var err error
	if b.db, err = db.Open(b.ctx, b.file); err != nil {
		return err
	}
	if err := b.db.CatchUp(b.ctx); err != nil {
		return err
	}
	b.site = handlers.New(handlers.Config{DB: b.db, Secret: []byte(secret), Log: slog.New(slog.DiscardHandler), Version: "bench"})
	ctx, stop := context.WithCancel(b.ctx)
	b.stop, b.done = stop, make(chan struct{})
	go func() {
		defer close(b.done)
		b.site.Run(ctx)
	}()
	account := b.db.Live().Accounts().Find("crm_100000")
	if b.staff, err = b.enter(features.UserDraft{Email: "admin@example.com", Name: "Admin", StaffRole: features.Admin}, nil); err != nil {
		return err
	}
	b.owner, err = b.enter(features.UserDraft{Email: "owner@example.com", Name: "Owner"}, []features.Membership{{AccountID: account.ID, Role: "owner"}})
	return err
}

// secret is that of every server that is measured.
const secret = "a-secret-of-32-bytes-for-measuring"

// sessionCookie is the header that brings a session along.
func sessionCookie(token string) string {
	return handlers.SessionCookie([]byte(secret), false) + "=" + token
}

// enter makes a user and signs them in.
func (b *bench) enter(draft features.UserDraft, memberships []features.Membership) (*caller, error) {
	id, err := b.db.CreateUser(b.ctx, dbtest.Actor(), draft, "", memberships)
	if err != nil {
		return nil, err
	}
	token, err := b.db.StartSession(b.ctx, db.SignIn{User: id})
	return &caller{cookie: sessionCookie(token)}, err
}

func (b *bench) close() error {
	b.stop()
	<-b.done
	return b.db.Close()
}

// percentile gives the value below which a share of the durations lies.
func percentile(durations []time.Duration, share float64) time.Duration {
	slices.Sort(durations)
	return durations[min(len(durations)-1, int(share*float64(len(durations))))]
}

func p50p95(durations []time.Duration) string {
	return fmt.Sprintf("%.1f / %.1f ms", ms(percentile(durations, .5)), ms(percentile(durations, .95)))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

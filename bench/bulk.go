package main

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// askEvery is how often a portal asks while a bulk change runs.
const askEvery = 5 * time.Millisecond

// bulk measures a change of all accounts, as the console does it, and how the portal answers meanwhile.
func (b *bench) bulk() error {
	title(fmt.Sprintf("A bulk change of all %d accounts", accounts))
	address, stop, err := listen(b.site)
	if err != nil {
		return err
	}
	defer stop()
	quiet, _ := b.answersDuring(address, func() error { time.Sleep(2 * time.Second); return nil })
	row("portal's answers before, p50 / p99", p50p99(quiet), "")

	change := features.Bulk{Action: features.DisableFeature, Feature: "feature_0", Selection: features.Selection{All: true}}
	begun := time.Now()
	answer := b.post("/admin/accounts/-/bulk/preview", url.Values{"action": {"disable"}, "feature": {"feature_0"}, "all": {"1"}})
	if answer.Code != http.StatusOK {
		return fmt.Errorf("the preview answers %d", answer.Code)
	}
	row("the dialog that says who changes", fmt.Sprintf("%.0f ms", ms(time.Since(begun))), "")
	plan, err := b.db.PlanBulk(change)
	if err != nil {
		return err
	}
	var revision int64
	var took time.Duration
	during, err := b.answersDuring(address, func() (err error) {
		begun := time.Now()
		_, revision, err = b.db.ApplyBulk(b.ctx, dbtest.Actor(), db.BulkChange{Bulk: change, Digest: plan.Digest, ChangeOptions: db.ChangeOptions{Reason: "measured"}})
		took = time.Since(begun)
		return err
	})
	if err != nil {
		return err
	}
	row(fmt.Sprintf("applied to %d accounts, until the live state has it", len(plan.Changed)), took.Round(time.Millisecond).String(), "3 s")
	row("portal's answers meanwhile, p50 / p99", p50p99(during), "p99 10 ms")

	begun = time.Now()
	if answer, _ := b.get(b.staff, fmt.Sprintf("/admin/audit/%d/undo", revision)); answer.Code != http.StatusOK {
		return fmt.Errorf("the question whether to undo answers %d", answer.Code)
	}
	row("the question whether to undo it, with its effect", fmt.Sprintf("%.0f ms", ms(time.Since(begun))), "")
	var undone time.Duration
	during, err = b.answersDuring(address, func() error {
		begun := time.Now()
		_, _, err := b.db.Undo(b.ctx, dbtest.Actor(), revision, "")
		undone = time.Since(begun)
		return err
	})
	if err != nil {
		return err
	}
	row("undone", undone.Round(time.Millisecond).String(), "5 s")
	row("portal's answers meanwhile, p50 / p99", p50p99(during), "p99 10 ms")
	return nil
}

// answersDuring has a portal ask steadily while something runs, and gives how long its answers took. Each is asked at
// its time, whether or not the one before has come, so that a pause counts for every request that fell into it.
func (b *bench) answersDuring(address string, work func() error) ([]time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var mu sync.Mutex
	var took []time.Duration
	var asking sync.WaitGroup
	finished := make(chan error, 1)
	go func() { finished <- work() }()
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-finished:
			asking.Wait()
			return took, err
		case <-ticker.C:
			asking.Go(func() {
				t, err := ask(client, address+"/api/me/features", b.owner)
				if err != nil {
					t = time.Minute // an answer that failed is worse than any that came
				}
				mu.Lock()
				defer mu.Unlock()
				took = append(took, t)
			})
		}
	}
}

func p50p99(durations []time.Duration) string {
	return fmt.Sprintf("%.1f / %.1f ms", ms(percentile(durations, .5)), ms(percentile(durations, .99)))
}

package features_test

import (
	"testing"
	"time"

	"flagstone/features"
)

func TestStale(t *testing.T) {
	t.Parallel()
	ago := func(days int) time.Time { return now().AddDate(0, 0, -days) }
	settings := features.Settings{Mode: features.ModeLive, StaleDays: 30}
	for name, c := range map[string]struct {
		created, asked, everyone time.Time
		change                   func(*features.Feature)
		want                     features.StaleReason
		since                    time.Time
	}{
		"young and never asked for":            {created: ago(29)},
		"old and never asked for":              {created: ago(30), want: features.Unasked, since: ago(30)},
		"asked for lately":                     {created: ago(400), asked: ago(29)},
		"asked for long ago":                   {created: ago(400), asked: ago(30), want: features.Unasked, since: ago(30)},
		"made anew since it was asked for":     {created: ago(3), asked: ago(90)},
		"on for everyone lately":               {created: ago(400), asked: ago(0), everyone: ago(29)},
		"on for everyone for long":             {created: ago(400), asked: ago(0), everyone: ago(31), want: features.ForAllLong, since: ago(31)},
		"neither asked for nor off for anyone": {created: ago(400), asked: ago(50), everyone: ago(90), want: features.Unasked, since: ago(50)},
		"meant to stay":                        {created: ago(400), everyone: ago(90), change: func(f *features.Feature) { f.Permanent = true }},
		"retired":                              {created: ago(400), everyone: ago(90), change: func(f *features.Feature) { f.Active = false }},
		"killed":                               {created: ago(400), change: func(f *features.Feature) { f.Enabled = false }, want: features.Unasked, since: ago(400)},
	} {
		f := feature(1, "knowledge_base")
		f.CreatedAt = c.created
		if c.change != nil {
			c.change(f)
		}
		why, since := settings.Stale(f, features.Use{AskedAt: c.asked, EveryoneSince: c.everyone}, now())
		if why != c.want || !since.Equal(c.since) {
			t.Errorf("%s: %v since %v, want %v since %v", name, why, since, c.want, c.since)
		}
	}
}

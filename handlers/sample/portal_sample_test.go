package sample

import (
	"testing"
	"time"
)

func TestSampleCalendar(t *testing.T) {
	t.Parallel()
	sunday := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	for offset := range 7 {
		now := sunday.AddDate(0, 0, offset)
		for day := time.Sunday; day <= time.Saturday; day++ {
			next := nextWeekday(now, day)
			if ahead := next.Sub(now).Hours() / 24; next.Weekday() != day || ahead < 1 || ahead > 7 {
				t.Errorf("the next %s after %s is %s", day, now.Format("Mon 2 Jan"), next.Format("Mon 2 Jan"))
			}
		}
	}
	shows := samplePortal("arizona-comedy").showsFrom(sunday)
	if got := shows[0].Day + " " + shows[0].Month + ", " + shows[0].When; got != "25 Nov, Wed 8:00 pm, Crescent Room" {
		t.Errorf("the next show is on %s", got)
	}
	if got := shows[4].Day + " " + shows[4].Month; got != "5 Dec" {
		t.Errorf("the last show is on %s", got)
	}
	friday := sunday.AddDate(0, 0, 5)
	if got := samplePortal("arizona-comedy").showsFrom(friday)[0].Name; got != "Family Improv Matinee" {
		t.Errorf("on a Friday the next show is %q", got)
	}
	if got := samplePortal("maple-garage").payoutsBefore(sunday)[0][0]; got != "17 November 2026" {
		t.Errorf("the latest payout was on %s", got)
	}
}

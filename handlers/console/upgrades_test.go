package console

import (
	"testing"
	"time"
)

func TestAgeWords(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]string{
		-time.Second: "just now", 59 * time.Second: "just now", time.Minute: "1 minute ago", 59 * time.Minute: "59 minutes ago",
		time.Hour: "1 hour ago", 24*time.Hour - time.Second: "23 hours ago", 24 * time.Hour: "1 day ago", 72 * time.Hour: "3 days ago",
	} {
		if got := ageWords(age); got != want {
			t.Errorf("%v is %q, want %q", age, got, want)
		}
	}
}

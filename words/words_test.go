package words_test

import (
	"testing"

	"flagstone/words"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1204000: "1,204,000", -5: "-5", -100: "-100", -100000: "-100,000"} {
		if got := words.Number(n); got != want {
			t.Errorf("%d is written %s, want %s", n, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 accounts", 1: "1 account", 2: "2 accounts", 1500: "1,500 accounts"} {
		if got := words.Count(n, "account"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

package words_test

import (
	"strings"
	"testing"

	"flagstone/words"
)

func TestWords(t *testing.T) {
	t.Parallel()
	abc := []string{"A", "B", "C"}
	for _, c := range []struct{ got, want string }{
		{words.Number(0), "0"},
		{words.Number(999), "999"},
		{words.Number(1000), "1,000"},
		{words.Number(int64(1204000)), "1,204,000"},
		{words.Number(-5), "-5"},
		{words.Number(-100), "-100"},
		{words.Number(-100000), "-100,000"},
		{words.Form(1, "is", "are"), "is"},
		{words.Form(0, "is", "are"), "are"},
		{words.Count(0, "account"), "0 accounts"},
		{words.Count(1, "account"), "1 account"},
		{words.Count(1500, "account"), "1,500 accounts"},
		{words.CountForms(2, "feature needs", "features need"), "2 features need"},
		{words.Capital(""), ""},
		{words.Capital("été"), "Été"},
		{words.Capital("A b"), "A b"},
		{words.List(nil), ""},
		{words.List(abc[:1]), "A"},
		{words.List(abc[:2]), "A and B"},
		{words.List(abc), "A, B and C"},
		{words.ListSome(abc, 3), "A, B, C"},
		{words.ListSome(abc[:2], 1002), "A, B and 1,000 more"},
		{words.Clip("été", 3), "été"},
		{words.Clip("étés", 3), "été…"},
		{words.Clipped(""), "none"},
		{words.Clipped("a"), "a"},
		{words.Clipped(strings.Repeat("é", 201)), strings.Repeat("é", 200) + "…"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

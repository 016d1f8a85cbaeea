package web

import (
	"net/http"
	"testing"
)

func TestETags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lines   []string
		matches string // of the tags "1", "2" and "a,b"
	}{
		{nil, "---"},
		{[]string{""}, "---"},
		{[]string{`"1"`}, "+--"},
		{[]string{`W/"1"`}, "+--"},
		{[]string{`"0", "1"`}, "+--"},
		{[]string{` "0" ,W/"2","a,b"`}, "-++"},
		{[]string{`"0"`, `"2"`}, "-+-"},
		{[]string{`"0",`, ``, `W/"1"`}, "+--"},
		{[]string{"*"}, "+++"},
		{[]string{`"0"`, "*"}, "+++"},
		{[]string{"1"}, "---"},
		{[]string{`"1`}, "---"},
		{[]string{`1"`}, "---"},
		{[]string{`nonsense, "1"`}, "---"},
		{[]string{`"1" x`, `"2"`}, "++-"},
	} {
		tags, got := ETagsOf(http.Header{"If-Match": c.lines}, "If-Match"), ""
		for _, tag := range []string{`"1"`, `"2"`, `"a,b"`} {
			got += map[bool]string{true: "+", false: "-"}[tags.match(tag)]
		}
		if got != c.matches {
			t.Errorf("%q matches %s, want %s", c.lines, got, c.matches)
		}
	}
}

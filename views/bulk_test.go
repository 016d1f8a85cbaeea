package views

import (
	"strconv"
	"strings"
	"testing"
)

// However small a part is, it can be seen, and the parts fill the bar without overlapping.
func TestEffectBarSharesItsWidth(t *testing.T) {
	t.Parallel()
	for _, counts := range [][]int{{1}, {182, 30, 2}, {100_000, 1}, {1, 1, 1, 1, 1}, {0, 7, 0, 3}, {999_999, 0, 1, 1}} {
		var m BulkEffectModel
		shown := 0
		for i, n := range counts {
			m.Rows = append(m.Rows, EffectRow{Kind: strconv.Itoa(i), Count: n, Text: "x"})
			if n > 0 {
				shown++
			}
		}
		parts := m.parts()
		if len(parts) != shown {
			t.Errorf("%v: %d parts, want %d", counts, len(parts), shown)
		}
		end := -effectGap
		for _, part := range parts {
			if part.X != end+effectGap || part.Width < effectSliver {
				t.Errorf("%v: a part at %d, %d wide, after one that ends at %d", counts, part.X, part.Width, end)
			}
			end = part.X + part.Width
		}
		if end > effectBar || end < effectBar-len(parts) {
			t.Errorf("%v: the parts end at %d of %d", counts, end, effectBar)
		}
	}
}

func TestEffectIsSaidInWordsToo(t *testing.T) {
	t.Parallel()
	m := BulkModel{Title: "Enable", Effect: &BulkEffectModel{Rows: []EffectRow{
		{Kind: "gain", Count: 1182, Text: "gain it", Note: "off now"}, {Kind: "refused", Count: 2, Text: "see no change now"},
	}}}
	page := render(t, BulkDialog(m))
	wantAttribute(t, page, "svg.effect-bar", "aria-label", "1,182 gain it, 2 see no change now")
	wantText(t, page, "li.gain", "1,182 gain it off now")
	if got := attribute(t, page, "li.refused use", "href"); !strings.HasSuffix(got, "#refuse") {
		t.Errorf("who sees no change is marked with %s", got)
	}
	wantNone(t, page, "footer [type=submit]")
	wantNone(t, page, "#bulk-names")
}

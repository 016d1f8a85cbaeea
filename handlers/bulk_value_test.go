package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/features"
)

func rowsOf(dialog *goquery.Document) string {
	return strings.Join(dialog.Find(".effect li").Map(func(_ int, li *goquery.Selection) string { return text(li) }), " | ")
}

func TestBulkSetsAValueAndWhatItNeeds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	editor := s.as("editor").viaHtmx()
	post := selecting("enable", "")
	post.Set("feature", "limits.max_flows")
	dialog := editor.post(bulkURL+"/preview", post).want(http.StatusOK).page()
	if got := dialog.Find("#bulk-value").AttrOr("value", ""); got != "10" {
		t.Errorf("the value begins with %q", got)
	}
	if got := rowsOf(dialog); got != "2 see no change now the override is kept, but what it needs is off, or what it conflicts with is stronger" {
		t.Errorf("without what it needs: %s", got)
	}
	post.Set("value_of", "limits.max_flows")
	for value, want := range map[string]string{"-1": "-1 is less than the minimum, 0", "many": "Enter a whole number", "": "A feature that is on needs a value"} {
		wrong := editor.post(bulkURL+"/preview", with(post, "value", value)).want(http.StatusOK).page()
		if got := text(wrong.Find("#bulk-value-error")); !strings.Contains(got, want) || wrong.Find("[type=submit]").Length() != 0 {
			t.Errorf("%q is refused as %q", value, got)
		}
		editor.post(bulkURL, with(post, "value", value)).want(http.StatusUnprocessableEntity)
	}
	post.Set("value", "50")
	post.Set("needs", "true")
	dialog = editor.post(bulkURL+"/preview", post).want(http.StatusOK).page()
	if got := rowsOf(dialog); got != "2 gain it off now, on by override after" {
		t.Errorf("with what it needs: %s", got)
	}
	if got := text(dialog.Find(".totals tbody tr")); got != "AI Agents200" {
		t.Errorf("of the others: %q", got)
	}
	apply := formOf(dialog.Find("#bulk-form"))
	answer := editor.post(bulkURL, apply).want(http.StatusOK).page()
	if got := toast(answer); got != "Max Flows 50 for 2 accounts" || s.value("maple-garage", "limits.max_flows") != "50" || !s.has("arizona-comedy", "ai_agents") {
		t.Errorf("the message is %q, the value %q", got, s.value("maple-garage", "limits.max_flows"))
	}
}

func TestBulkSaysWhoIsSkippedForALock(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.tier("ai_agents", features.Value{}, false)
	post := selecting("enable", "")
	post.Set("feature", "ai_agents")
	editor := s.as("editor").viaHtmx()
	dialog := editor.post(bulkURL+"/preview", post).want(http.StatusOK).page()
	if got := rowsOf(dialog); got != "1 gains it off now, on by override after | 1 is skipped their tier allows no override: Arizona Comedy" {
		t.Errorf("the rows are %s", got)
	}
	if got := text(dialog.Find(".names")); got != "Maple Garage" {
		t.Errorf("named are %q", got)
	}
}

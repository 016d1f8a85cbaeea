package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// variantForm is what the editor posts for rows of key, value and weight.
func (s *site) variantForm(rows ...[3]string) url.Values {
	s.t.Helper()
	form := url.Values{"version": {s.versionOfAgents()}}
	for _, row := range rows {
		form.Add("variant_key", row[0])
		form.Add("variant_on", row[1])
		form.Add("variant_weight", row[2])
	}
	return form
}

const variantsPath = "/admin/features/ai_agents/variants"

func TestVariants(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.defaultOn()
	editor := s.as("editor")
	form := s.variantForm([3]string{"control", "false", "100"}, [3]string{"blue", "true", "0"}, [3]string{"", "true", ""})
	preview := editor.viaHtmx().post("/admin/features/ai_agents/effect/variants", form).want(http.StatusOK).page()
	if got := text(preview.Find(".effect-sentence")); got != "2 accounts lose it." {
		t.Errorf("the preview says %q", got)
	}
	names := editor.viaHtmx().post("/admin/features/ai_agents/effect/variants/names?who=lose", form).want(http.StatusOK).page()
	if got := text(names.Find("li")); got != "Arizona ComedyMaple Garage" {
		t.Errorf("they are %q", got)
	}
	editor.post(variantsPath, form).want(http.StatusSeeOther)
	if got := s.feature("ai_agents").VariantKeys(); !slices.Equal(got, []string{"control", "blue"}) || s.has("maple-garage", "ai_agents") {
		t.Errorf("stored are %q", got)
	}
	page := s.as("viewer").get(variantsPath).want(http.StatusOK).page()
	if n := page.Find(".variant").Length(); n != 2 || page.Find("#variants-submit").Length() != 0 {
		t.Errorf("a viewer sees %d rows", n)
	}
	s.as("viewer").post(variantsPath, form).want(http.StatusForbidden)
	editor.post(variantsPath, s.variantForm([3]string{"", "true", ""})).want(http.StatusSeeOther)
	if got := s.feature("ai_agents").Variants; len(got) != 0 {
		t.Errorf("after all were taken away: %+v", got)
	}
}

func TestVariantsSayWhatIsWrongWhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, test := range []struct {
		rows        [][3]string
		beside, say string
	}{
		{[][3]string{{"a", "true", "99"}}, "#variants-sum", "The weights sum to 99: make them 100."},
		{[][3]string{{"a", "true", "50"}, {"b", "true", "half"}}, "#variant-2-weight-error", "Enter a number from 0 to 100"},
		{[][3]string{{"a", "true", "50"}, {"b", "true", ""}}, "#variant-2-weight-error", "Enter a number from 0 to 100"},
		{[][3]string{{"a", "true", "101"}}, "#variant-1-weight-error", "Enter a number from 0 to 100"},
		{[][3]string{{"A B", "true", "100"}}, "#variant-1-key-error", "Use lower-case letters"},
		{[][3]string{{"", "true", "100"}}, "#variant-1-key-error", "Use lower-case letters"},
		{[][3]string{{"", "true", ""}, {"a", "true", "50"}, {"a", "false", "50"}}, "#variant-2-key-error", "There is a variant a already."},
	} {
		page := s.as("editor").post(variantsPath, s.variantForm(test.rows...)).want(http.StatusUnprocessableEntity).page()
		if got := text(page.Find(test.beside)); !strings.Contains(got, test.say) {
			t.Errorf("%v: %s says %q, want %q", test.rows, test.beside, got, test.say)
		}
		preview := s.as("editor").viaHtmx().post("/admin/features/ai_agents/effect/variants", s.variantForm(test.rows...)).want(http.StatusOK).page()
		if got := text(preview.Find(".effect-sentence")); got != "This cannot be saved yet." {
			t.Errorf("%v: the preview says %q", test.rows, got)
		}
	}
	if got := s.feature("ai_agents").Variants; len(got) != 0 {
		t.Errorf("saved all the same: %+v", got)
	}
	s.as("editor").post("/admin/features/ai_agents/effect/variants", s.variantForm([3]string{"a", "true", "99"})).want(http.StatusOK).wantText("<html")
}

func TestVariantThatIsForcedStays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	editor.post(variantsPath, s.variantForm([3]string{"blue", "true", "50"}, [3]string{"red", "true", "50"})).want(http.StatusSeeOther)
	override := "/admin/accounts/arizona-comedy/features/ai_agents"
	dialog := editor.viaHtmx().get(override).want(http.StatusOK).page()
	if got := text(dialog.Find("#override-variant")); got != "By weightAlways blueAlways red" {
		t.Errorf("to choose from are %q", got)
	}
	form := formOf(dialog.Find("#override-form"))
	form.Set("enabled", "true")
	form.Set("variant", "green")
	wrong := editor.viaHtmx().post(override, form).want(http.StatusUnprocessableEntity).page()
	if got := text(wrong.Find("#override-variant-error")); !strings.Contains(got, "Choose one of the feature's variants") {
		t.Errorf("an unknown variant: %q", got)
	}
	form.Set("variant", "blue")
	editor.viaHtmx().post(override, form).want(http.StatusOK).wantText("Variant blue, forced")
	if got := editor.viaHtmx().get(override).page().Find("#override-variant option[selected]").AttrOr("value", ""); got != "blue" {
		t.Errorf("the editor shows the variant %q", got)
	}
	list := s.as("viewer").get("/admin/features/ai_agents/accounts").want(http.StatusOK).page()
	if got := text(list.Find("#overrides li")); !strings.Contains(got, "variant blue") {
		t.Errorf("the list of overrides says %q", got)
	}
	page := editor.post(variantsPath, s.variantForm([3]string{"red", "true", "100"})).want(http.StatusUnprocessableEntity).page()
	if got := text(page.Find("#variants-error")); got != "The overrides of 1 account force the variant blue: reset them first." {
		t.Errorf("the refusal says %q", got)
	}
	off := formOf(editor.viaHtmx().get(override).page().Find("#override-form"))
	off.Set("enabled", "")
	editor.viaHtmx().post(override, off).want(http.StatusOK)
	editor.post(variantsPath, s.variantForm([3]string{"red", "true", "100"})).want(http.StatusSeeOther)
}

func TestTwoPeopleEditVariants(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mine := s.variantForm([3]string{"red", "true", "100"})
	s.as("admin").post(variantsPath, s.variantForm([3]string{"blue", "true", "100"})).want(http.StatusSeeOther)
	page := s.as("editor").post(variantsPath, mine).want(http.StatusConflict).page()
	if theirs, my := text(page.Find(".diff del")), text(page.Find(".diff ins")); theirs != "blue 100% on" || my != "red 100% on" {
		t.Errorf("the versions are %q and %q", theirs, my)
	}
	s.as("editor").post(variantsPath, formOf(page.Find("#variants"))).want(http.StatusSeeOther)
	if got := s.feature("ai_agents").VariantKeys(); !slices.Equal(got, []string{"red"}) {
		t.Errorf("after \"Save my version\": %q", got)
	}
}

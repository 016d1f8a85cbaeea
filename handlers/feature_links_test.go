package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/features"
)

// limit adds a whole number from 0, 10 by default, that needs AI Agents.
func (s *site) limit() {
	s.t.Helper()
	least := int64(0)
	s.create(features.FeatureDraft{
		Key: "limits.max_flows", Name: "Max Flows", Category: "limits", Type: features.IntegerType, Constraints: features.Constraints{Min: &least},
		Default: features.Value{Enabled: true, Data: "10"}, Links: features.Links{DependsOn: []string{"ai_agents"}},
		Deprecation: features.Deprecation{Deprecated: true, DeprecationMessage: "Use quotas"}, HelpURL: "https://help.example.com/flows",
	})
}

func TestLinksOfAFeature(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	s.create(features.FeatureDraft{Key: "legacy", Name: "Legacy", Links: features.Links{ConflictsWith: []string{"ai_agents"}}})
	viewer := s.as("viewer")
	page := viewer.get("/admin/features/ai_agents/links").want(http.StatusOK).page()
	for selector, want := range map[string]string{
		"#needs .body":                        "It needs no other feature.",
		"#needed-by li div":                   "Max Flows Off for everyone",
		"#conflicts li div":                   "Legacy Off for everyone",
		"#in-tiers .body":                     "No tier lists it: every account has the default.",
		".tabs a:has(.count):contains(Links)": "Links 2",
	} {
		if got := text(page.Find(selector)); got != want {
			t.Errorf("%s says %q, want %q", selector, got, want)
		}
	}
	s.switchOn("arizona-comedy", "ai_agents", true)
	page = viewer.get("/admin/features/limits.max_flows/links").want(http.StatusOK).page()
	if got := text(page.Find("#needs li div")); got != "AI Agents Off for everyone but 1 of 2 accounts" {
		t.Errorf("it needs %q", got)
	}
	if got := text(page.Find(".sentence")); got != "On for 1 of 2 accounts, usually 10" {
		t.Errorf("the head says %q", got)
	}
}

func TestDeprecationIsSaidWhereverTheFeatureIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	viewer := s.as("viewer")
	for path, selector := range map[string]string{
		"/admin/features":                           "[data-row-feature='limits.max_flows'] th",
		"/admin/features/limits.max_flows":          ".page-title",
		"/admin/features/limits.max_flows/registry": ".banner",
		"/admin/features/ai_agents/links":           "#needed-by li",
		arizona:                                     "[data-row-feature='limits.max_flows'] .feature-name",
		"/admin/accounts?col=limits.max_flows":      "thead [data-feature='limits.max_flows']",
	} {
		got := text(viewer.get(path).want(http.StatusOK).page().Find(selector))
		if !strings.Contains(strings.ToLower(got), "deprecated") || !strings.Contains(got, "Use quotas") {
			t.Errorf("%s says %q", path, got)
		}
	}
}

func TestRegistrySaysTypeAndConstraints(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	least, most := int64(2), int64(8)
	s.create(features.FeatureDraft{Key: "region", Name: "Region", Type: features.StringType, Constraints: features.Constraints{Min: &least, Max: &most, Enum: []features.JSON{`"eu"`, `"us"`}}})
	s.create(features.FeatureDraft{
		Key: "retry", Name: "Retry", Type: features.JSONType, Constraints: features.Constraints{Schema: `{"type":"object"}`},
		Default: features.Value{Data: `{"retries":3}`}, Metadata: `{"team":"flows"}`,
	})
	for key, wants := range map[string][]string{
		"limits.max_flows": {"Type Whole number", "By default 10", "Values At least 0", `features["limits.max_flows"].value`},
		"region":           {"Type Text", "By default Off", "Values From 2 to 8 characters, one of eu, us"},
		"retry":            {"Type JSON object", `By default Off; usually {"retries":3} where it is on`, "Values What fits its JSON Schema", `"type": "object"`, `"team": "flows"`},
		"ai_agents":        {"Type Boolean", "By default Off", "Values On and off"},
	} {
		got := words(s.as("viewer").get("/admin/features/" + key + "/registry").want(http.StatusOK).page().Find("#registry"))
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("of %s nothing says %q: %s", key, want, got)
			}
		}
	}
}

func TestVariantsOfATypedFeature(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	editor := s.as("editor")
	values := formOf(editor.get("/admin/features/limits.max_flows/variants").want(http.StatusOK).page().Find("#variants"))
	fill := func(second string) url.Values {
		return url.Values{
			"version": values["version"], "variant_key": {"few", "many"}, "variant_on": {"true", "true"},
			"variant_value": {"5", second}, "variant_weight": {"50", "50"},
		}
	}
	for second, want := range map[string]string{"-1": "-1 is less than the minimum, 0", "lots": "Enter a whole number", "": "A feature that is on needs a value of the type integer"} {
		page := editor.post("/admin/features/limits.max_flows/variants", fill(second)).want(http.StatusUnprocessableEntity).page()
		if got := text(page.Find("#variant-2-value-error")); !strings.Contains(got, want) {
			t.Errorf("%q is refused as %q", second, got)
		}
		if got := page.Find("#variant-2-value").AttrOr("value", ""); got != second {
			t.Errorf("%q is now %q", second, got)
		}
	}
	editor.post("/admin/features/limits.max_flows/variants", fill("500")).want(http.StatusSeeOther)
	if got := s.feature("limits.max_flows").Variants[1].Value; got != (features.Value{Enabled: true, Data: "500"}) {
		t.Errorf("saved %+v", got)
	}
	s.switchOn("arizona-comedy", "ai_agents", true)
	answer := words(s.as("viewer").get("/admin/features/limits.max_flows/tester?account=arizona-comedy").want(http.StatusOK).page().Find("#result"))
	if !strings.Contains(answer, "Value 5") {
		t.Errorf("the tester answers %s", answer)
	}
}

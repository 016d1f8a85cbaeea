package registry_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/registry"
)

// problemsOf reads a file that must be refused, and gives its problems as a person sees them.
func problemsOf(t *testing.T, text string) []string {
	t.Helper()
	_, err := registry.ReadYAML([]byte(text))
	var problems features.Problems
	if !errors.As(err, &problems) {
		t.Errorf("%q is read: %v", text, err)
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.Error()
	}
	return lines
}

// one gives a file with one feature and further lines of it.
func one(lines string) string { return "features:\n  - key: a\n    name: A\n" + lines }

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"an empty file":                 {"", "line 1, column 1: The file is empty."},
		"only a comment":                {"# nothing\n", "line 1, column 1: The file is empty."},
		"a text":                        {"hello", "line 1, column 1: a registry must be a mapping with the keys features, tiers, models, components, accounts, overrides."},
		"a list":                        {"- a\n", "line 1, column 1: a registry must be a mapping"},
		"bytes":                         {"features:\n  - key: \xff\n", "line 2, column 10: This is no UTF-8 text."},
		"a zero":                        {"features: \x00\n", "line 1, column 11: This is no UTF-8 text."},
		"no YAML":                       {"features:\n  - {key: a\n", "line 2, column 5: This is no YAML: could not find flow mapping end token '}'."},
		"a tab":                         {"features:\n\t- key: a\n", "line 2, column 1: This is no YAML: found character"},
		"two documents":                 {"features: []\n---\ntiers: []\n", "line 3, column 1: The file holds two documents."},
		"an unknown list":               {"features: []\nplugins: []\n", `line 2, column 1: There is no key "plugins" in a registry. The keys are features, tiers, models, components, accounts, overrides.`},
		"features as a mapping":         {"features:\n  a: b\n", "line 2, column 3: features must be a list."},
		"a feature as text":             {"features:\n  - a\n", "line 2, column 5: a feature must be a mapping with the keys key, name,"},
		"an unknown key":                {one("    colour: blue\n"), `line 4, column 5: There is no key "colour" in a feature. The keys are key, name, category,`},
		"a long unknown key":            {strings.Repeat("x", 1000) + ": a\n", `line 1, column 1: There is no key "` + strings.Repeat("x", 60) + `…" in a registry.`},
		"a key twice":                   {one("    name: B\n"), "line 4, column 5: name is listed twice. Remove one."},
		"a key and its other":           {one("    help: B\n    description: C\n"), "line 5, column 5: description is listed twice."},
		"no name":                       {"features:\n  - key: a\n", "line 2, column 5: Enter a name."},
		"no key":                        {"features:\n  - name: a\n", "line 2, column 5: Enter a key for the feature"},
		"a bad key":                     {"features:\n  - key: Bad Key\n    name: A\n", "line 2, column 10: Use lower-case letters, digits, dots and underscores"},
		"a name that is a list":         {"features:\n  - key: a\n    name: [A]\n", "line 3, column 11: name must be text. Put it in quotation marks."},
		"a name that is true":           {"features:\n  - key: a\n    name: true\n", "line 3, column 11: name must be text."},
		"a switch that is text":         {one("    enabled: yes\n"), "line 4, column 14: enabled must be true or false."},
		"an unknown type":               {one("    type: colour\n"), "line 4, column 11: Choose boolean, integer, string or json."},
		"a bad later feature":           {"features:\n  - key: B b\n    name: A\n    type: json\n", "line 2, column 10: Use lower-case letters"},
		"a default without words":       {one("    default: true\n"), "line 4, column 14: default must be a mapping with the keys enabled, value."},
		"a value":                       {one("    default: {enabled: true, value: 3}\n"), "line 4, column 37: A boolean feature is only on or off."},
		"a large percentage":            {one("    percentage: 101\n"), "line 4, column 17: percentage must be a number from 0 to 100"},
		"a negative percentage":         {one("    percentage: -1\n"), "line 4, column 17: percentage must be a number"},
		"a fine percentage":             {one("    percentage: 1.234\n"), "line 4, column 17: percentage must be a number"},
		"a percentage in words":         {one("    rollout_percentage: ten\n"), "line 4, column 25: percentage must be a number"},
		"a strategy":                    {one("    strategy: everyone\n"), "line 4, column 15: Choose all, percentage, whitelist or role."},
		"a subject":                     {one("    rollout_by: tier\n"), "line 4, column 17: Choose account or user."},
		"a target that is a list":       {one("    target_config: [a]\n"), "line 4, column 20: target_config must be a mapping with the keys account_ids, user_ids, postal_codes, roles."},
		"a target that is text":         {one("    target: everyone\n"), "line 4, column 13: target_config must be a mapping"},
		"an unknown target":             {one("    target_config:\n      cities: [a]\n"), `line 5, column 7: There is no key "cities" in target_config.`},
		"ids that are no list":          {one("    target_config: {account_ids: a}\n"), "line 4, column 34: account_ids must be a list."},
		"ids that are lists":            {one("    target_config: {account_ids: [a, [b]]}\n"), "line 4, column 38: account_ids must be a list of texts."},
		"ids under two names":           {one("    target_config: {account_ids: [a], workshop_ids: [b]}\n"), "line 4, column 39: workshop_ids is listed twice."},
		"a role's shape":                {one("    strategy: role\n    roles: [Shop Admin]\n"), `line 5, column 12: "Shop Admin" is not a valid role: use lower-case letters`},
		"no role":                       {one("    strategy: role\n"), "line 2, column 5: Enter at least one role, such as workshop_admin."},
		"roles twice":                   {one("    roles: [a]\n    target_config: {roles: [b]}\n"), "line 4, column 12: roles stands twice: here and in target_config."},
		"weights of 99":                 {one("    variants:\n      - {key: a, weight: 50}\n      - {key: b, weight: 49}\n"), "line 5, column 7: The weights sum to 99: make them 100."},
		"a weight in words":             {one("    variants: [{key: a, weight: half}]\n"), "line 4, column 33: weight must be a number"},
		"a variant's key":               {one("    variants: [{key: A b, weight: 100}]\n"), "line 4, column 22: Use lower-case letters, digits, hyphens"},
		"a variant as text":             {one("    variants: [a]\n"), "line 4, column 16: a variant must be a mapping with the keys key, enabled, value, weight."},
		"variants as text":              {one("    variants: a\n"), "line 4, column 15: variants must be a list."},
		"an order":                      {one("    display_order: 1.5\n"), "line 4, column 20: display_order must be a whole number"},
		"a large order":                 {one("    display_order: 1000001\n"), "line 4, column 20: display_order must be a whole number"},
		"an address":                    {one("    help_url: example.com\n"), "line 4, column 15: Enter a full address"},
		"a long help":                   {one("    help: " + strings.Repeat("x", 1001) + "\n"), "line 4, column 11: Use at most 1,000 characters."},
		"a feature twice":               {one("") + "  - key: a\n    name: B\n", "line 4, column 10: The key a is also on line 2 too."},
		"a name in the portal":          {"features:\n  - {key: a.b, name: A}\n  - {key: a_b, name: B}\n", "line 3, column 11: In the portal this key would have the same name as a.b (aBEnabled). Choose another key."},
		"a tier's key":                  {"tiers:\n  - {key: A B, name: A}\n", "line 2, column 11: Enter a key of lower-case letters"},
		"a tier as text":                {"tiers: [pro]\n", "line 1, column 9: a tier must be a mapping with the keys key, name, description, order, features."},
		"a tier twice":                  {"tiers:\n  - {key: a, name: A}\n  - {key: a, name: B}\n", "line 3, column 11: The tier a is also on line 2 too."},
		"an account's slug":             {"accounts:\n  - {slug: A B, name: A}\n", "line 2, column 12: Use lower-case letters, digits and single hyphens"},
		"an account's status":           {"accounts:\n  - {name: A, status: gone}\n", "line 2, column 23: Choose active or suspended."},
		"an account as text":            {"accounts: [a]\n", "line 1, column 12: an account must be a mapping"},
		"an override of nothing":        {"overrides:\n  - {account: a, enabled: true}\n", "line 2, column 5: Name the feature by its key."},
		"an override for nobody":        {"overrides:\n  - {feature: a, enabled: true}\n", "line 2, column 5: Name the account by its targeting key."},
		"an override that says nothing": {"overrides:\n  - {account: a, feature: b}\n", "line 2, column 5: Say enabled: true or enabled: false."},
		"an expiry":                     {"overrides:\n  - {account: a, feature: b, enabled: true, expires_at: tomorrow}\n", "line 2, column 57: expires_at must be a time such as 2030-01-31T18:00:00Z."},
		"an override as text":           {"overrides: [a]\n", "line 1, column 13: an override must be a mapping"},
		"an override twice":             {"overrides:\n  - {account: a, feature: b, enabled: true}\n  - {account: a, feature: b, enabled: false}\n", "line 3, column 5: The override of b for a is also on line 2 too."},
		"an anchor":                     {"features: &x []\ntiers: *x\n", "line 1, column 11: Anchors and aliases (&, *, <<) are not read. Write it out."},
		"an alias":                      {"features: *x\n", "line 1, column 11: Anchors and aliases"},
		"a merge":                       {"features:\n  - <<: {a: b}\n", "line 2, column 5: Anchors and aliases"},
		"a tag":                         {"features: !!seq []\n", "line 1, column 11: !!seq is not read here."},
		"a complex key":                 {"? [a]\n: b\n", "line 1, column 1: ? is not read here."},
		"a deep list":                   {"features: " + strings.Repeat("[", 100000), "line 1, column 48: Lists and mappings stand too deep"},
		"a deep mapping":                {strings.Repeat("{a: ", 100000), "line 1, column 153: Lists and mappings stand too deep"},
		"a deep block":                  {strings.Repeat("- ", 100000), "line 1, column 77: Lists and mappings stand too deep"},
		"a large file":                  {strings.Repeat("#", registry.MaxFile+1), "line 1, column 1: The file is larger than 32 MB."},
	} {
		problems := problemsOf(t, c.text)
		if len(problems) != 1 || !strings.HasPrefix(problems[0], c.want) {
			t.Errorf("%s: %q, want one problem %q", name, problems, c.want)
		}
	}
}

// TestDocumentedExample reads the file that the documentation shows.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../docs/registry-file.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(document), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	file, err := registry.ReadYAML([]byte(example))
	if err != nil || len(file.Features) != 3 || len(file.Tiers) != 2 || len(file.Accounts) != 1 || len(file.Overrides) != 1 {
		t.Errorf("the example is %+v, %v", file, err)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	problems := problemsOf(t, `features:
  - key: Bad
    name: A
    percentage: 101
  - key: b
    colour: blue
tiers:
  - key: pro
accounts:
  - name: [x]
`)
	want := []string{"line 2, column 10", "line 4, column 17", "line 5, column 5", "line 6, column 5", "line 8, column 5", "line 10, column 11"}
	for i, problem := range problems {
		at, _, _ := strings.Cut(problem, ":")
		if i >= len(want) {
			t.Errorf("too many: %s", problem)
		} else if !strings.Contains(strings.Join(want, "\n"), at) {
			t.Errorf("at %s: %s", at, problem)
		}
	}
	if len(problems) != len(want) {
		t.Errorf("%d problems: %q", len(problems), problems)
	}
}

func TestReadsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	file, err := registry.ReadYAML([]byte("\ufeff" + `# by hand
features:
  - key: ai_agents
    name: 'AI Agents'
    description: >
      helps
      along
    enabled:
    rollout_percentage: 12.50
    strategy: percentage
    target:
      workshop_ids: [12, 007, "a b"]
      postal_codes: [m5v 2t6, 00501]
      user_ids: [Dana@Example.com]
    roles: [owner]
    variants: [{key: 1, weight: 33.33}, {key: b, value: false, weight: 66.67}]
accounts:
  - name: Arizona Comedy
    external_id: 4711
` + "overrides:\r\n  - {account: 4711, feature: ai_agents, enabled: true, expires_at: 2030-01-31T18:00:00+01:00}\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := file.Features[0]
	want := features.Rollout{
		Strategy: features.ToPercentage, Percentage: 1250, By: features.ByAccount,
		Target: features.Target{AccountIDs: []string{"007", "12", "a b"}, UserIDs: []string{"dana@example.com"}, PostalCodes: []string{"00501", "M5V2T6"}, Roles: []string{"owner"}},
	}
	same(t, "the rollout", want, f.Draft.Rollout)
	same(t, "the variants", []features.Variant{
		{Key: "1", Value: features.Value{Enabled: true}, Weight: 3333}, {Key: "b", Weight: 6667},
	}, f.Draft.Variants)
	if f.Draft.Description != "helps along" || !f.Enabled || !f.Active || f.Ordered || file.HasTiers || f.At != (registry.Place{Line: 3, Column: 10}) {
		t.Errorf("the feature is %+v", f)
	}
	if a := file.Accounts[0]; a.Draft.Slug != "arizona-comedy" || a.Draft.ExternalID != "4711" || a.Status != features.Active {
		t.Errorf("the account is %+v", a)
	}
	if o := file.Overrides[0]; o.Account != "4711" || o.ExpiresAt.Hour() != 17 {
		t.Errorf("the override is %+v", o)
	}
}

package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// registryCommand runs "features" with something on standard input, and gives what it prints and the exit status.
func registryCommand(t *testing.T, database, stdin string, args ...string) (printed string, status int) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), append([]string{"features", "--db", database}, args...), strings.NewReader(stdin), &out, &out)
	if err != nil {
		status = report(&out, err)
	}
	return out.String(), status
}

func emptyDatabase(t *testing.T) string {
	t.Helper()
	database := filepath.Join(t.TempDir(), "flagstone.db")
	if _, err := flagstone(t, "migrate", "up", "--db", database); err != nil {
		t.Fatal(err)
	}
	return database
}

func TestFeaturesCommand(t *testing.T) {
	t.Parallel()
	database := emptyDatabase(t)
	const file = "features:\n  - {key: beta, name: Beta}\n  - {key: limits.max_flows, name: Flows, type: integer, default: {enabled: true, value: 10}}\ntiers: [{key: pro, name: Pro}]\n"
	const changed = "features: [{key: beta, name: Beta, default: {enabled: true}}]\n"
	for _, step := range []struct {
		stdin  string
		args   string
		status int
		want   string // in what is printed
	}{
		{"", "catalogues", 0, "workshops        Six features"},
		{file, "diff -", 1, "Features\n  + beta\n  + limits.max_flows\nTiers\n  + pro\nPlan: 2 features created; 1 tier created.\n"},
		{file, "import -", 1, "there is no terminal to confirm on"},
		{file, "import - --dry-run", 0, "Plan: 2 features created; 1 tier created.\n"},
		{file, "import - --yes --reason spring", 0, "Imported - (revision 1).\n"},
		{file, "import - --yes", 0, "Nothing would change.\n"},
		{file, "diff -", 0, "Nothing would change.\n"},
		{changed, "import - --yes", 0, "  ~ beta\n      default: off -> on\n"},
		{"", "export", 0, "  - key: beta\n    name: Beta\n    display_order: 1\n    default: {enabled: true}\n"},
		{changed, "diff - --prune", 1, "  - limits.max_flows (deleted)\n"},
		{"features: []", "diff - --prune", 1, "  - beta (deleted)\n"},
		{"", "import --catalogue workshops --yes", 0, "Imported the catalogue workshops (revision 3).\n"},
		{"", "import --catalogue workshops --yes", 0, "Nothing would change.\n"},
		{"", "import --catalogue nonsense", 1, "There is no catalogue"},
		{"", "import", 1, "name a file, or a starter catalogue with --catalogue"},
		{"", "diff a.yaml --catalogue workshops", 2, "name a file, or a starter catalogue with --catalogue"},
		{"", "diff no-such.yaml", 2, "cannot read the file"},
		{"features:\n  - key: beta\n    colour: blue\n", "diff -", 2, "line 3, column 5: There is no key \"colour\""},
		{"features:\n  - key: beta\n    colour: blue\n", "import - --yes", 1, "nothing was imported: fix 2 errors in the file first"},
		{"features: [{key: be.ta, name: B}, {key: beta_, name: C}]", "import - --yes", 1, "line 1, column 41: In the portal this key would have the same name as beta"},
	} {
		printed, status := registryCommand(t, database, step.stdin, strings.Fields(step.args)...)
		if status != step.status || !strings.Contains(printed, step.want) {
			t.Errorf("features %s: status %d, prints\n%s\nwant status %d and %q", step.args, status, printed, step.status, step.want)
		}
	}
}

func TestFeaturesExportAndImportElsewhere(t *testing.T) {
	t.Parallel()
	database, other := emptyDatabase(t), emptyDatabase(t)
	registryCommand(t, database, "", "import", "--catalogue", "producer-portal", "--yes")
	if _, _, err := imports(t, database, "-", "name,external_id\nBlue Note,crm_1\nGood One,\nThird,\nFourth,\n"); err != nil {
		t.Fatal(err)
	}
	const overrides = "overrides:\n  - {account: crm_1, feature: ai_agents, enabled: true, reason: beta}\n"
	printed, status := registryCommand(t, database, overrides, "import", "-", "--yes")
	if status != 0 || !strings.Contains(printed, "they are not imported unless you include them") {
		t.Errorf("without --accounts: status %d, %s", status, printed)
	}
	printed, status = registryCommand(t, database, overrides, "import", "-", "--yes", "--accounts")
	if status != 0 || !strings.Contains(printed, "Overrides\n  + crm_1 ai_agents\nEffect\n    ai_agents: 1 account gains it (Blue Note)\n") {
		t.Errorf("with --accounts: status %d, %s", status, printed)
	}
	file := filepath.Join(t.TempDir(), "registry.yaml")
	if printed, status = registryCommand(t, database, "", "export", file, "--accounts"); status != 0 || printed != "Wrote 3 features to "+file+".\n" {
		t.Errorf("exporting: status %d, %s", status, printed)
	}
	printed, status = registryCommand(t, other, "", "import", file, "--accounts", "--prune", "--yes")
	if status != 0 || !strings.Contains(printed, "Plan: 3 features created; 4 accounts created; 1 override created.") {
		t.Errorf("importing elsewhere: status %d, %s", status, printed)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := registryCommand(t, other, "", "export", "--accounts"); again != string(text) {
		t.Errorf("exported elsewhere it is\n%s\nnot\n%s", again, text)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		want   string
	}{
		{errors.New("broken"), 1, "flagstone: broken\n"},
		{errDiffers, 1, ""},
		{&exit{status: 2, err: errors.New("broken")}, 2, "flagstone: broken\n"},
	} {
		var out bytes.Buffer
		if status := report(&out, c.err); status != c.status || out.String() != c.want {
			t.Errorf("%v: status %d, prints %q", c.err, status, out.String())
		}
	}
}

// An effect on nobody but people who cannot be counted is printed too.
func TestFeaturesDiffNamesWhoCannotBeCounted(t *testing.T) {
	t.Parallel()
	database := emptyDatabase(t)
	pricing := func(role string) string {
		return "features:\n  - {key: pricing, name: Pricing, default: {enabled: true}, strategy: role, target_config: {roles: [" + role + "]}}\n"
	}
	if printed, status := registryCommand(t, database, pricing("owner"), "import", "-", "--yes"); status != 0 {
		t.Fatal(printed)
	}
	printed, _ := registryCommand(t, database, pricing("clerk"), "diff", "-")
	if !strings.Contains(printed, "Effect\n    pricing: users who cannot be counted may see a change\n") {
		t.Errorf("printed is\n%s", printed)
	}
}

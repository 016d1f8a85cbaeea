package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"flagstone/db"
	"flagstone/features"
	"flagstone/registry"
	"flagstone/words"
)

type featuresCommand struct {
	Export     featuresExportCommand     `cmd:"" help:"Write the registry as a YAML file."`
	Import     featuresImportCommand     `cmd:"" help:"Import a YAML file into the registry; shows the changes first."`
	Diff       featuresDiffCommand       `cmd:"" help:"Show what an import would change."`
	Catalogues featuresCataloguesCommand `cmd:"" help:"List the starter catalogues that ship with Flagstone."`
}

type featuresExportCommand struct {
	File     string `arg:"" optional:"" default:"-" help:"The file to write, or - for standard output (the default)."`
	Accounts bool   `help:"With accounts and overrides."`
}

// Help says what an export is good for.
func (featuresExportCommand) Help() string {
	return "The same registry always produces the same bytes, so that a file under version control shows what has changed."
}

// Run writes the registry.
func (c *featuresExportCommand) Run(t *terminal) error {
	return t.withDB(func(d *db.DB) error {
		file, err := d.ExportRegistry(t.ctx, c.Accounts)
		if err != nil {
			return err
		}
		text := registry.WriteYAML(file)
		if c.File == "-" {
			_, err := t.stdout.Write(text)
			return err
		}
		if err := os.WriteFile(c.File, text, 0o600); err != nil {
			return fmt.Errorf("cannot write the file: %w", err)
		}
		t.printf("Wrote %s to %s.\n", words.Count(len(file.Features), "feature"), c.File)
		return nil
	})
}

// registrySource is where a registry comes from, and how much of it counts.
type registrySource struct {
	File      string `arg:"" optional:"" help:"The file, or - for standard input."`
	Catalogue string `placeholder:"NAME" help:"A starter catalogue instead of a file: adds what is not there yet."`
	Accounts  bool   `help:"Accounts and overrides of the file too."`
	Prune     bool   `help:"Delete features, tiers, models and components that the file does not name; retire those in use."`
}

// read gives the import that is asked for, and its name. What is wrong in the file is printed with line and column.
func (s *registrySource) read(t *terminal) (name string, i registry.Import, err error) {
	if (s.File == "") == (s.Catalogue == "") {
		return "", i, errors.New("name a file, or a starter catalogue with --catalogue")
	}
	if s.Catalogue != "" {
		i.OnlyNew = true
		i.File, err = registry.LoadStarter(s.Catalogue)
		return "the catalogue " + s.Catalogue, i, err
	}
	text, err := t.readFile(s.File)
	if err != nil {
		return "", i, err
	}
	i.Accounts, i.Prune = s.Accounts, s.Prune
	i.File, err = registry.ReadYAML(text)
	return s.File, i, t.complain(err)
}

// plan works an import out and prints it.
func (s *registrySource) plan(t *terminal, d *db.DB) (*registry.ImportPlan, db.RegistryChange, error) {
	var change db.RegistryChange
	var err error
	if change.Name, change.Import, err = s.read(t); err != nil {
		return nil, change, err
	}
	plan, err := d.PlanRegistry(t.ctx, change.Import)
	if err != nil {
		return nil, change, t.complain(err)
	}
	change.Digest = plan.Digest
	printPlan(t.stdout, plan)
	return plan, change, nil
}

type featuresDiffCommand struct {
	registrySource `embed:""`
}

// Help says what the exit status means.
func (featuresDiffCommand) Help() string {
	return "Exits with status 0 if the import would change nothing, 1 if it would change something, 2 on an error."
}

// errDiffers ends diff with status 1, in silence.
var errDiffers = &exit{status: 1}

// Run shows the plan.
func (c *featuresDiffCommand) Run(t *terminal) error {
	err := t.withDB(func(d *db.DB) error {
		plan, _, err := c.plan(t, d)
		if err == nil && plan.Changes() > 0 {
			return errDiffers
		}
		return err
	})
	if err != nil && !errors.Is(err, errDiffers) {
		return &exit{status: 2, err: err}
	}
	return err
}

type featuresImportCommand struct {
	registrySource `embed:""`
	Yes            bool   `help:"Apply without asking."`
	DryRun         bool   `help:"Only show what would change."`
	Reason         string `placeholder:"TEXT" help:"Kept in the audit log."`
}

// Help says how it asks.
func (featuresImportCommand) Help() string {
	return "Shows what would be created, changed and removed, and who gains or loses what, then asks. Without a terminal to ask " +
		"on, it needs --yes. All of it is one change in the audit log. Importing the same file again changes nothing."
}

// Run shows the plan, asks, and applies it.
func (c *featuresImportCommand) Run(t *terminal) error {
	return t.withDB(func(d *db.DB) error {
		plan, change, err := c.plan(t, d)
		if err != nil || plan.Changes() == 0 || c.DryRun {
			return err
		}
		if !c.Yes {
			agreed, err := t.agrees("Apply this? [y/N] ")
			if err != nil {
				return err
			}
			if !agreed {
				t.printf("Nothing was changed.\n")
				return nil
			}
		}
		change.Reason = c.Reason
		_, revision, err := d.ImportRegistry(t.ctx, t.actor(), change)
		if err != nil {
			return err
		}
		t.printf("Imported %s (revision %d).\n", change.Name, revision)
		return nil
	})
}

type featuresCataloguesCommand struct{}

// Run lists the starter catalogues.
func (featuresCataloguesCommand) Run(t *terminal) error {
	table := tabwriter.NewWriter(t.stdout, 0, 0, 2, ' ', 0)
	for _, c := range registry.Starters() {
		_, _ = fmt.Fprintf(table, "%s\t%s\n", c.Name, c.About)
	}
	return table.Flush()
}

func (t *terminal) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(t.stdin)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the file: %w", err)
	}
	return data, nil
}

// problemsShown is how many problems of a file are printed.
const problemsShown = 20

// complain prints the first problems of a file, one to a line, and gives one error that sums them up; any other stays.
func (t *terminal) complain(err error) error {
	var problems features.Problems
	if !errors.As(err, &problems) {
		return err
	}
	for _, problem := range problems[:min(len(problems), problemsShown)] {
		_, _ = fmt.Fprintln(t.stderr, problem.Error())
	}
	if more := len(problems) - problemsShown; more > 0 {
		_, _ = fmt.Fprintf(t.stderr, "and %s more\n", words.Number(more))
	}
	return fmt.Errorf("nothing was imported: fix %s in the file first", words.Count(len(problems), "error"))
}

// agrees asks a question on the terminal.
func (t *terminal) agrees(question string) (bool, error) {
	file, ok := t.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return false, errors.New("there is no terminal to confirm on: check the plan, then run the command again with --yes")
	}
	_, _ = fmt.Fprint(t.stderr, question)
	line, err := bufio.NewReader(file).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes", nil
}

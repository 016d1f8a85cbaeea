package cli

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"flagstone/db"
	"flagstone/features"
	"flagstone/registry"
)

type demoCommand struct {
	serveOptions `embed:""`
}

// Help says what the demo does beyond serving.
func (demoCommand) Help() string {
	return "Fills an empty database with the starter catalogues, four tiers, sample accounts and users, prints the sign-ins, and serves. " +
		"Serves a database that it filled before; refuses any other that is not empty."
}

// Run fills the database when it is empty, prints the sign-ins and serves.
func (c *demoCommand) Run(t *terminal) error { return c.serve(t, c.fill) }

func (c *demoCommand) fill(t *terminal, d *db.DB) error {
	if err := d.CatchUp(t.ctx); err != nil {
		return err
	}
	state, err := d.DemoState(t.ctx)
	if err != nil {
		return err
	}
	switch state {
	case db.DemoForeign:
		return fmt.Errorf("%s is not empty and was not filled by the demo: name another file with --db", t.db)
	case db.DemoInterrupted:
		return fmt.Errorf("filling %s was interrupted: delete the file and start again", t.db)
	case db.DemoEmpty:
		if err := fillDemo(t.ctx, d); err != nil {
			return err
		}
	}
	c.announce(t, strings.TrimSuffix(demoSignIns(), "\n"))
	return nil
}

const demoPassword = "flagstone-demo"

// demoPeople are the users of the demo: staff, and one portal user for each of three accounts.
var demoPeople = []struct {
	email, name   string
	staff         features.StaffRole
	account, role string
}{
	{"admin@example.com", "Dana Whitfield", features.Admin, "", ""},
	{"editor@example.com", "Priya Raman", features.Editor, "", ""},
	{"viewer@example.com", "Marcus Bell", features.Viewer, "", ""},
	{"owner@arizona-comedy.example", "June Okafor", "", "arizona-comedy", "owner"},
	{"mechanic@maple-garage.example", "Tomas Lind", "", "maple-garage", "mechanic"},
	{"builder@northwind-ai.example", "Rae Abara", "", "northwind-ai", "owner"},
}

func demoSignIns() string {
	var text strings.Builder
	text.WriteString("Sign in with password " + demoPassword + ":\n")
	for _, p := range demoPeople {
		where := "console, " + string(p.staff)
		if p.staff == features.NoStaff {
			where = "portal of " + p.account + ", " + p.role
		}
		fmt.Fprintf(&text, "  %-32s %s\n", p.email, where)
	}
	return text.String()
}

// fillDemo fills an empty database.
func fillDemo(ctx context.Context, d *db.DB) error {
	by := features.System()
	if err := d.MarkDemo(ctx, false); err != nil {
		return err
	}
	for _, step := range []func(context.Context, *db.DB, features.Actor) error{
		fillCatalogue, fillAccounts, fillPeople, fillOverrides,
	} {
		if err := step(ctx, d, by); err != nil {
			return fmt.Errorf("fill the demo: %w", err)
		}
	}
	return d.MarkDemo(ctx, true)
}

func fillCatalogue(ctx context.Context, d *db.DB, by features.Actor) error {
	for _, c := range registry.Starters() {
		file, err := registry.LoadStarter(c.Name)
		if err != nil {
			return err
		}
		if err := loadFile(ctx, d, by, file, "the catalogue "+c.Name); err != nil {
			return err
		}
	}
	file, err := registry.ReadYAML(demoEntries)
	if err != nil {
		return err
	}
	return loadFile(ctx, d, by, file, "the demo's models and components")
}

// demoEntries is the models and components of the demo.
//
//go:embed demo.yaml
var demoEntries []byte

// loadFile adds what a registry file names and there is not yet.
func loadFile(ctx context.Context, d *db.DB, by features.Actor, file registry.File, name string) error {
	change := db.RegistryChange{Import: registry.Import{File: file, OnlyNew: true}, Name: name}
	plan, err := d.PlanRegistry(ctx, change.Import)
	if err != nil {
		return err
	}
	change.Digest = plan.Digest
	_, _, err = d.ImportRegistry(ctx, by, change)
	return err
}

func fillAccounts(ctx context.Context, d *db.DB, by features.Actor) error {
	_, err := d.ImportAccounts(ctx, by, registry.ImportOf(demoAccounts()))
	return err
}

// demoAccounts are the three accounts that have users, and enough others to search, filter and page through.
func demoAccounts() []features.AccountDraft {
	accounts := []features.AccountDraft{
		{Name: "Arizona Comedy", ContactEmail: "office@arizona-comedy.example", PostalCode: "85004", Tier: "pro"},
		{Name: "Maple Garage", ContactEmail: "desk@maple-garage.example", PostalCode: "M5V 2T6", Tier: "starter"},
		{Name: "Northwind AI", ExternalID: "crm_88213", ContactEmail: "ops@northwind-ai.example", PostalCode: "98101", Tier: "free"},
	}
	places := []string{
		"Blue Ridge", "Boise", "Cedar Street", "Cobalt", "Desert Moon", "Eastgate", "Fjord", "Granite State", "Harbor Lights",
		"Ironwood", "Juniper", "Kestrel", "Lakeshore", "Mesa", "Nimbus", "Oakline", "Prairie", "Quarry Hill", "Redwood", "Silver Lake",
	}
	kinds := []string{
		"Improv", "Ballet", "Auto", "Robotics", "Theatre", "Motors", "Analytics", "Playhouse", "Symphony", "Garage", "Labs", "Repertory",
	}
	tiers := []string{"free", "free", "starter", "pro", "pro", "enterprise", ""}
	for i, place := range places {
		for j, kind := range kinds {
			name := place + " " + kind
			accounts = append(accounts, features.AccountDraft{
				Name: name, ContactEmail: "office@" + features.Slugify(name) + ".example",
				PostalCode: fmt.Sprintf("%05d", 10001+997*i+61*j), Tier: tiers[(i+3*j)%len(tiers)],
			})
		}
	}
	return accounts
}

func fillPeople(ctx context.Context, d *db.DB, by features.Actor) error {
	for _, p := range demoPeople {
		var memberships []features.Membership
		if p.account != "" {
			account, err := d.Live().Accounts().BySlug(p.account)
			if err != nil {
				return err
			}
			memberships = []features.Membership{{AccountID: account.ID, Role: p.role}}
		}
		draft := features.UserDraft{Email: p.email, Name: p.name, StaffRole: p.staff}
		if _, err := d.CreateUser(ctx, by, draft, demoPassword, memberships); err != nil {
			return err
		}
	}
	return nil
}

// fillOverrides gives some accounts a feature, each by one of the staff and for a reason.
func fillOverrides(ctx context.Context, d *db.DB, _ features.Actor) error {
	for _, o := range []struct{ email, account, feature, reason string }{
		{"admin@example.com", "arizona-comedy", "ai_agents", "beta tester"},
		{"editor@example.com", "cedar-street-auto", "ai_agents", "asked for it at the spring meeting"},
		{"admin@example.com", "granite-state-playhouse", "additional_services", "in the renewal"},
		{"editor@example.com", "harbor-lights-theatre", "knowledge_base", "pilot of the help centre"},
		{"editor@example.com", "kestrel-labs", "knowledge_base", "pilot of the help centre"},
	} {
		user, err := d.UserByEmail(ctx, o.email)
		if err != nil {
			return err
		}
		account, err := d.Live().Accounts().BySlug(o.account)
		if err != nil {
			return err
		}
		by := features.Actor{Kind: features.ByUser, UserID: user.ID, Name: user.Name}
		_, err = d.SetOverride(ctx, by, db.OverrideChange{
			Account: account.ID, Feature: o.feature, Value: features.Value{Enabled: true}, ChangeOptions: db.ChangeOptions{Reason: o.reason},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

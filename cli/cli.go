// Package cli is the command line: one file per command, and the wiring of the server in serve.go.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"syscall"

	"github.com/alecthomas/kong"

	"flagstone/db"
	"flagstone/features"
)

// Run carries out the command line that the program was started with, until a signal ends it, and returns the status that
// the program ends with.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	unsetEmptyVariables()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, args, stdin, stdout, stderr); err != nil {
		return report(stderr, err)
	}
	return 0
}

// exit is an error that ends the program with a status of its own; without an error of its own, in silence.
type exit struct {
	status int
	err    error
}

func (e *exit) Error() string { return fmt.Sprint(e.err) }

func (e *exit) Unwrap() error { return e.err }

// report prints why the program ends, and gives its status.
func report(w io.Writer, err error) (status int) {
	ended := &exit{status: 1, err: err}
	errors.As(err, &ended)
	if ended.err != nil {
		_, _ = fmt.Fprintln(w, "flagstone:", err)
	}
	return ended.status
}

// commandLine is every command and the options they share. Each option is a flag and an environment variable.
type commandLine struct {
	DB string `name:"db" env:"FLAGSTONE_DB" default:"flagstone.db" placeholder:"FILE" help:"The database file."`

	Accounts accountsCommand `cmd:"" help:"Work on many accounts at once."`
	Serve    serveCommand    `cmd:"" default:"withargs" help:"Serve the console, the portal API and the sample portal (the default)."`
	Demo     demoCommand     `cmd:"" help:"Fill an empty database with samples, print the sign-ins, and serve."`
	Evaluate evaluateCommand `cmd:"" help:"Print what one feature is for one account."`
	Features featuresCommand `cmd:"" help:"Export, import and compare the registry as a YAML file."`
	Key      keyCommand      `cmd:"" help:"Create, list and revoke the API keys that programs call with."`
	Kill     killCommand     `cmd:"" help:"Switch features off everywhere at once."`
	Mode     modeCommand     `cmd:"" help:"Set the master switch for every evaluation, or print it."`
	Types    typesCommand    `cmd:"" help:"Print the registry as TypeScript declarations."`
	User     userCommand     `cmd:"" help:"Add users, set passwords, list them."`
	Backup   backupCommand   `cmd:"" help:"Write a copy of the database, while the server runs or without it."`
	Restore  restoreCommand  `cmd:"" help:"Put a backup in the place of the database, while no server runs."`
	Migrate  migrateCommand  `cmd:"" help:"Change or print the schema of the database."`
	Health   healthCommand   `cmd:"" help:"Ask a running server whether it is ready."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
	Man      manCommand      `cmd:"" hidden:"" help:"Print the manual page."`

	PrintVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

// terminal is what a command reads and writes, and the options that all of them share.
type terminal struct {
	ctx            context.Context
	db             string
	stdin          io.Reader
	stdout, stderr io.Writer
	log            *slog.Logger // of a server; nil for other commands
}

// run parses a command line and carries the command out.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if err := checkCharacters(args, os.Environ()); err != nil {
		return err
	}
	var line commandLine
	exited := false
	parser, err := kong.New(&line, kong.Name("flagstone"), kong.Vars{"version": "flagstone " + version()}, kong.Writers(stdout, stderr),
		kong.Description("Decides which features each customer account has."),
		kong.Exit(func(int) { exited = true }), kong.UsageOnError())
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if exited { // --help has been printed
		return nil
	}
	if err != nil {
		return err
	}
	return command.Run(&terminal{ctx: ctx, db: line.DB, stdin: stdin, stdout: stdout, stderr: stderr})
}

// open opens the database with its newest schema. The caller closes it.
func (t *terminal) open() (*db.DB, error) {
	d, err := db.Open(t.ctx, t.db)
	if err != nil {
		return nil, err
	}
	d.Copied = t.tellCopied
	if err := d.Migrate(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// tellCopied names the copy that was made before the schema changed.
func (t *terminal) tellCopied(path string) {
	if t.log != nil {
		t.log.Info("copied the database before its schema changes", "file", path)
		return
	}
	_, _ = fmt.Fprintf(t.stderr, "Copied the database to %s before its schema changes.\n", path)
}

// openExisting opens a database that must be there already, with the newest schema: what only looks or changes something
// does not bring it up by the way.
func (t *terminal) openExisting() (*db.DB, error) {
	d, err := t.openAsItIs()
	if err != nil {
		return nil, err
	}
	if err := d.CheckSchema(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// openAsItIs opens a database that must be there already, whatever its schema.
func (t *terminal) openAsItIs() (*db.DB, error) {
	if err := t.exists(); err != nil {
		return nil, err
	}
	return db.Open(t.ctx, t.db)
}

// openToServe opens a database for a server, and keeps commands that need it to themselves away. It returns what closes it.
func (t *terminal) openToServe() (d *db.DB, closeAll func() error, err error) {
	release, err := db.Share(t.db)
	if err != nil {
		return nil, nil, err
	}
	if d, err = t.open(); err != nil {
		release()
		return nil, nil, err
	}
	return d, func() error {
		defer release()
		return d.Close()
	}, nil
}

// exists refuses where there is no database.
func (t *terminal) exists() error {
	if _, err := os.Stat(t.db); err != nil {
		return fmt.Errorf("there is no database at %s: name it with --db, or create one with flagstone serve", t.db)
	}
	return nil
}

// withDB does something with the database, which must be there already, its state caught up.
func (t *terminal) withDB(do func(*db.DB) error) (err error) {
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.CatchUp(t.ctx); err != nil {
		return err
	}
	return do(d)
}

// actor is who a command acts for: the user of the operating system.
func (t *terminal) actor() features.Actor {
	name := "unknown"
	if who, err := user.Current(); err == nil {
		name = who.Username
	}
	return features.Actor{Kind: features.ByCLI, Name: name + " (command line)"}
}

func (t *terminal) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(t.stdout, format, args...)
}

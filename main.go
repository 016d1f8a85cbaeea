// Flagstone decides which features each customer account has: a console for staff, flags for their portals, and one
// SQLite file, in one binary.
package main

import (
	"os"

	"flagstone/cli"
)

func main() { os.Exit(cli.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

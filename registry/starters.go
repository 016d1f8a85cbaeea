// Package registry is the registry as a file: read from YAML and CSV and written to them, planned against a state before it
// is imported, and the starter catalogues that ship with Flagstone.
package registry

import (
	"embed"
	"fmt"
	"strings"

	"flagstone/features"
)

//go:embed starters/*.yaml
var files embed.FS

// Starter is a starter catalogue.
type Starter struct {
	Name  string // such as "workshops"
	Title string
	About string
}

// Starters lists the starter catalogues.
func Starters() []Starter {
	return []Starter{
		{"producer-portal", "Producer portal", "Three features of a ticketing portal, off until an account is given them."},
		{"workshops", "Workshops", "Six features of a marketplace that adds workshops. All start with the kill switch off."},
		{"tenant-platform", "Tenant platform", "Models, components, tools and limits of an AI-flow platform, in four tiers."},
	}
}

// LoadStarter returns a starter catalogue by its name.
func LoadStarter(name string) (File, error) {
	for _, c := range Starters() {
		if c.Name == name {
			text, err := files.ReadFile("starters/" + name + ".yaml")
			if err != nil {
				return File{}, err
			}
			return ReadYAML(text)
		}
	}
	return File{}, &features.Error{
		Kind: features.NotFound, Message: fmt.Sprintf("There is no catalogue %q. There are %s.", name, strings.Join(starterNames(), ", ")),
	}
}

func starterNames() (names []string) {
	for _, c := range Starters() {
		names = append(names, c.Name)
	}
	return names
}

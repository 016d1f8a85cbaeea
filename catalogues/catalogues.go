// Package catalogues reads and writes the registry as a YAML file, and holds the starter catalogues that ship with
// Flagstone: files of the same format.
package catalogues

import (
	"embed"
	"fmt"
	"strings"

	"flagstone/features"
)

//go:embed *.yaml
var files embed.FS

// Catalogue is a starter catalogue.
type Catalogue struct {
	Name  string // such as "workshops"
	Title string
	About string
}

// Shipped lists the starter catalogues.
func Shipped() []Catalogue {
	return []Catalogue{
		{"producer-portal", "Producer portal", "Three features of a ticketing portal, off until an account is given them."},
		{"workshops", "Workshops", "Six features of a marketplace that adds workshops. All start with the kill switch off."},
		{"tenant-platform", "Tenant platform", "Models, components, tools and limits of an AI-flow platform, in four tiers."},
	}
}

// Load gives a starter catalogue by its name.
func Load(name string) (features.RegistryFile, error) {
	for _, c := range Shipped() {
		if c.Name == name {
			text, err := files.ReadFile(name + ".yaml")
			if err != nil {
				return features.RegistryFile{}, err
			}
			return Read(text)
		}
	}
	return features.RegistryFile{}, &features.Error{
		Kind: features.NotFound, Message: fmt.Sprintf("There is no catalogue %q. There are %s.", name, strings.Join(names(), ", ")),
	}
}

func names() (names []string) {
	for _, c := range Shipped() {
		names = append(names, c.Name)
	}
	return names
}

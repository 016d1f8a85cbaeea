// Package catalogues holds the starter catalogues: registries of features that Flagstone ships with.
package catalogues

import (
	"embed"
	"fmt"

	"github.com/goccy/go-yaml"

	"flagstone/features"
)

//go:embed *.yaml
var files embed.FS

// document is a catalogue as its file is written.
type document struct {
	Features []struct {
		Key         string `yaml:"key"`
		Name        string `yaml:"name"`
		Category    string `yaml:"category"`
		Subcategory string `yaml:"subcategory"`
		Help        string `yaml:"help"`
		Icon        string `yaml:"icon"`
		Enabled     bool   `yaml:"enabled"`  // the kill switch
		Strategy    string `yaml:"strategy"` // only "all", the release to everyone
		Default     struct {
			Enabled bool `yaml:"enabled"`
		} `yaml:"default"`
	} `yaml:"features"`
}

// Load gives the features of a catalogue, such as "producer-portal", in the order of its file.
func Load(name string) ([]features.CatalogueEntry, error) {
	text, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no catalogue named %s", name)
	}
	var d document
	if err := yaml.UnmarshalWithOptions(text, &d, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", name, err)
	}
	entries := make([]features.CatalogueEntry, len(d.Features))
	for i, f := range d.Features {
		if f.Strategy != "all" {
			return nil, fmt.Errorf("catalogue %s: feature %s: strategy %q is not known", name, f.Key, f.Strategy)
		}
		entries[i] = features.CatalogueEntry{
			Draft: features.FeatureDraft{
				Key: f.Key, Name: f.Name, Category: f.Category, Subcategory: f.Subcategory, Description: f.Help, Icon: f.Icon,
				DisplayOrder: i + 1, Default: features.Value{Enabled: f.Default.Enabled},
			},
			Enabled: f.Enabled,
		}
	}
	return entries, nil
}

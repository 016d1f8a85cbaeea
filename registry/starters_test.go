package registry_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/registry"
)

func TestShippedCatalogues(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ boolean, typed int }{
		"producer-portal": {3, 0}, "workshops": {6, 0}, "tenant-platform": {46, 4},
	} {
		file, err := registry.LoadStarter(name)
		if err != nil {
			t.Fatal(err)
		}
		boolean := 0
		for _, f := range file.Features {
			if f.Draft.Type == features.BooleanType {
				boolean++
			}
		}
		if boolean != want.boolean || len(file.Features)-boolean != want.typed {
			t.Errorf("%s has %d features and %d of another type", name, boolean, len(file.Features)-boolean)
		}
	}
}

func TestEveryFileIsShipped(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("starters")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name, yaml := strings.CutSuffix(entry.Name(), ".yaml"); yaml && !slices.ContainsFunc(registry.Starters(), func(s registry.Starter) bool { return s.Name == name }) {
			t.Errorf("%s is not among the catalogues", entry.Name())
		}
	}
}

func TestWorkshops(t *testing.T) {
	t.Parallel()
	file, err := registry.LoadStarter("workshops")
	if err != nil {
		t.Fatal(err)
	}
	panel := file.Features[3]
	if panel.Draft.Key != "workshop_admin_panel" || panel.Enabled || !panel.Draft.Default.Enabled || panel.Draft.Rollout.Strategy != features.ToRole ||
		!slices.Equal(panel.Draft.Rollout.Target.Roles, []string{"admin", "workshop_admin"}) {
		t.Errorf("the fourth feature is %+v", panel)
	}
	if routing := file.Features[0].Draft.Rollout; routing.By != features.ByPerson || routing.Strategy != features.ToAll {
		t.Errorf("the first is released to %+v", routing)
	}
}

func TestUnknownCatalogue(t *testing.T) {
	t.Parallel()
	_, err := registry.LoadStarter("nonsense")
	if features.KindOf(err) != features.NotFound || !strings.Contains(err.Error(), "workshops") {
		t.Errorf("an unknown catalogue gives %v", err)
	}
}

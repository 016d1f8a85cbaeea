package catalogues

import (
	"testing"

	"flagstone/features"
)

func TestProducerPortal(t *testing.T) {
	t.Parallel()
	entries, err := Load("producer-portal")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Fatalf("%d features, want 3", len(entries))
	}
	for i, key := range []string{"knowledge_base", "ai_agents", "additional_services"} {
		e := entries[i]
		if e.Draft.Key != key || !e.Enabled || e.Draft.Default != (features.Value{}) || e.Draft.DisplayOrder != i+1 {
			t.Errorf("feature %d: %+v", i, e)
		}
		if err := e.Draft.Validate(); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestUnknownCatalogue(t *testing.T) {
	t.Parallel()
	if _, err := Load("nonsense"); err == nil {
		t.Error("an unknown catalogue loads")
	}
}

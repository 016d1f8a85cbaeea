package db_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestFeatureUseIsKept(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	if _, err := d.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: "ai_agents", Name: "AI Agents"}); err != nil {
		t.Fatal(err)
	}
	id := d.Live().Catalogue().Features()[0].ID
	monday := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	tuesday := monday.AddDate(0, 0, 1)
	revision := d.Live().Revision()
	for _, step := range []struct {
		name       string
		keep, want features.Use
	}{
		{"asked for", features.Use{AskedAt: monday}, features.Use{AskedAt: monday}},
		{"on for everyone", features.Use{EveryoneSince: tuesday}, features.Use{AskedAt: monday, EveryoneSince: tuesday}},
		{"asked for earlier", features.Use{AskedAt: monday.Add(-1), EveryoneSince: tuesday}, features.Use{AskedAt: monday, EveryoneSince: tuesday}},
		{"asked for later, off for someone", features.Use{AskedAt: tuesday}, features.Use{AskedAt: tuesday}},
	} {
		if err := d.KeepFeatureUse(t.Context(), map[int64]features.Use{id: step.keep, id + 100: step.keep}); err != nil {
			t.Fatal(err)
		}
		uses, err := d.FeatureUse(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[int64]features.Use{id: step.want}, uses); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
	if d.Live().Revision() != revision {
		t.Error("keeping it is a change set")
	}
	if _, err := d.DeleteFeature(t.Context(), dbtest.Actor(), "ai_agents", ""); err != nil {
		t.Fatal(err)
	}
	if uses, err := d.FeatureUse(t.Context()); err != nil || len(uses) != 0 {
		t.Errorf("of a feature that is gone, there is %v, %v", uses, err)
	}
}

package db_test

import (
	"maps"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestSetMode(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	if s.Live().Catalogue().Settings != (features.Settings{Mode: features.ModeLive, StaleDays: 30}) {
		t.Errorf("at first the settings are %+v", s.Live().Catalogue().Settings)
	}
	revision, err := s.SetMode(t.Context(), dbtest.Actor(), features.ModeOpen, "trouble with overrides")
	if err != nil || s.Live().Catalogue().Settings.Mode != features.ModeOpen || !s.has(t, s.accounts[0], "ai_agents") {
		t.Fatalf("opening gives %d, %v and %+v", revision, err, s.Live().Catalogue().Settings)
	}
	row := s.rows(t, revision)[0]
	if row.Entity != "setting" || row.EntityName != "mode" || !maps.Equal(fields(t, row.Old), map[string]any{"value": "live"}) ||
		!maps.Equal(fields(t, row.New), map[string]any{"value": "open"}) {
		t.Errorf("the row is %+v from %s to %s", row, row.Old, row.New)
	}
	if s.Live().Catalogue().Revision != revision {
		t.Error("the catalogue has another revision: portals would not look again")
	}
	if err := s.keepsAll(t, "open already", func() error { _, err := s.SetMode(t.Context(), dbtest.Actor(), features.ModeOpen, ""); return err }); err != nil {
		t.Error(err)
	}
	s.refuses(t, "no mode", features.Error{Kind: features.Invalid, Field: "mode", Message: "Choose live, defaults or open."}, func() error {
		_, err := s.SetMode(t.Context(), dbtest.Actor(), "closed", "")
		return err
	})
}

func TestSetStaleDays(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	revision, err := s.SetStaleDays(t.Context(), dbtest.Actor(), 90)
	if err != nil || revision == 0 || s.Live().Catalogue().Settings.StaleDays != 90 {
		t.Fatalf("setting it gives %d, %v and %+v", revision, err, s.Live().Catalogue().Settings)
	}
	s.refuses(t, "no days", features.Error{Kind: features.Invalid, Field: "stale_after_days", Message: "Enter a whole number of days from 1 to 3,650."}, func() error {
		_, err := s.SetStaleDays(t.Context(), dbtest.Actor(), 0)
		return err
	})
}

package db_test

import (
	"maps"
	"slices"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestCreateTier(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	id, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "gold", Name: `"Gold"`, Description: "The best", Position: -1})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, tier := range s.Live().Catalogue().Tiers() {
		keys = append(keys, tier.Key)
	}
	if !slices.Equal(keys, []string{"gold", "free", "pro"}) {
		t.Errorf("the tiers are %v", keys)
	}
	row := s.rows(t, s.Live().Catalogue().Revision)[0]
	if want := map[string]any{"key": "gold", "name": `"Gold"`, "description": "The best", "position": -1.0}; !maps.Equal(fields(t, row.New), want) || row.Entity != "tier" || row.AccountID != 0 {
		t.Errorf("the row is %+v, tier %d", row, id)
	}
	s.refuses(t, "a key that is taken", features.Error{Kind: features.Invalid, Field: "key", Message: "The key gold is taken."}, func() error {
		_, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "gold", Name: "Other"})
		return err
	})
}

package db_test

import (
	"fmt"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestAHeavyValueIsRefusedWithoutTheLock(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	branches := strings.TrimSuffix(strings.Repeat(`{"required":["b"]},`, 2_000), ",")
	draft := features.FeatureDraft{
		Key: "heavy", Name: "Heavy", Type: features.JSONType,
		Constraints: features.Constraints{Schema: features.JSON(`{"properties":{"a":{"items":{"anyOf":[` + branches + `]}}}}`)},
	}
	if _, err := s.CreateFeature(t.Context(), dbtest.Actor(), draft); err != nil {
		t.Fatal(err)
	}
	other, err := dbtest.Handle(t, s.DB).BeginTx(t.Context(), nil) // as another program that writes just now
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback() }()
	if _, err := other.Exec(`UPDATE accounts SET name = name`); err != nil {
		t.Fatal(err)
	}
	heavy := features.JSON(`{"a":[` + strings.Repeat(`{},`, 20_000) + `{}]}`)
	change := db.OverrideChange{Account: s.accounts[0], Feature: "heavy", Value: features.Value{Enabled: true, Data: heavy}}
	if _, err := s.SetOverride(t.Context(), dbtest.Actor(), change); !strings.Contains(fmt.Sprint(err), "takes too long") {
		t.Errorf("a heavy value: %v", err)
	}
}

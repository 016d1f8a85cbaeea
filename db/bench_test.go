package db_test

import (
	"fmt"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/registry"
)

// BenchmarkImport reads, plans and imports a file of 10,000 accounts.
func BenchmarkImport(b *testing.B) {
	var file strings.Builder
	file.WriteString("name,external_id,contact_email\n")
	for i := range 10_000 {
		fmt.Fprintf(&file, "Account %d,crm_%d,office@account-%d.example\n", i, i, i)
	}
	for b.Loop() {
		b.StopTimer()
		d := dbtest.Open(b)
		b.StartTimer()
		if _, err := d.ImportAccounts(b.Context(), dbtest.Actor(), registry.ReadAccounts([]byte(file.String()))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSwitch is one click on a switch among 10,000 accounts, until it is served.
func BenchmarkSwitch(b *testing.B) {
	d := dbtest.Open(b)
	if err := dbtest.Fill(b.Context(), d, 10_000); err != nil {
		b.Fatal(err)
	}
	f, err := d.Live().Catalogue().Feature("feature_1")
	if err != nil {
		b.Fatal(err)
	}
	cells, err := d.Cells(b.Context(), []int64{77}, []int64{f.ID})
	if err != nil {
		b.Fatal(err)
	}
	click := db.OverrideChange{Account: 77, Feature: "feature_1", Version: cells[db.CellKey{Account: 77, Feature: f.ID}].Version}
	for b.Loop() {
		click.Value.Enabled = !click.Value.Enabled
		click.Reason = fmt.Sprint(click.Value.Enabled)
		if click.Version, err = d.SetOverride(b.Context(), dbtest.Actor(), click); err != nil || click.Version == 0 {
			b.Fatal(click.Version, err)
		}
	}
}

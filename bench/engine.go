package main

import (
	"fmt"
	"testing"
	"time"

	"flagstone/features"
)

// evaluation measures one evaluation in process, as every surface does it.
func (b *bench) evaluation() error {
	title("Evaluation in process")
	catalogue := b.db.Live().Catalogue()
	account := b.db.Live().Accounts().Find("crm_100000")
	who := &features.Context{Account: account}
	at := time.Now()
	for _, f := range catalogue.Features()[:3] {
		on := false
		result := testing.Benchmark(func(t *testing.B) {
			t.ReportAllocs()
			for t.Loop() {
				on = catalogue.Evaluate(f, who, at).Value.Enabled != on
			}
		})
		perSecond := 1e9 / float64(result.NsPerOp())
		row(fmt.Sprintf("%s for one account of %d overrides", f.Key, len(account.Overrides)),
			fmt.Sprintf("%d ns, %d allocs", result.NsPerOp(), result.AllocsPerOp()), fmt.Sprintf("under 200 ns, 0 allocs (%.0f million/s)", perSecond/1e6))
	}
	return nil
}

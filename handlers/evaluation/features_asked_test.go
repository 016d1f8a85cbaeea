package evaluation

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

func TestAskingAllocatesNothing(t *testing.T) { // alone, for others would be counted
	d := dbtest.Open(t)
	for key, name := range map[string]string{"ai_agents": "AI Agents", "knowledge_base": "Knowledge Base"} {
		if _, err := d.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: key, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	s := New(web.NewBase(web.Config{DB: d, Secret: make([]byte, 32), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}))
	whole := s.names()
	some, err := whole.narrow([]string{"ai_agents", "knowledge_base"})
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range []*flagNames{whole, some} {
		if n := testing.AllocsPerRun(100, func() { names.ask(time.Now()) }); n != 0 {
			t.Errorf("it allocates %v times", n)
		}
	}
}

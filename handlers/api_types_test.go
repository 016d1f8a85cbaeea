package handlers

import (
	"net/http"
	"strings"
	"testing"

	"flagstone/features"
)

func TestTypeDeclarations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	viewer := s.as("viewer")
	answer := viewer.get("/api/types.d.ts").want(http.StatusOK).wantText("  | \"knowledge_base\"\n").wantText("  knowledgeBaseEnabled: boolean;\n")
	if got := answer.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	again := viewer.with("If-None-Match", answer.Header.Get("ETag"))
	again.get("/api/types.d.ts").want(http.StatusNotModified)
	s.addReleased("colours", features.Rollout{}, true)
	if changed := again.get("/api/types.d.ts").want(http.StatusOK); !strings.Contains(changed.body, "coloursEnabled: boolean;") {
		t.Errorf("a new feature is not declared: %s", changed.body)
	}
	s.as("owner").get("/api/types.d.ts").want(http.StatusForbidden)
}

package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

var (
	exportedType = regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`)
	metricName   = regexp.MustCompile(`\b(?:flagstone|go|process)_[a-z_]+\b`)
)

// exported returns the metrics of a server that has answered a request, and the type of each.
func exported(t *testing.T) map[string]string {
	t.Helper()
	address, _ := start(t, "serve", "--db", testFile(t))
	if status, _ := get(t, address+"/healthz"); status != http.StatusOK {
		t.Fatalf("it answers %d", status)
	}
	_, body := get(t, address+"/metrics")
	types := make(map[string]string)
	for _, found := range exportedType.FindAllStringSubmatch(body, -1) {
		types[found[1]] = found[2]
	}
	if len(types) < 20 {
		t.Fatalf("there are only the metrics %v", types)
	}
	return types
}

// queries returns what the alerts and the dashboard ask Prometheus, by where they ask it.
func queries(t *testing.T) map[string]string {
	t.Helper()
	var alerts struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal(readFile(t, "../deploy/prometheus/alerts.yml"), &alerts); err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Definition string }
		}
	}
	if err := json.Unmarshal(readFile(t, "../deploy/grafana/flagstone.json"), &dashboard); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, group := range alerts.Groups {
		for _, rule := range group.Rules {
			all["the alert "+rule.Alert] = rule.Expr
		}
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			all["the panel "+panel.Title] += target.Expr + "\n"
		}
	}
	for _, variable := range dashboard.Templating.List {
		if variable.Definition != "" {
			all["the variable "+variable.Name] = variable.Definition
		}
	}
	return all
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestQueriesAskForWhatThereIs: every metric that an alert or the dashboard asks for is one of a real server.
func TestQueriesAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	types, all := exported(t), queries(t)
	if len(all) < 30 {
		t.Errorf("only %d queries were found", len(all))
	}
	for where, query := range all {
		names := metricName.FindAllString(query, -1)
		if len(names) == 0 && !strings.Contains(query, "up{") {
			t.Errorf("%s asks for no metric: %s", where, query)
		}
		for _, name := range names {
			base := name
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				if whole, cut := strings.CutSuffix(name, suffix); cut && (types[whole] == "histogram" || types[whole] == "summary") {
					base = whole
				}
			}
			if types[base] == "" {
				t.Errorf("%s asks for %s, which is not exported", where, name)
			}
		}
	}
}

// TestMetricsAreDocumented: the guide lists every metric of ours, and no other.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	guide := string(readFile(t, "../docs/monitoring.md"))
	listed := make(map[string]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `(flagstone_[a-z_]+)[{`][^|]*\\| ([a-z]+) \\|").FindAllStringSubmatch(guide, -1) {
		listed[row[1]] = row[2]
	}
	types := exported(t)
	for name, kind := range types {
		if strings.HasPrefix(name, "flagstone_") && listed[name] != kind {
			t.Errorf("the %s %s is listed as %q", kind, name, listed[name])
		}
	}
	for name := range listed {
		if types[name] == "" {
			t.Errorf("%s is listed and not exported", name)
		}
	}
}

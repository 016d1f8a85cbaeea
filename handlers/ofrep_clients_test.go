package handlers

import (
	"encoding/json"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"

	"flagstone/db/dbtest"
	"flagstone/features"
)

// clientCase is what a program asks an OpenFeature client for, and what it gets.
type clientCase struct {
	Key     string         `json:"key"`
	Default any            `json:"default"`
	Context map[string]any `json:"context"`

	value   any
	reason  string
	variant string
	code    string // of the error, "" for none
	node    string // where Node's client has another, "" where it has the same
}

// clientCases are every type on and off, and everything that can go wrong. What is off and not boolean has no value: Go's
// client then says that it is disabled, Node's that something is wrong. Both give the program its own default.
func clientCases() []clientCase {
	arizona := map[string]any{"targetingKey": "arizona-comedy"}
	owner := map[string]any{"targetingKey": "arizona-comedy", "role": "owner", "userId": "dana", "postalCode": "M5V", "seats": 7, "tags": []any{"a"}}
	none := map[string]any{"n": 1.0}
	return []clientCase{
		{Key: "knowledge_base", Default: false, Context: arizona, value: true, reason: "TARGETING_MATCH", variant: "on"},
		{Key: "ai_agents", Default: true, Context: arizona, value: false, reason: "STATIC", variant: "off"},
		{Key: "killed", Default: true, Context: arizona, value: false, reason: "STATIC", variant: "off"},
		{Key: "owners", Default: false, Context: owner, value: true, reason: "STATIC", variant: "on"},
		{Key: "owners", Default: true, Context: arizona, value: false, reason: "TARGETING_MATCH", variant: "off"},
		{Key: "colours", Default: false, Context: arizona, value: true, reason: "SPLIT", variant: "blue"},
		{Key: "limits.flows", Default: 7.0, Context: arizona, value: 50.0, reason: "TARGETING_MATCH", variant: "on"},
		{Key: "limits.flows", Default: 7.0, Context: map[string]any{"targetingKey": "stranger"}, value: 10.0, reason: "STATIC", variant: "on"},
		{Key: "region", Default: "us", Context: arizona, value: `eu "1"`, reason: "STATIC", variant: "on"},
		{Key: "theme", Default: none, Context: arizona, value: map[string]any{"dark": true, "sizes": []any{1.0, 2.5}}, reason: "STATIC", variant: "on"},
		{Key: "limits.seats", Default: 7.0, Context: arizona, value: 7.0, reason: "DISABLED", variant: "off", node: "GENERAL"},
		{Key: "nothing", Default: true, Context: arizona, value: true, reason: "ERROR", code: "FLAG_NOT_FOUND"},
		{Key: "ai_agents", Default: true, Context: map[string]any{"role": "owner"}, value: true, reason: "ERROR", code: "TARGETING_KEY_MISSING"},
		{Key: "ai_agents", Default: true, Context: map[string]any{"targetingKey": "a", "role": 7}, value: true, reason: "ERROR", code: "INVALID_CONTEXT"},
		{Key: "region", Default: true, Context: arizona, value: true, reason: "ERROR", code: "TYPE_MISMATCH"},
		{Key: "ai_agents", Default: "x", Context: arizona, value: "x", reason: "ERROR", code: "TYPE_MISMATCH"},
		{Key: "limits.flows", Default: "x", Context: arizona, value: "x", reason: "ERROR", code: "TYPE_MISMATCH"},
	}
}

func TestGoClient(t *testing.T) {
	t.Parallel()
	s := ofrepSite(t)
	secret := s.key(features.ScopeEvaluate)
	for domain, option := range map[string]ofrep.Option{"bearer": ofrep.WithBearerToken(secret), "header": ofrep.WithApiKeyAuth(secret)} {
		if err := openfeature.SetNamedProviderAndWait(domain, ofrep.NewProvider(s.URL, option)); err != nil {
			t.Fatal(err)
		}
		client := openfeature.NewClient(domain)
		for _, c := range clientCases() {
			value, details := askGoClient(t, client, c)
			if !reflect.DeepEqual(value, c.value) || string(details.Reason) != c.reason || details.Variant != c.variant || string(details.ErrorCode) != c.code {
				t.Errorf("%s for %v: %v, %+v; want %v %s %s %s", c.Key, c.Context, value, details, c.value, c.reason, c.variant, c.code)
			}
			if source, err := details.FlagMetadata.GetString("source"); c.code == "" && (err != nil || source == "") {
				t.Errorf("the metadata of %s are %v", c.Key, details.FlagMetadata)
			}
		}
	}
	wrong := ofrep.NewProvider(s.URL, ofrep.WithBearerToken("fsk_wrong"))
	if d := wrong.BooleanEvaluation(t.Context(), "knowledge_base", false, openfeature.FlattenedContext{"targetingKey": "arizona-comedy"}); d.Value ||
		d.ResolutionError.Error() != "GENERAL: authentication/authorization error" {
		t.Errorf("with a wrong key: %+v", d)
	}
}

// askGoClient asks for a value of the type of the default.
func askGoClient(t *testing.T, client *openfeature.Client, c clientCase) (any, openfeature.ResolutionDetail) {
	t.Helper()
	key, _ := c.Context["targetingKey"].(string)
	who := openfeature.NewEvaluationContext(key, c.Context)
	switch fallback := c.Default.(type) {
	case bool:
		d, _ := client.BooleanValueDetails(t.Context(), c.Key, fallback, who)
		return d.Value, d.ResolutionDetail
	case float64:
		d, _ := client.IntValueDetails(t.Context(), c.Key, int64(fallback), who)
		return float64(d.Value), d.ResolutionDetail
	case string:
		d, _ := client.StringValueDetails(t.Context(), c.Key, fallback, who)
		return d.Value, d.ResolutionDetail
	}
	d, _ := client.ObjectValueDetails(t.Context(), c.Key, c.Default, who)
	return d.Value, d.ResolutionDetail
}

// nodeAnswer is what Node's client got.
type nodeAnswer struct {
	Value                      any
	Reason, Variant, ErrorCode string
	Metadata                   map[string]any
}

func TestNodeClient(t *testing.T) {
	t.Parallel()
	s := ofrepSite(t)
	cases := clientCases()
	for i, got := range s.nodeClient(s.key(features.ScopeEvaluate), cases) {
		c := cases[i]
		if c.node != "" {
			c.reason, c.variant, c.code = "ERROR", "", c.node
		}
		if !reflect.DeepEqual(got.Value, c.value) || got.Reason != c.reason || got.Variant != c.variant || got.ErrorCode != c.code {
			t.Errorf("%s for %v: %+v; want %v %s %s %s", c.Key, c.Context, got, c.value, c.reason, c.variant, c.code)
		}
		if revision, _ := got.Metadata["revision"].(float64); c.code == "" && revision < 1 {
			t.Errorf("the metadata of %s are %v", c.Key, got.Metadata)
		}
	}
	for _, got := range s.nodeClient("fsk_wrong", cases[:1]) {
		if got.Value != false || got.Reason != "ERROR" {
			t.Errorf("with a wrong key: %+v", got)
		}
	}
}

func (s *site) nodeClient(secret string, cases []clientCase) (answers []nodeAnswer) {
	s.t.Helper()
	text, err := json.Marshal(cases)
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := exec.CommandContext(s.t.Context(), "node", "testdata/ofrep-client.mjs", s.URL, secret, string(text)).CombinedOutput()
	if err != nil {
		s.t.Fatalf("node: %v\n%s", err, out)
	}
	decode(s.t, string(out), &answers)
	if len(answers) != len(cases) {
		s.t.Fatalf("%d answers to %d questions", len(answers), len(cases))
	}
	return answers
}

// The program for Node in docs/openfeature.md gets what it says.
func TestDocumentedNodeProgram(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("Northwind AI")
	s.switchOn("northwind-ai", "ai_agents", true)
	draft := features.FeatureDraft{Key: "limits.max_flows", Name: "Flows", Category: "limits", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "25"}}
	if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), draft); err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../docs/openfeature.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(guide), "```js\n")
	program, _, _ = strings.Cut(program, "```")
	program = strings.ReplaceAll(program, "http://127.0.0.1:8080", s.URL)
	command := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e", program+"console.log(agents, flows)")
	command.Env = append(os.Environ(), "FLAGSTONE_KEY="+s.key(features.ScopeEvaluate))
	if out, err := command.CombinedOutput(); err != nil || string(out) != "true 25\n" {
		t.Errorf("the program prints %q, %v", out, err)
	}
}

package cli

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// receiver is an OTLP receiver of traces.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	raw     bytes.Buffer
	spans   []*trace.Span
	service string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var sent collector.ExportTraceServiceRequest
		if err != nil || request.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
			t.Errorf("%s %s is received: %v", request.Method, request.URL, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.raw.Write(body)
		for _, one := range sent.GetResourceSpans() {
			for _, attribute := range one.GetResource().GetAttributes() {
				if attribute.GetKey() == "service.name" {
					r.service = attribute.GetValue().GetStringValue()
				}
			}
			for _, scope := range one.GetScopeSpans() {
				r.spans = append(r.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// below returns the one span of a name that is a part of another.
func (r *receiver) below(t *testing.T, parent []byte, name string) *trace.Span {
	t.Helper()
	var found *trace.Span
	for _, span := range r.spans {
		if span.GetName() == name && bytes.Equal(span.GetParentSpanId(), parent) {
			if found != nil {
				t.Errorf("there are several spans %q", name)
			}
			found = span
		}
	}
	if found == nil {
		t.Fatalf("there is no span %q below %x among %v", name, parent, r.spans)
	}
	return found
}

// TestTracesAreSent has a server whose environment names a receiver make a change. Once the server has ended, the receiver has
// the request and its parts, in the caller's trace and without a secret.
func TestTracesAreSent(t *testing.T) {
	t.Parallel()
	const traceID, callerID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	r, file := newReceiver(t), testFile(t)
	key := prepare(t, file)
	p := startProcessWith(t, nil, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + r.URL}, "serve", "--db", file)
	send := func(method, path, body string, want int) {
		request, err := http.NewRequestWithContext(t.Context(), method, p.address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body != "" {
			request.Header.Set("Authorization", "Bearer "+key)
			request.Header.Set("Content-Type", "application/json")
		}
		request.Header.Set("Traceparent", "00-"+traceID+"-"+callerID+"-01")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil || response.StatusCode != want {
			t.Errorf("%s %s answers %d, %v", method, path, response.StatusCode, err)
		}
	}
	send(http.MethodPost, "/api/v2/admin/features", `{"key": "traced", "name": "Traced"}`, http.StatusCreated)
	send(http.MethodGet, "/password/secret-of-a-link?token=secret-of-a-query", "", http.StatusNotFound)
	send(http.MethodGet, "/healthz", "", http.StatusOK)
	p.terminate()

	r.mu.Lock()
	defer r.mu.Unlock()
	caller, err := hex.DecodeString(callerID)
	if err != nil {
		t.Fatal(err)
	}
	request := r.below(t, caller, "POST /api/v2/admin/features")
	write := r.below(t, request.GetSpanId(), "database write")
	r.below(t, write.GetSpanId(), "catch-up")
	r.below(t, caller, "GET /password/:token")
	var status int64
	for _, attribute := range request.GetAttributes() {
		if attribute.GetKey() == "http.response.status_code" {
			status = attribute.GetValue().GetIntValue()
		}
	}
	if hex.EncodeToString(request.GetTraceId()) != traceID || request.GetKind() != trace.Span_SPAN_KIND_SERVER || status != http.StatusCreated {
		t.Errorf("the request is %v", request)
	}
	if r.service != "flagstone" {
		t.Errorf("they are of the service %q", r.service)
	}
	for _, absent := range []string{key, "secret-of-a", "healthz"} {
		if bytes.Contains(r.raw.Bytes(), []byte(absent)) {
			t.Errorf("%s is in the traces", absent)
		}
	}
	if !strings.Contains(p.stderr.String(), "trace_id="+traceID) {
		t.Errorf("the log does not name the trace:\n%s", p.stderr)
	}
}

// TestTracesNobodyTakes: where nobody takes its traces, a server works and ends as ever, and its log says so.
func TestTracesNobodyTakes(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	key := prepare(t, file)
	p := startProcessWith(t, nil, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1"}, "serve", "--db", file)
	if status := createFeature(http.DefaultClient, p.address, key, "traced"); status != http.StatusCreated {
		t.Errorf("the answer is %d", status)
	}
	p.terminate()
	log := p.stderr.String()
	if !strings.Contains(log, "traces were not sent") {
		t.Errorf("the log does not say so:\n%s", log)
	}
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("in the log stands %s", line)
		}
	}
}

// TestTracesThatCannotBeSent: what the server cannot send as asked stops the start; where traces are switched off, nothing does.
func TestTracesThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ variable, want string }{
		{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", `flagstone: OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"`},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=localhost:4318", "flagstone: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not an address"},
		{"OTEL_SDK_DISABLED=true", "Flagstone serves"},
		{"OTEL_TRACES_EXPORTER=none", "Flagstone serves"},
	} {
		cmd, stdout, stderr := program(t, "serve", "--db", testFile(t), "--addr", "127.0.0.1:0")
		cmd.Env = append(cmd.Env, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", c.variable)
		if printed := outcome(t, cmd, stdout, stderr); !strings.Contains(printed, c.want) {
			t.Errorf("with %s it prints %s", c.variable, printed)
		}
	}
}

// Package telemetry sends traces by OpenTelemetry's protocol. It is set up as OpenTelemetry's own programs are, by the
// environment; where that names no receiver, there are no traces and nothing is done for them.
package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

// Traces are sent to a receiver in the background.
type Traces struct {
	provider *trace.TracerProvider
	tracer   api.Tracer
	callers  propagation.TraceContext
}

// Start returns what sends traces, or nil where the environment does not ask for any.
func Start(ctx context.Context, version string, log *slog.Logger) (*Traces, error) {
	if !wanted() {
		return nil, nil
	}
	if err := check(); err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces cannot be sent: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "flagstone"), attribute.String("service.version", version)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	otel.SetLogger(logr.FromSlogHandler(log.Handler()))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces were not sent", "error", err) }))
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	return &Traces{provider: provider, tracer: provider.Tracer("flagstone", api.WithInstrumentationVersion(version))}, nil
}

// wanted reports whether the environment names a receiver of traces.
func wanted() bool {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return false
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// check refuses what the exporter would read as something else.
func check() error {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if protocol := os.Getenv(name); protocol != "" && protocol != "http/protobuf" {
			return fmt.Errorf("%s is %q: traces are sent by http/protobuf only", name, protocol)
		}
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		text := os.Getenv(name)
		address, err := url.Parse(text)
		if text != "" && (err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https") {
			return fmt.Errorf("%s is not an address: write it as http://127.0.0.1:4318", name)
		}
	}
	return nil
}

// Stop sends what has not been sent, as long as ctx lasts.
func (t *Traces) Stop(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Request begins the span of a request, as part of its caller's trace where that names one. It knows the route and not the
// address, which may hold what is secret.
func (t *Traces) Request(r *http.Request, method, route string) (ctx context.Context, name string, end func(status int)) {
	ctx = t.callers.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, strings.TrimSpace(method+" "+route), api.WithSpanKind(api.SpanKindServer), api.WithAttributes(
		attribute.String("http.request.method", method), attribute.String("http.route", route)))
	return ctx, span.SpanContext().TraceID().String(), func(status int) {
		if status != 0 {
			span.SetAttributes(attribute.Int("http.response.status_code", status))
		}
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Step begins the span of a part of a request. What is no part of any has none.
func (t *Traces) Step(ctx context.Context, name string) (context.Context, func(failed bool)) {
	if !api.SpanFromContext(ctx).IsRecording() {
		return ctx, func(bool) {}
	}
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, func(failed bool) {
		if failed {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Package span sends traces of requests, operations and what they ask of the database to a collector of OpenTelemetry. What is not said by
// Options is said by OpenTelemetry's standard environment variables, such as OTEL_EXPORTER_OTLP_HEADERS and OTEL_TRACES_SAMPLER.
package span

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options say where traces go.
type Options struct {
	Console  io.Writer // they are written here, if it is not nil
	Endpoint string    // the address of OTLP over HTTP that they are sent to, with the whole path; empty: that of a collector on this machine
	Service  string
	Version  string
	Log      *slog.Logger
	Getenv   func(string) string // of the variables that say how they are sent; nil means os.Getenv
}

// defaultEndpoint is where OpenTelemetry says that a collector is.
const defaultEndpoint = "http://localhost:4318/v1/traces"

// A Provider makes spans and sends them.
type Provider struct{ sdk *sdk.TracerProvider }

// New returns a provider. It does not connect.
func New(ctx context.Context, o Options) (*Provider, error) {
	var exporter sdk.SpanExporter
	var err error
	if o.Console != nil {
		exporter, err = stdouttrace.New(stdouttrace.WithWriter(o.Console))
	} else {
		exporter, err = o.exporter(ctx)
	}
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { o.Log.Warn("traces", "error", err) }))
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", o.Service), attribute.String("service.version", o.Version)), resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	return &Provider{sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))}, nil
}

// exporter returns what sends spans to a collector.
func (o Options) exporter(ctx context.Context) (sdk.SpanExporter, error) {
	getenv := o.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	c, err := newCollector(cmp.Or(o.Endpoint, defaultEndpoint), getenv)
	if err != nil {
		return nil, err
	}
	return otlptrace.New(ctx, c)
}

// Close sends what has not been sent.
func (p *Provider) Close(ctx context.Context) error { return p.sdk.Shutdown(ctx) }

// Tracer returns what makes the spans within requests.
func (p *Provider) Tracer() trace.Tracer { return p.sdk.Tracer("storegraph") }

// Wrap has each request be a span, which continues the trace of the client, if that has sent one. Requests whether the server runs are none.
// Route returns the route of a request, which is all that the span shows of its path: there are ids in paths that are enough to see an order.
// Nor does it show who sent the request.
func (p *Provider) Wrap(next http.Handler, route func(r *http.Request) string) http.Handler {
	within := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, path, ok := strings.Cut(route(r), " ")
		if !ok {
			path = route(r)
		}
		trace.SpanFromContext(r.Context()).SetAttributes( // in the place of those that otelhttp has set
			attribute.String("url.path", path), attribute.String("client.address", ""), attribute.String("network.peer.address", ""), attribute.String("user_agent.original", ""))
		next.ServeHTTP(w, r)
	})
	return otelhttp.NewHandler(within, "request", otelhttp.WithTracerProvider(p.sdk),
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})),
		otelhttp.WithFilter(func(r *http.Request) bool { return !strings.HasPrefix(r.URL.Path, "/health") }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return route(r) }))
}

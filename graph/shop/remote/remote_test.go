package remote_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/storegraph/storegraph/graph/shop/remote"
)

// TestTransport has a request be a span of the trace that it belongs to, which the other server continues.
func TestTransport(t *testing.T) {
	t.Parallel()
	var parent string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parent = r.Header.Get("Traceparent")
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(srv.Close)
	client := &http.Client{Transport: remote.Transport(nil, "tea")}
	spans := tracetest.NewSpanRecorder()
	tracer := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("test")
	ask := func(traced bool) {
		t.Helper()
		ctx := t.Context()
		if traced {
			begun, span := tracer.Start(ctx, "job")
			defer span.End()
			ctx = begun
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/secret?of=somebody", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	ask(false)
	if len(spans.Started()) > 0 || parent != "" {
		t.Errorf("without a trace there are %d spans, and the header %q", len(spans.Started()), parent)
	}
	ask(true)
	ended := spans.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans", len(ended))
	}
	got, job := ended[0], ended[1]
	want := []attribute.KeyValue{
		attribute.String("http.request.method", "POST"), attribute.String("peer.service", "tea"), attribute.Int("http.response.status_code", http.StatusTeapot),
	}
	if got.Name() != "POST tea" || got.Parent().SpanID() != job.SpanContext().SpanID() || fmt.Sprint(got.Attributes()) != fmt.Sprint(want) || got.Status() != (sdk.Status{Code: codes.Error}) {
		t.Errorf("%s of %v: %v %v", got.Name(), got.Parent(), got.Attributes(), got.Status())
	}
	if want := fmt.Sprintf("00-%s-%s-01", job.SpanContext().TraceID(), got.SpanContext().SpanID()); parent != want {
		t.Errorf("traceparent = %q, want %q", parent, want)
	}
}

// TestTransportIsFreeWhenOff has a request that is not traced cost no allocation more.
func TestTransportIsFreeWhenOff(t *testing.T) { //nolint:paralleltest // it counts allocations
	through := remote.Transport(answering{}, "tea")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://tea.invalid/", http.NoBody)
	if n := testing.AllocsPerRun(100, func() {
		res, err := through.RoundTrip(r)
		if err != nil || res != nil {
			_ = res.Body.Close()
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

type answering struct{}

func (answering) RoundTrip(*http.Request) (*http.Response, error) { return nil, nil } //nolint:nilnil // nobody looks at it

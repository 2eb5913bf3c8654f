package metric_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/metric"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph"
)

// TestLabels bounds what clients can choose, and counts no duration of what stays open.
func TestLabels(t *testing.T) {
	t.Parallel()
	m := metric.New(slog.New(slog.DiscardHandler))
	m.Request(metric.Request{Method: "GET", Route: "GET /store/products/{id}", Status: 200, Took: 2 * time.Second})
	m.Request(metric.Request{Method: "BREW", Status: 999, By: "medusa"})
	m.Request(metric.Request{Method: "GET", Route: "/graphql", Status: 101, Lasting: true, Took: time.Hour})
	m.Operation(graph.Measurement{Surface: "graphql", Kind: "query", Failed: true, Cost: 7, Took: time.Second, Usage: db.Usage{Statements: 3, Rows: 20, RoundTrips: 1}})
	m.Operation(graph.Measurement{Surface: "graphql", Kind: "subscription", Name: "Follow"})
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	for _, want := range []string{
		`storegraph_http_requests_total{by="storegraph",method="GET",route="/store/products/{id}",status="2xx"} 1`,
		`storegraph_http_request_duration_seconds_sum{by="storegraph",method="GET",route="/store/products/{id}"} 2`,
		`storegraph_http_requests_total{by="medusa",method="other",route="other",status="other"} 1`,
		`storegraph_http_requests_total{by="storegraph",method="GET",route="/graphql",status="1xx"} 1`,
		`storegraph_http_request_duration_seconds_count{by="storegraph",method="GET",route="/graphql"} 0`,
		`storegraph_operations_total{kind="query",operation="other",result="error",surface="graphql"} 1`,
		`storegraph_operation_cost_sum{kind="query",operation="other",surface="graphql"} 7`,
		`storegraph_operation_rows_total{kind="query",operation="other",surface="graphql"} 20`,
		`storegraph_operations_total{kind="subscription",operation="Follow",result="success",surface="graphql"} 1`,
		`storegraph_operation_duration_seconds_count{kind="subscription",operation="Follow",surface="graphql"} 0`,
		`storegraph_database_up 0`,
	} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("metrics lack %s:\n%s", want, w.Body)
		}
	}
}

// BenchmarkRequest counts requests: it allocates nothing.
func BenchmarkRequest(b *testing.B) {
	m := metric.New(slog.New(slog.DiscardHandler))
	b.ReportAllocs()
	for b.Loop() {
		m.Request(metric.Request{Method: "GET", Route: "GET /store/products/{id}", Status: 200, Took: time.Millisecond})
	}
}

// BenchmarkOperation counts operations: it allocates nothing.
func BenchmarkOperation(b *testing.B) {
	m := metric.New(slog.New(slog.DiscardHandler))
	b.ReportAllocs()
	for b.Loop() {
		m.Operation(graph.Measurement{Surface: "rest", Kind: "query", Name: "products", Cost: 100, Took: time.Millisecond})
	}
}

package metric

import (
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop/work"
)

// namespace begins the names of all metrics that are not Go's or the process's.
const namespace = "storegraph"

// Metrics are the metrics of a server. They are safe for concurrent use.
type Metrics struct {
	// Meter counts what is asked of the database, which must be opened with it.
	Meter *db.Meter

	log      *slog.Logger
	registry *prometheus.Registry
	sources  atomic.Pointer[Sources]

	requests   *children[requestKey, *request]
	operations *children[operationKey, *operation]
	leases     *prometheus.CounterVec
}

// New returns the metrics of a server that has done nothing yet.
func New(log *slog.Logger) *Metrics {
	m := &Metrics{Meter: &db.Meter{}, log: log, registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector())
	m.requests = newRequests(m.registry)
	m.operations = newOperations(m.registry)
	m.leases = counter(m.registry, "leases_total", "Leases of work in the background by queue and outcome; each is claimed first.", "queue", "outcome")
	m.registry.MustRegister(&scraped{m})
	return m
}

// Handler serves the metrics at /metrics, and the profiles of net/http/pprof at /debug/pprof/.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
	}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// Read has the metrics read from these sources from now on.
func (m *Metrics) Read(s Sources) { m.sources.Store(&s) }

// Lease counts a lease of work.
func (m *Metrics) Lease(o work.Observation) {
	m.leases.WithLabelValues(o.Queue, string(o.Outcome)).Inc()
}

// seconds are the bounds of durations.
var seconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// other is the value of a label whose values have no bound.
const other = "other"

type requestKey struct{ method, route, status, by string }

// A request are the metrics of requests that are alike.
type request struct {
	total prometheus.Counter
	took  prometheus.Observer
}

func newRequests(r prometheus.Registerer) *children[requestKey, *request] {
	total := counter(r, "http_requests_total", "Requests by method, route, class of status and who answered.", "method", "route", "status", "by")
	took := histogram(r, "http_request_duration_seconds", "How long requests took, besides those that stay open.", seconds, "method", "route", "by")
	return newChildren(func(k requestKey) *request {
		return &request{total.WithLabelValues(k.method, k.route, k.status, k.by), took.WithLabelValues(k.method, k.route, k.by)}
	})
}

// A Request is one that has ended.
type Request struct {
	Method  string
	Route   string // its pattern, such as GET /store/products/{id}; empty if it has none
	Status  int
	By      string        // what answered it; empty if it was this server
	Took    time.Duration // how long it took
	Lasting bool          // it stayed open as long as its client wanted, which says nothing of the server
}

// Request counts a request.
func (m *Metrics) Request(r Request) {
	k := requestKey{method: methods[r.Method], route: other, status: class(r.Status), by: "storegraph"}
	if k.method == "" {
		k.method = other
	}
	if _, path, ok := strings.Cut(r.Route, " "); ok {
		k.route = path
	} else if r.Route != "" {
		k.route = r.Route
	}
	if r.By != "" {
		k.by = r.By
	}
	c := m.requests.of(k)
	c.total.Inc()
	if !r.Lasting {
		c.took.Observe(r.Took.Seconds())
	}
}

// methods are the methods that are counted apart: clients could make up others.
var methods = map[string]string{
	http.MethodGet: "GET", http.MethodHead: "HEAD", http.MethodPost: "POST", http.MethodPut: "PUT", http.MethodPatch: "PATCH",
	http.MethodDelete: "DELETE", http.MethodOptions: "OPTIONS",
}

// class returns the class of a status, such as 2xx.
func class(status int) string {
	classes := [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}
	if n := status/100 - 1; n >= 0 && n < len(classes) {
		return classes[n]
	}
	return other
}

type operationKey struct{ surface, kind, name string }

// An operation are the metrics of operations that are alike.
type operation struct {
	succeeded, failed       prometheus.Counter
	took, cost              prometheus.Observer
	statements, rows, trips prometheus.Counter
}

func newOperations(r prometheus.Registerer) *children[operationKey, *operation] {
	labels := []string{"surface", "kind", "operation"}
	total := counter(r, "operations_total", "GraphQL operations, and those behind routes of the Store API, by their names and results.", "surface", "kind", "operation", "result")
	took := histogram(r, "operation_duration_seconds", "How long operations took, besides subscriptions.", seconds, labels...)
	cost := histogram(r, "operation_cost", "The fields that operations could have written, as estimated before they ran.", prometheus.ExponentialBuckets(10, 4, 10), labels...)
	statements := counter(r, "operation_statements_total", "Statements of operations.", labels...)
	rows := counter(r, "operation_rows_total", "Rows that statements of operations read or wrote.", labels...)
	trips := counter(r, "operation_round_trips_total", "Round trips of operations to the database.", labels...)
	return newChildren(func(k operationKey) *operation {
		of := []string{k.surface, k.kind, k.name}
		return &operation{
			total.WithLabelValues(k.surface, k.kind, k.name, "success"), total.WithLabelValues(k.surface, k.kind, k.name, "error"),
			took.WithLabelValues(of...), cost.WithLabelValues(of...),
			statements.WithLabelValues(of...), rows.WithLabelValues(of...), trips.WithLabelValues(of...),
		}
	})
}

// Operation counts an operation.
func (m *Metrics) Operation(o graph.Measurement) {
	k := operationKey{o.Surface, o.Kind, o.Name}
	if k.name == "" {
		k.name = other
	}
	c := m.operations.of(k)
	if o.Failed {
		c.failed.Inc()
	} else {
		c.succeeded.Inc()
	}
	c.cost.Observe(float64(o.Cost))
	if o.Kind == "subscription" { // it has just begun
		return
	}
	c.took.Observe(o.Took.Seconds())
	c.statements.Add(float64(o.Usage.Statements))
	c.rows.Add(float64(o.Usage.Rows))
	c.trips.Add(float64(o.Usage.RoundTrips))
}

// children are metrics by the values of their labels, which are found without an allocation.
type children[K comparable, V any] struct {
	mu     sync.RWMutex
	known  map[K]V
	create func(K) V
}

func newChildren[K comparable, V any](create func(K) V) *children[K, V] {
	return &children[K, V]{known: map[K]V{}, create: create}
}

func (c *children[K, V]) of(key K) V {
	c.mu.RLock()
	v, ok := c.known[key]
	c.mu.RUnlock()
	if ok {
		return v
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok = c.known[key]; !ok {
		v = c.create(key)
		c.known[key] = v
	}
	return v
}

func counter(r prometheus.Registerer, name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	r.MustRegister(v)
	return v
}

func histogram(r prometheus.Registerer, name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	r.MustRegister(v)
	return v
}

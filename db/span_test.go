package db_test

import (
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// TestJobsAreTraced has what no request waits for be a trace of its own, with what it asks of the database.
func TestJobsAreTraced(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	d := dbtest.Open(t, dbtest.ShopURL(t), db.Options{Spans: sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("test")})
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if n := len(spans.Started()); n > 0 {
		t.Fatalf("%d spans of what is part of nothing", n)
	}
	dbtest.KeepIndex(t, d)
	for _, err := range []error{d.UpdateSearch(t.Context()), d.CountSales(t.Context(), time.Now()), d.PruneChanges(t.Context(), time.Now())} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.ForgetEvents(t.Context(), time.Now(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
	jobs, below := map[string]sdk.ReadOnlySpan{}, map[string]int{}
	for _, s := range spans.Started() {
		if !s.Parent().IsValid() {
			jobs[s.Name()] = s
		}
	}
	for _, s := range spans.Started() {
		for name, job := range jobs {
			if s.Parent().SpanID() == job.SpanContext().SpanID() {
				below[name]++
			}
		}
	}
	for _, name := range []string{"follow catalogue", "follow search", "count sales", "prune changes", "forget events"} {
		if jobs[name] == nil || below[name] == 0 {
			t.Errorf("%s is %v, with %d spans below it", name, jobs[name], below[name])
		}
		delete(jobs, name)
	}
	for name := range jobs {
		t.Errorf("%s is part of nothing", name)
	}
}

// TestSpansAreFreeWhenOff has what is not traced cost no allocation.
func TestSpansAreFreeWhenOff(t *testing.T) { //nolint:paralleltest // it counts allocations
	d := dbtest.Open(t, dbtest.URL(t), db.Options{})
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() { db.Job(ctx, d) }); n != 0 {
		t.Errorf("a job: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { _ = db.TraceParent(ctx) }); n != 0 {
		t.Errorf("an event: %v allocations", n)
	}
	if db.Traces(db.Options{}) {
		t.Error("the statements of a database are seen by somebody")
	}
}

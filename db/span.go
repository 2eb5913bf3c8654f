package db

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// spans makes a span of each round trip that belongs to a traced operation. It has no text of a statement, whose values may be secrets.
type spans struct{ tracer trace.Tracer }

// tracing returns what sees the statements of a database: the tracer of the options, and spans if they ask for them.
func (o Options) tracing() pgx.QueryTracer {
	switch {
	case o.Spans == nil:
		return o.Tracer
	case o.Tracer == nil:
		return spans{o.Spans}
	}
	return multitracer.New(o.Tracer, spans{o.Spans})
}

type spanKey struct{}

func (s spans) begin(ctx context.Context, name string, statements int) context.Context {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	ctx, span := s.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", "postgresql"), attribute.Int("db.operation.batch.size", statements),
	))
	return context.WithValue(ctx, spanKey{}, span)
}

func (spans) end(ctx context.Context, err error) {
	span, ok := ctx.Value(spanKey{}).(trace.Span)
	if !ok {
		return
	}
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// TraceQueryStart begins the span of what is sent alone. Its name is the first word of the statement.
func (s spans) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	word, _, _ := strings.Cut(strings.TrimSpace(d.SQL), " ")
	return s.begin(ctx, strings.ToUpper(strings.TrimRight(word, ";")), 1)
}

// TraceQueryEnd ends it.
func (s spans) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryEndData) {
	s.end(ctx, d.Err)
}

// TraceBatchStart begins the span of a batch.
func (s spans) TraceBatchStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchStartData) context.Context {
	return s.begin(ctx, "batch", d.Batch.Len())
}

// TraceBatchQuery does nothing.
func (spans) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd ends it.
func (s spans) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchEndData) {
	s.end(ctx, d.Err)
}

// job begins the span of a piece of work that no request waits for: a trace of its own. ended completes it.
func (d DB) job(ctx context.Context, name string) (_ context.Context, ended func(error)) {
	if d.spans == nil {
		return ctx, func(error) {}
	}
	ctx, span := d.spans.Start(ctx, name, trace.WithNewRoot())
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// traceParent returns where in a trace ctx is, as the header traceparent says it; empty if it is in none.
func traceParent(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	header := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, header)
	return header["traceparent"]
}

// cause reads what traceParent has written.
func (c *cursor) cause() trace.SpanContext {
	parent := c.maybeText()
	if parent == nil {
		return trace.SpanContext{}
	}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": *parent}))
}

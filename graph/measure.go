package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/storegraph/storegraph/db"
)

// A Measurement is what one operation took. That of a subscription is made when it begins, and has no duration and no usage.
type Measurement struct {
	Surface string // graphql or rest
	Kind    string // query, mutation or subscription
	// Name is that of the operation in a trusted document; over REST it is that of the root field. It is empty for documents that clients
	// make up, whose names have no bound.
	Name   string
	Failed bool // the answer has errors
	Cost   int  // as estimated before
	Took   time.Duration
	Usage  db.Usage // zero unless the database is opened with a db.Meter
}

// Throttled returns how many operations and connections were refused because there had been too many.
func (s *Server) Throttled() int64 { return s.throttled.Load() }

// begin returns the time if somebody measures.
func (s *Server) begin() time.Time {
	if s.measure == nil {
		return time.Time{}
	}
	return time.Now()
}

// measured completes the measurement of an operation that ran in ctx since it had begun; answer is nil if it is a subscription.
func (s *Server) measured(ctx context.Context, begun time.Time, m Measurement, op *graphql.OperationContext, answer *graphql.Response) {
	if s.measure == nil {
		return
	}
	m.Kind = string(op.Operation.Operation)
	if answer != nil {
		m.Took, m.Failed, m.Usage = time.Since(begun), len(answer.Errors) > 0, db.UsageOf(ctx)
	}
	s.measure(m)
}

// ofClient is what is known of a GraphQL client's operation before it runs.
func ofClient(op *graphql.OperationContext) Measurement {
	m := Measurement{Surface: "graphql"}
	if cost, ok := op.Stats.GetExtension(costExtension).(Cost); ok {
		m.Cost = cost.Requested
	}
	if d, ok := op.Stats.GetExtension(documentExtension).(*document); ok && d.trusted {
		m.Name = op.Operation.Name
	}
	return m
}

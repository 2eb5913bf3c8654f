package graph

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestTracesAreFreeWhenOff has operations that are not traced cost no allocation, and run as they are.
func TestTracesAreFreeWhenOff(t *testing.T) { //nolint:paralleltest // it counts allocations
	var off Server
	ctx := t.Context()
	op := &graphql.OperationContext{Operation: &ast.OperationDefinition{Operation: ast.Query}}
	answer := &graphql.Response{}
	if n := testing.AllocsPerRun(100, func() {
		within, ended := off.traced(ctx, Measurement{}, op)
		ended(answer)
		stream, sent := off.tracedStream(ctx, Measurement{}, op)
		sent(answer)
		if within != ctx || stream != ctx || op.ResolverMiddleware != nil {
			t.Fatal("something is traced")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

package graph

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/transport"
	"github.com/storegraph/storegraph/graph/watch"
	"github.com/storegraph/storegraph/model"
)

// A surface is a schema and what runs its operations.
type surface struct {
	schema    *ast.Schema
	exec      *executor.Executor
	documents *documents
	recover   graphql.RecoverFunc
	hidden    bool // the schema is, from introspection
}

func newSurface(schema *ast.Schema, c exec.Config, s *Server) *surface {
	x := &surface{
		schema: schema, exec: executor.New(exec.NewExecutableSchema(c)), documents: newDocuments(schema),
		recover: func(ctx context.Context, p any) error {
			s.log.ErrorContext(ctx, "panic in a resolver", "panic", p, "stack", string(debug.Stack()))
			return errUnknown
		},
	}
	x.exec.SetErrorPresenter(s.present)
	x.exec.SetRecoverFunc(x.recover)
	return x
}

// prepare returns an operation of a document with its variables, to be run.
func (x *surface) prepare(d *document, op *ast.OperationDefinition, variables map[string]any) (*graphql.OperationContext, error) {
	vars, err := validator.VariableValues(x.schema, op, variables)
	if err != nil {
		message := err.Error()
		if e, ok := errors.AsType[*gqlerror.Error](err); ok {
			message = e.Message
		}
		return nil, model.Invalid.Errorf("%s", message)
	}
	return &graphql.OperationContext{
		RawQuery: d.text, Doc: d.doc, Operation: op, OperationName: op.Name, Variables: vars, DisableIntrospection: x.hidden,
		RecoverFunc:            x.recover,
		ResolverMiddleware:     func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	}, nil
}

// publicExecutor runs operations of the public surface, for GraphQL clients.
type publicExecutor struct{ server *Server }

// Prepare finds the document, and admits its operation.
func (x publicExecutor) Prepare(ctx context.Context, p *transport.Params) (context.Context, *graphql.OperationContext, gqlerror.List) {
	public := x.server.public
	doc, errs := x.server.persisted.find(public.documents, p)
	if errs != nil {
		return nil, nil, errs
	}
	op, err := doc.operation(p.OperationName)
	if err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	if err := public.introspectable(doc.costs[op]); err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	run, err := public.prepare(doc, op, p.Variables)
	if err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	run.Headers, run.Extensions = p.Headers, p.Extensions
	cost, err := public.admit(ctx, x.server.limits, run, doc.costs[op], x.server.limits.Cost)
	if err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	run.Stats.SetExtension(costExtension, cost)
	run.Stats.SetExtension(documentExtension, doc)
	ctx, err = inContext(ctx, run)
	if err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	return ctx, run, nil
}

// costExtension is the key of what clients are told of costs.
const costExtension = "cost"

// introspectable fails if an operation asks for the schema and it is hidden.
func (x *surface) introspectable(c *cost) error {
	for _, f := range c.roots {
		if x.hidden && (f.Name == "__schema" || f.Name == "__type") {
			return refuse(model.NotAllowed, codeForbidden, "the schema is not shown by introspection")
		}
	}
	return nil
}

// Execute starts an operation.
func (x publicExecutor) Execute(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	doc, _ := op.Stats.GetExtension(documentExtension).(*document)
	within, renew, end := x.server.budgeted(x.server.reading(ctx, doc, op.Operation, op.Variables), op)
	// The caller's context is returned as it is, which does not end with the budget's.
	begun := x.server.begin()
	if op.Operation.Operation == ast.Subscription {
		m := ofClient(op)
		x.server.measured(within, begun, m, op, nil)
		within, sent := x.server.tracedStream(within, m, op)
		return x.follow(within, op, renew, sent), ctx
	}
	m := ofClient(op)
	within, ended := x.server.traced(within, m, op)
	next, within := x.server.public.exec.DispatchOperation(within, op)
	return func(context.Context) *graphql.Response {
		defer end()
		answer := next(within)
		ended(answer)
		x.server.measured(within, begun, m, op, answer)
		return withCost(answer, op)
	}, ctx
}

// follow starts a subscription, which ends with ctx. It calls renew before each answer, and told with it.
func (x publicExecutor) follow(ctx context.Context, op *graphql.OperationContext, renew func(), told func(*graphql.Response)) graphql.ResponseHandler {
	ctx, sent := watch.WithSent(ctx)
	ctx, turns := plan.WithTurns(ctx)
	next, ctx := x.server.public.exec.DispatchOperation(ctx, op)
	return func(context.Context) *graphql.Response {
		for {
			renew()
			turns.Next()
			answer := next(ctx)
			if answer != nil && sent.Repeats(answer.Data) && len(answer.Errors) == 0 {
				continue
			}
			told(answer)
			return withCost(answer, op)
		}
	}
}

// withCost adds the cost of its operation to an answer, if there is one.
func withCost(answer *graphql.Response, op *graphql.OperationContext) *graphql.Response {
	if answer != nil {
		answer.Extensions = map[string]any{costExtension: op.Stats.GetExtension(costExtension)}
	}
	return answer
}

// Present returns an error as clients see it.
func (x publicExecutor) Present(ctx context.Context, err error) *gqlerror.Error {
	return x.server.present(ctx, err)
}

// Identify identifies the caller of a request that can set no cookie.
func (x publicExecutor) Identify(r *http.Request) context.Context {
	return auth.Identify(x.server.tokens, x.server.sessions, nil, r)
}

// UntilExpiry returns a context that ends when the caller's token expires.
func (x publicExecutor) UntilExpiry(ctx context.Context) (context.Context, context.CancelFunc) {
	c := auth.CallerOf(ctx).Bearer
	if c == nil || c.ExpiresAt == nil {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, c.ExpiresAt.Sub(x.server.now()))
}

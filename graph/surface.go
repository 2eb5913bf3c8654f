package graph

import (
	"context"
	"net/http"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"storegraph/graph/exec"
	"storegraph/graph/shop/auth"
)

// cachedOperations is how many parsed documents, and costs of operations, a surface remembers.
const cachedOperations = 1000

// A surface is a schema and what runs its operations.
type surface struct {
	schema *ast.Schema
	exec   *executor.Executor
	costs  *lru.Cache[*ast.OperationDefinition, cost]
}

func newSurface(schema *ast.Schema, c exec.Config, s *Server) *surface {
	x := &surface{schema: schema, exec: executor.New(exec.NewExecutableSchema(c)), costs: newLRU[*ast.OperationDefinition, cost]()}
	x.exec.SetQueryCache(documentCache{newLRU[string, *ast.QueryDocument]()})
	x.exec.SetErrorPresenter(s.present)
	x.exec.SetRecoverFunc(func(ctx context.Context, p any) error {
		s.log.ErrorContext(ctx, "panic in a resolver", "panic", p, "stack", string(debug.Stack()))
		return errUnknown
	})
	return x
}

func newLRU[K comparable, V any]() *lru.Cache[K, V] {
	cache, err := lru.New[K, V](cachedOperations)
	if err != nil {
		panic(err) // only a size below one fails
	}
	return cache
}

type documentCache struct {
	*lru.Cache[string, *ast.QueryDocument]
}

func (c documentCache) Get(_ context.Context, key string) (*ast.QueryDocument, bool) {
	return c.Cache.Get(key)
}

func (c documentCache) Add(_ context.Context, key string, doc *ast.QueryDocument) {
	c.Cache.Add(key, doc)
}

// introspection decides whether clients may ask for the schema.
type introspection struct{ off bool }

func (introspection) ExtensionName() string                   { return "Introspection" }
func (introspection) Validate(graphql.ExecutableSchema) error { return nil }

func (i introspection) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = i.off
	return nil
}

// publicExecutor runs operations of the public surface, for GraphQL clients.
type publicExecutor struct{ server *Server }

// Prepare parses, validates and admits an operation.
func (x publicExecutor) Prepare(ctx context.Context, params *graphql.RawParams) (context.Context, *graphql.OperationContext, gqlerror.List) {
	now := x.server.now()
	params.ReadTime = graphql.TraceTiming{Start: now, End: now}
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := x.server.public.exec.CreateOperationContext(ctx, params)
	if errs != nil {
		return nil, nil, errs
	}
	if err := x.server.public.admit(ctx, x.server.limits, op); err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	ctx, err := inContext(ctx, op)
	if err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	return ctx, op, nil
}

// Execute starts an operation.
func (x publicExecutor) Execute(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	within, renew, end := x.server.budgeted(ctx, op)
	next, within := x.server.public.exec.DispatchOperation(within, op)
	lasts := op.Operation.Operation == ast.Subscription
	// The caller's context is returned as it is, which does not end with the budget's.
	return func(context.Context) *graphql.Response {
		if lasts { // it ends with the context that it was started in
			renew()
			return next(within)
		}
		defer end()
		return next(within)
	}, ctx
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

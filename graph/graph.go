package graph

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"storegraph/db"
	"storegraph/graph/exec"
	"storegraph/graph/plan"
	"storegraph/graph/resolver"
	"storegraph/graph/shop"
	"storegraph/graph/shop/auth"
	"storegraph/graph/shop/payment"
	"storegraph/graph/watch"
	"storegraph/model"
)

// Config is what a Server needs. The zero value of each optional field is its default.
type Config struct {
	DB        db.DB
	JWTSecret string // signs the tokens of customers
	// CookieSecret signs the cookies of sessions; empty means that there are none.
	CookieSecret string
	// Secure tells whether a request came by TLS, without which no session begins. Nil means that none did.
	Secure func(ctx context.Context) bool
	// ClientAddr tells where a request came from, by which attempts to log in are counted. Nil means that it is not known.
	ClientAddr func(ctx context.Context) string
	Tokens     auth.TokenOptions
	Throttle   shop.Throttle
	Account    shop.Account
	// StrictCarts lets nobody but a customer change the carts of theirs.
	StrictCarts bool
	// Payers are the payment providers besides the system's own, by their ids.
	Payers map[string]payment.Provider
	// Hashes is how many password hashes run at a time, of 32 MB each; 0 means 4.
	Hashes int
	Now    func() time.Time // nil means time.Now
	Log    *slog.Logger     // nil logs nothing
	Limits Limits
	// MaxRESTLimit is the most a page of a REST list may hold; 0 means 10,000.
	MaxRESTLimit int
	// StrictOrders shows an order by its id to its customer and to who shows a token of it, instead of to whoever has the id.
	StrictOrders bool
	// AllowOrigin tells whether pages of an origin may open WebSockets here; those that this server itself served always may. Nil
	// allows no other.
	AllowOrigin func(origin string) bool
	// KeepAlive is the time between two signs of life on a stream on which nothing happens; 0 means 15 seconds.
	KeepAlive time.Duration
	// NoIntrospection hides the schema from GraphQL clients.
	NoIntrospection bool
	// NoProjection makes gqlgen's executor write every answer. Tests compare the two ways.
	NoProjection bool
	// OnFallback is called with a root field whose answer a compiled plan could not write. Tests count with it.
	OnFallback func(field string)
}

// A Server runs GraphQL operations on a store. It is safe for concurrent use.
type Server struct {
	db       db.DB
	tokens   *auth.Tokens
	sessions *auth.Sessions
	limits   Limits
	log      *slog.Logger
	public   side // what GraphQL clients see
	full     side // the same with what only the REST dialect needs
	now      func() time.Time
	shop     *shop.Shop

	streams     *streams
	carts       *watch.Watcher
	orders      *watch.Watcher
	allowOrigin func(origin string) bool
	keepAlive   time.Duration
}

// payers are the payment providers of a shop: the system's own, and others.
func payers(others map[string]payment.Provider) map[string]payment.Provider {
	out := map[string]payment.Provider{payment.SystemID: payment.System{}}
	maps.Copy(out, others)
	return out
}

// Work does what nobody waits for until ctx ends: what is to be done at payment providers. Any number of servers on one database
// may work. When ctx ends it ends all subscriptions, also those that would begin later, and returns when they have ended.
func (s *Server) Work(ctx context.Context) {
	defer s.Close()
	defer context.AfterFunc(ctx, s.streams.end)()
	s.shop.WorkPayments(ctx)
}

// Close ends all subscriptions, also those that would begin later, and returns when they have ended. Their clients are told to
// come again, to another server or to the next one here.
func (s *Server) Close() {
	s.streams.close()
	s.carts.Close()
	s.orders.Close()
}

// ReceivePaymentEvent keeps what a payment provider tells, and acts on it soon. It fails unless the provider signed it.
func (s *Server) ReceivePaymentEvent(ctx context.Context, provider string, header http.Header, body []byte) error {
	return s.shop.ReceivePaymentEvent(ctx, provider, header, body)
}

// A side is a schema and what runs its operations.
type side struct {
	schema *ast.Schema
	exec   *executor.Executor
	costs  *lru.Cache[*ast.OperationDefinition, cost]
}

// New returns a server of the store in c.DB.
func New(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxRESTLimit == 0 {
		c.MaxRESTLimit = 10_000
	}
	tokens, err := auth.NewTokens(c.JWTSecret, c.Tokens, c.Now)
	if err != nil {
		return nil, err
	}
	if c.Account.MFA.Vault == nil {
		if c.Account.MFA.Vault, err = auth.NewVault(""); err != nil {
			return nil, err
		}
	}
	s := &Server{db: c.DB, tokens: tokens, limits: c.Limits.withDefaults(), log: c.Log, now: c.Now}
	s.streams = newStreams(s.limits)
	s.carts = watch.New(c.DB.CartMarks, watch.Options{Log: c.Log})
	s.orders = watch.New(c.DB.OrderMarks, watch.Options{Log: c.Log})
	if s.allowOrigin = c.AllowOrigin; s.allowOrigin == nil {
		s.allowOrigin = func(string) bool { return false }
	}
	if s.keepAlive = c.KeepAlive; s.keepAlive == 0 {
		s.keepAlive = 15 * time.Second
	}
	if c.Hashes == 0 {
		c.Hashes = 4
	}
	s.sessions = &auth.Sessions{DB: c.DB, Secret: c.CookieSecret, Now: c.Now, Log: c.Log, Secure: c.Secure}
	store := shop.New(shop.Config{
		DB: c.DB, Tokens: s.tokens, Hasher: auth.NewHasher(c.Hashes), Now: c.Now,
		Payers: payers(c.Payers), Log: c.Log, ClientAddr: c.ClientAddr, Throttle: c.Throttle, Account: c.Account,
		StrictOrders: c.StrictOrders, StrictCarts: c.StrictCarts,
		Changed: func(ids ...string) {
			s.carts.Touch(ids...)
			s.orders.Touch(ids...)
		},
	})
	s.shop = store
	resolvers := &resolver.Resolver{DB: c.DB, Shop: store, Carts: s.carts, Orders: s.orders, MaxRESTLimit: c.MaxRESTLimit, StrictOrders: c.StrictOrders}
	full := exec.NewExecutableSchema(exec.Config{}).Schema()
	public, err := withoutInternal(full)
	if err != nil {
		return nil, err
	}
	for _, x := range []struct {
		side   *side
		schema *ast.Schema
	}{{&s.full, full}, {&s.public, public}} {
		if err := x.side.init(x.schema, resolvers, c); err != nil {
			return nil, err
		}
		x.side.exec.SetErrorPresenter(s.present)
		x.side.exec.SetRecoverFunc(func(ctx context.Context, p any) error {
			s.log.ErrorContext(ctx, "panic in a resolver", "panic", p, "stack", string(debug.Stack()))
			return model.Internal.Errorf("An unknown error occurred.")
		})
	}
	s.public.exec.SetParserTokenLimit(s.limits.Tokens)
	s.public.exec.SetDisableSuggestion(c.NoIntrospection)
	s.public.exec.Use(introspection{off: c.NoIntrospection})
	return s, nil
}

func (x *side) init(schema *ast.Schema, resolvers *resolver.Resolver, c Config) error {
	plans := plan.New(schema, plan.Options{Off: c.NoProjection, Fallback: c.OnFallback})
	x.schema = schema
	x.exec = executor.New(exec.NewExecutableSchema(exec.Config{
		Schema: schema, Resolvers: resolvers, Directives: exec.DirectiveRoot{Fast: plans.Fast},
	}))
	documents, err := lru.New[string, *ast.QueryDocument](1000)
	if err != nil {
		return err
	}
	x.exec.SetQueryCache(documentCache{documents})
	x.costs, err = lru.New[*ast.OperationDefinition, cost](1000)
	return err
}

// withoutInternal returns a schema without what is marked @internal.
func withoutInternal(full *ast.Schema) (*ast.Schema, error) {
	var doc ast.SchemaDocument
	for _, d := range full.Types {
		if d.BuiltIn {
			continue
		}
		c := *d
		c.Fields = visible(d.Fields)
		doc.Definitions = append(doc.Definitions, &c)
	}
	for _, d := range full.Directives {
		if d.Position != nil && !d.Position.Src.BuiltIn && d.Name != "internal" && d.Name != "fast" && d.Name != "omitNull" && d.Name != "goField" {
			doc.Directives = append(doc.Directives, d)
		}
	}
	prelude, err := gqlparser.LoadSchema()
	if err != nil {
		return nil, err
	}
	out := *prelude
	out.Types = map[string]*ast.Definition{}
	maps.Copy(out.Types, prelude.Types)
	for _, d := range doc.Definitions {
		out.Types[d.Name] = d
	}
	out.Directives = map[string]*ast.DirectiveDefinition{}
	maps.Copy(out.Directives, prelude.Directives)
	for _, d := range doc.Directives {
		out.Directives[d.Name] = d
	}
	out.Query, out.Mutation, out.Subscription = typeOf(&out, full.Query), typeOf(&out, full.Mutation), typeOf(&out, full.Subscription)
	out.PossibleTypes, out.Implements = map[string][]*ast.Definition{}, map[string][]*ast.Definition{}
	for name, of := range full.PossibleTypes {
		for _, d := range of {
			out.PossibleTypes[name] = append(out.PossibleTypes[name], out.Types[d.Name])
		}
	}
	for name, of := range full.Implements {
		for _, d := range of {
			out.Implements[name] = append(out.Implements[name], out.Types[d.Name])
		}
	}
	return &out, nil
}

func typeOf(s *ast.Schema, d *ast.Definition) *ast.Definition {
	if d == nil {
		return nil
	}
	return s.Types[d.Name]
}

// visible returns the fields and arguments that are not internal. @fast and @omitNull stay: they are directives
// for the server that no client sees.
func visible(fields ast.FieldList) ast.FieldList {
	var out ast.FieldList
	for _, f := range fields {
		if f.Directives.ForName("internal") != nil {
			continue
		}
		c := *f
		c.Arguments = nil
		for _, a := range f.Arguments {
			if a.Directives.ForName("internal") == nil {
				c.Arguments = append(c.Arguments, a)
			}
		}
		out = append(out, &c)
	}
	return out
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

// present turns an error into what a client sees. An internal one is logged, and its text kept.
func (s *Server) present(ctx context.Context, err error) *gqlerror.Error {
	out := graphql.DefaultErrorPresenter(ctx, err)
	e := model.AsError(err)
	if e == nil {
		if isRequestError(out) {
			e = &model.Error{Kind: model.Invalid, Message: out.Message}
		} else {
			if !errors.Is(err, context.Canceled) {
				s.log.ErrorContext(ctx, "internal error", "error", err, "path", out.Path.String())
			}
			e = &model.Error{Kind: model.Internal, Message: "An unknown error occurred."}
		}
	}
	extensions := map[string]any{"code": strings.ToUpper(string(e.Kind)), "type": string(e.Kind)}
	if e.Code != "" {
		extensions["reason"] = e.Code
	}
	if e.RetryAfter > 0 {
		extensions["retryAfter"] = int(e.RetryAfter.Seconds()) + 1
	}
	if e.Field != "" {
		extensions["field"] = e.Field
	}
	return &gqlerror.Error{Err: e, Message: e.Message, Path: out.Path, Locations: out.Locations, Extensions: extensions}
}

// isRequestError reports whether gqlgen itself refused a document, its variables or an argument.
func isRequestError(e *gqlerror.Error) bool {
	return e.Rule != "" || e.Extensions["code"] != nil || e.Err == nil
}

// An Operation is a parsed and validated GraphQL document that REST runs.
type Operation struct {
	Text string
	doc  *ast.QueryDocument
	op   *ast.OperationDefinition
}

// Field returns the operation's first root field.
func (o *Operation) Field() *ast.Field { return o.op.SelectionSet[0].(*ast.Field) }

// Compile parses and validates the text of a query or mutation of the full schema.
func (s *Server) Compile(text string) (*Operation, error) {
	doc, errs := gqlparser.LoadQueryWithRules(s.full.schema, text, nil)
	if len(errs) > 0 {
		return nil, errs
	}
	return &Operation{Text: text, doc: doc, op: doc.Operations[0]}, nil
}

// WithLocale returns a context whose viewer reads in this language, whatever the request's header says.
func WithLocale(ctx context.Context, locale string) context.Context {
	viewer := *auth.Viewer(ctx)
	viewer.Locale = locale
	return auth.WithViewer(ctx, &viewer)
}

// Schema returns the schema with everything that REST may use. It must not be changed.
func (s *Server) Schema() *ast.Schema { return s.full.schema }

// Run runs an operation in the REST dialect and returns its data. It fails as a whole if any part of it does.
func (s *Server) Run(ctx context.Context, o *Operation, variables map[string]any) (json.RawMessage, error) {
	vars, err := validator.VariableValues(s.full.schema, o.op, variables)
	if err != nil {
		return nil, model.Invalid.Errorf("%s", requestMessage(err))
	}
	op := &graphql.OperationContext{
		RawQuery: o.Text, Doc: o.doc, Operation: o.op, Variables: vars, DisableIntrospection: true,
		RecoverFunc:            graphql.DefaultRecover,
		ResolverMiddleware:     func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	}
	if err := s.full.admit(s.limits, op); err != nil {
		return nil, err
	}
	viewer := *auth.Viewer(ctx)
	viewer.AsReference = true
	ctx = plan.Watch(model.WithDialect(auth.WithViewer(ctx, &viewer), model.REST))
	handler, ctx := s.full.exec.DispatchOperation(ctx, op)
	resp := handler(ctx)
	if len(resp.Errors) > 0 {
		return nil, resp.Errors[0].Err
	}
	return plan.Omit(ctx, op, resp.Data), nil
}

func requestMessage(err error) string {
	if e, ok := errors.AsType[*gqlerror.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// Identify is middleware that says who is asking, for the requests of both surfaces.
func (s *Server) Identify(next http.Handler) http.Handler {
	return auth.Middleware(s.tokens, s.sessions)(next)
}

// CheckKey fails unless the request of ctx carries a valid publishable key.
func (s *Server) CheckKey(ctx context.Context) error { return s.db.CheckKey(ctx, auth.Viewer(ctx).Key) }

// RequireCustomer returns the id of the customer that the request of ctx is from. It fails if it is nobody's.
func (s *Server) RequireCustomer(ctx context.Context) (string, error) {
	c, err := auth.Customer(ctx)
	if err != nil {
		return "", err
	}
	return c.ActorID, nil
}

// RequireRegistrant fails unless the request of ctx is from a customer or from somebody who may become one.
func (s *Server) RequireRegistrant(ctx context.Context) error {
	_, err := auth.Registrant(ctx)
	return err
}

// RequireIdentity fails unless the request of ctx carries a valid token or session of anybody.
func (s *Server) RequireIdentity(ctx context.Context) error {
	_, err := auth.CallerOf(ctx).Claims()
	return err
}

// RequireProven fails unless the request of ctx carries a valid token or session of somebody with nothing left to show.
func (s *Server) RequireProven(ctx context.Context) error {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return err
	}
	return c.Complete()
}

package graph

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/cache"
	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/resolver"
	"github.com/storegraph/storegraph/graph/shop"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/shop/locking"
	"github.com/storegraph/storegraph/graph/shop/medusa"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/graph/shop/work"
	"github.com/storegraph/storegraph/graph/transport"
	"github.com/storegraph/storegraph/graph/watch"
)

// Config is what a Server needs. The zero value of each optional field is its default.
type Config struct {
	DB        db.DB
	JWTSecret string // signs the tokens of customers
	// CookieSecret signs the cookies of sessions; empty means that there are none.
	CookieSecret string
	// Secure reports whether a request came over TLS, without which no session begins. Nil means that none did.
	Secure func(ctx context.Context) bool
	// ClientAddr returns the address that a request came from, by which attempts to log in are counted. Nil means that it is not
	// known.
	ClientAddr func(ctx context.Context) string
	Tokens     auth.TokenOptions
	Throttle   shop.Throttle
	Account    shop.Account
	shop.Policy
	// Emitted is called when events were committed that should be delivered at once. Nil means that nobody is called.
	Emitted func()
	// Observe observes the work at payment providers. Nil means that nobody does.
	Observe func(work.Observation)
	// Payers are the payment providers besides the system's own, by their ids.
	Payers map[string]payment.Provider
	// Medusa is a Medusa on the same database, for what needs a provider that only it has. Nil means that there is none.
	Medusa *medusa.Client
	// MedusaLocks are the locks of a Medusa beside this server, if it has them in Redis. Nil means that it has not.
	MedusaLocks *locking.Redis
	// Hashes is how many password hashes run at a time, of 32 MB each; 0 means 4.
	Hashes int
	Now    func() time.Time // nil means time.Now
	Log    *slog.Logger     // nil logs nothing
	Limits Limits
	// MaxRESTLimit is the most a page of a REST list may hold; 0 means 10,000.
	MaxRESTLimit int
	// AllowOrigin reports whether pages of an origin may open WebSockets here; those that this server itself served always may.
	// Nil allows no other.
	AllowOrigin func(origin string) bool
	// KeepAlive is the time between two signs of life on a stream on which nothing happens; 0 means 15 seconds.
	KeepAlive time.Duration
	// Documents are trusted documents, which clients name by their ids.
	Documents []TrustedDocument
	// DocumentsOnly refuses all other documents, and introspection with them.
	DocumentsOnly bool
	// CacheSize is how many bytes of finished answers are kept in memory; 0 keeps none.
	CacheSize int
	// Lifetimes say how long proxies may give an answer of the catalogue without asking.
	Lifetimes Lifetimes
	// CatalogueVersion returns the version of the catalogue, to which what is kept belongs. Nil means the database's.
	CatalogueVersion func() (version string, ok bool)
	// NoIntrospection hides the schema from GraphQL clients.
	NoIntrospection bool
	// NoProjection makes gqlgen's executor write every answer. Tests compare the two ways.
	NoProjection bool
	// Measure is called with what each operation took. Nil means that nobody measures.
	Measure func(Measurement)
	// Tracer makes spans: of each operation and each use case in it, and of each attempt at a payment provider that no request waits for. Nil
	// means that nothing is traced.
	Tracer trace.Tracer
	// OnFallback is called with a root field whose answer a compiled plan could not write. Tests count with it.
	OnFallback func(field string)
}

func (c *Config) setDefaults() error {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.CatalogueVersion == nil {
		c.CatalogueVersion = c.DB.CatalogueVersion
	}
	if c.Secure == nil {
		c.Secure = func(context.Context) bool { return false }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxRESTLimit == 0 {
		c.MaxRESTLimit = 10_000
	}
	if c.Hashes == 0 {
		c.Hashes = 4
	}
	c.Limits = c.Limits.withDefaults()
	if c.Account.MFA.Vault != nil {
		return nil
	}
	var err error
	c.Account.MFA.Vault, err = auth.NewVault("")
	return err
}

// A Server runs GraphQL operations on a store: those of GraphQL clients over HTTP, as the http.Handler that it embeds, and those
// that the REST dialect compiles. It is safe for concurrent use.
type Server struct {
	*transport.Handler

	db       db.DB
	tokens   *auth.Tokens
	sessions *auth.Sessions
	shop     *shop.Shop
	limits   Limits
	log      *slog.Logger
	now      func() time.Time
	secure   func(ctx context.Context) bool

	measure   func(Measurement) // nil: nobody measures
	tracer    trace.Tracer      // nil: nothing is traced
	throttled atomic.Int64

	public *surface // what GraphQL clients see
	full   *surface // the same with what only the REST dialect needs

	answers   *cache.Cache
	persisted *persisted
	sdl       string // of the public surface
	sdlTag    string

	carts    *watch.Watcher
	orders   *watch.Watcher
	products *watch.Watcher
}

// New returns a server of the store in c.DB.
func New(c Config) (*Server, error) {
	if err := c.setDefaults(); err != nil {
		return nil, err
	}
	tokens, err := auth.NewTokens(c.JWTSecret, c.Tokens, c.Now)
	if err != nil {
		return nil, err
	}
	s := &Server{
		db: c.DB, tokens: tokens, limits: c.Limits, log: c.Log, now: c.Now, measure: c.Measure, tracer: c.Tracer, secure: c.Secure,
		answers:  cache.New(cache.Options{Version: c.CatalogueVersion, Size: c.CacheSize, Lifetimes: c.Lifetimes, Vary: visibleBy}),
		sessions: &auth.Sessions{DB: c.DB, Secret: c.CookieSecret, Now: c.Now, Log: c.Log, Secure: c.Secure},
		carts:    watch.New(c.DB.CartMarks, watch.Options{Log: c.Log}),
		orders:   watch.New(c.DB.OrderMarks, watch.Options{Log: c.Log}),
		products: watch.New(c.DB.ProductMarks, watch.Options{Log: c.Log}),
	}
	if c.Medusa != nil {
		s.sessions.Elsewhere = auth.NewElsewhere(func(ctx context.Context, cookie, key string) (string, error) {
			return c.Medusa.SessionCustomer(ctx, medusa.Caller{Key: key, Cookie: cookie})
		}, c.Now)
	}
	_ = program() // now, so that no request waits for it
	s.shop = shop.New(shop.Config{
		DB: c.DB, Tokens: tokens, Hasher: auth.NewHasher(c.Hashes), Now: c.Now, Payers: withSystem(c.Payers), Log: c.Log, Medusa: c.Medusa, MedusaLocks: c.MedusaLocks,
		ClientAddr: c.ClientAddr, Throttle: c.Throttle, Account: c.Account, Policy: c.Policy,
		Changed: s.touch, Emitted: c.Emitted, Observe: c.Observe, Tracer: c.Tracer,
	})
	if err := s.openSurfaces(c); err != nil {
		return nil, err
	}
	s.Handler = transport.New(publicExecutor{s}, transport.Options{
		Limits: c.Limits.Limits, AllowOrigin: c.AllowOrigin, KeepAlive: c.KeepAlive, Log: c.Log,
		InitHeaders: []string{auth.KeyHeader, auth.LocaleHeader, "Authorization"},
	})
	return s, nil
}

// openSurfaces makes the public and the full schema executable.
func (s *Server) openSurfaces(c Config) error {
	resolvers := &resolver.Resolver{
		DB: c.DB, Shop: s.shop, Carts: s.carts, Orders: s.orders, Products: s.products, MaxRESTLimit: c.MaxRESTLimit, Alone: s.alone,
	}
	schema := exec.NewExecutableSchema(exec.Config{}).Schema()
	public, err := withoutInternal(schema)
	if err != nil {
		return err
	}
	open := func(schema *ast.Schema) *surface {
		plans := plan.New(schema, plan.Options{Off: c.NoProjection, Fallback: c.OnFallback, Read: exec.Arguments})
		return newSurface(schema, exec.Config{Schema: schema, Resolvers: resolvers, Directives: exec.DirectiveRoot{Fast: plans.Fast}}, s)
	}
	s.full, s.public = open(schema), open(public)
	s.full.hidden, s.public.hidden = true, c.NoIntrospection
	s.public.documents.tokens, s.public.documents.suggest = c.Limits.Tokens, !c.NoIntrospection
	s.sdl = sdl(public)
	s.sdlTag = tagOf(s.sdl)
	s.persisted, err = newPersisted(s.public.documents, c)
	return err
}

// withSystem are the payment providers of a shop: the system's own, and others.
func withSystem(others map[string]payment.Provider) map[string]payment.Provider {
	out := map[string]payment.Provider{payment.SystemID: payment.System{}}
	maps.Copy(out, others)
	return out
}

// touch has these carts or orders looked at now, for subscriptions to them.
func (s *Server) touch(ids ...string) {
	s.carts.Touch(ids...)
	s.orders.Touch(ids...)
}

// Work does what is due at payment providers until ctx ends. Any number of servers on one database may work. When ctx ends it ends
// all subscriptions, also those that would begin later, and returns when they have ended.
func (s *Server) Work(ctx context.Context) {
	defer s.Close()
	defer context.AfterFunc(ctx, s.Stop)()
	s.shop.WorkPayments(ctx)
}

// Close ends all subscriptions, also those that would begin later, and returns when they have ended. Their clients are told in a way
// that has them connect again, to another server or to the next one here.
func (s *Server) Close() {
	s.Handler.Close()
	s.carts.Close()
	s.orders.Close()
	s.products.Close()
}

// ReceivePaymentEvent keeps what a payment provider tells, and acts on it soon. It fails unless the provider signed it.
func (s *Server) ReceivePaymentEvent(ctx context.Context, provider string, header http.Header, body []byte) error {
	if s.tracer == nil {
		return s.shop.ReceivePaymentEvent(ctx, provider, payment.Webhook{Header: header.Get, Body: body})
	}
	_, err := s.useCase(ctx, "receivePaymentEvent", func(ctx context.Context) (any, error) {
		return nil, s.shop.ReceivePaymentEvent(ctx, provider, payment.Webhook{Header: header.Get, Body: body})
	})
	return err
}

package shop

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/shop/fulfillment"
	"github.com/storegraph/storegraph/graph/shop/locking"
	"github.com/storegraph/storegraph/graph/shop/medusa"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/graph/shop/work"
	"github.com/storegraph/storegraph/model/tax"
)

// Config is what a Shop needs.
type Config struct {
	DB     db.DB
	Tokens *auth.Tokens
	Hasher *auth.Hasher
	Now    func() time.Time

	TaxProviders map[string]tax.Provider // by the ids that tax regions name; nil: the system's own
	Carriers     fulfillment.Providers   // who ships, by id; nil: those that every shop has
	Payers       payment.Providers       // by whom is paid, by id; nil: the system's own
	Log          *slog.Logger            // of what nobody waits for; nil logs nothing

	Medusa      *medusa.Client // a Medusa on the same database, for what needs a provider that only it has; nil: there is none
	MedusaLocks *locking.Redis // the locks of a Medusa beside this server, if it has them in Redis; nil: it has not

	Changed func(ids ...string) // is told of carts and orders that have been written to, once that is committed; nil: nobody

	Emitted func()                 // is called when events were committed that should be delivered at once; nil: nobody
	Observe func(work.Observation) // observes the work at payment providers; nil: nobody
	Tracer  trace.Tracer           // makes a span of each attempt there; nil: nothing is traced

	Policy

	ClientAddr func(ctx context.Context) string // the address a request came from; nil: it is not known
	Throttle   Throttle
	Account
}

// A Policy is what a shop may decide otherwise than the reference does. The zero value is the reference's way.
type Policy struct {
	StrictCarts  bool // a customer's cart is changed by that customer only; otherwise by everybody who has its id
	StrictOrders bool // an order is shown and acted on for its customer and bearers of its token; otherwise for everybody who has its id
}

// A Throttle bounds the failed attempts to prove who one is. The zero value of each is its default.
type Throttle struct {
	PerAccount int           // on an account from one network in a window; 0 means 20. From all networks together it is ten times as many
	PerAddress int           // from one network; 0 means 300
	Window     time.Duration // how long attempts count; 0 means 5 minutes
}

// An Account is how somebody proves who they are in a shop. The zero value is by e-mail and password alone.
type Account struct {
	MFA         MFA
	Redirectors []auth.Redirector // further providers
	// MethodsPerActor are the providers that kinds of actors may use; one that is not named may use any.
	MethodsPerActor map[string][]string
	// VerificationsPerActor is what kinds of actors have to have verified before they are somebody.
	VerificationsPerActor map[string][]RequiredVerification
	BindBrowser           bool // a log-in that left for a provider's page ends only in the browser in which it began
}

// A RequiredVerification says that who logs in by a provider must have verified what the provider knows them by.
type RequiredVerification struct {
	AuthProvider string `json:"auth_provider"`
	EntityType   string `json:"entity_type"`
}

// A Shop is the use cases of a store. It is safe for concurrent use.
type Shop struct {
	Config

	locks    locks
	payments paymentWork
}

// New returns the shop of a store.
func New(c Config) *Shop {
	t := &c.Throttle
	if t.PerAccount == 0 {
		t.PerAccount = 20
	}
	if t.PerAddress == 0 {
		t.PerAddress = 300
	}
	if t.Window == 0 {
		t.Window = 5 * time.Minute
	}
	c.MFA = c.MFA.withDefaults()
	if c.Carriers == nil {
		c.Carriers = fulfillment.BuiltIn()
	}
	if c.Payers == nil {
		c.Payers = payment.Providers{payment.SystemID: payment.System{}}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Changed == nil {
		c.Changed = func(...string) {}
	}
	if c.Emitted == nil {
		c.Emitted = func() {}
	}
	if c.ClientAddr == nil {
		c.ClientAddr = func(context.Context) string { return "" }
	}
	if c.TaxProviders == nil {
		c.TaxProviders = map[string]tax.Provider{tax.SystemID: tax.System{}}
	}
	s := &Shop{Config: c}
	s.payments = newPaymentWork(s)
	return s
}

// mailing runs fn in a transaction like changing, and has the events that it emits delivered at once, since somebody waits for a mail.
func (s *Shop) mailing(ctx context.Context, fn func(tx db.DB) error, ids ...string) error {
	err := s.changing(ctx, fn, ids...)
	if err == nil {
		s.Emitted()
	}
	return err
}

// changing runs fn in a transaction like inTx, with the carts or orders that it changes to itself, and tells of them.
func (s *Shop) changing(ctx context.Context, fn func(tx db.DB) error, ids ...string) error {
	under, x, err := s.exclude(ctx, ids...)
	if err != nil {
		return err
	}
	defer x.end(ctx)
	err = x.lost(under, s.inTx(under, fn))
	if err == nil {
		s.Changed(ids...)
	}
	return err
}

// inTx runs fn in a transaction and commits if it succeeds.
func (s *Shop) inTx(ctx context.Context, fn func(tx db.DB) error) error {
	_, err := db.InTx(ctx, s.DB, func(tx db.DB) (struct{}, error) { return struct{}{}, fn(tx) })
	return err
}

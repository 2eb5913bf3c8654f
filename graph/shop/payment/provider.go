package payment

import (
	"context"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A Provider is a payment provider. It is safe for concurrent use. Each call may be repeated: what has been done already is not done
// again.
//
// A call that the provider does not answer in time, or refuses, fails with model.Payment; the message is shown to the shopper.
type Provider interface {
	// Begin begins a payment session.
	Begin(ctx context.Context, r Request) (Outcome, error)
	// Authorize returns the state of a session. Unless its status is authorized or captured, nothing has been paid.
	Authorize(ctx context.Context, s Session) (Outcome, error)
	// Void makes sure that nothing is paid by a session: it cancels the session, releases what is authorised, and refunds what was
	// captured. It returns the session's last data.
	Void(ctx context.Context, s Session) (model.JSON, error)
	// Capture takes all that a session has authorised, and returns its state. Unless its status is captured, nothing has been taken.
	Capture(ctx context.Context, s Session) (Outcome, error)
	// Refund gives back an amount of what was taken by a session. The same key is given back once, however often and late it is asked for. If it
	// fails with UserErrorCodePaymentFailed nothing was given back, and nothing will be.
	Refund(ctx context.Context, s Session, amount model.Amount, key string) error
	// Holder returns the customer's account at the provider, and creates it if there is none. It returns nil if the provider keeps no
	// customers.
	Holder(ctx context.Context, c *model.PayingCustomer) (*Holder, error)
	// Methods lists the payment methods that a customer has saved.
	Methods(ctx context.Context, holder Holder) ([]*model.PaymentMethod, error)
	// Event reads a webhook. It fails with model.Unauthorized unless the provider signed it.
	Event(ctx context.Context, w Webhook) (Event, error)
}

// A Webhook is a request by which a provider tells that something has happened.
type Webhook struct {
	Header func(name string) string // the value of a header; empty without one
	Body   []byte
}

// A Request is what Begin is asked for.
type Request struct {
	SessionID    string
	Amount       model.Amount
	CurrencyCode string
	Data         model.JSON // what the shopper sends along
	Holder       *Holder    // nil for a guest
}

// A Session is a payment session, as its provider knows it.
type Session struct {
	ID           string
	Amount       model.Amount
	CurrencyCode string
	Data         model.JSON // what the provider returned last
}

// An Outcome is the state of a session.
type Outcome struct {
	Status model.PaymentStatus
	Data   model.JSON
	Amount *model.Amount // what is authorised or captured, if that is less than the session's amount to the smallest coin
	Excess *model.Amount // what was captured beyond the session's amount to the smallest coin, if anything was
}

// A Holder is the account of a customer at a provider.
type Holder struct {
	ID   string
	Data model.JSON
}

// An Event is what a webhook says about a session.
type Event struct {
	ID        string // the same event may come several times
	Action    Action
	SessionID string        // empty: the event is not about a session of this shop
	Amount    *model.Amount // what is authorised or was captured
	Data      model.JSON    // of the session, at the time of the event
}

// An Action is what an event says has happened.
type Action string

// The actions.
const (
	Ignored    Action = "not_supported" // also a failed try to pay: the shopper may try again
	Authorized Action = "authorized"
	Captured   Action = "captured"
	Canceled   Action = "canceled"
)

// SystemID is the id under which every shop has the provider System, as in the reference.
const SystemID = model.SystemPaymentPrefix + "default"

// IsSystem reports whether the provider with an id is System, which a shop may have under several ids.
func IsSystem(id string) bool { return strings.HasPrefix(id, model.SystemPaymentPrefix) }

// Providers are the payment providers of a shop, by their ids.
type Providers map[string]Provider

// For returns the provider with an id, or nil if the shop has none. System need not be listed.
func (ps Providers) For(id string) Provider {
	if p := ps[id]; p != nil {
		return p
	}
	if IsSystem(id) {
		return System{}
	}
	return nil
}

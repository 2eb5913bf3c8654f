package payment

import (
	"context"

	"storegraph/model"
)

// A Provider is a way to pay. It is safe for concurrent use. Each call may be repeated: what has been done already is not
// done again.
//
// What a provider does not answer in time, or refuses, fails with model.Payment; the message is shown to the shopper.
type Provider interface {
	// Begin makes ready to pay an amount. data is what the shopper sends along.
	Begin(ctx context.Context, r Request) (Outcome, error)
	// Authorize tells how far the payment of a session has come. Unless its status is authorized or captured, nothing has
	// been paid.
	Authorize(ctx context.Context, s Session) (Outcome, error)
	// Capture takes the money of an authorised session, and returns its new data.
	Capture(ctx context.Context, s Session, amount model.Amount) (model.JSON, error)
	// Refund gives back money that was taken. key tells one refund from another.
	Refund(ctx context.Context, s Session, amount model.Amount, key string) (model.JSON, error)
	// Void makes sure that nothing is paid by a session: it ends the session, lets go of what is authorised, and gives back
	// what was taken. It returns the session's last data.
	Void(ctx context.Context, s Session) (model.JSON, error)
	// Holder returns who a customer is at the provider, and makes them known there if they are not. None is kept if the
	// provider keeps no customers.
	Holder(ctx context.Context, c *model.PayingCustomer) (*Holder, error)
	// Methods lists what a customer has saved to pay with.
	Methods(ctx context.Context, holder Holder) ([]*model.PaymentMethod, error)
	// Event reads a webhook. It fails with model.Unauthorized unless the provider signed it.
	Event(ctx context.Context, w Webhook) (Event, error)
}

// A Webhook is a request by which a provider tells that something has happened.
type Webhook struct {
	Header func(name string) string // the value of a header; empty without one
	Body   []byte
}

// A Request is what shall be paid.
type Request struct {
	SessionID    string
	Amount       model.Amount
	CurrencyCode string
	Data         model.JSON
	Holder       *Holder // nil of a guest
}

// A Session is an attempt to pay, as its provider knows it.
type Session struct {
	ID           string
	Amount       model.Amount
	CurrencyCode string
	Data         model.JSON // what the provider said last
}

// An Outcome is how a session stands.
type Outcome struct {
	Status model.PaymentStatus
	Data   model.JSON
	Amount *model.Amount // what is authorised or captured, if that is not the session's amount to the smallest coin
}

// A Holder is a customer at a provider.
type Holder struct {
	ID   string
	Data model.JSON
}

// An Event is what a provider tells about a session.
type Event struct {
	ID        string // each is told once or several times
	Action    Action
	SessionID string        // empty: it is about no session of this shop
	Amount    *model.Amount // what is authorised or was captured
	Data      model.JSON    // the session's, as of then
}

// An Action is what has happened to a payment.
type Action string

// The actions.
const (
	Ignored    Action = "not_supported" // also a failed try to pay: the shopper may try again
	Authorized Action = "authorized"
	Captured   Action = "captured"
	Canceled   Action = "canceled"
)

// SystemID is the provider by which nothing is paid, in the reference's words.
const SystemID = "pp_system_default"

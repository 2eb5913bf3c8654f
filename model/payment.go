package model

import (
	"context"
	"io"
)

// A PaymentCollection is the amount due for a cart, and how much of it is authorised, captured and refunded.
type PaymentCollection struct {
	ID                  string
	CurrencyCode        string
	Amount              Amount
	RawAmount           JSON
	AuthorizedAmount    *Amount
	RawAuthorizedAmount JSON
	CapturedAmount      *Amount
	RawCapturedAmount   JSON
	RefundedAmount      *Amount
	RawRefundedAmount   JSON
	Status              PaymentCollectionStatus
	CompletedAt         *Time
	Metadata            JSON
	CreatedAt           Time
	UpdatedAt           Time
	DeletedAt           *Time

	PaymentSessions  []*PaymentSession  `bun:"-"`
	PaymentProviders []*PaymentProvider `bun:"-"`
}

// A PaymentSession is an attempt to pay with one payment provider.
type PaymentSession struct {
	ID                  string
	CurrencyCode        string
	Amount              Amount
	RawAmount           JSON
	ProviderID          string
	Data                JSON
	Context             JSON
	Status              PaymentStatus
	AuthorizedAt        *Time
	PaymentCollectionID string
	Metadata            JSON
	CreatedAt           Time
	UpdatedAt           Time
	DeletedAt           *Time

	Payment *SessionPayment `bun:"-"` // nil until the session was authorised
}

// A SessionPayment is the payment of a payment session.
type SessionPayment struct{ ID string }

// An OrderCapture is an amount that was captured for an order.
type OrderCapture struct {
	ID        string
	Amount    Amount
	RawAmount JSON
}

// SystemPaymentPrefix begins the ids of payment outside of the shop. What follows is the name under which a shop has set it up.
const SystemPaymentPrefix = "pp_system_"

// PaymentStatus is the status of a payment session.
type PaymentStatus string

// The statuses of payment sessions, as the reference stores them.
const (
	PaymentStatusPending              PaymentStatus = "pending"
	PaymentStatusRequiresMore         PaymentStatus = "requires_more"         // the shopper has to act
	PaymentStatusPendingAuthorization PaymentStatus = "pending_authorization" // the provider reports the outcome later
	PaymentStatusAuthorized           PaymentStatus = "authorized"
	PaymentStatusCaptured             PaymentStatus = "captured"
	PaymentStatusError                PaymentStatus = "error"
	PaymentStatusCanceled             PaymentStatus = "canceled"
)

// MarshalGQLContext writes the status in the dialect of ctx.
func (s PaymentStatus) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads a status, in capitals or not.
func (s *PaymentStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, PaymentStatusPending, PaymentStatusRequiresMore, PaymentStatusPendingAuthorization, PaymentStatusAuthorized, PaymentStatusCaptured,
		PaymentStatusError, PaymentStatusCanceled)
}

// PaymentCollectionStatus is the status of a payment collection.
type PaymentCollectionStatus string

// The statuses of payment collections, as the reference stores them.
const (
	PaymentCollectionStatusNotPaid             PaymentCollectionStatus = "not_paid"
	PaymentCollectionStatusAwaiting            PaymentCollectionStatus = "awaiting"
	PaymentCollectionStatusAuthorized          PaymentCollectionStatus = "authorized"
	PaymentCollectionStatusPartiallyAuthorized PaymentCollectionStatus = "partially_authorized"
	PaymentCollectionStatusPartiallyCaptured   PaymentCollectionStatus = "partially_captured"
	PaymentCollectionStatusCompleted           PaymentCollectionStatus = "completed"
	PaymentCollectionStatusCanceled            PaymentCollectionStatus = "canceled"
	PaymentCollectionStatusFailed              PaymentCollectionStatus = "failed"
)

// MarshalGQLContext writes it in the dialect of ctx.
func (s PaymentCollectionStatus) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads it, in capitals or not.
func (s *PaymentCollectionStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, PaymentCollectionStatusNotPaid, PaymentCollectionStatusAwaiting, PaymentCollectionStatusAuthorized, PaymentCollectionStatusPartiallyAuthorized,
		PaymentCollectionStatusPartiallyCaptured, PaymentCollectionStatusCompleted, PaymentCollectionStatusCanceled, PaymentCollectionStatusFailed)
}

// Paid reports whether the money is held (authorised) or captured.
func (s PaymentStatus) Paid() bool {
	return s == PaymentStatusAuthorized || s == PaymentStatusCaptured
}

// Open reports whether a session can still pay for a cart, or has.
func (s PaymentStatus) Open() bool {
	switch s {
	case PaymentStatusPending, PaymentStatusRequiresMore, PaymentStatusPendingAuthorization, PaymentStatusAuthorized, PaymentStatusCaptured:
		return true
	case PaymentStatusError, PaymentStatusCanceled:
	}
	return false
}

// A PaymentRecord is a payment: the money that a session authorised, which the provider holds or has captured.
type PaymentRecord struct {
	ID                  string
	Amount              Amount
	RawAmount           JSON
	CurrencyCode        string
	ProviderID          string
	Data                JSON
	PaymentCollectionID string
	PaymentSessionID    string
	CapturedAt          *Time
	CanceledAt          *Time
}

// A PayingCustomer is what payment providers are given of a customer.
type PayingCustomer struct {
	ID          string
	Email       *string
	CompanyName *string
	FirstName   *string
	LastName    *string
	Phone       *string
	Billing     *CustomerAddress // nil if the customer has no address

	JSON JSON // the same with all addresses and account holders, as payment sessions keep it
}

// A PaymentMethod is a payment method that a customer has saved, such as a card.
type PaymentMethod struct {
	ID   string // at the provider
	Data JSON   // the provider's data
}

// CollectionStatus returns the status of a payment collection, as the reference stores it, from the amounts that are due,
// authorised and captured, and from whether there are sessions. The currency has digits decimal places.
func CollectionStatus(amount, authorized, captured Amount, digits int, sessions bool) string {
	round := func(a Amount) Amount {
		if digits == 0 { // the reference does not round to whole units
			return a
		}
		return Amount{a.Round(int32(digits))}
	}
	switch {
	case !round(amount).Exceeds(round(captured)):
		return "completed"
	case authorized.Exceeds(Nothing) && round(amount).Exceeds(round(authorized)):
		return "partially_authorized"
	case authorized.Exceeds(Nothing):
		return "authorized"
	case sessions:
		return "awaiting"
	default:
		return "not_paid"
	}
}

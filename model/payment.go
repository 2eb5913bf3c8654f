package model

// A PaymentCollection is what has to be paid for a cart, and how that goes.
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
	Status              string
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
	Status              string
	AuthorizedAt        *Time
	PaymentCollectionID string
	Metadata            JSON
	CreatedAt           Time
	UpdatedAt           Time
	DeletedAt           *Time

	Payment *SessionPayment `bun:"-"` // nil until it was authorised
}

// A SessionPayment is what was paid with one session.
type SessionPayment struct{ ID string }

// An OrderCapture is an amount that was taken for an order.
type OrderCapture struct {
	ID        string
	Amount    Amount
	RawAmount JSON
}

// PaymentStatus is how far a payment session has come.
type PaymentStatus string

// The statuses of payment sessions, in the reference's words.
const (
	PaymentStatusPending              PaymentStatus = "pending"
	PaymentStatusRequiresMore         PaymentStatus = "requires_more"         // the shopper has something to do
	PaymentStatusPendingAuthorization PaymentStatus = "pending_authorization" // the provider will tell later
	PaymentStatusAuthorized           PaymentStatus = "authorized"
	PaymentStatusCaptured             PaymentStatus = "captured"
	PaymentStatusError                PaymentStatus = "error"
	PaymentStatusCanceled             PaymentStatus = "canceled"
)

// Paid reports whether the provider holds the money, or has taken it.
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

// A PaymentRecord is what a session authorised: money that the provider holds, or has taken.
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

// A PayingCustomer is a customer as payment providers see them.
type PayingCustomer struct {
	ID          string
	Email       *string
	CompanyName *string
	FirstName   *string
	LastName    *string
	Phone       *string
	Billing     *CustomerAddress // nil if they have no address

	JSON JSON // the same with all addresses and account holders, as payment sessions keep it
}

// A PaymentMethod is what a customer has saved to pay with, such as a card.
type PaymentMethod struct {
	ID   string // at the provider
	Data JSON   // what the provider tells about it
}

// CollectionStatus returns the status of a payment collection, in the reference's words: by what has to be paid, what is
// authorised and what was captured, all in a currency of so many decimal places, and by whether there are sessions.
func CollectionStatus(amount, authorized, captured Amount, digits int, sessions bool) string {
	round := func(a Amount) Amount {
		if digits == 0 { // the reference rounds to no whole units
			return a
		}
		return Amount{a.Round(int32(digits))}
	}
	switch {
	case !round(captured).Less(round(amount)):
		return "completed"
	case authorized.Sign() > 0 && round(authorized).Less(round(amount)):
		return "partially_authorized"
	case authorized.Sign() > 0:
		return "authorized"
	case sessions:
		return "awaiting"
	default:
		return "not_paid"
	}
}

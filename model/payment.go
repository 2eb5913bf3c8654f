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

	PaymentSessions []*PaymentSession `bun:"-"`
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
	ID     string
	Amount Amount
}

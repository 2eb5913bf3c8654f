package model

import (
	"context"
	"io"
)

// ReturnStatus is how far a return is.
type ReturnStatus string

// The statuses.
const (
	ReturnStatusOpen              ReturnStatus = "open"
	ReturnStatusRequested         ReturnStatus = "requested"
	ReturnStatusReceived          ReturnStatus = "received"
	ReturnStatusPartiallyReceived ReturnStatus = "partially_received"
	ReturnStatusCanceled          ReturnStatus = "canceled"
)

// MarshalGQLContext writes the status in the dialect of ctx.
func (s ReturnStatus) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads a status in either case.
func (s *ReturnStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, ReturnStatusOpen, ReturnStatusRequested, ReturnStatusReceived, ReturnStatusPartiallyReceived, ReturnStatusCanceled)
}

// A Return is what a customer sends back of an order.
type Return struct {
	ID              string
	DisplayID       int
	OrderID         string
	OrderVersion    int // which the return was requested of
	ExchangeID      *string
	ClaimID         *string
	Status          ReturnStatus
	LocationID      *string
	NoNotification  *bool
	RefundAmount    *Amount
	RawRefundAmount JSON
	CreatedBy       *string
	Metadata        JSON
	RequestedAt     *Time
	ReceivedAt      *Time
	CanceledAt      *Time
	CreatedAt       Time
	UpdatedAt       Time
	DeletedAt       *Time

	Items           []*ReturnItem          `bun:"-"`
	ShippingMethods []*OrderShippingMethod `bun:"-"`
	Transactions    []*OrderTransaction    `bun:"-"`
	Order           *Order                 `bun:"-"`
}

// A ReturnItem is what of a line comes back.
type ReturnItem struct {
	ID                  string
	ReturnID            string
	ItemID              string
	ReasonID            *string
	Note                *string
	Quantity            Amount
	RawQuantity         JSON
	ReceivedQuantity    Amount
	RawReceivedQuantity JSON
	DamagedQuantity     Amount
	RawDamagedQuantity  JSON
	Metadata            JSON
	CreatedAt           Time
	UpdatedAt           Time
	DeletedAt           *Time

	Item   *OrderItem    `bun:"-"`
	Reason *ReturnReason `bun:"-"`
}

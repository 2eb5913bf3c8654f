package model

import (
	"context"
	"encoding/json"
	"io"
)

// ReturnStatus is the status of a return.
type ReturnStatus string

// The statuses of returns.
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

// UnmarshalGQLContext reads a status, in capitals or not.
func (s *ReturnStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, ReturnStatusOpen, ReturnStatusRequested, ReturnStatusReceived, ReturnStatusPartiallyReceived, ReturnStatusCanceled)
}

// A Return is what a customer sends back of an order.
type Return struct {
	ID              string
	DisplayID       int
	OrderID         string
	OrderVersion    int // the version that the return was requested of
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

	Before         *Order                 `bun:"-"` // the order as it was when the return was requested
	ShippingBefore []*OrderShippingMethod `bun:"-"` // ShippingMethods as of that version

	CurrencyCode string `bun:"-"` // of the order

	Totals `bun:"-"` // of the shipping methods

	// The reference answers 0 as the total of the lines of a return, and leaves it out of a return without lines.
	OfItems *Amount `bun:"-"`
}

// Exchange returns the exchange that the return is part of, as an object with an id, or null.
func (r *Return) Exchange() JSON { return named(r.ExchangeID) }

// Claim returns the claim that the return is part of, as an object with an id, or null.
func (r *Return) Claim() JSON { return named(r.ClaimID) }

// named returns an object with an id, or null.
func named(id *string) JSON {
	if id == nil {
		return JSON("null")
	}
	j, err := json.Marshal(map[string]string{"id": *id})
	if err != nil {
		panic(err) // a map of strings always marshals
	}
	return j
}

// A ReturnItem is the units of a line that are returned.
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

	Item   *OrderItem    `bun:"-"` // nil if the order no longer has the line
	Reason *ReturnReason `bun:"-"`

	Before       *OrderItem       `bun:"-"` // the line as it was when the return was requested
	DetailBefore *OrderItemDetail `bun:"-"`
	Nothing      Amount           `bun:"-"` // always 0, the total that the reference answers
}

// A ReturnOption is a shipping option for returns.
type ReturnOption struct {
	ID         string
	Name       string
	PriceType  ShippingPriceType
	ProviderID *string
	LocationID *string // where the return is sent to
	Address    *StockLocationAddress
	Price      *CalculatedPrice // nil if it has none
}

// RequestReturn records that the return of units of a line is requested. It fails with Invalid unless that many units are fulfilled
// and neither returned nor requested to be returned. The order must have the line.
func (o *Order) RequestReturn(itemID string, quantity Amount) error {
	d := o.Item(itemID).Detail
	out := d.FulfilledQuantity.Minus(d.ReturnRequestedQuantity).Minus(d.ReturnReceivedQuantity).Minus(d.ReturnDismissedQuantity)
	if out.Less(quantity) {
		return Invalid.Because(UserErrorCodeReturnQuantityExceeded).Errorf("Cannot request to return more items than what was fulfilled for item %s.", itemID)
	}
	d.ReturnRequestedQuantity = d.ReturnRequestedQuantity.Plus(quantity)
	d.RawReturnRequestedQuantity = d.ReturnRequestedQuantity.Raw()
	return nil
}

// ReceiveReturn records that units of a line were returned. It fails with Invalid unless the return of that many was requested. The
// order must have the line.
func (o *Order) ReceiveReturn(itemID string, quantity Amount) error {
	d := o.Item(itemID).Detail
	if d.ReturnRequestedQuantity.Less(quantity) {
		return Invalid.Because(UserErrorCodeReturnQuantityExceeded, "receiveNow").Errorf("Cannot receive more items than what was requested to be returned for item %s.", itemID)
	}
	d.ReturnRequestedQuantity, d.ReturnReceivedQuantity = d.ReturnRequestedQuantity.Minus(quantity), d.ReturnReceivedQuantity.Plus(quantity)
	d.RawReturnRequestedQuantity, d.RawReturnReceivedQuantity = d.ReturnRequestedQuantity.Raw(), d.ReturnReceivedQuantity.Raw()
	return nil
}

// Item returns the order's line with this id, or nil.
func (o *Order) Item(id string) *OrderItem {
	for _, i := range o.Items {
		if i.ID == id {
			return i
		}
	}
	return nil
}

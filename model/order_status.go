package model

import (
	"context"
	"io"
)

// OrderPaymentStatus is the payment status of an order.
type OrderPaymentStatus string

// The statuses.
const (
	OrderPaymentStatusNotPaid             OrderPaymentStatus = "not_paid"
	OrderPaymentStatusAwaiting            OrderPaymentStatus = "awaiting"
	OrderPaymentStatusAuthorized          OrderPaymentStatus = "authorized"
	OrderPaymentStatusPartiallyAuthorized OrderPaymentStatus = "partially_authorized"
	OrderPaymentStatusCaptured            OrderPaymentStatus = "captured"
	OrderPaymentStatusPartiallyCaptured   OrderPaymentStatus = "partially_captured"
	OrderPaymentStatusRefunded            OrderPaymentStatus = "refunded"
	OrderPaymentStatusPartiallyRefunded   OrderPaymentStatus = "partially_refunded"
	OrderPaymentStatusCanceled            OrderPaymentStatus = "canceled"
	OrderPaymentStatusRequiresAction      OrderPaymentStatus = "requires_action"
)

// MarshalGQLContext writes the status in the dialect of ctx.
func (s OrderPaymentStatus) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads a status, in capitals or not.
func (s *OrderPaymentStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, OrderPaymentStatusNotPaid, OrderPaymentStatusAwaiting, OrderPaymentStatusAuthorized, OrderPaymentStatusPartiallyAuthorized,
		OrderPaymentStatusCaptured, OrderPaymentStatusPartiallyCaptured, OrderPaymentStatusRefunded, OrderPaymentStatusPartiallyRefunded,
		OrderPaymentStatusCanceled, OrderPaymentStatusRequiresAction)
}

// OrderFulfillmentStatus is the fulfilment status of an order.
type OrderFulfillmentStatus string

// The statuses.
const (
	OrderFulfillmentStatusNotFulfilled       OrderFulfillmentStatus = "not_fulfilled"
	OrderFulfillmentStatusPartiallyFulfilled OrderFulfillmentStatus = "partially_fulfilled"
	OrderFulfillmentStatusFulfilled          OrderFulfillmentStatus = "fulfilled"
	OrderFulfillmentStatusPartiallyShipped   OrderFulfillmentStatus = "partially_shipped"
	OrderFulfillmentStatusShipped            OrderFulfillmentStatus = "shipped"
	OrderFulfillmentStatusPartiallyDelivered OrderFulfillmentStatus = "partially_delivered"
	OrderFulfillmentStatusDelivered          OrderFulfillmentStatus = "delivered"
	OrderFulfillmentStatusCanceled           OrderFulfillmentStatus = "canceled"
)

// MarshalGQLContext writes the status in the dialect of ctx.
func (s OrderFulfillmentStatus) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads a status, in capitals or not.
func (s *OrderFulfillmentStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, OrderFulfillmentStatusNotFulfilled, OrderFulfillmentStatusPartiallyFulfilled, OrderFulfillmentStatusFulfilled,
		OrderFulfillmentStatusPartiallyShipped, OrderFulfillmentStatusShipped, OrderFulfillmentStatusPartiallyDelivered,
		OrderFulfillmentStatusDelivered, OrderFulfillmentStatusCanceled)
}

// PaymentStatusOf returns the payment status of an order with these payment collections, in a currency with digits decimal
// places. A rest of at most the currency's smallest unit counts as paid.
func PaymentStatusOf(collections []*OrderPaymentCollection, digits int) OrderPaymentStatus {
	smallest := Amount{NewAmount(1).Shift(-int32(digits))}
	// A collection that is captured or refunded in part counts one half, a whole one two.
	var halvesCaptured, halvesRefunded int
	statuses := map[PaymentCollectionStatus]int{}
	halves := func(c *OrderPaymentCollection, done Amount) int {
		if smallest.Less(c.Amount.Minus(done)) {
			return 1
		}
		return 2
	}
	for _, c := range collections {
		if captured := orZero(c.CapturedAmount); captured.Exceeds(Nothing) || c.Amount.Negligible() {
			halvesCaptured += halves(c, captured)
		}
		if refunded := orZero(c.RefundedAmount); refunded.Exceeds(Nothing) {
			halvesRefunded += halves(c, refunded)
		}
		switch c.Status { // captured and refunded are counted besides their amounts, as in the reference
		case "captured":
			halvesCaptured += 2
		case "refunded":
			halvesRefunded += 2
		default:
			statuses[c.Status]++
		}
	}
	live := len(collections) - statuses["canceled"]
	switch {
	case statuses["requires_action"] > 0:
		return OrderPaymentStatusRequiresAction
	case halvesRefunded > 0 && halvesRefunded == halvesCaptured:
		return OrderPaymentStatusRefunded
	case halvesRefunded > 0:
		return OrderPaymentStatusPartiallyRefunded
	case halvesCaptured > 0 && halvesCaptured == 2*live:
		return OrderPaymentStatusCaptured
	case halvesCaptured > 0:
		return OrderPaymentStatusPartiallyCaptured
	case statuses["authorized"] > 0 && statuses["authorized"] == live:
		return OrderPaymentStatusAuthorized
	case statuses["authorized"] > 0:
		return OrderPaymentStatusPartiallyAuthorized
	case len(collections) > 0 && live == 0:
		return OrderPaymentStatusCanceled
	case statuses["awaiting"] > 0:
		return OrderPaymentStatusAwaiting
	default:
		return OrderPaymentStatusNotPaid
	}
}

func orZero(a *Amount) Amount {
	if a == nil {
		return Amount{}
	}
	return *a
}

// FulfillmentStatusOf returns the fulfilment status of an order with these parcels. whole says that all units of the order are in
// parcels.
func FulfillmentStatusOf(parcels []*Fulfillment, whole bool) OrderFulfillmentStatus {
	var canceled, delivered, shipped, packed int
	for _, f := range parcels {
		switch {
		case f.CanceledAt != nil:
			canceled++
		case f.DeliveredAt != nil:
			delivered++
		case f.ShippedAt != nil:
			shipped++
		case f.PackedAt != nil:
			packed++
		}
	}
	for _, s := range []struct {
		n         int
		all, some OrderFulfillmentStatus
	}{
		{delivered, OrderFulfillmentStatusDelivered, OrderFulfillmentStatusPartiallyDelivered},
		{shipped, OrderFulfillmentStatusShipped, OrderFulfillmentStatusPartiallyShipped},
		{packed, OrderFulfillmentStatusFulfilled, OrderFulfillmentStatusPartiallyFulfilled},
	} {
		switch {
		case s.n > 0 && s.n == len(parcels)-canceled && whole:
			return s.all
		case s.n > 0:
			return s.some
		}
	}
	if canceled > 0 && canceled == len(parcels) {
		return OrderFulfillmentStatusCanceled
	}
	return OrderFulfillmentStatusNotFulfilled
}

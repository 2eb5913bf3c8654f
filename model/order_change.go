package model

import "encoding/json"

// OrderChangeStatus is the status of a change of an order. At most one change of an order is pending or requested.
type OrderChangeStatus string

// The statuses of changes.
const (
	OrderChangeStatusPending   OrderChangeStatus = "pending"
	OrderChangeStatusRequested OrderChangeStatus = "requested"
	OrderChangeStatusConfirmed OrderChangeStatus = "confirmed"
	OrderChangeStatusDeclined  OrderChangeStatus = "declined"
	OrderChangeStatusCanceled  OrderChangeStatus = "canceled"
)

// The types of changes.
const (
	OrderChangeTransfer      = "transfer"
	OrderChangeReturnRequest = "return_request"
	OrderChangeReturnReceive = "return_receive"
	OrderChangeCreditLine    = "credit_line"
)

// The actions of changes.
const (
	ActionTransferCustomer  = "TRANSFER_CUSTOMER"
	ActionReturnItem        = "RETURN_ITEM"
	ActionShippingAdd       = "SHIPPING_ADD"
	ActionReceiveReturnItem = "RECEIVE_RETURN_ITEM"
	ActionFulfillItem       = "FULFILL_ITEM"
	ActionShipItem          = "SHIP_ITEM"
	ActionDeliverItem       = "DELIVER_ITEM"
	ActionCancelFulfillment = "CANCEL_ITEM_FULFILLMENT"
	ActionCreditLineAdd     = "CREDIT_LINE_ADD"
)

// An OrderChange makes a version of an order once it is confirmed.
type OrderChange struct {
	ID          string
	OrderID     string
	Version     int // the version it makes
	ChangeType  *string
	Status      OrderChangeStatus
	Description *string
	ReturnID    *string
	CreatedBy   *string
	RequestedBy *string
	RequestedAt *Time
	ConfirmedAt *Time
	CreatedAt   Time
	UpdatedAt   Time

	Actions []*OrderChangeAction `bun:"-"`
}

// An OrderChangeAction is one action of a change.
type OrderChangeAction struct {
	ID            string
	OrderID       string
	OrderChangeID string
	Version       int
	Action        string
	Reference     *string
	ReferenceID   *string
	ReturnID      *string
	Details       JSON
	Amount        *Amount
	RawAmount     JSON
	Applied       bool
	CreatedAt     Time
	UpdatedAt     Time
}

// A TransferRequest is the request to transfer an order to another customer, as the details of its change store it.
type TransferRequest struct {
	CustomerID    string  `json:"-"`
	Token         string  `json:"token"`
	OriginalEmail *string `json:"original_email"`
	NewEmail      *string `json:"new_email,omitempty"` // nil if the order keeps its own
}

// Transfer returns the request for a transfer that the change holds, or nil if it is none.
func (c *OrderChange) Transfer() *TransferRequest {
	for _, a := range c.Actions {
		if a.Action != ActionTransferCustomer || a.ReferenceID == nil {
			continue
		}
		r := &TransferRequest{CustomerID: *a.ReferenceID}
		if json.Unmarshal(a.Details, r) != nil {
			return nil
		}
		return r
	}
	return nil
}

// NextVersion turns o into its next version, which differs in nothing yet. The prices of its lines are stored with the version from
// then on.
func (o *Order) NextVersion() {
	o.Version++
	for _, i := range o.Items {
		price := i.UnitPrice
		i.Detail.UnitPrice, i.Detail.RawUnitPrice = &price, i.RawUnitPrice
		i.Detail.CompareAtUnitPrice, i.Detail.RawCompareAtUnitPrice = i.CompareAtUnitPrice, i.RawCompareAtUnitPrice
		i.Detail.Version = o.Version
	}
	for _, m := range o.ShippingMethods {
		m.Detail.Version = o.Version
	}
}

// Summarize fills the summary of o, whose totals must be filled. original is its total before the change that made
// this version.
func (o *Order) Summarize(original Amount) {
	s := &OrderSummary{CurrentOrderTotal: o.Total, OriginalOrderTotal: original, AccountingTotal: o.Total}
	for _, t := range o.Transactions {
		s.TransactionTotal = s.TransactionTotal.Plus(t.Amount)
		if t.Amount.IsNegative() {
			s.RefundedTotal = s.RefundedTotal.Minus(t.Amount)
		} else {
			s.PaidTotal = s.PaidTotal.Plus(t.Amount)
		}
	}
	for _, l := range o.CreditLines {
		if l.ID == "" { // as in the reference, those that this change adds
			s.CreditLineTotal = s.CreditLineTotal.Plus(l.Amount)
		}
	}
	s.PendingDifference = o.Total.Minus(s.TransactionTotal)
	s.Stored = s.store()
	o.Summary = s
}

// Fulfil records that units of a line are put into a parcel. It fails with Invalid unless that many are left. The order must have the line.
func (o *Order) Fulfil(itemID string, quantity Amount) error {
	d := o.Item(itemID).Detail
	return o.move(itemID, quantity, o.Item(itemID).Quantity.Minus(d.FulfilledQuantity), "Cannot fulfill more items than what was ordered for item %s.",
		&d.FulfilledQuantity, &d.RawFulfilledQuantity)
}

// Ship records that units of a line are on their way. It fails with Invalid unless that many are in parcels that are not. The order must have
// the line.
func (o *Order) Ship(itemID string, quantity Amount) error {
	d := o.Item(itemID).Detail
	return o.move(itemID, quantity, d.FulfilledQuantity.Minus(d.ShippedQuantity), "Cannot ship more items than what was fulfilled for item %s.",
		&d.ShippedQuantity, &d.RawShippedQuantity)
}

// Deliver records that units of a line have arrived. It fails with Invalid unless that many are in parcels that have not. The order must have
// the line.
func (o *Order) Deliver(itemID string, quantity Amount) error {
	d := o.Item(itemID).Detail
	return o.move(itemID, quantity, d.FulfilledQuantity.Minus(d.DeliveredQuantity), "Cannot deliver more items than what was fulfilled for item %s.",
		&d.DeliveredQuantity, &d.RawDeliveredQuantity)
}

// Unpack records that units of a line are in a parcel no longer. It fails with Invalid unless that many were. The order must have the line.
func (o *Order) Unpack(itemID string, quantity Amount) error {
	d := o.Item(itemID).Detail
	if err := o.move(itemID, quantity, d.FulfilledQuantity, "Cannot cancel more items than what was fulfilled for item %s.", nil, nil); err != nil {
		return err
	}
	d.FulfilledQuantity = d.FulfilledQuantity.Minus(quantity)
	d.RawFulfilledQuantity = d.FulfilledQuantity.Raw()
	return nil
}

// move adds units of a line to a number of them, if there is one. It fails with Invalid unless they are at least one, and at most what is left.
func (o *Order) move(itemID string, quantity, left Amount, tooMany string, sum *Amount, raw *JSON) error {
	if quantity.Less(NewAmount(1)) {
		return Invalid.Because(UserErrorCodeQuantityInvalid).Errorf("Quantity of item %s must be greater than 0.", itemID)
	}
	if left.Less(quantity) {
		return Invalid.Because(UserErrorCodeQuantityInvalid).Errorf(tooMany, itemID)
	}
	if sum != nil {
		*sum = sum.Plus(quantity)
		*raw = sum.Raw()
	}
	return nil
}

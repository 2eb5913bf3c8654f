package model

import "encoding/json"

// OrderChangeStatus is how a change of an order stands. At most one change of an order is pending or requested.
type OrderChangeStatus string

// The statuses.
const (
	OrderChangeStatusPending   OrderChangeStatus = "pending"
	OrderChangeStatusRequested OrderChangeStatus = "requested"
	OrderChangeStatusConfirmed OrderChangeStatus = "confirmed"
	OrderChangeStatusDeclined  OrderChangeStatus = "declined"
	OrderChangeStatusCanceled  OrderChangeStatus = "canceled"
)

// What changes of an order are for.
const (
	OrderChangeTransfer      = "transfer"
	OrderChangeReturnRequest = "return_request"
	OrderChangeReturnReceive = "return_receive"
)

// What changes of an order do.
const (
	ActionTransferCustomer  = "TRANSFER_CUSTOMER"
	ActionReturnItem        = "RETURN_ITEM"
	ActionShippingAdd       = "SHIPPING_ADD"
	ActionReceiveReturnItem = "RECEIVE_RETURN_ITEM"
)

// An OrderChange is what makes a version of an order, once it is confirmed.
type OrderChange struct {
	ID          string
	OrderID     string
	Version     int // which it makes
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

// An OrderChangeAction is one thing that a change of an order does.
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

// A TransferRequest is what a change says that asks for an order to become another customer's.
type TransferRequest struct {
	CustomerID    string  `json:"-"`
	Token         string  `json:"token"`
	OriginalEmail *string `json:"original_email"`
	NewEmail      *string `json:"new_email,omitempty"` // nil: the order keeps its own
}

// Transfer returns what the change says of a transfer; nil if it is none.
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

// NextVersion makes the order's next version of it, which so far differs in nothing. What its lines cost is from then on
// the version's own.
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

// Summarize makes the summary of a version of an order, whose totals are filled. original is what the order cost before.
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
	s.PendingDifference = o.Total.Minus(s.TransactionTotal)
	s.Stored = s.store()
	o.Summary = s
}

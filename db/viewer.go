package db

import (
	"time"

	"storegraph/model"
)

// A Viewer is who reads, and in what context prices, stock and texts are shown to them.
type Viewer struct {
	Key        *Key       // nil fails every read
	CustomerID string     // empty for a guest
	IdentityID string     // by which the customer logged in
	Locale     string     // BCP 47; empty for the shop's own language
	Link       *OrderLink // what the token of an order that they show says; nil without one

	Reads ReadOptions
}

// ReadOptions change how a viewer reads. The zero value is how one expects to.
type ReadOptions struct {
	TaxTypesIfWanted  bool // taxes of a product's type count only if the type's id is wanted of the product
	OldestOrdersFirst bool // unless an order is given
}

// An OrderLink is what the token of an order says: who shows it may see the order as long as it is the same customer's.
type OrderLink struct {
	OrderID    string
	CustomerID string // empty if the order was nobody's
	Expires    time.Time
}

// Owns reports whether an order belongs to the signed-in customer.
func (v *Viewer) Owns(o *model.Order) bool {
	return v.CustomerID != "" && value(o.CustomerID) == v.CustomerID
}

// Holds reports whether the request carries a token of an order.
func (v *Viewer) Holds(o *model.Order) bool {
	return v.Link != nil && v.Link.OrderID == o.ID && v.Link.CustomerID == value(o.CustomerID)
}

// As returns the viewer as the customer that they have just become.
func (v *Viewer) As(customer string) *Viewer {
	out := *v
	out.CustomerID = customer
	return &out
}

package db

import (
	"time"

	"github.com/storegraph/storegraph/model"
)

// A Viewer is who reads, and in what context prices, stock and texts are shown to them.
type Viewer struct {
	Key        *Key   // nil fails every read
	CustomerID string // empty for a guest
	IdentityID string // by which the customer logged in
	Locale     string // BCP 47; empty for the shop's own language
	Prices     PriceContext
	Link       *OrderLink // what the token of an order that they show says; nil without one

	Reads ReadOptions
}

// A Sight is what decides what a viewer sees of the catalogue: those with the same see the same. It can be compared.
type Sight struct {
	key, customer, locale string
	prices                PriceContext
	reads                 ReadOptions
}

// Sight returns what decides what the viewer sees of the catalogue.
func (v *Viewer) Sight() Sight {
	s := Sight{customer: v.CustomerID, locale: v.Locale, prices: v.Prices, reads: v.Reads}
	if v.Key != nil {
		s.key = v.Key.token
	}
	return s
}

// ReadOptions change how a viewer reads. The zero value is how one expects to.
type ReadOptions struct {
	TaxTypesIfWanted  bool // taxes of a product's type count only if the type's id is wanted of the product
	OldestOrdersFirst bool // unless an order is given
}

// A PriceContext is what prices and taxes depend on, as somebody asks for it. The zero value is the default region of the store.
type PriceContext struct {
	RegionID     string // empty for the store's default region, unless a currency is given
	CurrencyCode string // empty for the region's
	CountryCode  string // whose taxes apply; empty for amounts without tax
	Province     string
	CartID       string // its region and address take precedence; an unknown cart is ignored
	// Lasting is the context of something that lasts longer than what it names: where there is no such region any more, or it has
	// another currency now, the currency alone counts.
	Lasting bool
}

// In returns the viewer in another context of prices.
func (v *Viewer) In(c PriceContext) *Viewer {
	out := *v
	out.Prices = c
	return &out
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

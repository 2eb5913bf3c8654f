package model

// A Cart is what a shopper intends to buy, where it is shipped to and what it costs. Package total fills its totals and those
// of everything in it.
type Cart struct {
	ID                string
	RegionID          *string
	CustomerID        *string
	SalesChannelID    *string
	Email             *string
	CurrencyCode      string
	Locale            *string
	ShippingAddressID *string
	BillingAddressID  *string
	Metadata          JSON
	CreatedAt         Time
	UpdatedAt         Time
	CompletedAt       *Time
	DeletedAt         *Time

	Items             []*LineItem        `bun:"-"`
	ShippingMethods   []*ShippingMethod  `bun:"-"`
	CreditLines       []*CreditLine      `bun:"-"`
	Promotions        []*Promotion       `bun:"-"`
	Region            *Region            `bun:"-"`
	Customer          *CartCustomer      `bun:"-"`
	ShippingAddress   *CartAddress       `bun:"-"`
	BillingAddress    *CartAddress       `bun:"-"`
	PaymentCollection *PaymentCollection `bun:"-"`

	CurrencyDigits int `bun:"-"` // decimal places of the currency

	Totals `bun:"-"`
}

// CartConnection is a page of a list of Cart values.
type CartConnection = Connection[Cart]

// CartEdge is a cart of such a page, with its cursor.
type CartEdge = Edge[Cart]

// PlacesOfItems returns an array with a null for each item, which the reference answers where only totals of items are selected.
func (c *Cart) PlacesOfItems() JSON { return nulls(len(c.Items)) }

// A LineItem is a line of a cart: a variant, with its texts as of when it was added, and its price in the cart.
type LineItem struct {
	ID                    string
	CartID                string
	Title                 string
	Subtitle              *string
	Thumbnail             *string
	Quantity              int
	VariantID             *string
	ProductID             *string
	ProductTitle          *string
	ProductDescription    *string
	ProductSubtitle       *string
	ProductType           *string
	ProductTypeID         *string
	ProductCollection     *string
	ProductHandle         *string
	VariantSku            *string
	VariantBarcode        *string
	VariantTitle          *string
	VariantOptionValues   JSON
	RequiresShipping      bool
	IsDiscountable        bool
	IsGiftcard            bool
	IsTaxInclusive        bool
	IsCustomPrice         bool
	CompareAtUnitPrice    *Amount
	RawCompareAtUnitPrice JSON
	UnitPrice             Amount
	RawUnitPrice          JSON
	Metadata              JSON
	CreatedAt             Time
	UpdatedAt             Time
	DeletedAt             *Time

	TaxLines    []*TaxLine      `bun:"-"`
	Adjustments []*Adjustment   `bun:"-"`
	Product     *Product        `bun:"-"`
	Variant     *ProductVariant `bun:"-"`

	LineTotals `bun:"-" gql:"totals"`
}

// A ShippingMethod is a shipping option that was chosen for a cart, with its price for that cart.
type ShippingMethod struct {
	ID               string
	CartID           string
	Name             string
	Description      JSON
	Amount           Amount
	RawAmount        JSON
	IsTaxInclusive   bool
	ShippingOptionID *string
	Data             JSON
	Metadata         JSON
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	TaxLines    []*TaxLine    `bun:"-"`
	Adjustments []*Adjustment `bun:"-"`

	LineTotals `bun:"-" gql:"totals"`
}

// A TaxLine is one tax on a line item or on a shipping method.
type TaxLine struct {
	ID               string
	ItemID           *string // of the line item; nil if it is on a shipping method
	ShippingMethodID *string // nil if it is on a line item
	Description      *string
	TaxRateID        *string
	Code             string
	Rate             Amount // in percent
	RawRate          JSON   // nil unless it is on an order
	ProviderID       *string
	Data             JSON
	Metadata         JSON
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	Total    Amount `bun:"-"` // the tax after discounts
	Subtotal Amount `bun:"-"` // the tax before discounts
}

// An Adjustment takes an amount off a line item or a shipping method.
type Adjustment struct {
	ID               string
	ItemID           *string // of the line item; nil if it is on a shipping method
	ShippingMethodID *string // nil if it is on a line item
	Description      *string
	PromotionID      *string
	Code             *string
	Amount           Amount
	RawAmount        JSON
	IsTaxInclusive   bool
	Version          *int // of the order; nil in a cart
	ProviderID       *string
	Metadata         JSON
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	Total    Amount `bun:"-"` // with tax
	Subtotal Amount `bun:"-"` // without
}

// A CreditLine pays part of a cart with credit, such as a gift card's.
type CreditLine struct {
	ID          string
	CartID      string
	Reference   *string
	ReferenceID *string
	Amount      Amount
	RawAmount   JSON
	Metadata    JSON
	CreatedAt   Time
	UpdatedAt   Time
	DeletedAt   *Time

	Total    Amount `bun:"-"`
	Subtotal Amount `bun:"-"`
}

// A PromotionMethod is what a promotion takes off: a percentage, or a fixed amount of a currency.
type PromotionMethod struct {
	ID           string
	Value        *Amount
	RawValue     JSON
	Type         PromotionMethodType
	CurrencyCode *string
}

// A CartCustomer is the customer of a cart, with the fields that anyone who has the cart's id may see.
type CartCustomer struct {
	ID          string
	CompanyName *string
	FirstName   *string
	LastName    *string
	Email       *string
	Phone       *string
	HasAccount  bool
	Metadata    JSON
	CreatedBy   *string
	CreatedAt   Time
	UpdatedAt   Time
	DeletedAt   *Time

	Groups []*CartCustomerGroup `bun:"-"`
	Proof  CustomerProof        `bun:"-"`
}

// A CustomerProof says how a cart has come by its customer.
type CustomerProof int

// Private reports whether there is something of the customer that typing their e-mail address must not give away.
func (u *CartCustomer) Private() bool {
	for _, s := range []*string{u.CompanyName, u.FirstName, u.LastName, u.Phone} {
		if s != nil {
			return true
		}
	}
	return u.HasAccount || len(u.Groups) > 0 || len(u.Metadata) > 0
}

// The ways to a customer.
const (
	ProofUnknown  CustomerProof = iota // another server has given it the customer, or nobody has asked
	ProofTyped                         // somebody has typed the customer's e-mail address
	ProofSignedIn                      // the customer was signed in
)

// Owned reports whether the cart is a customer's with an account who is not the one with an id, empty for a guest. An e-mail
// address that somebody has typed does not make it that customer's.
func (c *Cart) Owned(by string) bool {
	u := c.Customer
	return u != nil && u.HasAccount && u.ID != by && u.Proof != ProofTyped
}

// Buyer returns the customer whose prices and promotions the cart has; nil if it has no customer. Of one whose e-mail address
// somebody has typed only that counts: an account's id and groups are its customer's own.
func (c *Cart) Buyer() *CartCustomer {
	u := c.Customer
	if u == nil || u.Proof != ProofTyped {
		return u
	}
	out := &CartCustomer{Email: u.Email}
	if !u.HasAccount {
		out.ID = u.ID
	}
	return out
}

// ShowTo leaves of the cart's customer what the one with an id, empty for a guest, may see. Of somebody else whose e-mail address was
// typed, or of anybody else if it is strict, that is what a cart's own fields tell.
func (c *Cart) ShowTo(id string, strict bool) {
	if u := c.Customer; u != nil && (id == "" || u.ID != id) && (strict || u.Proof == ProofTyped) {
		c.Customer = &CartCustomer{ID: u.ID, Email: u.Email, HasAccount: u.HasAccount, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt}
	}
}

// A CartCustomerGroup is a group that the customer of a cart is in.
type CartCustomerGroup struct{ ID string }

// A CartAddress is an address that a cart is shipped or billed to.
type CartAddress struct {
	ID          string
	CustomerID  *string
	Company     *string
	FirstName   *string
	LastName    *string
	Address1    *string `bun:"address_1"`
	Address2    *string `bun:"address_2"`
	City        *string
	CountryCode *string
	Province    *string
	PostalCode  *string
	Phone       *string
	Metadata    JSON
	CreatedAt   Time
	UpdatedAt   Time
	DeletedAt   *Time
}

// On returns the id of the line item or the shipping method that the tax is on; empty if it is on neither.
func (t *TaxLine) On() string { return on(t.ItemID, t.ShippingMethodID) }

// On returns the id of the line item or the shipping method that the adjustment is on; empty if it is on neither.
func (a *Adjustment) On() string { return on(a.ItemID, a.ShippingMethodID) }

func on(item, method *string) string {
	switch {
	case item != nil:
		return *item
	case method != nil:
		return *method
	default:
		return ""
	}
}

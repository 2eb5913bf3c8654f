package model

// A Cart is what a shopper means to buy, where it shall go and what that costs. Its totals, and those of everything
// in it, are filled by package total.
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

	Items             []*LineItem
	ShippingMethods   []*ShippingMethod
	CreditLines       []*CreditLine
	Promotions        []*Promotion
	Region            *Region
	Customer          *CartCustomer
	ShippingAddress   *CartAddress
	BillingAddress    *CartAddress
	PaymentCollection *PaymentCollection

	CurrencyDigits int // how many decimal places the currency is shown with

	Totals `bun:"-"`
}

// CartConnection is a page of a list of Cart values.
type CartConnection = Connection[Cart]

// CartEdge is one of the carts of a page.
type CartEdge = Edge[Cart]

// PlacesOfItems is a null for each item: what the reference shows of items of which only totals are asked for.
func (c *Cart) PlacesOfItems() JSON { return nulls(len(c.Items)) }

// A LineItem is a variant in a cart, as it was when it was put there, at the price it has in the cart.
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

	TaxLines    []*TaxLine
	Adjustments []*Adjustment
	Product     *Product
	Variant     *ProductVariant

	LineTotals `bun:"-"`
}

// A ShippingMethod is a way of shipping that was chosen for a cart, at the price it has there.
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

	TaxLines    []*TaxLine
	Adjustments []*Adjustment

	LineTotals `bun:"-"`
}

// A TaxLine is one tax on a line item or on a shipping method.
type TaxLine struct {
	ID               string
	ItemID           *string // of the line item, if it is on one
	ShippingMethodID *string // of the shipping method, if it is on one
	Description      *string
	TaxRateID        *string
	Code             string
	Rate             Amount // in percent
	RawRate          JSON   `bun:"-"` // of an order's
	ProviderID       *string
	Data             JSON
	Metadata         JSON
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	Total    Amount // of the price after discounts
	Subtotal Amount // of the price before
}

// An Adjustment takes an amount off a line item or a shipping method.
type Adjustment struct {
	ID               string
	ItemID           *string // of the line item, if it is on one
	ShippingMethodID *string // of the shipping method, if it is on one
	Description      *string
	PromotionID      *string
	Code             *string
	Amount           Amount
	RawAmount        JSON
	IsTaxInclusive   bool
	Version          *int `bun:"-"` // of the order it is of
	ProviderID       *string
	Metadata         JSON
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	Total    Amount // with tax
	Subtotal Amount // without
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

	Total    Amount
	Subtotal Amount
}

// A PromotionMethod says what a promotion takes off: a percentage, or a fixed amount of a currency.
type PromotionMethod struct {
	ID           string
	Value        *Amount
	Type         string
	CurrencyCode *string
}

// A CartCustomer is whom a cart belongs to. Whoever has the cart's id can see it.
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

	Groups []*CartCustomerGroup
}

// A CartCustomerGroup is a group that the customer of a cart is in.
type CartCustomerGroup struct{ ID string }

// A CartAddress is where a cart is shipped or billed to.
type CartAddress struct {
	ID          string
	CustomerID  *string
	Company     *string
	FirstName   *string
	LastName    *string
	Address1    *string
	Address2    *string
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

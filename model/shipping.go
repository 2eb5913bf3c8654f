package model

import (
	"context"
	"io"
)

// ShippingPriceType says how the price of a shipping option is determined.
type ShippingPriceType string

// The shipping price types.
const (
	ShippingPriceTypeFlat       ShippingPriceType = "flat"       // one of the option's prices
	ShippingPriceTypeCalculated ShippingPriceType = "calculated" // calculated by the fulfilment provider, for each cart
)

// MarshalGQLContext writes the type in the dialect of ctx.
func (t ShippingPriceType) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, t)
}

// UnmarshalGQLContext reads a type, in capitals or not.
func (t *ShippingPriceType) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(t, v, ShippingPriceTypeFlat, ShippingPriceTypeCalculated)
}

// A ShippingOption is a shipping option that a cart can choose, with its price for that cart.
type ShippingOption struct {
	ID                   string
	Name                 string
	PriceType            ShippingPriceType
	ServiceZoneID        string
	ShippingProfileID    *string
	ProviderID           *string
	ShippingOptionTypeID string
	Data                 JSON
	Metadata             JSON
	CreatedAt            Time
	UpdatedAt            Time
	DeletedAt            *Time

	Type            *ShippingOptionType  `bun:"-"`
	Provider        *FulfillmentProvider `bun:"-"`
	ServiceZone     *ServiceZone         `bun:"-"`
	Rules           []ShippingOptionRule `bun:"-"`
	Prices          []*Price             `bun:"-"`
	CalculatedPrice *CalculatedPrice     `bun:"-"` // nil if it has no price, or the provider has not calculated one

	Amount                *Amount `bun:"-" gql:"price"` // of CalculatedPrice
	CurrencyCode          *string `bun:"-"`             // of Amount
	IsTaxInclusive        bool    `bun:"-" gql:"taxIncluded"`
	InsufficientInventory bool    `bun:"-"` // the location that the option ships from lacks stock for some item of the cart

	PriceSetID *string `bun:"-"` // nil if the option has no prices of its own
}

// SetPrice sets the price of the option; nil leaves it without one.
func (o *ShippingOption) SetPrice(p *CalculatedPrice) {
	o.CalculatedPrice, o.Amount, o.CurrencyCode, o.IsTaxInclusive = p, nil, nil, false
	if p != nil {
		o.Amount, o.CurrencyCode, o.IsTaxInclusive = p.CalculatedAmount, p.CurrencyCode, p.IsCalculatedPriceTaxInclusive
	}
}

// A ShippingOptionType is a type of shipping options, such as express.
type ShippingOptionType struct {
	ID          string
	Label       string
	Description *string
	Code        string
	CreatedAt   Time
	UpdatedAt   Time
	DeletedAt   *Time
}

// A ShippingOptionRule is a condition on the cart or the request that an option is for: the attribute compares to the value by the
// operator.
type ShippingOptionRule struct {
	Attribute string `json:"attribute"`
	Operator  string `json:"operator"` // in, eq, ne, gt, gte, lt, lte, nin
	Value     JSON   `json:"value"`    // a string or an array of strings
}

// A FulfillmentProvider is a provider that fulfils orders.
type FulfillmentProvider struct {
	ID        string
	IsEnabled bool
	CreatedAt Time
	UpdatedAt Time
	DeletedAt *Time
}

// A ServiceZone is an area that a fulfilment set ships to.
type ServiceZone struct {
	ID               string
	Name             string
	Metadata         JSON
	FulfillmentSetID string
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time

	FulfillmentSet *FulfillmentSet `bun:"-"`
}

// A FulfillmentSet is how goods leave a stock location: by shipping or by pick-up.
type FulfillmentSet struct {
	ID        string
	Name      string
	Type      string
	Metadata  JSON
	CreatedAt Time
	UpdatedAt Time
	DeletedAt *Time

	Location *StockLocation `bun:"-"`
}

// A StockLocation is a place where stock is kept.
type StockLocation struct {
	ID        string
	Name      string
	AddressID *string
	Metadata  JSON
	CreatedAt Time
	UpdatedAt Time
	DeletedAt *Time

	Address *StockLocationAddress `bun:"-"`
}

// A StockLocationAddress is the address of a stock location.
type StockLocationAddress struct {
	ID          string
	Address1    string  `bun:"address_1"`
	Address2    *string `bun:"address_2"`
	Company     *string
	City        *string
	CountryCode string
	Phone       *string
	Province    *string
	PostalCode  *string
	Metadata    JSON
	CreatedAt   Time
	UpdatedAt   Time
	DeletedAt   *Time
}

// A PriceCondition is a rule of a price, as the reference shows it.
type PriceCondition struct {
	ID        string
	Attribute string
	Operator  string
	Value     string
	Priority  int
	PriceID   string
	CreatedAt Time
	UpdatedAt Time
	DeletedAt *Time
}

package model

import (
	"context"
	"io"
)

// PriceListType says how the prices of a list relate to the base prices.
type PriceListType string

// The price list types.
const (
	PriceListTypeSale     PriceListType = "sale"     // applies where it is lower; the base price stays as the original
	PriceListTypeOverride PriceListType = "override" // replaces the base price, even by a higher one
)

// MarshalGQLContext writes the type in the dialect of ctx.
func (t PriceListType) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, t)
}

// UnmarshalGQLContext reads a type, in capitals or not.
func (t *PriceListType) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(t, v, PriceListTypeSale, PriceListTypeOverride)
}

// A CalculatedPrice is what one unit costs in a pricing context, and the original price to compare it with. The original amount
// is nil if only prices of sale lists apply.
type CalculatedPrice struct {
	ID                            string // of the price set
	IsCalculatedPricePriceList    bool
	IsCalculatedPriceTaxInclusive bool
	CalculatedAmount              *Amount
	IsOriginalPricePriceList      bool
	IsOriginalPriceTaxInclusive   bool
	OriginalAmount                *Amount
	CurrencyCode                  *string
	CalculatedPrice               *AppliedPrice
	OriginalPrice                 *AppliedPrice

	// The amounts with and without tax; nil if the context names no country or the region's taxes are not automatic.
	CalculatedAmountWithTax    *Amount
	CalculatedAmountWithoutTax *Amount
	OriginalAmountWithTax      *Amount
	OriginalAmountWithoutTax   *Amount
}

// A VariantPrice is what one unit costs, as shoppers are shown it.
type VariantPrice struct {
	CurrencyCode   string
	Amount         Amount
	WithTax        *Amount // nil if the context names no country or the region's taxes are not automatic
	WithoutTax     *Amount
	CompareAt      *Amount // nil if it is not on sale
	OnSale         bool
	TaxIncluded    bool // in Amount, CompareAt and the quantity breaks
	QuantityBreaks []*QuantityBreak
}

// A QuantityBreak is what one unit costs for those who buy at least so many.
type QuantityBreak struct {
	MinQuantity Amount
	Price       Amount
}

// Shown returns the price as shoppers are shown it, without quantity breaks; nil if p is nil or has no amount. Something is on sale if
// the original amount, which includes tax as the calculated one does, exceeds it.
func (p *CalculatedPrice) Shown() *VariantPrice {
	if p == nil || p.CalculatedAmount == nil {
		return nil
	}
	out := &VariantPrice{
		Amount: *p.CalculatedAmount, TaxIncluded: p.IsCalculatedPriceTaxInclusive,
		WithTax: p.CalculatedAmountWithTax, WithoutTax: p.CalculatedAmountWithoutTax,
	}
	if p.CurrencyCode != nil {
		out.CurrencyCode = *p.CurrencyCode
	}
	original := p.OriginalAmount
	if original != nil && p.IsOriginalPriceTaxInclusive != p.IsCalculatedPriceTaxInclusive {
		original = p.OriginalAmountWithoutTax
		if out.TaxIncluded {
			original = p.OriginalAmountWithTax
		}
	}
	if original != nil && original.Exceeds(out.Amount) {
		out.CompareAt, out.OnSale = original, true
	}
	return out
}

// An AppliedPrice names the price that a calculated or original amount was taken from. All of it is nil if there is none.
type AppliedPrice struct {
	ID            *string
	PriceListID   *string
	PriceListType *PriceListType
	MinQuantity   *Amount
	MaxQuantity   *Amount
}

// A Price is one amount of a price set, with the conditions under which it applies.
type Price struct {
	ID             string
	Title          *string
	CurrencyCode   string
	RulesCount     int
	PriceSetID     string
	PriceListID    *string
	Amount         Amount
	RawAmount      JSON
	MinQuantity    *Amount
	RawMinQuantity JSON
	MaxQuantity    *Amount
	RawMaxQuantity JSON
	CreatedAt      Time
	UpdatedAt      Time
	DeletedAt      *Time

	Rules     []PriceRule `bun:"-"`
	List      *PriceList  `bun:"-"` // nil if the price belongs to no list, or to one that is not active now
	PriceList *PriceList  `bun:"-"` // the list that is shown

	PriceRules []*PriceCondition `bun:"-"` // Rules as they are shown; only of shipping options
}

// A PriceRule is a condition on the pricing context: the attribute compares to the value by the operator.
type PriceRule struct {
	Attribute string `json:"attribute"`
	Operator  string `json:"operator"` // eq, gt, gte, lt, lte
	Value     string `json:"value"`
}

// A PriceList is a set of prices that apply together, for some time or to some customers.
type PriceList struct {
	ID         string
	Type       PriceListType
	RulesCount int
	Rules      []PriceListRule
}

// A PriceListRule is a condition on the pricing context: the attribute has one of the values.
type PriceListRule struct {
	Attribute string   `json:"attribute"`
	Values    []string `json:"values"`
}

// A PricePreference says whether prices of a region or of a currency include tax.
type PricePreference struct {
	Attribute      string // region_id or currency_code
	Value          string
	IsTaxInclusive bool
}

// A PriceRange spans the calculated amounts of a product's variants.
type PriceRange struct {
	Min          Amount
	Max          Amount
	CurrencyCode string
}

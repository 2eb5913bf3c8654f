package model

// Totals are what a cart, an order or a return costs, as a whole and by its parts.
type Totals struct {
	Total            Amount
	Subtotal         Amount
	TaxTotal         Amount
	DiscountTotal    Amount
	DiscountSubtotal Amount
	DiscountTaxTotal Amount
	OriginalTotal    Amount
	OriginalSubtotal Amount
	OriginalTaxTotal Amount

	ItemTotal            Amount
	ItemSubtotal         Amount
	ItemTaxTotal         Amount
	ItemDiscountTotal    Amount
	OriginalItemTotal    Amount
	OriginalItemSubtotal Amount
	OriginalItemTaxTotal Amount

	ShippingTotal            Amount
	ShippingSubtotal         Amount
	ShippingTaxTotal         Amount
	ShippingDiscountTotal    Amount
	OriginalShippingTotal    Amount
	OriginalShippingSubtotal Amount
	OriginalShippingTaxTotal Amount

	CreditLineTotal    Amount
	CreditLineSubtotal Amount
	CreditLineTaxTotal Amount
}

// LineTotals are what a line, or a way of shipping, costs.
type LineTotals struct {
	Total            Amount
	Subtotal         Amount
	TaxTotal         Amount
	DiscountTotal    Amount
	DiscountSubtotal Amount
	DiscountTaxTotal Amount
	OriginalTotal    Amount
	OriginalSubtotal Amount
	OriginalTaxTotal Amount
}

// The exact twins of totals, which REST shows beside them.

// RawTotal is the exact twin of Total.
func (x *LineTotals) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal is the exact twin of Subtotal.
func (x *LineTotals) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTaxTotal is the exact twin of TaxTotal.
func (x *LineTotals) RawTaxTotal() JSON { return x.TaxTotal.Raw() }

// RawDiscountTotal is the exact twin of DiscountTotal.
func (x *LineTotals) RawDiscountTotal() JSON { return x.DiscountTotal.Raw() }

// RawDiscountSubtotal is the exact twin of DiscountSubtotal.
func (x *LineTotals) RawDiscountSubtotal() JSON { return x.DiscountSubtotal.Raw() }

// RawDiscountTaxTotal is the exact twin of DiscountTaxTotal.
func (x *LineTotals) RawDiscountTaxTotal() JSON { return x.DiscountTaxTotal.Raw() }

// RawOriginalTotal is the exact twin of OriginalTotal.
func (x *LineTotals) RawOriginalTotal() JSON { return x.OriginalTotal.Raw() }

// RawOriginalSubtotal is the exact twin of OriginalSubtotal.
func (x *LineTotals) RawOriginalSubtotal() JSON { return x.OriginalSubtotal.Raw() }

// RawOriginalTaxTotal is the exact twin of OriginalTaxTotal.
func (x *LineTotals) RawOriginalTaxTotal() JSON { return x.OriginalTaxTotal.Raw() }

package model

// LineTotals are the totals of a line, of a shipping method, or of all of them together. Original totals are before discounts; subtotals
// are without tax and before discounts.
type LineTotals struct {
	Net              Amount // Subtotal before it was rounded, for what is calculated from it
	Total            Amount
	Subtotal         Amount
	TaxTotal         Amount `gql:"tax"`
	DiscountTotal    Amount `gql:"discount"`
	DiscountSubtotal Amount
	DiscountTaxTotal Amount `gql:"discountTax"`
	OriginalTotal    Amount `gql:"original"`
	OriginalSubtotal Amount
	OriginalTaxTotal Amount `gql:"originalTax"`
}

// Add adds the totals of a part to those of the whole. Net is not added.
func (t *LineTotals) Add(part *LineTotals) {
	t.Total = t.Total.Plus(part.Total)
	t.Subtotal = t.Subtotal.Plus(part.Subtotal)
	t.TaxTotal = t.TaxTotal.Plus(part.TaxTotal)
	t.DiscountTotal = t.DiscountTotal.Plus(part.DiscountTotal)
	t.DiscountSubtotal = t.DiscountSubtotal.Plus(part.DiscountSubtotal)
	t.DiscountTaxTotal = t.DiscountTaxTotal.Plus(part.DiscountTaxTotal)
	t.OriginalTotal = t.OriginalTotal.Plus(part.OriginalTotal)
	t.OriginalSubtotal = t.OriginalSubtotal.Plus(part.OriginalSubtotal)
	t.OriginalTaxTotal = t.OriginalTaxTotal.Plus(part.OriginalTaxTotal)
}

// Totals are the totals of a cart, an order or a return: as a whole, of its items and of its shipping. Credit is taken off the total
// alone.
type Totals struct {
	LineTotals

	OfItems    LineTotals `gql:"items"`
	OfShipping LineTotals `gql:"shipping"`

	CreditLineTotal    Amount `gql:"credit"`
	CreditLineSubtotal Amount `gql:"creditSubtotal"`
	CreditLineTaxTotal Amount `gql:"creditTax"` // always 0
}

// PartTotals are the totals, with tax and after discounts, of the units of a line or of all lines of an order that are fulfilled,
// shipped, returned and so on.
type PartTotals struct {
	FulfilledTotal       Amount
	ShippedTotal         Amount
	ReturnRequestedTotal Amount
	ReturnReceivedTotal  Amount
	ReturnDismissedTotal Amount
	WriteOffTotal        Amount
}

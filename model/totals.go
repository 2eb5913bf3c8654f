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

// PartTotals are what parts of a line, or of all lines, of an order are worth, by what became of their units.
type PartTotals struct {
	FulfilledTotal       Amount
	ShippedTotal         Amount
	ReturnRequestedTotal Amount
	ReturnReceivedTotal  Amount
	ReturnDismissedTotal Amount
	WriteOffTotal        Amount
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

// RawTotal is the exact twin of Total.
func (x *Totals) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal is the exact twin of Subtotal.
func (x *Totals) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTaxTotal is the exact twin of TaxTotal.
func (x *Totals) RawTaxTotal() JSON { return x.TaxTotal.Raw() }

// RawDiscountTotal is the exact twin of DiscountTotal.
func (x *Totals) RawDiscountTotal() JSON { return x.DiscountTotal.Raw() }

// RawDiscountSubtotal is the exact twin of DiscountSubtotal.
func (x *Totals) RawDiscountSubtotal() JSON { return x.DiscountSubtotal.Raw() }

// RawDiscountTaxTotal is the exact twin of DiscountTaxTotal.
func (x *Totals) RawDiscountTaxTotal() JSON { return x.DiscountTaxTotal.Raw() }

// RawOriginalTotal is the exact twin of OriginalTotal.
func (x *Totals) RawOriginalTotal() JSON { return x.OriginalTotal.Raw() }

// RawOriginalSubtotal is the exact twin of OriginalSubtotal.
func (x *Totals) RawOriginalSubtotal() JSON { return x.OriginalSubtotal.Raw() }

// RawOriginalTaxTotal is the exact twin of OriginalTaxTotal.
func (x *Totals) RawOriginalTaxTotal() JSON { return x.OriginalTaxTotal.Raw() }

// RawItemTotal is the exact twin of ItemTotal.
func (x *Totals) RawItemTotal() JSON { return x.ItemTotal.Raw() }

// RawItemSubtotal is the exact twin of ItemSubtotal.
func (x *Totals) RawItemSubtotal() JSON { return x.ItemSubtotal.Raw() }

// RawItemTaxTotal is the exact twin of ItemTaxTotal.
func (x *Totals) RawItemTaxTotal() JSON { return x.ItemTaxTotal.Raw() }

// RawItemDiscountTotal is the exact twin of ItemDiscountTotal.
func (x *Totals) RawItemDiscountTotal() JSON { return x.ItemDiscountTotal.Raw() }

// RawOriginalItemTotal is the exact twin of OriginalItemTotal.
func (x *Totals) RawOriginalItemTotal() JSON { return x.OriginalItemTotal.Raw() }

// RawOriginalItemSubtotal is the exact twin of OriginalItemSubtotal.
func (x *Totals) RawOriginalItemSubtotal() JSON { return x.OriginalItemSubtotal.Raw() }

// RawOriginalItemTaxTotal is the exact twin of OriginalItemTaxTotal.
func (x *Totals) RawOriginalItemTaxTotal() JSON { return x.OriginalItemTaxTotal.Raw() }

// RawShippingTotal is the exact twin of ShippingTotal.
func (x *Totals) RawShippingTotal() JSON { return x.ShippingTotal.Raw() }

// RawShippingSubtotal is the exact twin of ShippingSubtotal.
func (x *Totals) RawShippingSubtotal() JSON { return x.ShippingSubtotal.Raw() }

// RawShippingTaxTotal is the exact twin of ShippingTaxTotal.
func (x *Totals) RawShippingTaxTotal() JSON { return x.ShippingTaxTotal.Raw() }

// RawShippingDiscountTotal is the exact twin of ShippingDiscountTotal.
func (x *Totals) RawShippingDiscountTotal() JSON { return x.ShippingDiscountTotal.Raw() }

// RawOriginalShippingTotal is the exact twin of OriginalShippingTotal.
func (x *Totals) RawOriginalShippingTotal() JSON { return x.OriginalShippingTotal.Raw() }

// RawOriginalShippingSubtotal is the exact twin of OriginalShippingSubtotal.
func (x *Totals) RawOriginalShippingSubtotal() JSON { return x.OriginalShippingSubtotal.Raw() }

// RawOriginalShippingTaxTotal is the exact twin of OriginalShippingTaxTotal.
func (x *Totals) RawOriginalShippingTaxTotal() JSON { return x.OriginalShippingTaxTotal.Raw() }

// RawCreditLineTotal is the exact twin of CreditLineTotal.
func (x *Totals) RawCreditLineTotal() JSON { return x.CreditLineTotal.Raw() }

// RawCreditLineSubtotal is the exact twin of CreditLineSubtotal.
func (x *Totals) RawCreditLineSubtotal() JSON { return x.CreditLineSubtotal.Raw() }

// RawCreditLineTaxTotal is the exact twin of CreditLineTaxTotal.
func (x *Totals) RawCreditLineTaxTotal() JSON { return x.CreditLineTaxTotal.Raw() }

// RawFulfilledTotal is the exact twin of FulfilledTotal.
func (x *PartTotals) RawFulfilledTotal() JSON { return x.FulfilledTotal.Raw() }

// RawShippedTotal is the exact twin of ShippedTotal.
func (x *PartTotals) RawShippedTotal() JSON { return x.ShippedTotal.Raw() }

// RawReturnRequestedTotal is the exact twin of ReturnRequestedTotal.
func (x *PartTotals) RawReturnRequestedTotal() JSON { return x.ReturnRequestedTotal.Raw() }

// RawReturnReceivedTotal is the exact twin of ReturnReceivedTotal.
func (x *PartTotals) RawReturnReceivedTotal() JSON { return x.ReturnReceivedTotal.Raw() }

// RawReturnDismissedTotal is the exact twin of ReturnDismissedTotal.
func (x *PartTotals) RawReturnDismissedTotal() JSON { return x.ReturnDismissedTotal.Raw() }

// RawWriteOffTotal is the exact twin of WriteOffTotal.
func (x *PartTotals) RawWriteOffTotal() JSON { return x.WriteOffTotal.Raw() }

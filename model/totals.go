package model

// Totals are the totals of a cart, an order or a return, as a whole, of its items, of shipping and of credit. Original totals are before
// discounts; subtotals are without tax and before discounts.
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

// LineTotals are the totals of a line or of a shipping method. Original totals are before discounts; subtotals are without tax and
// before discounts.
type LineTotals struct {
	Net              Amount // Subtotal before it was rounded, for what is calculated from it
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

// RawTotal returns Total as a raw value.
func (x *LineTotals) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal returns Subtotal as a raw value.
func (x *LineTotals) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTaxTotal returns TaxTotal as a raw value.
func (x *LineTotals) RawTaxTotal() JSON { return x.TaxTotal.Raw() }

// RawDiscountTotal returns DiscountTotal as a raw value.
func (x *LineTotals) RawDiscountTotal() JSON { return x.DiscountTotal.Raw() }

// RawDiscountSubtotal returns DiscountSubtotal as a raw value.
func (x *LineTotals) RawDiscountSubtotal() JSON { return x.DiscountSubtotal.Raw() }

// RawDiscountTaxTotal returns DiscountTaxTotal as a raw value.
func (x *LineTotals) RawDiscountTaxTotal() JSON { return x.DiscountTaxTotal.Raw() }

// RawOriginalTotal returns OriginalTotal as a raw value.
func (x *LineTotals) RawOriginalTotal() JSON { return x.OriginalTotal.Raw() }

// RawOriginalSubtotal returns OriginalSubtotal as a raw value.
func (x *LineTotals) RawOriginalSubtotal() JSON { return x.OriginalSubtotal.Raw() }

// RawOriginalTaxTotal returns OriginalTaxTotal as a raw value.
func (x *LineTotals) RawOriginalTaxTotal() JSON { return x.OriginalTaxTotal.Raw() }

// RawTotal returns Total as a raw value.
func (x *Totals) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal returns Subtotal as a raw value.
func (x *Totals) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTaxTotal returns TaxTotal as a raw value.
func (x *Totals) RawTaxTotal() JSON { return x.TaxTotal.Raw() }

// RawDiscountTotal returns DiscountTotal as a raw value.
func (x *Totals) RawDiscountTotal() JSON { return x.DiscountTotal.Raw() }

// RawDiscountSubtotal returns DiscountSubtotal as a raw value.
func (x *Totals) RawDiscountSubtotal() JSON { return x.DiscountSubtotal.Raw() }

// RawDiscountTaxTotal returns DiscountTaxTotal as a raw value.
func (x *Totals) RawDiscountTaxTotal() JSON { return x.DiscountTaxTotal.Raw() }

// RawOriginalTotal returns OriginalTotal as a raw value.
func (x *Totals) RawOriginalTotal() JSON { return x.OriginalTotal.Raw() }

// RawOriginalSubtotal returns OriginalSubtotal as a raw value.
func (x *Totals) RawOriginalSubtotal() JSON { return x.OriginalSubtotal.Raw() }

// RawOriginalTaxTotal returns OriginalTaxTotal as a raw value.
func (x *Totals) RawOriginalTaxTotal() JSON { return x.OriginalTaxTotal.Raw() }

// RawItemTotal returns ItemTotal as a raw value.
func (x *Totals) RawItemTotal() JSON { return x.ItemTotal.Raw() }

// RawItemSubtotal returns ItemSubtotal as a raw value.
func (x *Totals) RawItemSubtotal() JSON { return x.ItemSubtotal.Raw() }

// RawItemTaxTotal returns ItemTaxTotal as a raw value.
func (x *Totals) RawItemTaxTotal() JSON { return x.ItemTaxTotal.Raw() }

// RawItemDiscountTotal returns ItemDiscountTotal as a raw value.
func (x *Totals) RawItemDiscountTotal() JSON { return x.ItemDiscountTotal.Raw() }

// RawOriginalItemTotal returns OriginalItemTotal as a raw value.
func (x *Totals) RawOriginalItemTotal() JSON { return x.OriginalItemTotal.Raw() }

// RawOriginalItemSubtotal returns OriginalItemSubtotal as a raw value.
func (x *Totals) RawOriginalItemSubtotal() JSON { return x.OriginalItemSubtotal.Raw() }

// RawOriginalItemTaxTotal returns OriginalItemTaxTotal as a raw value.
func (x *Totals) RawOriginalItemTaxTotal() JSON { return x.OriginalItemTaxTotal.Raw() }

// RawShippingTotal returns ShippingTotal as a raw value.
func (x *Totals) RawShippingTotal() JSON { return x.ShippingTotal.Raw() }

// RawShippingSubtotal returns ShippingSubtotal as a raw value.
func (x *Totals) RawShippingSubtotal() JSON { return x.ShippingSubtotal.Raw() }

// RawShippingTaxTotal returns ShippingTaxTotal as a raw value.
func (x *Totals) RawShippingTaxTotal() JSON { return x.ShippingTaxTotal.Raw() }

// RawShippingDiscountTotal returns ShippingDiscountTotal as a raw value.
func (x *Totals) RawShippingDiscountTotal() JSON { return x.ShippingDiscountTotal.Raw() }

// RawOriginalShippingTotal returns OriginalShippingTotal as a raw value.
func (x *Totals) RawOriginalShippingTotal() JSON { return x.OriginalShippingTotal.Raw() }

// RawOriginalShippingSubtotal returns OriginalShippingSubtotal as a raw value.
func (x *Totals) RawOriginalShippingSubtotal() JSON { return x.OriginalShippingSubtotal.Raw() }

// RawOriginalShippingTaxTotal returns OriginalShippingTaxTotal as a raw value.
func (x *Totals) RawOriginalShippingTaxTotal() JSON { return x.OriginalShippingTaxTotal.Raw() }

// RawCreditLineTotal returns CreditLineTotal as a raw value.
func (x *Totals) RawCreditLineTotal() JSON { return x.CreditLineTotal.Raw() }

// RawCreditLineSubtotal returns CreditLineSubtotal as a raw value.
func (x *Totals) RawCreditLineSubtotal() JSON { return x.CreditLineSubtotal.Raw() }

// RawCreditLineTaxTotal returns CreditLineTaxTotal as a raw value.
func (x *Totals) RawCreditLineTaxTotal() JSON { return x.CreditLineTaxTotal.Raw() }

// RawFulfilledTotal returns FulfilledTotal as a raw value.
func (x *PartTotals) RawFulfilledTotal() JSON { return x.FulfilledTotal.Raw() }

// RawShippedTotal returns ShippedTotal as a raw value.
func (x *PartTotals) RawShippedTotal() JSON { return x.ShippedTotal.Raw() }

// RawReturnRequestedTotal returns ReturnRequestedTotal as a raw value.
func (x *PartTotals) RawReturnRequestedTotal() JSON { return x.ReturnRequestedTotal.Raw() }

// RawReturnReceivedTotal returns ReturnReceivedTotal as a raw value.
func (x *PartTotals) RawReturnReceivedTotal() JSON { return x.ReturnReceivedTotal.Raw() }

// RawReturnDismissedTotal returns ReturnDismissedTotal as a raw value.
func (x *PartTotals) RawReturnDismissedTotal() JSON { return x.ReturnDismissedTotal.Raw() }

// RawWriteOffTotal returns WriteOffTotal as a raw value.
func (x *PartTotals) RawWriteOffTotal() JSON { return x.WriteOffTotal.Raw() }

// Package total calculates the totals of carts, orders and returns, and of their lines, shipping methods, tax lines, adjustments
// and credit lines. The formulas are those of the reference. Divisions are exact to 20 decimal places; totals are not rounded to
// the currency.
package total

import "storegraph/model"

var (
	one     = model.NewAmount(1)
	hundred = model.NewAmount(100)
)

// Cart fills the totals of c and of everything in it, whatever they were before. Items, shipping methods and credit lines must be
// loaded, with their amounts, tax lines and adjustments.
func Cart(c *model.Cart) {
	c.Totals = model.Totals{}
	for _, i := range c.Items {
		Item(i)
		addItem(&c.Totals, &i.LineTotals)
	}
	for _, m := range c.ShippingMethods {
		Shipping(m)
		addShipping(&c.Totals, &m.LineTotals)
	}
	var credit model.Amount
	for _, l := range c.CreditLines {
		l.Total, l.Subtotal = l.Amount, l.Amount
		credit = credit.Plus(l.Amount)
	}
	finish(&c.Totals, credit, c.CurrencyDigits)
}

// Order does the same as Cart for an order, of the version that was loaded. Units that were returned are not part of the totals. If
// Totaled is set and there is a summary, it sets the summary's PendingDifference.
func Order(o *model.Order) {
	o.Totals, o.PartTotals = model.Totals{}, model.PartTotals{}
	for _, i := range o.Items {
		OrderItem(i)
		addItem(&o.Totals, &i.LineTotals)
		o.FulfilledTotal = o.FulfilledTotal.Plus(i.FulfilledTotal)
		o.ShippedTotal = o.ShippedTotal.Plus(i.ShippedTotal)
		o.ReturnRequestedTotal = o.ReturnRequestedTotal.Plus(i.ReturnRequestedTotal)
		o.ReturnReceivedTotal = o.ReturnReceivedTotal.Plus(i.ReturnReceivedTotal)
		o.ReturnDismissedTotal = o.ReturnDismissedTotal.Plus(i.ReturnDismissedTotal)
		o.WriteOffTotal = o.WriteOffTotal.Plus(i.WriteOffTotal)
	}
	for _, m := range o.ShippingMethods {
		OrderShipping(m)
		addShipping(&o.Totals, &m.LineTotals)
	}
	var credit model.Amount
	for _, l := range o.CreditLines {
		l.Total, l.Subtotal = l.Amount, l.Amount
		credit = credit.Plus(l.Amount)
	}
	finish(&o.Totals, credit, o.CurrencyDigits)
	if o.Summary != nil && o.Totaled {
		pending := o.Total.Minus(o.ReturnRequestedTotal).Minus(o.Summary.TransactionTotal)
		o.Summary.PendingDifference = unlessTiny(pending, o.CurrencyDigits)
	}
}

// Return fills the totals of a return, which are those of its shipping methods.
func Return(r *model.Return) {
	r.Totals = model.Totals{}
	for _, m := range r.ShippingMethods {
		OrderShipping(m)
		addShipping(&r.Totals, &m.LineTotals)
	}
	finish(&r.Totals, model.Amount{}, 0)
}

func addItem(t *model.Totals, l *model.LineTotals) {
	t.ItemTotal = t.ItemTotal.Plus(l.Total)
	t.ItemSubtotal = t.ItemSubtotal.Plus(l.Subtotal)
	t.ItemTaxTotal = t.ItemTaxTotal.Plus(l.TaxTotal)
	t.ItemDiscountTotal = t.ItemDiscountTotal.Plus(l.DiscountTotal)
	t.OriginalItemTotal = t.OriginalItemTotal.Plus(l.OriginalTotal)
	t.OriginalItemTaxTotal = t.OriginalItemTaxTotal.Plus(l.OriginalTaxTotal)
	t.DiscountSubtotal = t.DiscountSubtotal.Plus(l.DiscountSubtotal)
	t.DiscountTaxTotal = t.DiscountTaxTotal.Plus(l.DiscountTaxTotal)
}

func addShipping(t *model.Totals, l *model.LineTotals) {
	t.ShippingTotal = t.ShippingTotal.Plus(l.Total)
	t.ShippingSubtotal = t.ShippingSubtotal.Plus(l.Subtotal)
	t.ShippingTaxTotal = t.ShippingTaxTotal.Plus(l.TaxTotal)
	t.ShippingDiscountTotal = t.ShippingDiscountTotal.Plus(l.DiscountTotal)
	t.OriginalShippingTotal = t.OriginalShippingTotal.Plus(l.OriginalTotal)
	t.OriginalShippingTaxTotal = t.OriginalShippingTaxTotal.Plus(l.OriginalTaxTotal)
	t.DiscountSubtotal = t.DiscountSubtotal.Plus(l.DiscountSubtotal)
	t.DiscountTaxTotal = t.DiscountTaxTotal.Plus(l.DiscountTaxTotal)
}

// finish fills the totals that follow from the sums of items, shipping methods and credit. Credit carries no tax.
func finish(t *model.Totals, credit model.Amount, digits int) {
	t.OriginalItemSubtotal, t.OriginalShippingSubtotal = t.ItemSubtotal, t.ShippingSubtotal
	credit = unlessTiny(credit, digits)
	t.CreditLineTotal, t.CreditLineSubtotal = credit, credit
	t.Subtotal = t.ItemSubtotal.Plus(t.ShippingSubtotal)
	t.TaxTotal = t.ItemTaxTotal.Plus(t.ShippingTaxTotal)
	t.DiscountTotal = t.ItemDiscountTotal.Plus(t.ShippingDiscountTotal)
	t.OriginalTotal = t.OriginalItemTotal.Plus(t.OriginalShippingTotal)
	t.OriginalSubtotal = t.Subtotal
	t.OriginalTaxTotal = t.OriginalItemTaxTotal.Plus(t.OriginalShippingTaxTotal)
	t.Total = t.Subtotal.Plus(t.TaxTotal).Minus(t.DiscountSubtotal).Minus(credit)
}

// unlessTiny returns a, or 0 if it is at most the smallest unit of a currency with digits decimal places.
func unlessTiny(a model.Amount, digits int) model.Amount {
	smallest := model.Amount{Decimal: one.Shift(-int32(digits))}
	if smallest.Less(model.Amount{Decimal: a.Abs()}) {
		return a
	}
	return model.Amount{}
}

// Item fills the totals of a line item, of its tax lines and of its adjustments.
func Item(i *model.LineItem) {
	line(&i.LineTotals, i.UnitPrice, model.NewAmount(int64(i.Quantity)), model.Amount{}, i.IsTaxInclusive, i.TaxLines, i.Adjustments)
}

// OrderItem fills the totals of a line of an order, of its tax lines and of its adjustments. Its Detail must be loaded. Returned
// units are not part of the totals; units whose return is only requested are.
func OrderItem(i *model.OrderItem) {
	d := i.Detail
	off, offTax := line(&i.LineTotals, i.UnitPrice, i.Quantity, d.ReturnReceivedQuantity.Plus(d.ReturnDismissedQuantity),
		i.IsTaxInclusive, i.TaxLines, i.Adjustments)
	whole := withoutTax(i.UnitPrice.Times(i.Quantity), rateOf(i.TaxLines), i.IsTaxInclusive).Minus(off)
	perUnit := whole.Plus(taxOn(i.TaxLines, whole))
	if !i.Quantity.IsZero() {
		perUnit = perUnit.Over(i.Quantity)
	}
	i.FulfilledTotal = perUnit.Times(d.FulfilledQuantity)
	i.ShippedTotal = perUnit.Times(d.ShippedQuantity)
	i.ReturnRequestedTotal = perUnit.Times(d.ReturnRequestedQuantity)
	i.ReturnReceivedTotal = perUnit.Times(d.ReturnReceivedQuantity)
	i.ReturnDismissedTotal = perUnit.Times(d.ReturnDismissedQuantity)
	i.WriteOffTotal = perUnit.Times(d.WrittenOffQuantity)
	refundable(i, off, offTax)
}

// refundable fills the totals of the units that are not returned and whose return is not requested. off is the discount of all units
// without tax, offTax the tax on it. A price that includes tax is reduced by both, and no tax is added again.
func refundable(i *model.OrderItem, off, offTax model.Amount) {
	d := i.Detail
	i.RefundableTotal, i.RefundableTotalPerUnit = model.Amount{}, model.Amount{}
	left := i.Quantity.Minus(d.ReturnRequestedQuantity).Minus(d.ReturnReceivedQuantity).Minus(d.ReturnDismissedQuantity)
	if i.Quantity.IsZero() {
		return
	}
	if i.IsTaxInclusive {
		off = off.Plus(offTax)
	}
	i.RefundableTotal = left.Times(i.UnitPrice).Minus(left.Times(off.Over(i.Quantity)))
	if !i.IsTaxInclusive {
		i.RefundableTotal = i.RefundableTotal.Plus(taxOn(i.TaxLines, i.RefundableTotal))
	}
	if !left.IsZero() {
		i.RefundableTotalPerUnit = i.RefundableTotal.Over(left)
	}
}

// line fills the totals of a quantity at a unit price, less the returned units, and the totals of the tax lines and adjustments, which
// are of the whole quantity. It returns what the adjustments take off the whole quantity without tax, and the tax on that.
func line(t *model.LineTotals, price, quantity, returned model.Amount, inclusive bool, lines []*model.TaxLine, adjustments []*model.Adjustment) (off, offTax model.Amount) {
	rate := rateOf(lines)
	current := quantity.Minus(returned)
	gross := price.Times(current)
	t.Subtotal = withoutTax(gross, rate, inclusive)
	off, offTax = adjust(adjustments, rate)
	// The reference takes the discount per unit and multiplies again, which cuts it to 20 decimal places.
	t.DiscountSubtotal = model.Amount{}
	if !quantity.IsZero() {
		t.DiscountSubtotal = off.Over(quantity).Times(current)
	}
	t.TaxTotal, t.OriginalTaxTotal = taxes(lines, t.Subtotal, t.Subtotal.Minus(t.DiscountSubtotal))
	t.Total = t.Subtotal.Minus(t.DiscountSubtotal).Plus(t.TaxTotal)
	t.OriginalTotal = original(gross, t.Subtotal, t.OriginalTaxTotal, inclusive)
	t.OriginalSubtotal = t.OriginalTotal.Minus(t.OriginalTaxTotal)
	t.DiscountTaxTotal = t.OriginalTaxTotal.Minus(t.TaxTotal)
	t.DiscountTotal = t.DiscountSubtotal.Plus(t.DiscountTaxTotal)
	return off, offTax
}

// Shipping fills the totals of a shipping method, of its tax lines and of its adjustments.
func Shipping(m *model.ShippingMethod) {
	shipping(&m.LineTotals, m.Amount, m.IsTaxInclusive, m.TaxLines, m.Adjustments)
}

// OrderShipping fills the totals of a shipping method of an order, of its tax lines and of its adjustments.
func OrderShipping(m *model.OrderShippingMethod) {
	shipping(&m.LineTotals, m.Amount, m.IsTaxInclusive, m.TaxLines, m.Adjustments)
}

func shipping(t *model.LineTotals, price model.Amount, inclusive bool, lines []*model.TaxLine, adjustments []*model.Adjustment) {
	rate := rateOf(lines)
	t.Subtotal = withoutTax(price, rate, inclusive)
	t.DiscountSubtotal, t.DiscountTaxTotal = adjust(adjustments, rate)
	t.DiscountTotal = t.DiscountSubtotal.Plus(t.DiscountTaxTotal)
	t.TaxTotal, t.OriginalTaxTotal = taxes(lines, t.Subtotal, t.Subtotal.Minus(t.DiscountSubtotal))
	t.Total = t.Subtotal.Minus(t.DiscountSubtotal).Plus(t.TaxTotal)
	t.OriginalTotal = original(price, t.Subtotal, t.OriginalTaxTotal, inclusive)
	t.OriginalSubtotal = t.OriginalTotal.Minus(t.OriginalTaxTotal)
}

// rateOf returns the sum of the tax rates, as a fraction.
func rateOf(lines []*model.TaxLine) model.Amount {
	var sum model.Amount
	for _, l := range lines {
		sum = sum.Plus(l.Rate)
	}
	return sum.Over(hundred)
}

func withoutTax(price, rate model.Amount, inclusive bool) model.Amount {
	if inclusive {
		return price.Over(one.Plus(rate))
	}
	return price
}

// original returns a price with its tax. A price that includes tax is returned as it is: taking the tax off and adding it again would
// not give exactly the same.
func original(price, subtotal, tax model.Amount, inclusive bool) model.Amount {
	if inclusive {
		return price
	}
	return subtotal.Plus(tax)
}

// adjust fills the totals of adjustments and returns the sums: what they take off without tax, and the tax on that.
func adjust(adjustments []*model.Adjustment, rate model.Amount) (off, tax model.Amount) {
	for _, a := range adjustments {
		a.Subtotal = withoutTax(a.Amount, rate, a.IsTaxInclusive)
		t := a.Subtotal.Times(rate)
		a.Total = a.Subtotal.Plus(t)
		off, tax = off.Plus(a.Subtotal), tax.Plus(t)
	}
	return off, tax
}

// taxes fills the totals of tax lines on an amount before and after discounts, and returns their sums.
func taxes(lines []*model.TaxLine, before, after model.Amount) (tax, originalTax model.Amount) {
	for _, l := range lines {
		rate := l.Rate.Over(hundred)
		l.Total, l.Subtotal = after.Times(rate), before.Times(rate)
		tax, originalTax = tax.Plus(l.Total), originalTax.Plus(l.Subtotal)
	}
	return tax, originalTax
}

// taxOn returns the tax on an amount.
func taxOn(lines []*model.TaxLine, amount model.Amount) model.Amount {
	var sum model.Amount
	for _, l := range lines {
		sum = sum.Plus(amount.Times(l.Rate.Over(hundred)))
	}
	return sum
}

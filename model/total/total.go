// Package total calculates the totals of carts, orders and returns, and of their lines, shipping methods, tax lines, adjustments
// and credit lines. The formulas are those of the reference. Divisions are exact to 20 decimal places; totals are not rounded to
// the currency, but to 12 decimal places or 18 digits, so that nothing of a division's remainder shows and parts add up to the whole.
package total

import "github.com/storegraph/storegraph/model"

var (
	one     = model.NewAmount(1)
	hundred = model.NewAmount(100)
)

// Cart fills the totals of c and of everything in it, whatever they were before. Items, shipping methods and credit lines must be
// loaded, with their amounts, tax lines and adjustments.
func Cart(c *model.Cart) {
	c.Totals = model.Totals{}
	var s sums
	for _, i := range c.Items {
		s.whole = s.whole.Plus(i.UnitPrice.Times(model.NewAmount(int64(i.Quantity))))
	}
	for _, m := range c.ShippingMethods {
		s.whole = s.whole.Plus(m.Amount)
	}
	for _, i := range c.Items {
		s.line(&i.LineTotals, i.UnitPrice, model.NewAmount(int64(i.Quantity)), model.Nothing, i.IsTaxInclusive, i.TaxLines, i.Adjustments)
		c.OfItems.Add(&i.LineTotals)
	}
	for _, m := range c.ShippingMethods {
		s.line(&m.LineTotals, m.Amount, one, model.Nothing, m.IsTaxInclusive, m.TaxLines, m.Adjustments)
		c.OfShipping.Add(&m.LineTotals)
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
	var s sums
	for _, i := range o.Items {
		s.whole = s.whole.Plus(i.UnitPrice.Times(i.Quantity))
	}
	for _, m := range o.ShippingMethods {
		s.whole = s.whole.Plus(m.Amount)
	}
	for _, i := range o.Items {
		s.orderItem(i)
		o.OfItems.Add(&i.LineTotals)
		o.FulfilledTotal = o.FulfilledTotal.Plus(i.FulfilledTotal)
		o.ShippedTotal = o.ShippedTotal.Plus(i.ShippedTotal)
		o.ReturnRequestedTotal = o.ReturnRequestedTotal.Plus(i.ReturnRequestedTotal)
		o.ReturnReceivedTotal = o.ReturnReceivedTotal.Plus(i.ReturnReceivedTotal)
		o.ReturnDismissedTotal = o.ReturnDismissedTotal.Plus(i.ReturnDismissedTotal)
		o.WriteOffTotal = o.WriteOffTotal.Plus(i.WriteOffTotal)
	}
	for _, m := range o.ShippingMethods {
		s.orderShipping(m)
		o.OfShipping.Add(&m.LineTotals)
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
	var s sums
	for _, m := range r.ShippingMethods {
		s.whole = s.whole.Plus(m.Amount)
	}
	for _, m := range r.ShippingMethods {
		s.orderShipping(m)
		r.OfShipping.Add(&m.LineTotals)
	}
	finish(&r.Totals, model.Nothing, 0)
}

// finish fills the totals of the whole, which are those of items and shipping less the credit. Credit carries no tax.
func finish(t *model.Totals, credit model.Amount, digits int) {
	credit = unlessTiny(credit, digits)
	t.CreditLineTotal, t.CreditLineSubtotal = credit, credit
	t.Add(&t.OfItems)
	t.Add(&t.OfShipping)
	t.Total = t.Total.Minus(credit)
}

// unlessTiny returns a, or 0 if it is at most the smallest unit of a currency with digits decimal places.
func unlessTiny(a model.Amount, digits int) model.Amount {
	smallest := model.Amount{Decimal: one.Shift(-int32(digits))}
	if smallest.Less(model.Amount{Decimal: a.Abs()}) {
		return a
	}
	return model.Amount{}
}

// sums are the totals of the lines so far. Lines are rounded so that they add up to the rounded sum: each is what the sum of all up
// to it, not rounded, makes the rounded sum grow by.
type sums struct {
	whole                          model.Amount // what all lines cost before discounts, which decides how all are rounded
	subtotal, off, original, total sum
}

type sum struct{ exact, rounded model.Amount }

// add returns a, rounded so that what was added to the sum so far adds up to the rounded sum.
func (s *sum) add(a, whole model.Amount) model.Amount {
	s.exact = s.exact.Plus(a)
	before := s.rounded
	s.rounded = s.exact.PartOf(whole)
	return s.rounded.Minus(before)
}

// orderItem fills the totals of a line of an order, of its tax lines and of its adjustments. Its Detail must be loaded. Returned
// units are not part of the totals; units whose return is only requested are.
func (s *sums) orderItem(i *model.OrderItem) {
	d := i.Detail
	off, offTax := s.line(&i.LineTotals, i.UnitPrice, i.Quantity, d.ReturnReceivedQuantity.Plus(d.ReturnDismissedQuantity),
		i.IsTaxInclusive, i.TaxLines, i.Adjustments)
	after := withoutTax(i.UnitPrice.Times(i.Quantity), rateOf(i.TaxLines), i.IsTaxInclusive).Minus(off)
	perUnit := after.Plus(taxOn(i.TaxLines, after))
	if !i.Quantity.IsZero() {
		perUnit = perUnit.Over(i.Quantity)
	}
	of := func(quantity model.Amount) model.Amount { return perUnit.Times(quantity).PartOf(s.whole) }
	i.FulfilledTotal, i.ShippedTotal, i.WriteOffTotal = of(d.FulfilledQuantity), of(d.ShippedQuantity), of(d.WrittenOffQuantity)
	i.ReturnRequestedTotal, i.ReturnReceivedTotal, i.ReturnDismissedTotal = of(d.ReturnRequestedQuantity), of(d.ReturnReceivedQuantity), of(d.ReturnDismissedQuantity)
	s.refundable(i, off, offTax)
}

// refundable fills the totals of the units that are not returned and whose return is not requested. off is the discount of all units
// without tax, offTax the tax on it. A price that includes tax is reduced by both, and no tax is added again.
func (s *sums) refundable(i *model.OrderItem, off, offTax model.Amount) {
	d := i.Detail
	i.RefundableTotal, i.RefundableTotalPerUnit = model.Nothing, model.Nothing
	left := i.Quantity.Minus(d.ReturnRequestedQuantity).Minus(d.ReturnReceivedQuantity).Minus(d.ReturnDismissedQuantity)
	if i.Quantity.IsZero() {
		return
	}
	if i.IsTaxInclusive {
		off = off.Plus(offTax)
	}
	refundable := left.Times(i.UnitPrice).Minus(left.Times(off.Over(i.Quantity)))
	if !i.IsTaxInclusive {
		refundable = refundable.Plus(taxOn(i.TaxLines, refundable))
	}
	if !left.IsZero() {
		i.RefundableTotalPerUnit = refundable.Over(left).PartOf(s.whole)
	}
	i.RefundableTotal = refundable.PartOf(s.whole)
}

func (s *sums) orderShipping(m *model.OrderShippingMethod) {
	s.line(&m.LineTotals, m.Amount, one, model.Nothing, m.IsTaxInclusive, m.TaxLines, m.Adjustments)
}

// line fills the totals of a quantity at a unit price, less the returned units, and the totals of the tax lines and adjustments, which
// are of the whole quantity. It returns what the adjustments take off the whole quantity without tax, and the tax on that.
func (s *sums) line(t *model.LineTotals, price, quantity, returned model.Amount, inclusive bool, lines []*model.TaxLine, adjustments []*model.Adjustment) (off, offTax model.Amount) {
	rate := rateOf(lines)
	off, offTax = s.adjust(adjustments, rate)
	current, left := quantity.Minus(returned), off
	switch {
	case quantity.IsZero():
		left = model.Nothing
	case !returned.IsZero():
		left = off.Times(current).Over(quantity)
	}
	gross := price.Times(current)
	net := withoutTax(gross, rate, inclusive)
	original := gross // taking the tax off a price and adding it again would not give exactly the same
	if !inclusive {
		original = net.Plus(net.Times(rate))
	}
	after := net.Minus(left)
	s.fill(t, net, left, original, after.Plus(after.Times(rate)))
	share(lines, rate, t.TaxTotal, t.OriginalTaxTotal)
	return off, offTax
}

// fill fills the totals of a line: without tax, what is taken off that, with tax before discounts, and with tax after them. The
// others follow from these by sums alone.
func (s *sums) fill(t *model.LineTotals, net, off, original, total model.Amount) {
	t.Subtotal, t.DiscountSubtotal = s.subtotal.add(net, s.whole), s.off.add(off, s.whole)
	t.OriginalTotal, t.Total = s.original.add(original, s.whole), s.total.add(total, s.whole)
	t.Net, t.OriginalSubtotal = net, t.Subtotal
	t.OriginalTaxTotal = t.OriginalTotal.Minus(t.Subtotal)
	t.TaxTotal = t.Total.Minus(t.Subtotal).Plus(t.DiscountSubtotal)
	t.DiscountTotal = t.OriginalTotal.Minus(t.Total)
	t.DiscountTaxTotal = t.DiscountTotal.Minus(t.DiscountSubtotal)
}

// share fills the totals of tax lines, whose rates add up to rate: what each has of the tax after and before discounts.
func share(lines []*model.TaxLine, rate, tax, originalTax model.Amount) {
	var until, given, originalGiven model.Amount
	for _, l := range lines {
		until = until.Plus(l.Rate.Over(hundred))
		upTo, originalUpTo := tax, originalTax
		if !until.Equal(rate.Decimal) {
			upTo, originalUpTo = tax.Times(until).Over(rate).PartOf(tax), originalTax.Times(until).Over(rate).PartOf(originalTax)
		}
		l.Total, l.Subtotal = upTo.Minus(given), originalUpTo.Minus(originalGiven)
		given, originalGiven = upTo, originalUpTo
	}
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

// adjust fills the totals of adjustments and returns the sums, which are not rounded: what they take off without tax, and the tax on
// that.
func (s *sums) adjust(adjustments []*model.Adjustment, rate model.Amount) (off, tax model.Amount) {
	for _, a := range adjustments {
		net := withoutTax(a.Amount, rate, a.IsTaxInclusive)
		t := net.Times(rate)
		a.Subtotal, a.Total = net.PartOf(s.whole), net.Plus(t).PartOf(s.whole)
		off, tax = off.Plus(net), tax.Plus(t)
	}
	return off, tax
}

// taxOn returns the tax on an amount.
func taxOn(lines []*model.TaxLine, amount model.Amount) model.Amount {
	var sum model.Amount
	for _, l := range lines {
		sum = sum.Plus(amount.Times(l.Rate.Over(hundred)))
	}
	return sum
}

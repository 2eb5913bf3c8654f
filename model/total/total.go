// Package total adds up what carts cost: the totals of their lines, shipping methods, taxes, discounts and credit.
// Amounts are exact to 20 decimal places and are not rounded to the currency.
package total

import "storegraph/model"

var (
	one     = model.NewAmount(1)
	hundred = model.NewAmount(100)
)

// Cart fills the totals of c and of everything in it. Amounts in their own column, tax lines and adjustments must be
// loaded; what was in the totals does not matter.
func Cart(c *model.Cart) {
	clearTotals(c)
	for _, i := range c.Items {
		Item(i)
		c.ItemTotal = c.ItemTotal.Plus(i.Total)
		c.ItemSubtotal = c.ItemSubtotal.Plus(i.Subtotal)
		c.ItemTaxTotal = c.ItemTaxTotal.Plus(i.TaxTotal)
		c.ItemDiscountTotal = c.ItemDiscountTotal.Plus(i.DiscountTotal)
		c.OriginalItemTotal = c.OriginalItemTotal.Plus(i.OriginalTotal)
		c.OriginalItemTaxTotal = c.OriginalItemTaxTotal.Plus(i.OriginalTaxTotal)
		c.DiscountSubtotal = c.DiscountSubtotal.Plus(i.DiscountSubtotal)
		c.DiscountTaxTotal = c.DiscountTaxTotal.Plus(i.DiscountTaxTotal)
	}
	c.OriginalItemSubtotal = c.ItemSubtotal
	for _, m := range c.ShippingMethods {
		Shipping(m)
		c.ShippingTotal = c.ShippingTotal.Plus(m.Total)
		c.ShippingSubtotal = c.ShippingSubtotal.Plus(m.Subtotal)
		c.ShippingTaxTotal = c.ShippingTaxTotal.Plus(m.TaxTotal)
		c.ShippingDiscountTotal = c.ShippingDiscountTotal.Plus(m.DiscountTotal)
		c.OriginalShippingTotal = c.OriginalShippingTotal.Plus(m.OriginalTotal)
		c.OriginalShippingTaxTotal = c.OriginalShippingTaxTotal.Plus(m.OriginalTaxTotal)
		c.DiscountSubtotal = c.DiscountSubtotal.Plus(m.DiscountSubtotal)
		c.DiscountTaxTotal = c.DiscountTaxTotal.Plus(m.DiscountTaxTotal)
	}
	c.OriginalShippingSubtotal = c.ShippingSubtotal
	credit(c)
	c.Subtotal = c.ItemSubtotal.Plus(c.ShippingSubtotal)
	c.TaxTotal = c.ItemTaxTotal.Plus(c.ShippingTaxTotal)
	c.DiscountTotal = c.ItemDiscountTotal.Plus(c.ShippingDiscountTotal)
	c.OriginalTotal = c.OriginalItemTotal.Plus(c.OriginalShippingTotal)
	c.OriginalSubtotal = c.Subtotal
	c.OriginalTaxTotal = c.OriginalItemTaxTotal.Plus(c.OriginalShippingTaxTotal)
	c.Total = c.Subtotal.Plus(c.TaxTotal).Minus(c.DiscountSubtotal).Minus(c.CreditLineTotal)
}

// clearTotals zeroes the totals that Cart sums up.
func clearTotals(c *model.Cart) {
	for _, t := range []*model.Amount{
		&c.ItemTotal, &c.ItemSubtotal, &c.ItemTaxTotal, &c.ItemDiscountTotal, &c.OriginalItemTotal, &c.OriginalItemTaxTotal,
		&c.ShippingTotal, &c.ShippingSubtotal, &c.ShippingTaxTotal, &c.ShippingDiscountTotal, &c.OriginalShippingTotal,
		&c.OriginalShippingTaxTotal, &c.DiscountSubtotal, &c.DiscountTaxTotal,
		&c.CreditLineTotal, &c.CreditLineSubtotal, &c.CreditLineTaxTotal,
	} {
		*t = model.Amount{}
	}
}

// credit sums the credit lines, which carry no tax. Credit of at most the currency's smallest unit counts as none.
func credit(c *model.Cart) {
	var sum model.Amount
	for _, l := range c.CreditLines {
		l.Total, l.Subtotal = l.Amount, l.Amount
		sum = sum.Plus(l.Amount)
	}
	smallest := model.Amount{Decimal: one.Shift(-int32(c.CurrencyDigits))}
	if smallest.Less(model.Amount{Decimal: sum.Abs()}) {
		c.CreditLineTotal, c.CreditLineSubtotal = sum, sum
	}
}

// Item fills the totals of a line item, of its tax lines and of its adjustments.
func Item(i *model.LineItem) {
	rate := rateOf(i.TaxLines)
	quantity := model.NewAmount(int64(i.Quantity))
	price := i.UnitPrice.Times(quantity)
	i.Subtotal = withoutTax(price, rate, i.IsTaxInclusive)
	off, _ := adjust(i.Adjustments, rate)
	// The reference takes the discount per unit and multiplies again, which cuts it to 20 decimal places.
	i.DiscountSubtotal = model.Amount{}
	if i.Quantity != 0 {
		i.DiscountSubtotal = off.Over(quantity).Times(quantity)
	}
	i.TaxTotal, i.OriginalTaxTotal = taxes(i.TaxLines, i.Subtotal, i.Subtotal.Minus(i.DiscountSubtotal))
	i.Total = i.Subtotal.Minus(i.DiscountSubtotal).Plus(i.TaxTotal)
	i.OriginalTotal = original(price, i.Subtotal, i.OriginalTaxTotal, i.IsTaxInclusive)
	i.OriginalSubtotal = i.OriginalTotal.Minus(i.OriginalTaxTotal)
	i.DiscountTaxTotal = i.OriginalTaxTotal.Minus(i.TaxTotal)
	i.DiscountTotal = i.DiscountSubtotal.Plus(i.DiscountTaxTotal)
}

// Shipping fills the totals of a shipping method, of its tax lines and of its adjustments.
func Shipping(m *model.ShippingMethod) {
	rate := rateOf(m.TaxLines)
	m.Subtotal = withoutTax(m.Amount, rate, m.IsTaxInclusive)
	m.DiscountSubtotal, m.DiscountTaxTotal = adjust(m.Adjustments, rate)
	m.DiscountTotal = m.DiscountSubtotal.Plus(m.DiscountTaxTotal)
	m.TaxTotal, m.OriginalTaxTotal = taxes(m.TaxLines, m.Subtotal, m.Subtotal.Minus(m.DiscountSubtotal))
	m.Total = m.Subtotal.Minus(m.DiscountSubtotal).Plus(m.TaxTotal)
	m.OriginalTotal = original(m.Amount, m.Subtotal, m.OriginalTaxTotal, m.IsTaxInclusive)
	m.OriginalSubtotal = m.OriginalTotal.Minus(m.OriginalTaxTotal)
}

// rateOf is the sum of the taxes' rates, as a fraction.
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

// original is a price with its tax. A price that includes tax is its own original: taking the tax off and adding it
// again would not give it back exactly.
func original(price, subtotal, tax model.Amount, inclusive bool) model.Amount {
	if inclusive {
		return price
	}
	return subtotal.Plus(tax)
}

// adjust fills the totals of adjustments and returns their sums: what they take off without tax, and the tax of that.
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

// Package promo decides which promotions apply to a cart, what they take off its items and shipping methods, and what an order
// counts as used of their limits and budgets. Its callers pass only promotions that are active now.
package promo

import (
	"slices"

	"github.com/storegraph/storegraph/model"
)

// The kinds of promotions.
const (
	Standard = "standard"
	BuyGet   = "buyget" // buying some items makes others cheaper
)

// The types of values, targets, allocations and budgets, as they are stored.
const (
	Fixed      = "fixed"
	Percentage = "percentage"

	Items    = "items"
	Shipping = "shipping_methods"
	Order    = "order" // all items together

	Each   = "each"   // off every line, for at most MaxQuantity units of each
	Across = "across" // shared among the lines in proportion to what they cost
	Once   = "once"   // off the cheapest lines first, for at most MaxQuantity units in all

	Spend          = "spend"            // of the amounts that are taken off
	Usage          = "usage"            // of uses
	UseByAttribute = "use_by_attribute" // of uses by each customer or e-mail address

	// Of the amounts that are taken off for each customer or e-mail address. The reference takes it, but counts nothing of it.
	SpendByAttribute = "spend_by_attribute"
)

// A Promotion takes something off a cart that fulfils its rules.
type Promotion struct {
	ID           string
	Code         string
	Type         string
	IsAutomatic  bool
	TaxInclusive bool // a fixed value includes tax
	Limit        *int // of uses; nil without one
	Used         int
	Rules        []Rule
	Method       *Method // nil if it takes off nothing
	Budget       *Budget // of its campaign; nil if it has none
}

// A Method says what a promotion takes off, and from which items or shipping methods.
type Method struct {
	Type         string
	Target       string
	Allocation   string // of a promotion on the order, empty means across
	Value        model.Amount
	CurrencyCode string // empty for any
	MaxQuantity  *int
	TargetRules  []Rule

	BuyRules       []Rule // of a buy-get promotion
	BuyMinQuantity int    // how many units must be bought
	ApplyQuantity  int    // how many units become cheaper for that
}

// A Budget limits what a campaign's promotions may take off, or how often they may be used. A Limit of nil or 0 is no limit. Used is
// what has been used of it, by the cart's customer or e-mail address if Type is UseByAttribute; nil if nothing was.
type Budget struct {
	ID        string
	Type      string
	Attribute string // customer_id or customer_email
	Limit     *model.Amount
	Used      *model.Amount
}

// A Cart is a cart as promotions see it.
type Cart struct {
	CurrencyCode  string
	CustomerID    string
	CustomerEmail string
	Attributes    Attributes
	Items         []Line
	Shipping      []Line
}

// A Line is a line item or a shipping method. Shipping methods have no quantity and no original total.
type Line struct {
	ID            string
	Quantity      model.Amount
	Subtotal      model.Amount // without tax and discounts
	OriginalTotal model.Amount // with tax, without discounts
	Discountable  bool
	Attributes    Attributes
}

// An Adjustment is what a promotion takes off a line. TaxInclusive says that Amount includes tax.
type Adjustment struct {
	LineID       string
	PromotionID  string
	Code         string
	Amount       model.Amount
	TaxInclusive bool
}

// A Result is what promotions take off a cart, in the order in which it was computed.
type Result struct {
	Items    []Adjustment
	Shipping []Adjustment
}

// Apply returns what the promotions take off the cart. Buy-get promotions are computed first, and of each type those with the larger
// value first; each takes off what the earlier ones have left. It fails with Invalid if a promotion's budget counts uses by an
// attribute that the cart does not have.
func Apply(promotions []Promotion, cart *Cart) (*Result, error) {
	e := engine{
		cart: cart, applied: map[string]model.Amount{},
		bought: map[string]map[string]model.Amount{}, given: map[string]map[string]model.Amount{},
	}
	sorted := slices.DeleteFunc(slices.Clone(promotions), func(p Promotion) bool { return p.Method == nil })
	slices.SortStableFunc(sorted, before)
	for i := range sorted {
		p := &sorted[i]
		exhausted, err := p.exhausted(cart)
		if err != nil {
			return nil, err
		}
		foreign := p.Method.CurrencyCode != "" && p.Method.CurrencyCode != cart.CurrencyCode
		if exhausted || foreign || !Match(p.Rules, cart.Attributes, "") {
			continue
		}
		switch {
		case p.Type == BuyGet:
			e.buyGet(p)
		case p.Method.Target == Shipping:
			e.shipping(p)
		default:
			e.items(p)
		}
	}
	return &e.out, nil
}

// before returns a negative number if a is computed before b, and a positive one if b is computed before a.
func before(a, b Promotion) int {
	if (a.Type == BuyGet) != (b.Type == BuyGet) {
		if a.Type == BuyGet {
			return -1
		}
		return 1
	}
	if c := b.Method.Value.Cmp(a.Method.Value.Decimal); c != 0 || a.Type != BuyGet {
		return c
	}
	if c := b.Method.BuyMinQuantity - a.Method.BuyMinQuantity; c != 0 {
		return c
	}
	return b.Method.ApplyQuantity - a.Method.ApplyQuantity
}

// exhausted reports whether the promotion was used as often as it may be, in all or by the customer of the cart.
func (p *Promotion) exhausted(cart *Cart) (bool, error) {
	if p.Budget != nil && p.Budget.Type == UseByAttribute {
		value := map[string]string{"customer_id": cart.CustomerID, "customer_email": cart.CustomerEmail}[p.Budget.Attribute]
		if value == "" {
			return false, model.Invalid.Because(model.UserErrorCodePromotionNotApplicable).Errorf("Attribute value for %q is required by promotion campaing budget", p.Budget.Attribute) //nolint:misspell // the reference's spelling
		}
		if p.Budget.Used != nil && p.Budget.exceeded(model.NewAmount(1)) {
			return true, nil
		}
	}
	return p.Limit != nil && p.Used >= *p.Limit, nil
}

// overBudget reports whether taking off the amount would exceed the budget.
func (p *Promotion) overBudget(amount model.Amount) bool {
	switch {
	case p.Budget == nil || p.Budget.Type == UseByAttribute:
		return false
	case p.Budget.Type == Spend:
		return p.Budget.exceeded(amount)
	default:
		return p.Budget.exceeded(model.NewAmount(1))
	}
}

// exceeded reports whether using more would exceed the limit.
func (b *Budget) exceeded(more model.Amount) bool {
	if b.Limit == nil || b.Limit.IsZero() {
		return false
	}
	if b.Used != nil {
		more = more.Plus(*b.Used)
	}
	return b.Limit.Less(more)
}

// An engine applies promotions to a cart, one after another.
type engine struct {
	cart    *Cart
	applied map[string]model.Amount // what was taken off each line so far, without tax
	out     Result

	bought, given map[string]map[string]model.Amount // by code and line: units that had to be bought, and units that became cheaper
}

var hundred = model.NewAmount(100)

func positive(a model.Amount) bool { return a.IsPositive() }

func lesser(a, b model.Amount) model.Amount {
	if b.Less(a) {
		return b
	}
	return a
}

// base returns what a line costs: with tax if the value of the promotion includes tax.
func (p *Promotion) base(l *Line) model.Amount {
	if p.TaxInclusive {
		return l.OriginalTotal
	}
	return l.Subtotal
}

// left returns what earlier promotions have left of the base of a line.
func (e *engine) left(p *Promotion, l *Line) model.Amount {
	applied := e.applied[l.ID]
	if p.TaxInclusive {
		applied = applied.Times(l.OriginalTotal.Over(l.Subtotal))
	}
	return p.base(l).Minus(applied)
}

// items applies a promotion to line items or to the order.
func (e *engine) items(p *Promotion) {
	m := p.Method
	allocation := m.Allocation
	if allocation == "" && m.Target == Order {
		allocation = Across
	}
	lines := e.eligible(p)
	if allocation == Once {
		slices.SortStableFunc(lines, func(a, b *Line) int {
			return a.Subtotal.Over(a.Quantity).Cmp(b.Subtotal.Over(b.Quantity).Decimal)
		})
	}
	var together model.Amount
	for _, l := range lines {
		together = together.Plus(e.left(p, l))
	}
	if allocation == Across && !together.Exceeds(model.Nothing) {
		return
	}
	fixed := division{value: m.Value, whole: together}
	var quota model.Amount
	if m.MaxQuantity != nil {
		quota = model.NewAmount(int64(*m.MaxQuantity))
	}
	for _, l := range lines {
		var amount model.Amount
		units := quota
		switch {
		case allocation == Across:
			amount = e.share(p, l, &fixed)
		case allocation == Once:
			units = lesser(quota, l.Quantity)
			amount = e.each(p, l, units)
		case m.MaxQuantity == nil:
			amount = e.each(p, l, model.NewAmount(1))
		default:
			amount = e.each(p, l, quota)
		}
		if !positive(amount) || p.overBudget(amount) {
			continue
		}
		e.take(p, l, amount)
		if allocation == Once {
			quota = quota.Minus(units)
		}
	}
}

// eligible returns the line items that a promotion may take something off.
func (e *engine) eligible(p *Promotion) []*Line {
	var out []*Line
	for i := range e.cart.Items {
		l := &e.cart.Items[i]
		if l.Discountable && positive(l.Subtotal) && positive(l.Quantity) && Match(p.Method.TargetRules, l.Attributes, Items) {
			out = append(out, l)
		}
	}
	return out
}

// A division divides a fixed value among lines in proportion to what is left of them. The parts add up to the value, if it is less
// than the whole that is left.
type division struct {
	value, whole  model.Amount
	until, shared model.Amount // what the lines so far have left, and what they were given
}

// next returns the part of the next line.
func (d *division) next(left model.Amount) model.Amount {
	d.until = d.until.Plus(left)
	before := d.shared
	d.shared = d.value.Times(d.until).Over(d.whole).PartOf(d.value)
	return d.shared.Minus(before)
}

// share returns what a promotion that is shared among lines takes off one of them, a fixed value by its division.
func (e *engine) share(p *Promotion, l *Line, fixed *division) model.Amount {
	left := e.left(p, l)
	if m := p.Method.MaxQuantity; m != nil && *m > 0 {
		units := lesser(l.Quantity, model.NewAmount(int64(*m)))
		left = left.Minus(p.base(l)).Plus(p.base(l).Over(l.Quantity).Times(units))
	}
	value := p.Method.Value.Over(hundred).Times(left)
	if p.Method.Type != Percentage {
		value = fixed.next(left)
	}
	return worth(lesser(value, left))
}

// each returns what a promotion takes off at most the given units of a line.
func (e *engine) each(p *Promotion, l *Line, units model.Amount) model.Amount {
	left := lesser(e.left(p, l), p.base(l).Over(l.Quantity).Times(units))
	value := p.Method.Value.Over(hundred).Times(left)
	if p.Method.Type != Percentage {
		value = p.Method.Value.Times(lesser(l.Quantity, units))
	}
	return worth(lesser(value, left))
}

// worth returns a, or 0 if it is negligible.
func worth(a model.Amount) model.Amount {
	if a.Exceeds(model.Nothing) {
		return a
	}
	return model.Nothing
}

// take records that the promotion takes an amount off a line item.
func (e *engine) take(p *Promotion, l *Line, amount model.Amount) {
	untaxed := amount
	if p.TaxInclusive {
		untaxed = amount.Times(l.Subtotal.Over(l.OriginalTotal))
	}
	e.applied[l.ID] = e.applied[l.ID].Plus(untaxed)
	e.out.Items = append(e.out.Items, Adjustment{l.ID, p.ID, p.Code, amount, p.TaxInclusive})
}

// shipping applies a promotion to shipping methods, whose amounts are without tax.
func (e *engine) shipping(p *Promotion) {
	m := p.Method
	var lines []*Line
	var together model.Amount
	for i := range e.cart.Shipping {
		if l := &e.cart.Shipping[i]; Match(m.TargetRules, l.Attributes, Shipping) {
			lines = append(lines, l)
			together = together.Plus(l.Subtotal.Minus(e.applied[l.ID]))
		}
	}
	if m.Allocation == Once {
		slices.SortStableFunc(lines, func(a, b *Line) int { return a.Subtotal.Cmp(b.Subtotal.Decimal) })
	}
	quota := 0
	if m.MaxQuantity != nil {
		quota = *m.MaxQuantity
	}
	fixed := division{value: m.Value, whole: together}
	for _, l := range lines {
		if m.Allocation == Once && quota <= 0 {
			return
		}
		left := l.Subtotal.Minus(e.applied[l.ID])
		value := m.Value
		switch {
		case m.Type == Percentage:
			value = m.Value.Over(hundred).Times(left)
		case m.Allocation == Across && together.Exceeds(model.Nothing):
			value = fixed.next(left)
		}
		amount := worth(lesser(value, left))
		if m.Allocation == "" || !positive(amount) || p.overBudget(amount) {
			continue
		}
		e.applied[l.ID] = e.applied[l.ID].Plus(amount)
		quota--
		e.out.Shipping = append(e.out.Shipping, Adjustment{LineID: l.ID, PromotionID: p.ID, Code: p.Code, Amount: amount})
	}
}

package catalogue

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/price"
)

// noPrice is the lowest amount of a product without prices.
const noPrice = math.MaxInt64

// Prices are what the products of a snapshot cost in one context: the lowest and the highest calculated amount of a variant. They never
// change and are safe for concurrent use.
type Prices struct {
	context   price.Context
	terms     *Terms
	offers    []offer // by the number of terms
	low, high []int64 // by product
	age       uint64  // of the snapshot
	// From and until price lists start and end: the prices are those of times between, in microseconds since the Unix epoch.
	from, until int64

	once sync.Once
	asc  atomic.Pointer[Order]
	ids  *Order
}

// An offer is what the terms of prices come to in a context.
type offer struct {
	terms   price.Terms
	applies bool
}

// Prices returns what the products cost in a context at a time. Computed prices are kept for when the context is asked for again.
func (s *Snapshot) Prices(c price.Context, now time.Time) *Prices {
	_, attributes := s.names.terms.all()
	mentioned := slices.Clone(attributes)
	for _, l := range s.lists {
		for _, r := range l.Rules {
			if at, ok := slices.BinarySearch(mentioned, r.Attribute); !ok {
				mentioned = slices.Insert(mentioned, at, r.Attribute)
			}
		}
	}
	var key strings.Builder
	key.WriteString(strings.ToLower(c.CurrencyCode))
	attributeKey(&key, mentioned, c.Attributes)
	of := s.columns.of(key.String())
	of.mu.Lock()
	defer of.mu.Unlock()
	of.prices = s.prices(of.prices, c, now)
	return of.prices
}

// prices returns the prices of a context, made of those that are kept of it as far as they hold; nil if none are.
func (s *Snapshot) prices(kept *Prices, c price.Context, now time.Time) *Prices {
	at := now.UnixMicro()
	if kept == nil || at < kept.from || at >= kept.until {
		return s.compute(c, now)
	}
	if kept.age >= s.age && len(kept.low) >= len(s.products) {
		return kept
	}
	if dirty, known := s.columns.since(kept.age, s.age); known {
		return kept.patched(s, dirty)
	}
	return s.compute(c, now)
}

// compute decides all prices in a context.
func (s *Snapshot) compute(c price.Context, now time.Time) *Prices {
	out := &Prices{context: c, terms: s.names.terms, age: s.age, ids: s.orders[ByID]}
	out.from, out.until = s.bounds(now.UnixMicro())
	out.readOffers(s, now.UnixMicro())
	out.low, out.high = make([]int64, len(s.products)), make([]int64, len(s.products))
	for n := range s.products {
		out.decide(s, uint32(n))
	}
	return out
}

// bounds returns when a price list has started or ended last, and when one does next.
func (s *Snapshot) bounds(now int64) (from, until int64) {
	from, until = math.MinInt64, math.MaxInt64
	for _, l := range s.lists {
		for _, at := range []int64{l.Starts, l.Ends + 1} { // it is still active when it ends
			if at > now {
				until = min(until, at)
			} else {
				from = max(from, at)
			}
		}
	}
	return from, until
}

// Period returns a number that two times share only if no price list starts or ends between them.
func (s *Snapshot) Period(at time.Time) int64 {
	from, _ := s.bounds(at.UnixMicro())
	return from
}

// readOffers finds which terms apply.
func (p *Prices) readOffers(s *Snapshot, now int64) {
	prices, _ := p.terms.all()
	p.offers = make([]offer, len(prices))
	for i, of := range prices {
		priced := *of
		if of.PriceListID != nil {
			priced.List = s.active(*of.PriceListID, now)
		}
		p.offers[i].terms, p.offers[i].applies = p.context.Terms(&priced)
	}
}

// active returns a price list if it is active at a time.
func (s *Snapshot) active(list string, now int64) *model.PriceList {
	l := s.lists[list]
	if l == nil || !l.Active || l.Starts > now || l.Ends != 0 && l.Ends < now {
		return nil
	}
	return &l.PriceList
}

// decide computes the prices of a product.
func (p *Prices) decide(s *Snapshot, product uint32) {
	p.low[product], p.high[product] = noPrice, math.MinInt64
	for amount := range p.of(s, product) {
		p.low[product], p.high[product] = min(p.low[product], amount), max(p.high[product], amount)
	}
}

// of returns the calculated amounts of a product's variants that have one.
func (p *Prices) of(s *Snapshot, product uint32) func(yield func(amount int64) bool) {
	return func(yield func(amount int64) bool) {
		r := s.products[product]
		begin := 0
		for _, end := range r.priceEnds {
			choice := price.Choice[int64]{Less: lower}
			for i := begin; i < int(end); i++ {
				if n := r.terms[i]; int(n) < len(p.offers) && p.offers[n].applies {
					choice.Add(p.offers[n].terms, r.amounts[i])
				}
			}
			begin = int(end)
			if o := choice.Calculated(); o.Found && !yield(o.Price) {
				return
			}
		}
	}
}

func lower(a, b int64) bool { return a < b }

// patched returns the prices of a later snapshot, in which some products differ.
func (p *Prices) patched(s *Snapshot, dirty Set) *Prices {
	out := &Prices{context: p.context, terms: p.terms, offers: p.offers, age: s.age, from: p.from, until: p.until, ids: s.orders[ByID]}
	if prices, _ := p.terms.all(); len(prices) > len(p.offers) {
		out.readOffers(s, p.from)
	}
	out.low, out.high = append(slices.Clone(p.low), make([]int64, len(s.products)-len(p.low))...), append(slices.Clone(p.high), make([]int64, len(s.products)-len(p.high))...)
	dirty.Iterate(func(n uint32) bool {
		out.decide(s, n)
		return true
	})
	if order := p.asc.Load(); order != nil && int(dirty.GetCardinality())*fewMoved < len(s.products) {
		out.once.Do(func() { out.asc.Store(out.newOrder(out.moved(order, dirty))) })
	}
	return out
}

// fewMoved is how many times more products there are than those that are moved in an order which is not made anew.
const fewMoved = 20

// moved returns the products of an order of earlier prices in the order of these, if only some have moved.
func (p *Prices) moved(before *Order, some Set) []uint32 {
	moving := some.ToArray()
	slices.SortFunc(moving, p.compare)
	out := make([]uint32, 0, len(p.low))
	for _, n := range before.products {
		if some.Contains(n) {
			continue
		}
		for len(moving) > 0 && p.compare(moving[0], n) < 0 {
			out, moving = append(out, moving[0]), moving[1:]
		}
		out = append(out, n)
	}
	return append(out, moving...)
}

// compare compares two products by their lowest amounts and ids.
func (p *Prices) compare(a, b uint32) int {
	return cmp.Or(cmp.Compare(p.low[a], p.low[b]), cmp.Compare(p.ids.places[a], p.ids.places[b]))
}

// Ends reports whether the prices are not those of a time any more: a price list has started or ended.
func (p *Prices) Ends(at time.Time) bool { return at.UnixMicro() >= p.until }

// Order returns all products by their lowest amounts, those without one last, or the other way round, those without one last too.
func (p *Prices) Order(desc bool) *Order {
	p.once.Do(func() {
		type priced struct {
			low     int64
			id      uint32
			product uint32
		}
		all := make([]priced, len(p.ids.products))
		for i, n := range p.ids.products {
			all[i] = priced{p.low[n], uint32(i), n}
		}
		slices.SortFunc(all, func(a, b priced) int { return cmp.Or(cmp.Compare(a.low, b.low), cmp.Compare(a.id, b.id)) })
		products := make([]uint32, len(all))
		for i, a := range all {
			products[i] = a.product
		}
		p.asc.Store(p.newOrder(products))
	})
	asc := p.asc.Load()
	if desc {
		return asc.Descending()
	}
	return asc
}

func (p *Prices) newOrder(products []uint32) *Order {
	return newOrder(products, func(a, b uint32) bool { return p.low[a] == p.low[b] }, func(n uint32) bool { return p.low[n] == noPrice })
}

// Lowest returns the lowest amount of a product by its number; nil if it has none.
func (p *Prices) Lowest(product uint32) *model.Amount {
	if int(product) >= len(p.low) || p.low[product] == noPrice {
		return nil
	}
	a := p.terms.amount(p.low[product])
	return &a
}

// Mark marks a product with an amount in the order of prices, unless it is not known; a nil amount is that of a product without one.
func (p *Prices) Mark(s *Snapshot, desc bool, id string, amount *model.Amount) (m Mark, ok bool) {
	n, ok := s.known(id)
	if !ok {
		return Mark{}, false
	}
	at := p.terms.bound(amount)
	compare := func(q uint32) int {
		c := cmp.Compare(p.low[q], at.units)
		if c == 0 && at.more {
			c = -1
		}
		if desc && p.low[q] != noPrice && at.units != noPrice {
			c = -c
		}
		return c
	}
	// The prices may be of a later snapshot, which has more products: their own order by id knows them all.
	return p.Order(desc).search(func(q uint32) int { return cmp.Or(compare(q), cmp.Compare(p.ids.places[q], p.ids.places[n])) }), true
}

// A bound is an amount in units of the index, and whether it is more than those, by less than one unit.
type bound struct {
	units int64
	more  bool
}

// bound returns an amount as a bound; nil is that of no price. What is out of range is as far as it goes.
func (t *Terms) bound(a *model.Amount) bound {
	if a == nil {
		return bound{units: noPrice}
	}
	scaled := a.Shift(int32(t.scale))
	floor := scaled.Floor()
	if !floor.BigInt().IsInt64() {
		if scaled.IsNegative() {
			return bound{units: math.MinInt64}
		}
		return bound{units: noPrice - 1, more: true}
	}
	return bound{units: min(floor.IntPart(), noPrice-1), more: !floor.Equal(scaled)}
}

// within narrows a set to products of which a variant costs something within bounds.
func (p *Prices) within(s *Snapshot, out Set, f *model.DecimalFilter) Set {
	low, high := int64(math.MinInt64), int64(noPrice-1) // inclusive
	if a := f.Gte.Value(); a != nil {
		b := p.terms.bound(a)
		if b.more {
			b.units++
		}
		low = max(low, b.units)
	}
	if a := f.Gt.Value(); a != nil {
		low = max(low, p.terms.bound(a).units+1)
	}
	if a := f.Lte.Value(); a != nil {
		high = min(high, p.terms.bound(a).units)
	}
	if a := f.Lt.Value(); a != nil {
		b := p.terms.bound(a)
		if !b.more {
			b.units--
		}
		high = min(high, b.units)
	}
	kept := make([]uint32, 0, out.GetCardinality())
	out.Iterate(func(n uint32) bool {
		if int(n) < len(p.low) && p.meets(s, n, low, high) {
			kept = append(kept, n)
		}
		return true
	})
	return roaring.BitmapOf(kept...)
}

// meets reports whether a variant of a product costs from low to high.
func (p *Prices) meets(s *Snapshot, n uint32, low, high int64) bool {
	least, most := p.low[n], p.high[n]
	switch {
	case least > high || most < low || low > high:
		return false
	case least >= low || most <= high:
		return true
	}
	for amount := range p.of(s, n) {
		if amount >= low && amount <= high {
			return true
		}
	}
	return false
}

// Range returns the lowest and the highest amount of some products; nil if none has one.
func (p *Prices) Range(of Set) *model.PriceRange {
	low, high := int64(noPrice), int64(math.MinInt64)
	of.Iterate(func(n uint32) bool {
		if int(n) < len(p.low) {
			low, high = min(low, p.low[n]), max(high, p.high[n])
		}
		return true
	})
	if low == noPrice {
		return nil
	}
	return &model.PriceRange{Min: p.terms.amount(low), Max: p.terms.amount(high), CurrencyCode: p.context.CurrencyCode}
}

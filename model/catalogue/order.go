package catalogue

import (
	"cmp"
	"slices"
	"sync"
)

// An OrderKind is what products are sorted by, apart from prices.
type OrderKind int

// What products are sorted by; ties are broken by id.
const (
	ByID OrderKind = iota
	ByTitle
	ByCreation
	ByUpdate

	orderKinds
)

// An Order is all products in an order, removed ones too. It never changes.
type Order struct {
	products []uint32 // in order
	places   []uint32 // by product; nil in an order of some products

	// same reports whether two products are tied but for their ids; nil if none are.
	same func(a, b uint32) bool
	last func(p uint32) bool // p comes last in both directions; nil if none does

	once sync.Once
	desc *Order
}

func newOrder(products []uint32, same func(a, b uint32) bool, last func(p uint32) bool) *Order {
	o := &Order{products: products, places: make([]uint32, len(products)), same: same, last: last}
	for i, p := range products {
		o.places[p] = uint32(i)
	}
	return o
}

// Descending returns the products the other way round. Ties are broken by ascending ids there too.
func (o *Order) Descending() *Order {
	o.once.Do(func() {
		n := len(o.products)
		if o.last != nil {
			n, _ = slices.BinarySearchFunc(o.products, true, func(p uint32, _ bool) int {
				if o.last(p) {
					return 0
				}
				return -1
			})
		}
		out := make([]uint32, 0, len(o.products))
		for end := n; end > 0; {
			begin := end - 1
			for o.same != nil && begin > 0 && o.same(o.products[begin-1], o.products[begin]) {
				begin--
			}
			out = append(out, o.products[begin:end]...)
			end = begin
		}
		o.desc = newOrder(append(out, o.products[n:]...), nil, nil)
	})
	return o.desc
}

// Place returns how many products come before one.
func (o *Order) Place(product uint32) int { return int(o.places[product]) }

// Len returns how many products there are.
func (o *Order) Len() int { return len(o.products) }

// At returns the product at a place.
func (o *Order) At(place int) uint32 { return o.products[place] }

// A Span is a part of an order: the products at places from From on and before To; of these, after Skip of them that are in a set, so many
// as Limit that are. If it goes Backwards it begins at the end.
type Span struct {
	From, To, Skip, Limit int
	Backwards             bool
}

const (
	// sparse is how many times more products there are than a set must have to be looked for in the order, one after the other.
	sparse = 16
	// farAway is how many skipped products are worth a copy of the set in which one is found faster.
	farAway = 500
)

// Take returns the products of a set that stand in a span, in the span's direction.
func (o *Order) Take(set Set, s Span) []uint32 {
	s.To = min(s.To, len(o.products))
	if s.Limit <= 0 || s.From >= s.To {
		return nil
	}
	if o.places != nil && int(set.GetCardinality())*sparse < len(o.products) {
		return o.takeSparse(set, s)
	}
	contains := set.Contains
	if s.Skip > farAway {
		bits := set.ToDense()
		contains = func(p uint32) bool { return int(p>>6) < len(bits) && bits[p>>6]>>(p&63)&1 == 1 }
	}
	out := make([]uint32, 0, min(s.Limit, 128))
	for i := range s.To - s.From {
		p := o.products[s.From+i]
		if s.Backwards {
			p = o.products[s.To-1-i]
		}
		switch {
		case !contains(p):
		case s.Skip > 0:
			s.Skip--
		default:
			if out = append(out, p); len(out) == s.Limit {
				return out
			}
		}
	}
	return out
}

// takeSparse is Take for a set that is small: its products are sorted.
func (o *Order) takeSparse(set Set, s Span) []uint32 {
	var at []uint32
	set.Iterate(func(p uint32) bool {
		if int(p) < len(o.places) {
			if i := int(o.places[p]); i >= s.From && i < s.To {
				at = append(at, uint32(i))
			}
		}
		return true
	})
	slices.Sort(at)
	if s.Backwards {
		slices.Reverse(at)
	}
	at = at[min(s.Skip, len(at)):]
	at = at[:min(s.Limit, len(at))]
	for i, place := range at {
		at[i] = o.products[place]
	}
	return at
}

// Order returns the products in an order, or the other way round.
func (s *Snapshot) Order(k OrderKind, desc bool) *Order {
	if desc {
		return s.orders[k].Descending()
	}
	return s.orders[k]
}

// Ranked returns the order of some products: that of their ids, or the other way round. Ids that are not known are left out.
func (s *Snapshot) Ranked(ids []string, desc bool) *Order {
	o := &Order{products: make([]uint32, 0, len(ids))}
	for _, id := range ids {
		if n, ok := s.known(id); ok {
			o.products = append(o.products, n)
		}
	}
	if desc {
		slices.Reverse(o.products)
	}
	return o
}

// Find returns the place of a product in an order of some; -1 if it is not in it.
func (o *Order) Find(product uint32) int { return slices.Index(o.products, product) }

// A Mark is where a product with a value and an id stands in an order, or would: so many come before it, and it is there itself or not.
type Mark struct {
	Before int
	There  bool
}

// search returns the mark of what compare compares products with: it is negative for those that come before.
func (o *Order) search(compare func(p uint32) int) Mark {
	at, found := slices.BinarySearchFunc(o.products, struct{}{}, func(p uint32, _ struct{}) int { return compare(p) })
	return Mark{at, found}
}

// MarkID marks a product in an order by id or by title, unless it is not known or has another title.
func (s *Snapshot) MarkID(k OrderKind, desc bool, id, title string) (m Mark, ok bool) {
	n, ok := s.known(id)
	if !ok || k == ByTitle && s.products[n].title != title {
		return Mark{}, false
	}
	return Mark{s.Order(k, desc).Place(n), true}, true
}

// MarkTime marks a product in an order by time, unless it is not known.
func (s *Snapshot) MarkTime(k OrderKind, desc bool, id string, at int64) (m Mark, ok bool) {
	n, ok := s.known(id)
	if !ok {
		return Mark{}, false
	}
	return s.Order(k, desc).search(func(p uint32) int {
		c := cmp.Compare(s.products[p].time(k), at)
		if desc {
			c = -c
		}
		return cmp.Or(c, s.compareIDs(p, n))
	}), true
}

// known returns the number of a product of the snapshot, removed or not.
func (s *Snapshot) known(id string) (uint32, bool) {
	n, ok := s.names.product(id)
	return n, ok && int(n) < len(s.products)
}

// compareIDs compares two products by their ids, as the database does.
func (s *Snapshot) compareIDs(a, b uint32) int {
	return cmp.Compare(s.orders[ByID].places[a], s.orders[ByID].places[b])
}

// time returns the time of a product that an order is by.
func (p *record) time(k OrderKind) int64 {
	if k == ByUpdate {
		return p.updatedAt
	}
	return p.createdAt
}

// ID returns the id of a product by its number.
func (s *Snapshot) ID(product uint32) string { return s.products[product].id }

package catalogue

import (
	"cmp"
	"slices"
	"strings"
)

// Units are how many units of products were sold: by sales channel, and by the id of the product.
type Units map[string]map[string]int64

// sales are units by sales channel and the number of the product. They never change.
type sales struct{ units map[string]map[uint32]int64 }

// Sold are the products by how many units of them were sold in some sales channels, those that sold best first. It never changes.
type Sold struct {
	*Order

	units map[uint32]int64
	of    *sales
	ids   *Order
	names *names
}

// Sell puts what was sold in the place of what there is.
func (u *Update) Sell(units Units) {
	next := &sales{make(map[string]map[uint32]int64, len(units))}
	for channel, of := range units {
		next.units[channel] = make(map[uint32]int64, len(of))
		for id, n := range of {
			if product, ok := u.next.names.product(id); ok {
				next.units[channel][product] = n
			}
		}
	}
	u.next.sales = next
}

// Sold returns the products by what was sold of them in some sales channels. It is kept for when the same channels are asked for again.
func (s *Snapshot) Sold(channels []string) *Sold {
	channels = slices.Compact(slices.Sorted(slices.Values(channels)))
	key := strings.Join(channels, "\x1f")
	c := s.columns
	c.mu.Lock()
	defer c.mu.Unlock()
	if have, ok := c.sold.Get(key); ok && have.of == s.sales && have.ids == s.orders[ByID] {
		return have
	}
	out := &Sold{units: map[uint32]int64{}, of: s.sales, ids: s.orders[ByID], names: s.names}
	for _, channel := range channels {
		for product, n := range s.sales.units[channel] {
			out.units[product] += n
		}
	}
	products := make([]uint32, 0, len(s.products))
	for product, n := range out.units {
		if n != 0 && int(product) < len(s.products) {
			products = append(products, product)
		}
	}
	slices.SortFunc(products, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(out.units[b], out.units[a]), s.compareIDs(a, b))
	})
	for _, product := range s.orders[ByID].products {
		if out.units[product] == 0 {
			products = append(products, product)
		}
	}
	out.Order = newOrder(products, nil, nil)
	c.sold.Add(key, out)
	return out
}

// Units returns how many units of a product were sold.
func (s *Sold) Units(product uint32) int64 { return s.units[product] }

// Mark marks a product of which so many units were sold, unless it is not known.
func (s *Sold) Mark(id string, units int64) (m Mark, ok bool) {
	n, ok := s.names.product(id)
	if !ok || int(n) >= s.ids.Len() {
		return Mark{}, false
	}
	return s.search(func(p uint32) int {
		return cmp.Or(cmp.Compare(units, s.units[p]), cmp.Compare(s.ids.Place(p), s.ids.Place(n)))
	}), true
}

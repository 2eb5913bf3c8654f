package catalogue

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
)

// An Update makes a snapshot from another by changing what differs. It is for one goroutine, and used once.
type Update struct {
	from    *Snapshot
	next    Snapshot
	touched bool            // the next snapshot's products are its own
	own     map[uint32]bool // sets that are the next snapshot's alone
	dirty   Set             // products whose prices may differ
	all     bool            // or those of all
	labeled bool            // labels, or what is in categories, may differ
	timed   Set             // products whose times may differ
	orphans map[uint32]bool // values whose ids are of a product that has them no more
}

// New returns an update of an empty snapshot. Prices are kept for so many contexts at once.
func New(t *Terms, contexts int) *Update {
	s := &Snapshot{names: newNames(t), live: roaring.New(), labels: map[kind][]label{}, lists: map[string]*List{}, stock: map[string]Set{}, sales: &sales{}, columns: newColumns(contexts)}
	for k := range s.classes {
		s.classes[k] = newClasses()
	}
	for k := range s.orders {
		s.orders[k] = newOrder(nil, nil, nil)
	}
	return s.Update()
}

// Update returns an update of a snapshot.
func (s *Snapshot) Update() *Update {
	u := &Update{from: s, next: Snapshot{
		names: s.names, products: s.products, live: s.live, sets: s.sets, orders: s.orders, labels: s.labels, classes: s.classes, tree: s.tree, above: s.above,
		values: s.values, lists: s.lists, stock: s.stock, sales: s.sales, bytes: s.bytes, age: s.age + 1, columns: s.columns,
	}, own: map[uint32]bool{}, dirty: roaring.New(), timed: roaring.New(), orphans: map[uint32]bool{}}
	return u
}

// touch makes what products are kept in the next snapshot's own.
func (u *Update) touch() {
	if u.touched {
		return
	}
	u.touched = true
	n := &u.next
	n.products, n.live, n.sets, n.values = slices.Clone(n.products), n.live.Clone(), slices.Clone(n.sets), slices.Clone(n.values)
	for k := range n.classes {
		n.classes[k] = n.classes[k].clone()
	}
}

// Terms returns the terms that prices of the products are numbered by.
func (u *Update) Terms() *Terms { return u.next.names.terms }

// Put puts a product in the place of the one with its id, or adds it. A new one has no place in orders by id and by title until it is
// given one.
func (u *Update) Put(p *Product) {
	u.touch()
	n := u.next.names.nameProduct(p.ID)
	for int(n) >= len(u.next.products) {
		u.next.products = append(u.next.products, &record{}) // of an update that came to nothing, else
		u.next.bytes += u.next.products[len(u.next.products)-1].size()
		for k := range u.next.classes {
			u.next.classes[k].of = append(u.next.classes[k].of, 0)
			u.next.classes[k].count[0]++
		}
	}
	r, values := u.record(p)
	u.change(n, r.sets)
	if old := u.next.products[n]; old.id == "" || old.createdAt != r.createdAt || old.updatedAt != r.updatedAt {
		u.timed.Add(n)
	}
	u.replace(n, r)
	u.classify(n, r.sets, values)
	u.next.live.Add(n)
	u.dirty.Add(n)
	u.represent(n, p)
}

// Remove removes the product with an id; it does nothing if there is none.
func (u *Update) Remove(id string) {
	n, ok := u.next.names.product(id)
	if !ok || int(n) >= len(u.next.products) || !u.next.live.Contains(n) {
		return
	}
	u.touch()
	u.change(n, nil)
	left := *u.next.products[n]
	left.sets, left.terms, left.amounts, left.priceEnds = nil, nil, nil, nil
	u.replace(n, &left)
	u.classify(n, nil, &class{})
	u.next.live.Remove(n)
	u.dirty.Add(n)
}

// replace puts a record in the place of a product's.
func (u *Update) replace(n uint32, r *record) {
	u.next.bytes += r.size() - u.next.products[n].size()
	u.next.products[n] = r
}

// record returns a product as the index keeps it, and its class by option values, which lacks the sets.
func (u *Update) record(p *Product) (*record, *class) {
	r, c := &record{id: p.ID, title: p.Title, createdAt: p.CreatedAt, updatedAt: p.UpdatedAt}, &class{}
	prices := 0
	for _, v := range p.Variants {
		prices += len(v.Prices)
	}
	r.terms, r.amounts, r.priceEnds = make([]uint32, 0, prices), make([]int64, 0, prices), make([]uint32, 0, len(p.Variants))
	for _, v := range p.Variants {
		for _, o := range v.Values {
			c.values = append(c.values, u.next.names.nameSet(setKey{valued, o.Option, o.Text}))
		}
		for _, price := range v.Prices {
			r.terms, r.amounts = append(r.terms, price.Terms), append(r.amounts, price.Amount)
		}
		c.ends, r.priceEnds = append(c.ends, uint32(len(c.values))), append(r.priceEnds, uint32(len(r.terms)))
	}
	in := slices.Clone(c.values)
	add := func(k kind, ids ...string) {
		for _, id := range ids {
			in = append(in, u.next.names.nameSet(setKey{kind: k, id: id}))
		}
	}
	add(inChannel, p.Channels...)
	add(tagged, p.Tags...)
	add(inCategory, p.Categories...)
	if p.CollectionID != "" {
		add(inCollection, p.CollectionID)
		add(anyCollection, "")
	}
	if p.TypeID != "" {
		add(ofType, p.TypeID)
		add(anyType, "")
	}
	if p.IsGiftcard {
		add(giftcard, "")
	}
	slices.Sort(in)
	r.sets = slices.Clip(slices.Compact(in))
	return r, c
}

// change moves a product from the sets that it is in to others.
func (u *Update) change(n uint32, to []uint32) {
	from := u.next.products[n].sets
	keys := u.next.names.keys()
	for _, set := range from {
		if _, stays := slices.BinarySearch(to, set); !stays {
			u.set(set).Remove(n)
			u.labeled = u.labeled || keys[set].kind == inCategory
			if int(set) < len(u.next.values) && keys[set].kind == valued && u.next.values[set].from == n {
				u.orphans[set] = true
			}
		}
	}
	for _, set := range to {
		if _, was := slices.BinarySearch(from, set); !was {
			u.set(set).Add(n)
			u.labeled = u.labeled || keys[set].kind == inCategory
		}
	}
}

// set returns a set that may be changed.
func (u *Update) set(n uint32) Set {
	for int(n) >= len(u.next.sets) {
		u.next.sets = append(u.next.sets, nil)
	}
	if !u.own[n] {
		if u.own[n] = true; u.next.sets[n] == nil {
			u.next.sets[n] = roaring.New()
		} else {
			u.next.sets[n] = u.next.sets[n].Clone()
		}
	}
	return u.next.sets[n]
}

// represent gives values that lack ids those that they have in a product.
func (u *Update) represent(n uint32, p *Product) {
	for _, v := range p.Variants {
		for _, o := range v.Values {
			set := u.next.names.nameSet(setKey{valued, o.Option, o.Text})
			for int(set) >= len(u.next.values) {
				u.next.values = append(u.next.values, value{place: math.MaxInt})
			}
			have := &u.next.values[set]
			have.place = min(have.place, o.Place)
			if have.valueID == "" || have.from == n || u.orphans[set] {
				have.from, have.optionID, have.valueID = n, strings.Clone(o.OptionID), strings.Clone(o.ValueID)
				delete(u.orphans, set)
			}
		}
	}
}

// Orphans returns ids of products that should be put again, so that all option values have ids that exist.
func (u *Update) Orphans() []string {
	var out []string
	for set := range u.orphans {
		if s := u.next.set(set); !s.IsEmpty() {
			out = append(out, u.next.products[s.Minimum()].id)
		}
		delete(u.orphans, set)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Label puts labels in the place of those there are.
func (u *Update) Label(l Labels) {
	u.next.labels = map[kind][]label{}
	for k, labels := range map[kind][]Label{inCollection: l.Collections, ofType: l.Types, tagged: l.Tags} {
		for _, of := range labels {
			u.next.labels[k] = append(u.next.labels[k], label{of, u.next.names.nameSet(setKey{kind: k, id: of.ID})})
		}
	}
	u.next.tree = make([]category, len(l.Categories))
	for i, c := range l.Categories {
		u.next.tree[i] = category{Category: c}
	}
	u.labeled = true
}

// Price puts price lists in the place of those there are.
func (u *Update) Price(lists []*List) {
	u.next.lists = make(map[string]*List, len(lists))
	for _, l := range lists {
		u.next.lists[l.ID] = l
	}
	u.all = true
}

// Stock puts the stock of a sales channel in the place of what is known of it: of some products, or of all if those are nil. Of these,
// such as are in inStock can be bought.
func (u *Update) Stock(channel string, some, inStock Set) {
	next := maps.Clone(u.next.stock)
	if have := next[channel]; some != nil && have != nil {
		inStock = roaring.Or(roaring.AndNot(have, some), inStock)
	}
	next[channel] = inStock
	u.next.stock = next
}

// Knows reports whether the stock of a sales channel is known.
func (u *Update) Knows(channel string) bool {
	_, known := u.next.stock[channel]
	return known
}

// Of returns the set of the products with these ids, as it will be.
func (u *Update) Of(ids []string) Set { return u.next.Of(ids) }

// Arrange puts all products into an order by id or by title: ids are theirs, in order; those that are left out come last.
func (u *Update) Arrange(k OrderKind, ids []string) {
	products := make([]uint32, 0, len(u.next.products))
	for _, id := range ids {
		if n, ok := u.next.names.product(id); ok {
			products = append(products, n)
		}
	}
	u.order(k, products)
}

// order sets an order. Products that are left out come last, by id.
func (u *Update) order(k OrderKind, some []uint32) {
	products, placed := make([]uint32, 0, len(u.next.products)), make([]bool, len(u.next.products))
	for _, n := range some {
		if int(n) < len(placed) && !placed[n] {
			placed[n] = true
			products = append(products, n)
		}
	}
	left := len(products)
	for n, was := range placed {
		if !was {
			products = append(products, uint32(n))
		}
	}
	if k != ByID {
		slices.SortFunc(products[left:], u.next.compareIDs)
	}
	var same func(a, b uint32) bool
	records := u.next.products
	switch k {
	case ByID:
	case ByTitle:
		same = func(a, b uint32) bool { return records[a].title == records[b].title }
	default:
		same = func(a, b uint32) bool { return records[a].time(k) == records[b].time(k) }
	}
	u.next.orders[k] = newOrder(products, same, nil)
}

// A Placing puts a product behind so many of those that keep their places.
type Placing struct {
	ID     string
	Behind int
}

// Without returns an order without some products: what Place counts in.
func (u *Update) Without(k OrderKind, ids []string) []uint32 {
	gone := make(map[uint32]bool, len(ids))
	for _, id := range ids {
		if n, ok := u.next.names.product(id); ok {
			gone[n] = true
		}
	}
	out := make([]uint32, 0, len(u.next.products))
	for _, n := range u.next.orders[k].products {
		if !gone[n] {
			out = append(out, n)
		}
	}
	return out
}

// Place gives products their places among the rest, an order without them. The placings are in the order that the products will have.
func (u *Update) Place(k OrderKind, rest []uint32, placings []Placing) {
	out := make([]uint32, 0, len(rest)+len(placings))
	at := 0
	for _, p := range placings {
		behind := min(max(p.Behind, at), len(rest))
		out = append(out, rest[at:behind]...)
		at = behind
		if n, ok := u.next.names.product(p.ID); ok {
			out = append(out, n)
		}
	}
	u.order(k, append(out, rest[at:]...))
}

// At returns the product with a number as it will be.
func (u *Update) At(product uint32) (id, title string) {
	r := u.next.products[product]
	return r.id, r.title
}

// Unplaced returns the ids of products that have no place in an order yet, or one by another title.
func (u *Update) Unplaced(k OrderKind) []string {
	var out []string
	u.dirty.Iterate(func(n uint32) bool {
		if int(n) >= len(u.next.orders[k].places) || k == ByTitle && u.next.products[n].title != u.from.products[n].title {
			out = append(out, u.next.products[n].id)
		}
		return true
	})
	return out
}

// Snapshot returns the snapshot. All products must have their places.
func (u *Update) Snapshot() *Snapshot {
	if !u.timed.IsEmpty() || len(u.next.orders[ByCreation].products) != len(u.next.products) {
		for _, k := range []OrderKind{ByCreation, ByUpdate} {
			u.arrangeByTime(k)
		}
	}
	if u.labeled {
		u.branch()
	}
	if u.all {
		u.next.columns.note(u.next.age, nil)
	} else {
		u.next.columns.note(u.next.age, u.dirty)
	}
	s := u.next
	return &s
}

// arrangeByTime sorts the products by a time: those that changed are put among the others.
func (u *Update) arrangeByTime(k OrderKind) {
	s := &u.next
	compare := func(a, b uint32) int {
		return cmp.Or(cmp.Compare(s.products[a].time(k), s.products[b].time(k)), s.compareIDs(a, b))
	}
	moved := u.timed.ToArray()
	slices.SortFunc(moved, compare)
	out := make([]uint32, 0, len(s.products))
	for _, n := range s.orders[k].products {
		if u.timed.Contains(n) {
			continue
		}
		for len(moved) > 0 && compare(moved[0], n) < 0 {
			out, moved = append(out, moved[0]), moved[1:]
		}
		out = append(out, n)
	}
	u.order(k, append(out, moved...))
}

// branch finds what is in each category or below it: products of those that are shown.
func (u *Update) branch() {
	tree := make([]category, len(u.next.tree))
	byPath := make([]int, len(tree))
	for i, c := range u.next.tree {
		tree[i], byPath[i] = category{Category: c.Category}, i
	}
	slices.SortFunc(byPath, func(a, b int) int { return strings.Compare(tree[a].Path, tree[b].Path) })
	above := make([][]uint32, len(u.next.sets))
	for place, i := range byPath {
		var in []Set
		// Paths that lead through this one follow it, with others between that continue its last name.
		for _, j := range byPath[place:] {
			if !strings.HasPrefix(tree[j].Path, tree[i].Path) {
				break
			}
			if tree[j].Shown && descends(tree[j].Path, tree[i].Path) {
				set := u.next.names.nameSet(setKey{kind: inCategory, id: tree[j].ID})
				in = append(in, u.next.set(set))
				if int(set) < len(above) {
					above[set] = append(above[set], uint32(i))
				}
			}
		}
		tree[i].below = union(in)
	}
	u.next.tree, u.next.above = tree, above
}

// descends reports whether a path leads through another.
func descends(path, through string) bool {
	return path == through || strings.HasPrefix(path, through+".")
}

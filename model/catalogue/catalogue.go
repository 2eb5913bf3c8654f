// Package catalogue holds the published products of a shop in memory, so that lists of them are filtered, sorted and counted without
// looking at each. It proposes: a product may have changed since, so whoever shows one reads it from the database.
package catalogue

import (
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/storegraph/storegraph/model"
)

// A Set is a set of products, by their numbers in the index. Sets that a Snapshot returns may be shared: they must not be changed.
type Set = *roaring.Bitmap

// A Product is a published product as the database has it.
type Product struct {
	ID, Title            string
	CreatedAt, UpdatedAt int64 // microseconds since the Unix epoch
	IsGiftcard           bool
	CollectionID, TypeID string   // empty if it has none
	Channels             []string // ids of the sales channels it is in
	Tags, Categories     []string // ids of tags, and of categories that it is directly in
	Variants             []Variant
}

// A Variant is a variant of a product.
type Variant struct {
	Values []OptionValue
	Prices []Price
}

// An OptionValue is the value that a variant has of an option, such as Size XL. Those of one name and text count as one.
type OptionValue struct {
	Option, Text      string
	OptionID, ValueID string
	Place             int // among the values of the option
}

// NoOption is the name of the option of a value whose option is deleted: such a value is found by its text alone.
const NoOption = "\x00"

// A Price is one of the prices of a variant: an amount, in units that Terms.Amount gives, and the number of what it depends on.
type Price struct {
	Terms  uint32
	Amount int64
}

// A record is a product as the index keeps it.
type record struct {
	id, title            string
	createdAt, updatedAt int64
	sets                 []uint32 // that it is in, sorted
	// The prices of its variants stand one after the other; the ends are where the next variant's begin.
	terms     []uint32
	amounts   []int64
	priceEnds []uint32
}

// size is about how many bytes the record takes.
func (p *record) size() int {
	return 250 + 2*len(p.id) + len(p.title) + 4*(len(p.sets)+len(p.terms)+len(p.priceEnds)+int(classed)) + 8*len(p.amounts)
}

// A kind is what a set of products has in common.
type kind uint8

const (
	inChannel kind = iota
	inCollection
	ofType
	tagged
	inCategory // directly
	valued     // a variant has an option value
	giftcard
	anyCollection // in any collection
	anyType
)

// A setKey names a set: the kind and the id, or the name and the text of an option's value.
type setKey struct {
	kind     kind
	id, text string
}

// names gives numbers to products, sets and the terms of prices. Numbers are never taken back, so that all snapshots share them.
type names struct {
	mu       sync.RWMutex
	products map[string]uint32
	sets     map[setKey]uint32
	setKeys  []setKey
	classes  [classed]map[uint64]uint32 // by the hash of a class, which number it may have
	terms    *Terms
}

func newNames(t *Terms) *names {
	n := &names{products: map[string]uint32{}, sets: map[setKey]uint32{}, terms: t}
	for k := range n.classes {
		n.classes[k] = map[uint64]uint32{}
	}
	return n
}

// product returns the number of a product, if it has one.
func (n *names) product(id string) (uint32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	i, ok := n.products[id]
	return i, ok
}

// set returns the number of a set, if it has one.
func (n *names) set(k setKey) (uint32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	i, ok := n.sets[k]
	return i, ok
}

// keys returns the names of the sets by their numbers.
func (n *names) keys() []setKey {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clip(n.setKeys)
}

// nameProduct returns the number of a product, a new one if it has none.
func (n *names) nameProduct(id string) uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	i, ok := n.products[id]
	if !ok {
		i = uint32(len(n.products))
		n.products[id] = i
	}
	return i
}

// nameSet returns the number of a set, a new one if it has none.
func (n *names) nameSet(k setKey) uint32 {
	if i, ok := n.set(k); ok {
		return i
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	i, ok := n.sets[k]
	if !ok {
		i = uint32(len(n.setKeys))
		k.id, k.text = strings.Clone(k.id), strings.Clone(k.text) // they may be parts of something large
		n.sets[k] = i
		n.setKeys = append(n.setKeys, k)
	}
	return i
}

// A Label is a thing that products are found by, such as a tag, with the text that is shown.
type Label struct{ ID, Text string }

// A Category is a category of products.
type Category struct {
	Label
	Path  string // its ids from the root down, joined by dots
	Shown bool   // it is active and not internal
}

// Labels are the things that products are found by and that are not deleted, each kind in the order of its texts.
type Labels struct {
	Collections, Types, Tags []Label
	Categories               []Category
}

// A List is a price list, with when it is active.
type List struct {
	model.PriceList

	Active       bool  // it is not a draft
	Starts, Ends int64 // microseconds since the Unix epoch; 0 is no bound
}

// A Snapshot is the catalogue at one moment. It never changes and is safe for concurrent use.
type Snapshot struct {
	names    *names
	products []*record // by number; removed ones stay
	live     Set       // those that are published
	sets     []Set     // by number; nil is empty
	orders   [orderKinds]*Order
	labels   map[kind][]label
	classes  [classed]classes // by kind
	tree     []category
	above    [][]uint32 // by the number of the set of a category that is shown: the places of it and those above it in the tree
	values   []value    // by the number of a set of kind valued
	lists    map[string]*List
	stock    map[string]Set // what can be bought, by sales channel
	sales    *sales
	bytes    int    // that the records take, about
	age      uint64 // how many snapshots came before it
	columns  *columns
}

// A label is a Label with the number of its set.
type label struct {
	Label
	set uint32
}

// A category is a Category with what is in it or below.
type category struct {
	Category
	below Set
}

// A value is what is known of an option's value besides its products.
type value struct {
	place             int
	from              uint32 // the product whose ids these are
	optionID, valueID string
}

// Len returns how many products are published.
func (s *Snapshot) Len() int { return int(s.live.GetCardinality()) }

// set returns the set with a number.
func (s *Snapshot) set(n uint32) Set {
	if int(n) < len(s.sets) && s.sets[n] != nil {
		return s.sets[n]
	}
	return none
}

// named returns the set with a name.
func (s *Snapshot) named(k setKey) Set {
	n, ok := s.names.set(k)
	if !ok {
		return none
	}
	return s.set(n)
}

// none is an empty set.
var none = roaring.New()

// Of returns the set of the products with these ids. Ids that are not in the index are left out.
func (s *Snapshot) Of(ids []string) Set {
	out := roaring.New()
	for _, id := range ids {
		if n, ok := s.names.product(id); ok {
			out.Add(n)
		}
	}
	return out
}

// IDs returns the ids of products by their numbers.
func (s *Snapshot) IDs(numbers []uint32) []string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = s.products[n].id
	}
	return out
}

// An Owner is a kind of thing that products belong to.
type Owner kind

// What products belong to.
const (
	Collections = Owner(inCollection)
	Types       = Owner(ofType)
	Tags        = Owner(tagged)
	Categories  = Owner(inCategory) // with those below
)

// Owned returns the products that belong to a thing.
func (s *Snapshot) Owned(o Owner, id string) Set {
	if o != Categories {
		return s.named(setKey{kind: kind(o), id: id})
	}
	for i := range s.tree {
		if s.tree[i].ID == id {
			return s.tree[i].below
		}
	}
	return none
}

// Stock returns the set of what can be bought in a sales channel, and whether the snapshot knows it.
func (s *Snapshot) Stock(channel string) (Set, bool) {
	set, ok := s.stock[channel]
	return set, ok
}

// Channels returns the sales channels whose stock the snapshot knows.
func (s *Snapshot) Channels() []string {
	out := make([]string, 0, len(s.stock))
	for c := range s.stock {
		out = append(out, c)
	}
	return out
}

// Size returns about how many bytes the snapshot takes.
func (s *Snapshot) Size() int {
	size := s.bytes
	for _, set := range s.sets {
		if set != nil {
			size += int(set.GetSizeInBytes()) + 200
		}
	}
	for _, o := range s.orders {
		size += 8 * len(o.products)
	}
	for _, of := range s.sales.units {
		size += 32 * len(of)
	}
	return size + s.columns.size()
}

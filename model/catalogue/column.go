package catalogue

import (
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	lru "github.com/hashicorp/golang-lru/v2/simplelru"
)

// columns keeps the prices of contexts, those used last, and which products have changed since they were computed. It is shared by all
// snapshots.
type columns struct {
	mu      sync.Mutex
	kept    *lru.LRU[string, *column]
	sold    *lru.LRU[string, *Sold]
	changed []change // the youngest last
}

// A column has the prices of one context. Who wants them while they are computed waits, but nobody else does.
type column struct {
	mu     sync.Mutex
	prices *Prices // nil until they are computed
}

// size is about how many bytes the prices take.
func (c *column) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.prices == nil {
		return 0
	}
	return 32*len(c.prices.low) + 32*len(c.prices.offers)
}

// A change is what one snapshot has that the one before had not.
type change struct {
	age      uint64
	products Set // nil is all of them
}

// changesKept is how many changes are remembered: prices that lack more are computed anew.
const changesKept = 256

func newColumns(contexts int) *columns {
	kept, err := lru.NewLRU[string, *column](max(contexts, 1), nil)
	if err != nil {
		panic(err) // a positive size is one
	}
	sold, err := lru.NewLRU[string, *Sold](soldKept, nil)
	if err != nil {
		panic(err)
	}
	return &columns{kept: kept, sold: sold}
}

// soldKept is for how many combinations of sales channels the best sellers are kept.
const soldKept = 16

func (c *columns) size() int {
	c.mu.Lock()
	kept, size := c.kept.Values(), 0
	for _, o := range c.sold.Values() {
		size += 8*len(o.products) + 32*len(o.units)
	}
	c.mu.Unlock()
	for _, column := range kept {
		size += column.size()
	}
	return size
}

// of returns the column of a context.
func (c *columns) of(key string) *column {
	c.mu.Lock()
	defer c.mu.Unlock()
	have, ok := c.kept.Get(key)
	if !ok {
		have = &column{}
		c.kept.Add(key, have)
	}
	return have
}

// note remembers what changed with a snapshot.
func (c *columns) note(age uint64, products Set) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(c.changed, change{age, products})
	if len(c.changed) > changesKept {
		c.changed = slices.Delete(c.changed, 0, len(c.changed)-changesKept)
	}
}

// since returns which products changed after a snapshot up to another, and whether that is known.
func (c *columns) since(from, to uint64) (Set, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := roaring.New()
	seen := from
	for _, ch := range c.changed {
		if ch.age <= from || ch.age > to {
			continue
		}
		if ch.products == nil || ch.age != seen+1 {
			return nil, false
		}
		out.Or(ch.products)
		seen = ch.age
	}
	return out, seen == to
}

// Package recent remembers what was used last.
package recent

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A Cache remembers values by keys: the latest used, as many as a number of entries and their size allow. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	mu   sync.Mutex
	lru  *simplelru.LRU[K, sized[V]]
	size int // of what is held now
	most int
}

type sized[V any] struct {
	value V
	size  int
}

// New returns a cache of at most so many entries, of at most this size together. It panics unless entries is above 0.
func New[K comparable, V any](entries, size int) *Cache[K, V] {
	c := &Cache[K, V]{most: size}
	var err error
	c.lru, err = simplelru.NewLRU(entries, func(_ K, old sized[V]) { c.size -= old.size })
	if err != nil {
		panic(err)
	}
	return c
}

// Get returns the value of a key, and whether it is remembered.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.lru.Get(key)
	return v.value, ok
}

// Add remembers a value of a size. One that is larger than an eighth of the cache is not remembered, as it would displace too many
// others.
func (c *Cache[K, V]) Add(key K, value V, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if size > c.most/8 {
		return
	}
	c.lru.Remove(key)
	c.lru.Add(key, sized[V]{value, size})
	for c.size += size; c.size > c.most; {
		c.lru.RemoveOldest()
	}
}

// Held returns how many values are remembered, and their size together.
func (c *Cache[K, V]) Held() (entries, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Len(), c.size
}

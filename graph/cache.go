package graph

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A textCache remembers values by texts: the latest used, as many as their texts' length allows. It is safe for concurrent use.
type textCache[V any] struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[string, sized[V]]
	bytes int // that are held now
	most  int
}

type sized[V any] struct {
	value V
	bytes int
}

// newTextCache returns a cache of at most so many entries and bytes.
func newTextCache[V any](entries, bytes int) *textCache[V] {
	c := &textCache[V]{most: bytes}
	var err error
	c.lru, err = simplelru.NewLRU(entries, func(_ string, old sized[V]) { c.bytes -= old.bytes })
	if err != nil {
		panic(err) // only a size below one fails
	}
	return c
}

func (c *textCache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.lru.Get(key)
	return v.value, ok
}

// add remembers a value that takes so many bytes. One that is larger than an eighth of the cache is not remembered, as it would displace
// too many others.
func (c *textCache[V]) add(key string, value V, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if bytes > c.most/8 {
		return
	}
	c.lru.Remove(key)
	c.lru.Add(key, sized[V]{value, bytes})
	c.bytes += bytes
	for c.bytes > c.most {
		c.lru.RemoveOldest()
	}
}

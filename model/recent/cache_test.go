package recent

import "testing"

// What is kept is bounded by size, whatever its number, and by number, whatever its size.
func TestCache(t *testing.T) {
	t.Parallel()
	c := New[int, string](10, 100)
	kept := func(keys ...int) (n int) {
		for _, k := range keys {
			if _, ok := c.Get(k); ok {
				n++
			}
		}
		return n
	}
	for k := range 8 {
		c.Add(k, "", 12)
	}
	c.Add(7, "again", 12) // counts once
	if v, _ := c.Get(7); kept(0, 1, 2, 3, 4, 5, 6, 7) != 8 || c.size != 96 || v != "again" {
		t.Errorf("%d entries of size %d are kept, want 8 of 96", c.lru.Len(), c.size)
	}
	if c.Add(8, "", 12); kept(0) != 0 || kept(1, 8) != 2 || c.size != 96 {
		t.Errorf("entries of size %d are kept, want the latest used", c.size)
	}
	if c.Add(9, "", 13); kept(9) != 0 || c.lru.Len() != 8 {
		t.Error("something larger than an eighth of all is kept")
	}
	for k := range 30 {
		c.Add(100+k, "", 0)
	}
	if kept(8) != 0 || c.size != 0 || c.lru.Len() != 10 {
		t.Errorf("%d entries of size %d are kept, want 10 of 0", c.lru.Len(), c.size)
	}
}

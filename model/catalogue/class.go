package catalogue

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// A class is what products have in common in one respect, such as all their tags: products of one class meet the same conditions and count
// alike, so that a facet looks at classes, of which there are few. It never changes.
type class struct {
	sets []uint32 // that the products are in, sorted
	// The option values of each variant stand one after the other; the ends are where the next variant's begins. Only of kind valued.
	values, ends []uint32
}

// size is about how many bytes the class takes.
func (c *class) size() int { return 140 + 4*(len(c.sets)+len(c.values)+len(c.ends)) }

func (c *class) equal(d *class) bool {
	return slices.Equal(c.values, d.values) && slices.Equal(c.ends, d.ends) && slices.Equal(c.sets, d.sets)
}

// seed is of the hashes of classes.
var seed = maphash.MakeSeed()

// hash returns the same number for equal classes.
func (c *class) hash() uint64 {
	var text []byte
	for _, part := range [][]uint32{c.sets, c.values, c.ends} {
		text = binary.AppendUvarint(text, uint64(len(part)))
		for _, n := range part {
			text = binary.AppendUvarint(text, uint64(n))
		}
	}
	return maphash.Bytes(seed, text)
}

// classed are the kinds of sets that products have classes of.
const classed = valued + 1

// classes are the classes of all products in one respect. The first has nothing.
type classes struct {
	of    []uint32 // the number of the class, by product
	all   []*class // by number; nil if there is none now
	count []uint32 // how many products are of it, by number
	free  []uint32 // numbers without a class
}

func newClasses() classes { return classes{all: []*class{{}}, count: []uint32{0}} }

// clone returns classes that may be changed.
func (c *classes) clone() classes {
	return classes{slices.Clone(c.of), slices.Clone(c.all), slices.Clone(c.count), slices.Clone(c.free)}
}

// leave takes a product out of a class, and returns how many bytes are free again.
func (c *classes) leave(number uint32) int {
	c.count[number]--
	if number == 0 || c.count[number] > 0 {
		return 0
	}
	size := c.all[number].size()
	c.all[number], c.free = nil, append(c.free, number)
	return size
}

// join returns the number of a class for one more product, and how many bytes it takes if it is a new one. The known numbers, by the hash
// of a class, may be wrong: those of another update.
func (c *classes) join(of *class, known map[uint64]uint32) (number uint32, size int) {
	hash := of.hash()
	if n, ok := known[hash]; ok && int(n) < len(c.all) && c.all[n] != nil && c.all[n].equal(of) {
		c.count[n]++
		return n, 0
	}
	if last := len(c.free) - 1; last >= 0 {
		number, c.free = c.free[last], c.free[:last]
	} else {
		number = uint32(len(c.all))
		c.all, c.count = append(c.all, nil), append(c.count, 0)
	}
	c.all[number], c.count[number] = &class{slices.Clone(of.sets), slices.Clone(of.values), slices.Clone(of.ends)}, 1
	known[hash] = number
	return number, of.size()
}

// classify gives a product the classes of its sets. The one by option values lacks its sets.
func (u *Update) classify(n uint32, sets []uint32, values *class) {
	of := [classed]class{valued: *values}
	keys := u.next.names.keys()
	for _, set := range sets {
		if k := keys[set].kind; k < classed {
			of[k].sets = append(of[k].sets, set)
		}
	}
	u.next.names.mu.Lock()
	defer u.next.names.mu.Unlock()
	for k := range of {
		c := &u.next.classes[k]
		was := c.of[n]
		if c.all[was].equal(&of[k]) {
			continue
		}
		u.next.bytes -= c.leave(was)
		number, size := c.join(&of[k], u.next.names.classes[k])
		u.next.bytes += size
		c.of[n] = number
	}
}

// sort returns how many of some products are of each class of a kind, by its number.
func (c *classes) sort(of Set) []int {
	count := make([]int, len(c.all))
	var numbers [256]uint32
	for it := of.ManyIterator(); ; {
		have := it.NextMany(numbers[:])
		if have == 0 {
			return count
		}
		for _, n := range numbers[:have] {
			count[c.of[n]]++
		}
	}
}

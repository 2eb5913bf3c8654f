package db

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5/pgconn"
)

// entities keeps rows of what belongs to products, as the database sent them, while the index is kept: what changes is dropped before the
// index says that it has changed. Nobody is given a row from it unless the database says in the same request that nothing has changed since
// the index was made, so that what is kept is what the database would answer. It has no stock, and nothing of customers.
type entities struct {
	mu         sync.Mutex
	held       *simplelru.LRU[string, *entityRows] // by id, or by the arguments of a query that is of no entity
	size, most int
	generation uint64 // how often something was dropped
}

// An entityRows are the rows that reads have of an entity.
type entityRows struct {
	of   map[rowsKey]*heldRows
	size int
}

// A rowsKey is a query and what it asks for besides ids.
type rowsKey struct{ sql, args string }

// heldRows are the rows of one entity in one query. They never change.
type heldRows struct {
	fields []pgconn.FieldDescription // nil if there are no rows
	rows   []byte                    // one after another, each column with 1 + its length before it, or 0 for NULL
}

const (
	// entityOverhead and rowsOverhead are about how many bytes an entity, and its rows in one query, take besides what is in them.
	entityOverhead, rowsOverhead = 300, 200
	// mostEntities is how many entities are kept, however small they are.
	mostEntities = 1 << 20
	// entityShare is which part of the memory of the index entities may take besides it.
	entityShare = 16
)

func newEntities() *entities {
	e := &entities{}
	var err error
	e.held, err = simplelru.NewLRU(mostEntities, func(_ string, old *entityRows) { e.size -= old.size })
	if err != nil {
		panic(err) // a positive size is one
	}
	return e
}

// bound sets how many bytes may be kept.
func (e *entities) bound(bytes int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.most = bytes
}

// now returns the generation.
func (e *entities) now() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.generation
}

// dropAll drops everything.
func (e *entities) dropAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.generation++
	e.held.Purge()
	e.size = 0
}

// drop drops what changes concern.
func (e *entities) drop(c *CatalogueChanges) {
	if c.Everything || c.PriceLists || c.Categories || c.Collections || c.Tags || c.Types || c.Options || c.Regions || c.Taxes {
		e.dropAll()
		return
	}
	if len(c.Products) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.generation++
	for _, id := range c.Products {
		e.held.Remove(id)
	}
}

// get returns the rows of entities that are kept, and the ids of the others.
func (e *entities) get(key rowsKey, ids []string) (held []*heldRows, missing []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, id := range ids {
		if of, ok := e.held.Get(id); ok && of.of[key] != nil {
			held = append(held, of.of[key])
		} else {
			missing = append(missing, id)
		}
	}
	return held, missing
}

// put keeps rows that were read at a generation, if nothing was dropped since.
func (e *entities) put(generation uint64, key rowsKey, found map[string]*heldRows) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.generation != generation {
		return
	}
	for id, rows := range found {
		of, ok := e.held.Get(id)
		if !ok {
			of = &entityRows{of: map[rowsKey]*heldRows{}, size: entityOverhead}
			e.held.Add(id, of)
			e.size += of.size
		}
		if of.of[key] != nil { // somebody else read them too
			continue
		}
		size := rows.size() + len(key.args)
		of.of[key], of.size = rows, of.size+size
		e.size += size
	}
	for e.size > e.most && e.held.Len() > 0 {
		e.held.RemoveOldest()
	}
}

// size is about how many bytes the rows take.
func (h *heldRows) size() int { return rowsOverhead + cap(h.rows) }

// add appends a copy of a row.
func (h *heldRows) add(c *cursor) {
	if h.fields == nil {
		h.fields = c.lastingFields()
	}
	for _, v := range c.vals {
		if v == nil {
			h.rows = append(h.rows, 0)
			continue
		}
		h.rows = append(binary.AppendUvarint(h.rows, uint64(len(v))+1), v...)
	}
}

// end says that all rows have been added.
func (h *heldRows) end() { h.rows = bytes.Clone(h.rows) } // without what append took in advance

// each calls do for each row, which stands in vals until the next one.
func (h *heldRows) each(do func(vals [][]byte)) {
	vals := make([][]byte, len(h.fields))
	for rest := h.rows; len(rest) > 0; {
		for i := range vals {
			length, n := binary.Uvarint(rest)
			rest = rest[n:]
			if vals[i] = nil; length > 0 {
				vals[i], rest = rest[:length-1:length-1], rest[length-1:]
			}
		}
		do(vals)
	}
}

// rows queues a query of the entities $1, which has their ids in its first column, and calls row for each row with the id and what follows
// it: those of one entity in the order of the query. The further arguments are $2 and so on. What the database said of an entity before
// is not asked for again while it holds.
func (ld *loader) rows(b *batch, sql string, ids []string, further []any, row func(id string, c *cursor)) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	each := func(c *cursor) { row(c.text(), c) }
	if !ld.fresh {
		b.read(sql, append([]any{ids}, further...), each)
		return
	}
	key := rowsKey{sql, fmt.Sprintf("%d %q", ld.period, further)}
	held, missing := ld.d.entities.get(key, ids)
	for _, h := range held {
		b.replay(h, each)
	}
	if len(missing) == 0 {
		return
	}
	found := make(map[string]*heldRows, len(missing))
	b.readAll(sql, append([]any{missing}, further...), func(c *cursor) {
		id := c.text()
		if found[id] == nil {
			found[id] = &heldRows{}
		}
		found[id].add(c)
		row(id, c)
	}, func() {
		for _, id := range missing {
			if found[id] == nil {
				found[id] = &heldRows{}
			}
			found[id].end()
		}
		ld.d.entities.put(ld.generation, key, found)
	})
}

// A reader queues queries, like a batch.
type reader interface {
	read(sql string, args []any, row func(c *cursor))
}

// A wholeReader is a batch in which what the database said before to the same query and arguments is not asked for again while it holds.
type wholeReader struct {
	ld *loader
	b  *batch
}

// whole returns a reader of queries that are of no entity.
func (ld *loader) whole(b *batch) reader {
	if !ld.fresh {
		return b
	}
	return wholeReader{ld, b}
}

func (r wholeReader) read(sql string, args []any, row func(c *cursor)) {
	key, id := rowsKey{sql: sql}, fmt.Sprintf("%d %q", r.ld.period, args)
	held, _ := r.ld.d.entities.get(key, []string{id})
	if len(held) > 0 {
		r.b.replay(held[0], row)
		return
	}
	found := &heldRows{}
	r.b.readAll(sql, args, func(c *cursor) {
		found.add(c)
		row(c)
	}, func() {
		found.end()
		r.ld.d.entities.put(r.ld.generation, key, map[string]*heldRows{id: found})
	})
}

package db

import (
	"context"
	"slices"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/catalogue"
	"github.com/storegraph/storegraph/model/field"
)

// A proposal is what the index says of lists of products with one filter and sorting: which products are on their pages, and counts. It
// proposes: rows are read from the database, and if anything of the catalogue has changed since the index was made, the conditions are
// checked there, too.
type proposal struct {
	ix      *indexed
	ld      *loader
	filter  *model.ProductFilter
	by      *Sort
	ranked  *catalogue.Order // hits by their relevance, in the direction of the sorting; nil if the lists are not sorted by it
	stocked bool             // stock counts
	query   catalogue.Query

	// What choose finds, each time that it is called.
	conditions productFilter
	set        catalogue.Set
	order      *catalogue.Order // of the lists; nil if the index does not have it
	kind       catalogue.OrderKind
	desc       bool
	sold       *catalogue.Sold // where they are sorted by sales
	parts      []*proposedPart
	rows       map[string]*model.Product
	moved      bool
}

// A proposedPart is a page of one of the lists.
type proposedPart struct {
	into  *result[model.Product]
	set   catalogue.Set
	span  catalogue.Span
	want  Want
	owner *owner // whose list it is; nil for the list of all products
	id    string // of the owner

	candidates []uint32
	full       int // how many rows the page holds at most, if more candidates than those are looked up
}

// propose returns a proposal for lists of which something is wanted; nil if the index cannot make any. It reads what that needs besides
// the lists themselves.
func (ld *loader) propose(ctx context.Context, a ProductArgs, want Want) (*proposal, error) {
	ix, f, by := ld.indexed(), a.Filter, a.Sort
	if ix == nil {
		return nil, nil //nolint:nilnil // as documented
	}
	p := &proposal{ix: ix, ld: ld, filter: f, by: by, query: catalogue.Query{Filter: f}}
	if a.Hits != nil {
		p.query.Within = []catalogue.Set{ix.snapshot.Of(a.Hits)}
	}
	if a.byRelevance() {
		p.ranked = ix.snapshot.Ranked(a.Hits, by != nil && by.Desc)
	}
	foreign := catalogue.Foreign(f)
	if len(foreign) > 0 && by == nil && !want.Has(field.TotalCount, field.Facets) {
		return nil, nil //nolint:nilnil // the database looks no further than to the end of the page
	}
	if f != nil && foreign[f] != nil && len(foreign[f].Options.Value()) > 0 && want[field.Facets].Has(field.Options) {
		return nil, nil //nolint:nilnil // which are counted without what is selected of them
	}
	var priced bool
	priced, p.stocked = needs(f)
	if priced || by != nil && by.Key == string(model.ProductSortKeyPrice) || want[field.Facets].Has(field.PriceRange) {
		in, err := ix.pricingOf(ctx, ld.d, ld.v)
		if err != nil {
			return nil, err
		}
		if ld.prices, err = in.args(); err != nil {
			return nil, err
		}
		p.query.Prices = ix.snapshot.Prices(in.Context, time.Now())
	}
	return p, p.find(ctx, foreign)
}

// find asks the database which products meet conditions that the index cannot tell.
func (p *proposal) find(ctx context.Context, foreign map[*model.ProductFilter]*model.ProductFilter) error {
	if len(foreign) == 0 {
		return nil
	}
	found := make(map[*model.ProductFilter][]string, len(foreign))
	err := p.ld.d.keyed(unbudgeted(ctx), p.ld.v.Key, false, func(b *batch) { // nobody is given these ids
		clear(found)
		for of, f := range foreign {
			q := list[model.Product]{prices: p.ld.prices}.begin()
			q.add(allProducts)
			productFilter{}.add(q, f)
			b.query(q, func(c *cursor) { found[of] = append(found[of], c.text()) })
		}
	})
	p.query.Found = make(map[*model.ProductFilter]catalogue.Set, len(foreign))
	for of := range foreign {
		p.query.Found[of] = p.ix.snapshot.Of(found[of])
	}
	return err
}

// choose finds the products of all lists, as the loader's sales channels show them, and reports whether the index can.
func (p *proposal) choose(conditions productFilter) bool {
	if p == nil {
		return false
	}
	p.conditions, p.parts = conditions, nil
	p.begin()
	p.query.Channels = p.ld.channels
	if p.stocked {
		var known bool
		if p.query.Stock, known = p.ix.snapshot.Stock(conditions.channel); !known {
			p.ld.d.index.wantStock(conditions.channel)
			return false
		}
	}
	p.set = p.ix.snapshot.Select(&p.query)
	p.findOrder()
	return true
}

// begin forgets what was read.
func (p *proposal) begin() { p.rows, p.moved = map[string]*model.Product{}, false }

// of returns the products of the list of an owner; of all products if it is nil.
func (p *proposal) of(o *owner, id string) catalogue.Set {
	if o == nil {
		return p.set
	}
	out := p.set.Clone()
	out.And(p.ix.snapshot.Owned(o.kind, id))
	return out
}

// list adds the page of a list, and its count. It reports whether the index has the page; what is wanted of it must be read from the
// database otherwise.
func (p *proposal) list(into *result[model.Product], o *owner, id string, want Want) bool {
	set := p.of(o, id)
	into.rows, into.places, into.count = nil, nil, int(set.GetCardinality())
	if !into.span.reads(want) {
		return true
	}
	if p.order == nil {
		return false
	}
	part := &proposedPart{into: into, set: set, want: want, owner: o, id: id}
	s := into.span
	part.span = catalogue.Span{To: p.order.Len(), Skip: s.offset, Limit: s.limit, Backwards: s.backwards}
	if placed(want) {
		part.span.Limit++
	}
	if s.after != nil {
		m, ok := p.mark(s.after)
		if !ok {
			return false
		}
		if part.span.From = m.Before; m.There {
			part.span.From++
		}
	}
	if s.before != nil {
		m, ok := p.mark(s.before)
		if !ok {
			return false
		}
		part.span.To = min(part.span.To, m.Before)
	}
	part.candidates = p.order.Take(set, part.span)
	p.parts = append(p.parts, part)
	return true
}

// read queues the rows of all pages, and whether the catalogue has changed.
func (p *proposal) read(b *batch) {
	if len(p.parts) == 0 {
		return
	}
	var numbers []uint32
	for _, part := range p.parts {
		numbers = append(numbers, part.candidates...)
	}
	slices.Sort(numbers)
	q := &query{}
	q.add("SELECT " + productTable.list + " FROM product p WHERE p.id = ANY(")
	q.arg(p.ix.snapshot.IDs(slices.Compact(numbers)))
	q.add(")")
	q.inChannels(p.ld.channels)
	b.query(q, func(c *cursor) {
		row := productTable.scan(c)
		p.rows[row.ID] = row
	})
	p.ld.look(b, func(catalogue, stock bool, now time.Time) {
		p.moved = catalogue || p.stocked && stock || p.query.Prices != nil && p.query.Prices.Ends(now)
	})
}

// movedSince is whether the catalogue, and whether stock has changed since the snapshot $1 was taken, and the time.
var movedSince = `SELECT ` + movedOf("c.entity <> 'stock'") + `, ` + movedOf("c.entity = 'stock'") + `, now()`

func movedOf(entities string) string {
	const change = `EXISTS (SELECT FROM storegraph.change c WHERE `
	return `pg_snapshot_xmax($1::text::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())
OR ` + change + `c.xid >= pg_snapshot_xmax($1::text::pg_snapshot) AND ` + entities + `)
OR ` + change + `c.xid = ANY(ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot))) AND ` + entities + `)`
}

// settle fills the pages with the rows that were read. Where rows are missing, or anything has changed, it looks in the database for those
// that meet the conditions.
func (p *proposal) settle(ctx context.Context) error {
	if p == nil {
		return nil
	}
	var doubtful []*proposedPart
	for _, part := range p.parts {
		complete := !p.moved
		for _, n := range part.candidates {
			complete = complete && p.rows[p.ix.snapshot.ID(n)] != nil
		}
		if complete {
			part.add(p, p.rows)
			continue
		}
		part.full, part.span.Limit = part.span.Limit, max(confirmedAtOnce, part.span.Limit)
		part.candidates = p.order.Take(part.set, part.span)
		doubtful = append(doubtful, part)
	}
	return p.confirm(ctx, doubtful)
}

// add adds those of the candidates that have rows to the page, until it is full.
func (part *proposedPart) add(p *proposal, rows map[string]*model.Product) {
	for _, n := range part.candidates {
		row := rows[p.ix.snapshot.ID(n)]
		if row == nil || part.full > 0 && len(part.into.rows) >= part.full {
			continue
		}
		if placed(part.want) {
			part.into.places = append(part.into.places, p.place(n, row))
		}
		part.into.rows = append(part.into.rows, row)
	}
}

// confirmedAtOnce is how many products of a page are looked up at once, at least, where the index may be wrong.
const confirmedAtOnce = 50

// confirm fills pages with those of their candidates that meet the conditions now, all pages at once. Others take the places of those that
// do not, twice as many at a time.
func (p *proposal) confirm(ctx context.Context, parts []*proposedPart) error {
	for len(parts) > 0 {
		rows := make([]map[string]*model.Product, len(parts))
		err := p.ld.d.run(ctx, func(b *batch) {
			for i, part := range parts {
				rows[i] = map[string]*model.Product{}
				b.query(p.confirming(part), func(c *cursor) {
					row := productTable.scan(c)
					rows[i][row.ID] = row
				})
			}
		})
		if err != nil {
			return err
		}
		var further []*proposedPart
		for i, part := range parts {
			part.add(p, rows[i])
			if len(part.candidates) == part.span.Limit && len(part.into.rows) < part.full {
				part.span.Skip += part.span.Limit
				part.span.Limit *= 2
				part.candidates = p.order.Take(part.set, part.span)
				further = append(further, part)
			}
		}
		parts = further
	}
	return nil
}

// confirming returns the query of those of a page's candidates that meet the conditions.
func (p *proposal) confirming(part *proposedPart) *query {
	q := list[model.Product]{prices: p.ld.prices}.begin()
	q.add("SELECT " + productTable.list + " FROM product p")
	if part.owner != nil {
		q.add(", ")
		part.owner.from(q, []string{part.id})
	}
	q.add(" WHERE p.id = ANY(")
	q.arg(p.ix.snapshot.IDs(part.candidates))
	q.add(")")
	if part.owner != nil {
		q.add(" AND " + part.owner.has)
	}
	q.inChannels(p.ld.channels)
	p.conditions.add(q, p.filter)
	return q
}

package db

import (
	"context"
	"slices"
	"strconv"
	"time"

	"storegraph/model"
	"storegraph/model/catalogue"
	"storegraph/model/field"
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
	pricing *pricing         // where prices count
	stocked bool             // stock counts
	query   catalogue.Query

	// What choose finds, each time that it is called.
	conditions productFilter
	set        catalogue.Set
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
}

// propose returns a proposal for lists of which something is wanted; nil if the index cannot make any. It reads what that needs besides
// the lists themselves.
func (ld *loader) propose(ctx context.Context, a ProductArgs, want Want) (*proposal, error) {
	ix, f, by := ld.d.current(), a.Filter, a.Sort
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
	if f != nil && foreign[f] != nil && len(foreign[f].Options.Value()) > 0 && want[field.Facets].Has(field.Options) {
		return nil, nil //nolint:nilnil // which are counted without what is selected of them
	}
	var priced bool
	priced, p.stocked = needs(f)
	if priced || by != nil && by.Key == string(model.ProductSortKeyPrice) || want[field.Facets].Has(field.PriceRange) {
		var err error
		if p.pricing, err = ix.pricingOf(ctx, ld.d, ld.v); err != nil {
			return nil, err
		}
		if ld.prices, err = p.pricing.args(); err != nil {
			return nil, err
		}
		p.query.Prices = ix.snapshot.Prices(p.pricing.Context, time.Now())
	}
	return p, p.find(ctx, foreign)
}

// find asks the database which products meet conditions that the index cannot tell.
func (p *proposal) find(ctx context.Context, foreign map[*model.ProductFilter]*model.ProductFilter) error {
	if len(foreign) == 0 {
		return nil
	}
	found := make(map[*model.ProductFilter][]string, len(foreign))
	err := p.ld.d.keyed(ctx, p.ld.v.Key, false, func(b *batch) {
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

// order returns the order of the lists, and its kind unless it is one of prices; nil if the index does not have it.
func (p *proposal) order() (*catalogue.Order, catalogue.OrderKind) {
	if p.ranked != nil {
		return p.ranked, byRelevance
	}
	if p.by == nil || p.by.Key == string(model.ProductSortKeyRelevance) {
		return p.ix.snapshot.Order(catalogue.ByID, false), catalogue.ByID
	}
	if p.by.Key == string(model.ProductSortKeyPrice) {
		return p.query.Prices.Order(p.by.Desc), byPrice
	}
	if p.by.Key == bestSelling {
		return p.ix.snapshot.Sold(p.query.Channels).Order, bySales
	}
	kind, ok := map[string]catalogue.OrderKind{
		"id": catalogue.ByID, "title": catalogue.ByTitle, "created_at": catalogue.ByCreation, "updated_at": catalogue.ByUpdate,
	}[p.by.Path]
	switch {
	case ok:
	case p.by.Key == string(model.ProductSortKeyTitle):
		kind = catalogue.ByTitle
	case p.by.Key == string(model.ProductSortKeyCreatedAt):
		kind = catalogue.ByCreation
	default:
		return nil, 0
	}
	return p.ix.snapshot.Order(kind, p.by.Desc), kind
}

// Kinds of orders that are of a context, of sales channels or of a search.
const (
	byPrice     catalogue.OrderKind = -1
	bySales     catalogue.OrderKind = -2
	byRelevance catalogue.OrderKind = -3
)

// mark finds where a cursor stands.
func (p *proposal) mark(k catalogue.OrderKind, at *place) (catalogue.Mark, bool) {
	s, desc := p.ix.snapshot, p.by != nil && p.by.Desc
	switch {
	case k == catalogue.ByID:
		return s.MarkID(k, desc, at.Key, "")
	case k == byPrice && at.Value == nil:
		return p.query.Prices.Mark(s, desc, at.Key, nil)
	case at.Value == nil:
		return catalogue.Mark{}, false
	case k == byPrice:
		amount, err := model.ParseAmount(*at.Value)
		if desc && amount.IsNegative() { // as what has no price is sorted then
			return p.query.Prices.Mark(s, desc, at.Key, nil)
		}
		m, ok := p.query.Prices.Mark(s, desc, at.Key, &amount)
		return m, ok && err == nil
	case k == byRelevance:
		n, err := strconv.Atoi(*at.Value)
		if desc {
			n = p.ranked.Len() + 1 - n
		}
		return catalogue.Mark{Before: max(n-1, 0), There: true}, err == nil
	case k == bySales:
		units, err := model.ParseAmount(*at.Value)
		m, ok := s.Sold(p.query.Channels).Mark(at.Key, units.IntPart())
		return m, ok && err == nil && units.IsInteger()
	case k == catalogue.ByTitle:
		return s.MarkID(k, desc, at.Key, *at.Value)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999-07"} {
		if t, err := time.Parse(layout, *at.Value); err == nil {
			return s.MarkTime(k, desc, at.Key, t.UnixMicro())
		}
	}
	return catalogue.Mark{}, false
}

// place returns where a product stands, for its cursor.
func (p *proposal) place(k catalogue.OrderKind, number uint32, row *model.Product) place {
	out := place{Key: row.ID}
	switch k {
	case byPrice:
		if a := p.query.Prices.Lowest(number); a != nil {
			text := a.String()
			out.Value = &text
		} else if p.by.Desc {
			text := "-1"
			out.Value = &text
		}
	case byRelevance:
		n := p.ranked.Find(number) + 1
		if p.by != nil && p.by.Desc {
			n = p.ranked.Len() + 1 - n
		}
		text := strconv.Itoa(n)
		out.Value = &text
	case bySales:
		text := strconv.FormatInt(p.ix.snapshot.Sold(p.query.Channels).Units(number), 10)
		out.Value = &text
	case catalogue.ByTitle:
		text := row.Title
		out.Value = &text
	case catalogue.ByCreation, catalogue.ByUpdate:
		at := row.CreatedAt
		if k == catalogue.ByUpdate {
			at = row.UpdatedAt
		}
		text := at.Format(time.RFC3339Nano)
		out.Value = &text
	default:
		out.Value = &out.Key
	}
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
	order, kind := p.order()
	if order == nil {
		return false
	}
	part := &proposedPart{into: into, set: set, want: want, owner: o, id: id}
	s := into.span
	part.span = catalogue.Span{To: order.Len(), Skip: s.offset, Limit: s.limit, Backwards: s.backwards}
	if placed(want) {
		part.span.Limit++
	}
	if s.after != nil {
		m, ok := p.mark(kind, s.after)
		if !ok {
			return false
		}
		if part.span.From = m.Before; m.There {
			part.span.From++
		}
	}
	if s.before != nil {
		m, ok := p.mark(kind, s.before)
		if !ok {
			return false
		}
		part.span.To = min(part.span.To, m.Before)
	}
	part.candidates = order.Take(set, part.span)
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
	sql := catalogueMoved
	if p.stocked {
		sql = stockMoved
	}
	b.read(sql, []any{p.ix.position.snapshot}, func(c *cursor) { // after the rows, so that they are no older
		p.moved = c.bool() || p.query.Prices != nil && p.query.Prices.Ends(c.stamp().Time)
	})
}

// Whether anything has changed since the snapshot $1 was taken, and the time.
const (
	stockMoved     = moved + `c.xid >= pg_snapshot_xmax($1::text::pg_snapshot))` + or + `c.xid = ANY(ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)))), now()`
	catalogueMoved = moved + `c.xid >= pg_snapshot_xmax($1::text::pg_snapshot)` + noStock + `)` + or + `c.xid = ANY(ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)))` + noStock + `), now()`

	moved = `SELECT pg_snapshot_xmax($1::text::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())` + or
	or    = ` OR EXISTS (SELECT FROM storegraph.change c WHERE `

	noStock = ` AND c.entity <> 'stock'`
)

// settle fills the pages with the rows that were read. Where rows are missing, or anything has changed, it looks in the database for those
// that meet the conditions.
func (p *proposal) settle(ctx context.Context) error {
	if p == nil {
		return nil
	}
	for _, part := range p.parts {
		_, kind := p.order()
		complete := !p.moved
		for _, n := range part.candidates {
			complete = complete && p.rows[p.ix.snapshot.ID(n)] != nil
		}
		if !complete {
			if err := p.confirm(ctx, part); err != nil {
				return err
			}
			continue
		}
		for _, n := range part.candidates {
			part.add(p, kind, n, p.rows[p.ix.snapshot.ID(n)])
		}
	}
	return nil
}

// add adds a row to a page.
func (part *proposedPart) add(p *proposal, kind catalogue.OrderKind, number uint32, row *model.Product) {
	if placed(part.want) {
		part.into.places = append(part.into.places, p.place(kind, number, row))
	}
	part.into.rows = append(part.into.rows, row)
}

// confirmedAtOnce is how many products are looked up at once, at least, where the index may be wrong.
const confirmedAtOnce = 50

// confirm fills a page with products that meet the conditions now. Those that do not any more are left out, and others take their places.
func (p *proposal) confirm(ctx context.Context, part *proposedPart) error {
	order, kind := p.order()
	s := part.span
	for n := max(confirmedAtOnce, s.Limit); ; n *= 2 {
		s.Limit = n
		candidates := order.Take(part.set, s)
		s.Skip += len(candidates)
		rows := map[string]*model.Product{}
		err := p.ld.d.run(ctx, func(b *batch) {
			clear(rows)
			q := list[model.Product]{prices: p.ld.prices}.begin()
			q.add("SELECT " + productTable.list + " FROM product p")
			if part.owner != nil {
				q.add(", ")
				part.owner.from(q, []string{part.id})
			}
			q.add(" WHERE p.id = ANY(")
			q.arg(p.ix.snapshot.IDs(candidates))
			q.add(")")
			if part.owner != nil {
				q.add(" AND " + part.owner.has)
			}
			q.inChannels(p.ld.channels)
			p.conditions.add(q, p.filter)
			b.query(q, func(c *cursor) {
				row := productTable.scan(c)
				rows[row.ID] = row
			})
		})
		if err != nil {
			return err
		}
		for _, c := range candidates {
			if row := rows[p.ix.snapshot.ID(c)]; row != nil && len(part.into.rows) < part.span.Limit {
				part.add(p, kind, c, row)
			}
		}
		if len(candidates) < n || len(part.into.rows) >= part.span.Limit {
			return nil
		}
	}
}

// facets counts what the list of an owner can be narrowed by; of all products if it is nil.
func (p *proposal) facets(o *owner, id string, want Want) *model.ProductFacets {
	out := &model.ProductFacets{}
	f := model.ProductFilter{}
	if p.filter != nil {
		f = *p.filter
	}
	ask := func(f *model.ProductFilter) *catalogue.Query {
		q := p.query
		q.Filter = f
		if found, ok := q.Found[p.filter]; ok {
			q.Within = append(slices.Clone(q.Within), found)
		}
		if o != nil {
			q.Within = append(slices.Clone(q.Within), p.ix.snapshot.Owned(o.kind, id))
		}
		return &q
	}
	for _, facet := range thingFacets {
		if !want.Has(facet.of) {
			continue
		}
		set := p.of(o, id)
		selected := idsIn(facet.selects(&f).Value())
		if facet.selects(&f).Value() != nil { // as if nothing of this property were selected
			others := f
			*facet.selects(&others) = model.Optional[*model.IDFilter]{}
			set = p.ix.snapshot.Select(ask(&others))
		}
		list := facet.into(out)
		for _, c := range p.ix.snapshot.Count(set, facet.owner) {
			*list = append(*list, facet.value(c.ID, c.Text, c.Products, selected))
		}
	}
	if want.Has(field.Options) {
		others := f
		others.Options = model.Optional[[]*model.OptionValueFilter]{}
		selected := f.Options.Value()
		for _, c := range p.ix.snapshot.CountOptions(ask(&others), selected) {
			option := &model.OptionFacet{ID: c.ID, Name: c.Text}
			for _, v := range c.Values {
				option.Values = append(option.Values, optionValueFacet(c.Text, v.ID, v.Text, v.Products, selected))
			}
			out.Options = append(out.Options, option)
		}
	}
	if want.Has(field.PriceRange) {
		set := p.of(o, id)
		if f.Price.Value() != nil {
			others := f
			others.Price = model.Optional[*model.DecimalFilter]{}
			set = p.ix.snapshot.Select(ask(&others))
		}
		out.PriceRange = p.query.Prices.Range(set)
	}
	return out
}

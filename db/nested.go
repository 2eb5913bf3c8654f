package db

import (
	"context"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/catalogue"
	"github.com/storegraph/storegraph/model/field"
)

// An owner is the kind of thing that lists of products belong to. Its SQL calls a row of its table owner, and a product p.
type owner struct {
	table, has string
	kind       catalogue.Owner
}

var (
	ofCollections = owner{"product_collection", "p.collection_id = owner.id", catalogue.Collections}
	ofTypes       = owner{"product_type", "p.type_id = owner.id", catalogue.Types}
	ofTags        = owner{"product_tag", "p.id IN (SELECT l.product_id FROM product_tags l WHERE l.product_tag_id = owner.id)", catalogue.Tags}
	ofCategories  = owner{"product_category", `p.id IN (SELECT l.product_id FROM product_category c
JOIN product_category_product l ON l.product_category_id = c.id WHERE ` + belowOwner + shownCategory + ")", catalogue.Categories}
)

// belowOwner is the condition that category c is the category owner or one below it.
const belowOwner = "(c.id = owner.id OR starts_with(c.mpath, owner.mpath || '.'))"

// from appends the owners with ids as a table owner.
func (o owner) from(q *query, ids []string) {
	q.add("(SELECT * FROM " + o.table + " WHERE id = ANY(")
	q.arg(ids)
	q.add(")) owner")
}

// pageOf returns the page that the arguments of a list below the root name.
func pageOf(args map[string]any) Page {
	p := Page{Default: NestedLimit}
	p.First, _ = args["first"].(*int)
	p.After, _ = args["after"].(*string)
	p.Last, _ = args["last"].(*int)
	p.Before, _ = args["before"].(*string)
	p.Offset, _ = args["offset"].(*int)
	return p
}

// sortOf returns what the arguments of a list below the root sort it by; nil if they do not.
func sortOf[K ~string](args map[string]any) *Sort {
	by, _ := args["sort"].(*model.Sort[K])
	if by == nil {
		return nil
	}
	return &Sort{Key: string(by.Key), Desc: by.Direction == model.SortDirectionDesc}
}

// A productPage is one call of the list of products of several owners.
type productPage struct {
	call    field.Call
	find    *Search
	filter  *model.ProductFilter
	list    list[model.Product]
	results map[string]*result[model.Product]
	byOwner map[string]*model.ProductFacets
	facets  *facetRead

	proposed *proposal // nil if the page is read from the database
}

// pagesOf reads the pages that are wanted of the lists of products which belong to things, for all of them at once. of returns where the
// pages of a thing go.
func (ld *loader) pagesOf(ctx context.Context, o owner, ids []string, want Want, of func(id string) *model.Results[model.ProductConnection]) error {
	calls := want.Calls(ctx, field.Products)
	if len(ids) == 0 || len(calls) == 0 {
		return nil
	}
	pages := make([]*productPage, len(calls))
	var nodes Want
	priced, counted := false, false
	for i, c := range calls {
		filter, _ := c.Args["filter"].(*model.ProductFilter)
		by := sortOf[model.ProductSortKey](c.Args)
		args := ProductArgs{ListArgs: ListArgs[model.ProductFilter]{Filter: filter, Sort: by}}
		args.Search, _ = c.Args["query"].(*string)
		page := &productPage{call: c, filter: filter}
		var err error
		if page.find, err = ld.d.search(ctx, ld.v, &args); err != nil {
			return err
		}
		if page.list, err = productList(args); err != nil {
			return err
		}
		if page.proposed, err = ld.propose(ctx, args, c.Want); err != nil {
			return err
		}
		byPrice, byStock := needs(filter)
		priced = priced || byPrice || by != nil && by.Key == string(model.ProductSortKeyPrice) || c.Want[field.Facets].Has(field.PriceRange)
		counted = counted || byStock
		nodes = nodes.With(ofProduct(ctx, c.Want.Nodes()))
		pages[i] = page
	}
	if err := ld.ensure(ctx, nodes); err != nil {
		return err
	}
	channel, err := ld.channel()
	if err != nil && counted {
		return err
	}
	if err := ld.preparePrices(ctx, priced); err != nil {
		return err
	}
	for _, p := range pages {
		if err := p.prepare(ld, o, ids, productFilter{channel: channel}); err != nil {
			return err
		}
	}
	if err := ld.d.run(ctx, func(b *batch) {
		for _, p := range pages {
			p.read(b, &o, ids)
		}
	}); err != nil {
		return err
	}
	products := index[model.Product]{}
	for _, p := range pages {
		if err := p.proposed.settle(ctx); err != nil {
			return err
		}
		for _, id := range ids {
			page := &model.ProductConnection{Connection: *p.results[id].page(), Facets: p.byOwner[id]}
			if p.facets != nil {
				page.Facets = p.facets.of(id)
			}
			p.find.mark(page)
			share(page, products)
			into := of(id)
			if *into == nil {
				*into = model.Results[model.ProductConnection]{}
			}
			(*into)[p.call.Key] = page
		}
	}
	return ld.fillProducts(ctx, values(products), nodes)
}

// share puts products that are known already in the place of their twins on a page, and the others among the known.
func share(page *model.ProductConnection, known index[model.Product]) {
	for i, p := range page.Nodes {
		if have := known[p.ID]; have != nil {
			page.Nodes[i] = have
		} else {
			known[p.ID] = p
		}
	}
	for i := range page.Edges {
		page.Edges[i].Node = page.Nodes[i]
	}
}

// prepare checks the page that is asked for.
func (p *productPage) prepare(ld *loader, o owner, ids []string, filter productFilter) error {
	s, err := pageOf(p.call.Args).span()
	if err != nil {
		return err
	}
	p.results = make(map[string]*result[model.Product], len(ids))
	for _, id := range ids {
		p.results[id] = &result[model.Product]{span: s}
	}
	p.list.prices, p.list.seen = ld.prices, ld.channels
	p.list.where = func(q *query) {
		q.add(" AND " + o.has)
		q.inChannels(ld.channels)
		filter.add(q, p.filter)
	}
	if want, ok := p.call.Want[field.Facets]; ok {
		filter.hits = p.list.hits
		p.facets = &facetRead{ld: ld, want: want, filter: p.filter, conditions: filter, owner: &o, ids: ids}
	}
	if p.proposed.choose(filter) && p.propose(&o, ids) {
		p.facets = nil
	} else {
		p.proposed = nil
	}
	return nil
}

// propose takes the pages of all owners from the index, and reports whether it has them.
func (p *productPage) propose(o *owner, ids []string) bool {
	p.byOwner = map[string]*model.ProductFacets{}
	for _, id := range ids {
		if !p.proposed.list(p.results[id], o, id, p.call.Want) {
			return false
		}
		if want, ok := p.call.Want[field.Facets]; ok {
			p.byOwner[id] = p.proposed.facets(o, id, want)
		}
	}
	return true
}

// read queues the pages of all owners.
func (p *productPage) read(b *batch, o *owner, ids []string) {
	if p.proposed != nil {
		p.proposed.begin()
		p.proposed.read(b)
		return
	}
	want := p.call.Want
	var s span
	for _, r := range p.results {
		r.rows, r.places, r.count, s = nil, nil, 0, r.span
	}
	if s.reads(want) {
		q := p.list.begin()
		q.add("SELECT owner.id, page.* FROM ")
		o.from(q, ids)
		q.add(" CROSS JOIN LATERAL (")
		p.list.page(q, s, want)
		q.add(") page")
		b.query(q, func(c *cursor) { p.results[c.text()].add(c, p.list, want) })
	}
	if want.Has(field.TotalCount) {
		q := p.list.begin()
		q.add("SELECT owner.id, (SELECT count(*) FROM " + p.list.from + " WHERE true")
		p.list.where(q)
		q.add(") FROM ")
		o.from(q, ids)
		b.query(q, func(c *cursor) { p.results[c.text()].count = c.int() })
	}
	p.facets.read(b)
}

// mostRelated is how many related products can be asked for.
const mostRelated = 20

// relatedProducts are pairs of products that share something, once for each thing that they share, and of those that were bought together,
// with the number of orders.
const relatedProducts = `(SELECT a.id AS one, b.id AS other, 0 AS orders FROM product a JOIN product b ON b.collection_id = a.collection_id WHERE a.id = ANY($1)
UNION ALL SELECT a.id, b.id, 0 FROM product a JOIN product b ON b.type_id = a.type_id WHERE a.id = ANY($1)
UNION ALL SELECT a.product_id, b.product_id, 0 FROM product_tags a JOIN product_tags b USING (product_tag_id) WHERE a.product_id = ANY($1)
UNION ALL SELECT a.product_id, b.product_id, 0 FROM product_category_product a JOIN product_category_product b USING (product_category_id)
WHERE a.product_id = ANY($1)
UNION ALL SELECT product_id, other_id, orders FROM storegraph.bought_together WHERE product_id = ANY($1))`

// relate gives products those that were most often bought together with them, and then those that share most with them.
func (ld *loader) relate(ctx context.Context, products []*model.Product, ids []string, want Want) error {
	calls := want.Calls(ctx, field.Related)
	if len(calls) == 0 {
		return nil
	}
	most := 0
	var below Want
	for _, c := range calls {
		n, _ := c.Args["first"].(int)
		if n < 0 || n > mostRelated {
			return model.Invalid.Errorf("first must be from 0 to %d", mostRelated)
		}
		most, below = max(most, n), below.With(ofProduct(ctx, c.Want))
	}
	if err := ld.ensure(ctx, below); err != nil {
		return err
	}
	others, related := index[model.Product]{}, map[string][]*model.Product{}
	err := ld.d.run(ctx, func(b *batch) {
		clear(others)
		clear(related)
		q := &query{args: []any{ids}}
		q.add("SELECT r.one, " + productTable.list + " FROM (SELECT s.one, s.other, row_number() OVER (PARTITION BY s.one ORDER BY max(s.orders) DESC, count(*) DESC, s.other) AS place FROM " +
			relatedProducts + " s JOIN product p ON p.id = s.other WHERE s.other <> s.one")
		q.inChannels(ld.channels)
		q.add(" GROUP BY s.one, s.other) r JOIN product p ON p.id = r.other WHERE r.place <= ")
		q.arg(most)
		q.add(" ORDER BY r.one, r.place")
		b.query(q, func(c *cursor) {
			of, p := c.text(), productTable.scan(c)
			if have := others[p.ID]; have != nil {
				p = have
			}
			others[p.ID] = p
			related[of] = append(related[of], p)
		})
	})
	if err != nil {
		return err
	}
	for _, p := range products {
		p.Related = model.Results[[]*model.Product]{}
		for _, c := range calls {
			n, _ := c.Args["first"].(int)
			list := related[p.ID]
			list = list[:min(n, len(list))]
			p.Related[c.Key] = &list
		}
	}
	return ld.fillProducts(ctx, values(others), below)
}

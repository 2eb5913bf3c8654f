package db

import (
	"context"
	"unicode/utf8"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/search"
)

const (
	// mostSuggested is how many things of a kind can be suggested, and mostSearched how many can be asked for at once.
	mostSuggested, mostSearched = 20, 100
	// suggestHits is of how many hits suggestions are chosen.
	suggestHits = 500
)

// beginSearch returns the search for a text, with a loader of what it finds.
func (d DB) beginSearch(ctx context.Context, v *Viewer, text string, first, most int) (*Search, *loader, error) {
	if first < 0 || first > most {
		return nil, nil, model.Invalid.Errorf("first must be from 0 to %d", most)
	}
	s, err := d.newSearch(ctx, v, text)
	if err != nil {
		return nil, nil, err
	}
	ld := d.loader(v)
	return s, ld, ld.ensure(ctx, nil)
}

// Search returns what a text finds: as many of each kind as first says at most.
func (d DB) Search(ctx context.Context, v *Viewer, text string, first int, want Want) (*model.SearchResults, error) {
	s, ld, err := d.beginSearch(ctx, v, text, first, mostSearched)
	if err != nil {
		return nil, err
	}
	out := &model.SearchResults{Categories: []*model.ProductCategory{}, Collections: []*model.Collection{}}
	if below, ok := want[field.Products]; ok {
		if out.Products, err = d.foundProducts(ctx, v, s, first, below); err != nil {
			return nil, err
		}
	}
	if below, ok := want[field.Categories]; ok {
		if out.Categories, err = d.foundCategories(ctx, ld, s, first, below); err != nil {
			return nil, err
		}
	}
	if below, ok := want[field.Collections]; ok {
		out.Collections, err = d.foundCollections(ctx, ld, s, first, below)
	}
	return out, err
}

// Suggest returns what may be meant by the beginning of a search: as many of each kind as first says at most. Without documents there are
// no terms.
func (d DB) Suggest(ctx context.Context, v *Viewer, text string, first int, want Want) (*model.Suggestions, error) {
	s, ld, err := d.beginSearch(ctx, v, text, first, mostSuggested)
	if err != nil {
		return nil, err
	}
	s.most = suggestHits
	out := &model.Suggestions{
		Terms: []*model.SuggestedTerm{}, Products: []*model.SuggestedProduct{},
		Categories: []*model.SuggestedCategory{}, Collections: []*model.SuggestedCollection{},
	}
	if below, ok := want[field.Products]; ok {
		page, err := d.foundProducts(ctx, v, s, first, Want{field.Nodes: below[field.Product]})
		if err != nil {
			return nil, err
		}
		for _, p := range page.Nodes {
			out.Products = append(out.Products, &model.SuggestedProduct{Product: p, Highlight: s.Highlight(p.Title)})
		}
	}
	if below, ok := want[field.Categories]; ok {
		rows, err := d.foundCategories(ctx, ld, s, first, below[field.Category])
		if err != nil {
			return nil, err
		}
		for _, c := range rows {
			out.Categories = append(out.Categories, &model.SuggestedCategory{Category: c, Highlight: s.Highlight(c.Name)})
		}
	}
	if below, ok := want[field.Collections]; ok {
		rows, err := d.foundCollections(ctx, ld, s, first, below[field.Collection])
		if err != nil {
			return nil, err
		}
		for _, c := range rows {
			out.Collections = append(out.Collections, &model.SuggestedCollection{Collection: c, Highlight: s.Highlight(c.Title)})
		}
	}
	if want.Has(field.Terms) {
		out.Terms, err = d.terms(ctx, ld, s, first)
	}
	return out, err
}

// foundProducts returns the first page of the products that a search finds.
func (d DB) foundProducts(ctx context.Context, v *Viewer, s *Search, first int, want Want) (*model.ProductConnection, error) {
	hits, err := d.find(ctx, s, subjectProduct)
	if err != nil {
		return nil, err
	}
	return d.products(ctx, v, ProductArgs{ListArgs: ListArgs[model.ProductFilter]{Page: Page{First: &first}}, Hits: hits}, s, want)
}

// foundCategories returns the first categories that a search finds of those that are active and not internal.
func (d DB) foundCategories(ctx context.Context, ld *loader, s *Search, first int, want Want) ([]*model.ProductCategory, error) {
	hits, err := d.find(ctx, s, subjectCategory)
	if err != nil {
		return nil, err
	}
	l := list[model.ProductCategory]{
		columns: categoryTable.list, from: "hit JOIN product_category c ON c.id = hit.id", scan: categoryTable.scan, hits: hits,
		sort: sorting{expr: "hit.place", key: "c.id"}, where: func(q *query) { q.add(shownCategory) },
	}
	page, err := connect(ctx, d, ld.v, Page{First: &first}, l, Want{field.Nodes: want}, ld.fillCategories)
	if err != nil {
		return nil, err
	}
	return page.Nodes, nil
}

// foundCollections returns the first collections that a search finds.
func (d DB) foundCollections(ctx context.Context, ld *loader, s *Search, first int, want Want) ([]*model.Collection, error) {
	hits, err := d.find(ctx, s, subjectCollection)
	if err != nil {
		return nil, err
	}
	l := list[model.Collection]{
		columns: collectionTable.list, from: "hit JOIN product_collection o ON o.id = hit.id", scan: collectionTable.scan, hits: hits,
		sort: sorting{expr: "hit.place", key: "o.id"}, where: func(q *query) { q.add(" AND o.deleted_at IS NULL") },
	}
	page, err := connect(ctx, d, ld.v, Page{First: &first}, l, Want{field.Nodes: want}, ld.fillCollections)
	if err != nil {
		return nil, err
	}
	return page.Nodes, nil
}

// terms returns texts to search for, which are the search with its last word completed, or corrected if nothing completes it. With each, a
// visible product is found.
func (d DB) terms(ctx context.Context, ld *loader, s *Search, first int) ([]*model.SuggestedTerm, error) {
	out := []*model.SuggestedTerm{}
	if s.query.Empty() || !s.ready || first == 0 {
		return out, nil
	}
	last := s.query.Last()
	found, err := d.visibleTerms(ctx, ld, s, first, `term >= $2 AND term < $2 || $3`, last, string(utf8.MaxRune))
	if err == nil && len(found) == 0 {
		var correct bool
		if correct, err = d.correct(ctx, s); correct {
			found, err = d.visibleTerms(ctx, ld, s, first, `term = ANY($2)`, s.query.Meant())
		}
	}
	for _, spelling := range found {
		t := &model.SuggestedTerm{}
		t.Text, t.Highlight = search.Complete(s.text, spelling)
		out = append(out, t)
	}
	return out, err
}

// visibleTerms returns how words that meet a condition are spelled, the most frequent first, each of which some visible product has in its
// title or its labels, together with all other words of the search. The condition's arguments begin with $2.
func (d DB) visibleTerms(ctx context.Context, ld *loader, s *Search, first int, condition string, args ...any) ([]string, error) {
	q := &query{args: append([]any{s.locale}, args...)}
	q.add(`SELECT t.spelling FROM (SELECT term, spelling, shown FROM storegraph.search_term WHERE locale = $1 AND shown > 0 AND ` + condition +
		` ORDER BY shown DESC, length(term), term LIMIT `)
	q.arg(4 * mostSuggested)
	q.add(`) t WHERE EXISTS (SELECT 1 FROM storegraph.search_document s JOIN product p ON p.id = s.id WHERE s.kind = 'product' AND s.locale = $1
AND s.texts @@ (`)
	q.arg(s.query.Others())
	q.add(`::tsquery && ('''' || t.term || '''')::tsquery) AND s.labels @@ ('''' || t.term || '''')::tsquery`)
	q.inChannels(ld.channels)
	q.add(`) ORDER BY t.shown DESC, length(t.term), t.term LIMIT `)
	q.arg(first)
	var out []string
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.query(q, func(c *cursor) { out = append(out, c.text()) })
	})
	return out, err
}

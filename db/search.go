package db

import (
	"context"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/search"
)

const (
	// mostHits is how many things a search finds at most: enough for whoever looks, and for what facets say of them.
	mostHits = 10_000
	// fewHits is how few hits make a search look for what may be meant by misspelled words.
	fewHits = 3
	// mostParts is how many words are found that have a word of the query within them.
	mostParts = 20
)

// A Search is a text that is searched for in a viewer's language.
type Search struct {
	text   string
	query  *search.Query
	locale string // of the documents
	ready  bool   // there are documents
	of     string // the revision of the documents
	meant  *bool  // whether words may be meant by those that are misspelled; nil until they are looked for
	most   int    // hits are found
}

// Highlight returns a text in parts: those that the search matches, and those between them.
func (s *Search) Highlight(text string) []*model.TextPart { return s.query.Highlight(text) }

// newSearch returns the search for a text on behalf of a viewer, whose key is checked, with what their language makes of its words. A language
// without translations has the shop's own texts.
func (d DB) newSearch(ctx context.Context, v *Viewer, text string) (*Search, error) {
	q, err := search.Parse(text)
	s := &Search{text: text, query: q, most: mostHits}
	if err != nil || q.Empty() {
		return s, err
	}
	locale := NormalLocale(v.Locale)
	var state searchState
	var own, translated []string
	err = d.keyed(ctx, v.Key, false, func(b *batch) {
		s.ready, own, translated = false, nil, nil
		b.read(readSearchState, nil, state.scan)
		b.read(`SELECT installed FROM storegraph.change_log`, nil, func(c *cursor) { s.ready = c.bool() })
		stems := func(locale string, into *[]string) {
			b.read(`SELECT array_to_string(tsvector_to_array(to_tsvector(`+configured("$1")+`, word)), ' ')
FROM unnest($2::text[]) WITH ORDINALITY AS w (word, place) ORDER BY place`, []any{configuration(locale), q.Words()}, func(c *cursor) { *into = append(*into, c.text()) })
		}
		stems(d.language, &own)
		if locale != "" {
			stems(locale, &translated)
		}
	})
	if err != nil {
		return nil, err
	}
	s.of = state.revision
	s.ready = s.ready && state.ready && state.format == d.searchFormat()
	if slices.Contains(state.locales, locale) {
		s.locale, own = locale, translated
	}
	q.Stem(own)
	return s, nil
}

// find returns the ids of the things of a kind that the search finds, the most relevant first: whole words before beginnings of words
// before misspelled ones, in titles before labels before descriptions. There are mostHits at most. Some may not exist any more, or not be
// visible: guards are the caller's.
func (d DB) find(ctx context.Context, s *Search, of subject) ([]string, error) {
	if s.query.Empty() {
		return []string{}, nil
	}
	if !s.ready {
		return d.findPlain(ctx, s, of)
	}
	hits, err := d.hits(ctx, s, of, s.query.Prefix())
	if err != nil || len(hits) >= fewHits {
		return hits, err
	}
	if correct, err := d.correct(ctx, s); err != nil || !correct {
		return hits, err
	}
	corrected, err := d.hits(ctx, s, of, s.query.Corrected())
	return distinct(hits, corrected), err
}

// correct finds the words that may be meant by those of the search, once, and reports whether there are any.
func (d DB) correct(ctx context.Context, s *Search) (bool, error) {
	if s.meant == nil {
		known, err := d.similar(ctx, s)
		if err != nil {
			return false, err
		}
		some := s.query.Correct(known)
		s.meant = &some
	}
	return *s.meant, nil
}

// A searchKey is what the hits of a search, or the words that may be meant by its own, depend on.
type searchKey struct {
	revision, locale, text, exact string
	subject                       subject // none for words
	common                        bool
	most                          int
}

const (
	// searchesKept is how many bytes of hits are kept, and hitOverhead is about what one takes besides its text.
	searchesKept, hitOverhead = 16 << 20, 16
	// mostSearches is how many searches are kept, however few their hits are.
	mostSearches = 100_000
)

// kept returns what find finds, which is not looked for again while the documents are the same.
func (d DB) kept(key searchKey, find func() ([]string, error)) ([]string, error) {
	if have, ok := d.searches.Get(key); ok {
		return have, nil
	}
	found, err := find()
	if err == nil {
		size := len(key.text) + len(key.exact) + hitOverhead
		for _, id := range found {
			size += len(id) + hitOverhead
		}
		d.searches.Add(key, slices.Clip(found), size)
	}
	return found, err
}

// similar returns words of the documents that may be meant by words of the search, the most frequent first.
func (d DB) similar(ctx context.Context, s *Search) ([]string, error) {
	key := searchKey{revision: s.of, locale: s.locale, text: strings.Join(s.query.Words(), " ")}
	return d.kept(key, func() ([]string, error) { return d.findSimilar(ctx, s) })
}

func (d DB) findSimilar(ctx context.Context, s *Search) ([]string, error) {
	var out []string
	err := d.run(ctx, func(b *batch) {
		out = nil
		add := func(c *cursor) { out = append(out, c.text()) }
		if keys := s.query.Keys(); len(keys) > 0 {
			b.read(`SELECT term FROM storegraph.search_term WHERE keys && $2 AND locale = $1 ORDER BY documents DESC, term`, []any{s.locale, keys}, add)
		}
		for _, part := range s.query.Parts() {
			b.read(`SELECT term FROM storegraph.search_term WHERE locale = $1 AND strpos(term, $2) > 0 AND term <> $2 ORDER BY documents DESC, term LIMIT $3`,
				[]any{s.locale, part, mostParts}, add)
		}
	})
	return out, err
}

// ranked returns a query of the documents that match $3, by where they do; those first that match $4 there. Of more than $5, those whose
// titles do come before all others. Only the vector in the column is asked.
func ranked(column string) string {
	const of = ` FROM storegraph.search_document WHERE kind = $1 AND locale = $2 AND `
	// Descriptions are not looked up in the documents, but in the index: they are long.
	const tier = `id, size, CASE WHEN title @@ $3::tsquery THEN CASE WHEN title @@ $4::tsquery THEN 0 ELSE 1 END
	WHEN labels @@ $3::tsquery THEN CASE WHEN labels @@ $4::tsquery THEN 2 ELSE 3 END
	WHEN id IN (SELECT id` + of + `texts @@ $4::tsquery LIMIT $5 + 1) THEN 4 ELSE 5 END AS tier`
	// The planner must not see how frequent the words are: for few rows of many it would read documents at random until some match.
	return `WITH many AS MATERIALIZED (
	SELECT ` + tier + of + column + ` @@ (SELECT $3::tsquery) LIMIT $5 + 1
), titled AS (
	SELECT ` + tier + of + `title @@ (SELECT $3::tsquery) AND (SELECT count(*) FROM many) > $5 LIMIT $5
)
SELECT id FROM (SELECT * FROM many WHERE tier > 1 OR (SELECT count(*) FROM many) <= $5 UNION ALL SELECT * FROM titled) found
ORDER BY tier, size, id LIMIT $5`
}

var rankedTexts, rankedTitles, rankedLabels = ranked("texts"), ranked("title"), ranked("texts @@ $3::tsquery AND labels")

// hits returns the ids of documents that match a tsquery. Words that nearly all texts have, such as "the", are found in titles alone or, if
// they are in next to none, in labels.
func (d DB) hits(ctx context.Context, s *Search, of subject, tsquery string) ([]string, error) {
	key := searchKey{s.of, s.locale, tsquery, s.query.Exact(), of, s.query.Common(), s.most}
	return d.kept(key, func() ([]string, error) { return d.findHits(ctx, s, of, tsquery) })
}

func (d DB) findHits(ctx context.Context, s *Search, of subject, tsquery string) ([]string, error) {
	all := []string{"(" + tsquery + ")"}
	for _, mark := range (documentKey{kind: of, locale: s.locale}).marks() {
		all = append(all, "'"+mark+"'")
	}
	tsquery = strings.Join(all, "&")
	queries := []string{rankedTexts}
	if s.query.Common() {
		queries = []string{rankedTitles, rankedLabels}
	}
	out := []string{}
	for _, sql := range queries {
		if len(out) >= fewHits {
			break
		}
		err := d.run(ctx, func(b *batch) {
			out = out[:0]
			b.read(sql, []any{string(of), s.locale, tsquery, s.query.Exact(), s.most}, func(c *cursor) { out = append(out, c.text()) })
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// A plainSource is where things of a kind are searched without documents.
type plainSource struct {
	from, id, title string
	columns         []string
	further         func(q *query, pattern func())
}

var plainSources = map[subject]plainSource{
	subjectProduct: {
		"product p WHERE p.deleted_at IS NULL AND p.status = 'published'", "p.id", "p.title", productSearch, inVariants,
	},
	subjectCategory:   {"product_category c WHERE true" + shownCategory, "c.id", "c.name", []string{"c.name", "c.description"}, nil},
	subjectCollection: {"product_collection o WHERE o.deleted_at IS NULL", "o.id", "o.title", []string{"o.title"}, nil},
}

// findPlain is find without documents: every word occurs in one of the shop's own texts. What has all in its title comes first, and before
// that what begins with the text.
func (d DB) findPlain(ctx context.Context, s *Search, of subject) ([]string, error) {
	from := plainSources[of]
	text := likeEscape.Replace(strings.TrimSpace(s.text))
	q := &query{}
	q.add("SELECT " + from.id + " FROM " + from.from)
	q.search(&text, from.columns, from.further)
	q.add(" ORDER BY " + from.title + " ILIKE ")
	q.arg(text + "%")
	q.add(" DESC, (true")
	q.search(&text, []string{from.title}, nil)
	q.add(") DESC, length(" + from.title + "), " + from.id + " LIMIT ")
	q.arg(s.most)
	out := []string{}
	err := d.run(ctx, func(b *batch) {
		out = out[:0]
		b.query(q, func(c *cursor) { out = append(out, c.text()) })
	})
	return out, err
}

// likeEscape makes a text a pattern of itself.
var likeEscape = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// search finds the hits of the search that arguments have, if they have one that is not blank, and returns it.
func (d DB) search(ctx context.Context, v *Viewer, a *ProductArgs) (*Search, error) {
	if a.Search == nil || strings.TrimSpace(*a.Search) == "" {
		return nil, nil //nolint:nilnil // nothing is searched for
	}
	s, err := d.newSearch(ctx, v, *a.Search)
	if err == nil && a.Hits == nil {
		a.Hits, err = d.find(ctx, s, subjectProduct)
	}
	return s, err
}

// errNoSearch is the error of a list that is sorted by relevance to nothing.
var errNoSearch = model.Invalid.Errorf("RELEVANCE sorts what a query finds: give a query")

// productList returns the list of products with these arguments. Hits are sorted by relevance unless the arguments say otherwise. The best
// sellers come first in either direction: nobody asks for what sells worst.
func productList(a ProductArgs) (list[model.Product], error) {
	l := list[model.Product]{columns: productTable.list, from: "product p", scan: productTable.scan, sort: sorting{expr: "p.id", key: "p.id"}, hits: a.Hits}
	if a.Hits != nil {
		l.from = "hit JOIN product p ON p.id = hit.id"
	}
	if a.byRelevance() {
		l.sort = sorting{expr: "hit.place", key: "p.id", desc: a.Sort != nil && a.Sort.Desc}
		return l, nil
	}
	if a.Sort != nil && a.Sort.Key == string(model.ProductSortKeyRelevance) {
		if a.Search == nil {
			return l, errNoSearch
		}
		return l, nil // everything is as relevant to a blank search
	}
	err := l.order(productKeys, a.Sort, shapes.product, "p.id")
	l.sort.desc = l.sort.desc || a.Sort != nil && a.Sort.Key == bestSelling
	return l, err
}

// byRelevance reports whether the list is sorted by how well products match what is searched for.
func (a ProductArgs) byRelevance() bool {
	return a.Hits != nil && (a.Sort == nil || a.Sort.Key == string(model.ProductSortKeyRelevance))
}

// mark tells the edges of a page what of their titles the search matches. A nil search marks nothing.
func (s *Search) mark(page *model.ProductConnection) {
	if s == nil {
		return
	}
	for i := range page.Edges {
		page.Edges[i].Matches = s
	}
}

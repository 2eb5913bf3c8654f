package db

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/docsearch"
)

// searchProvider is the identifier of the provider that keeps its indexes in the database.
const searchProvider = "search-postgres"

// documentTable is what the provider calls the tables of its indexes.
var documentTable = regexp.MustCompile(`^search_pg_[a-z0-9_]+$`)

// A documentIndex is an index that serves searches: what it holds, and in which table.
type documentIndex struct {
	active, known bool
	table         string
	plan          model.JSON
}

// readDocumentIndexes reads the indexes of the names in $1, with the version of each that serves searches, if its provider has it.
const readDocumentIndexes = `SELECT i.name, v.id IS NOT NULL, coalesce(v.provider = $2 AND to_regclass(quote_ident(c.table_name)) IS NOT NULL, false), coalesce(c.table_name, ''), c.plan
FROM search_index i
LEFT JOIN search_index_version v ON v.search_index_id = i.id AND v.version = i.active_version AND v.deleted_at IS NULL
LEFT JOIN search_postgres_index c ON c.name = v.physical_name
WHERE i.name = ANY($1) AND i.deleted_at IS NULL`

// Documents runs searches of the indexes that shoppers may search, each of which finds what is there for the viewer. All that they find is read in
// one round trip, after one for the key and one for what the indexes hold.
func (d DB) Documents(ctx context.Context, v *Viewer, in []*model.DocumentSearchInput) ([]*model.DocumentResults, error) {
	kept := false
	err := d.keyed(ctx, v.Key, false, func(b *batch) {
		b.read(`SELECT to_regclass('search_index') IS NOT NULL AND to_regclass('search_index_version') IS NOT NULL AND to_regclass('search_postgres_index') IS NOT NULL`,
			nil, func(c *cursor) { kept = c.bool() })
	})
	if err != nil {
		return nil, err
	}
	if err := docsearch.CheckSize(in); err != nil {
		return nil, err
	}
	indexes, err := d.documentIndexes(ctx, in, kept)
	if err != nil {
		return nil, err
	}
	searches, err := docsearch.Prepare(in, d.exposed, func(name string) (*docsearch.Index, error) { return indexes[name].read(name) }, v.Key.channels())
	if err != nil {
		return nil, err
	}
	out := make([]*model.DocumentResults, len(searches))
	var projected error
	err = d.run(ctx, func(b *batch) {
		for i, s := range searches {
			out[i] = &model.DocumentResults{Hits: []*model.DocumentHit{}}
			readDocuments(b, s, indexes[s.Index.Name].table, out[i], &projected)
		}
	})
	if err == nil {
		err = projected
	}
	return out, err
}

// documentIndexes reads the indexes that shoppers may search, of those that searches name. kept says whether there are any.
func (d DB) documentIndexes(ctx context.Context, in []*model.DocumentSearchInput, kept bool) (map[string]*documentIndex, error) {
	out := map[string]*documentIndex{}
	var names []string
	for _, s := range in {
		if _, ok := d.exposed[s.Index]; ok {
			names = append(names, s.Index)
		}
	}
	if !kept || names == nil {
		return out, nil
	}
	err := d.run(ctx, func(b *batch) {
		b.read(readDocumentIndexes, []any{names, searchProvider}, func(c *cursor) {
			out[c.text()] = &documentIndex{active: c.bool(), known: c.bool(), table: c.text(), plan: c.json()}
		})
	})
	return out, err
}

// read returns what the index holds; nil is one that does not exist.
func (x *documentIndex) read(name string) (*docsearch.Index, error) {
	switch {
	case x == nil:
		return nil, docsearch.NotFound(name)
	case !x.active:
		return nil, docsearch.Inactive(name)
	case !x.known || !documentTable.MatchString(x.table): // of another provider, or being replaced
		return nil, docsearch.NotFound(name)
	}
	return docsearch.ReadPlan(name, x.plan)
}

// readDocuments queues what a search finds in a table.
func readDocuments(b *batch, s *docsearch.Search, table string, out *model.DocumentResults, failed *error) {
	if s.Take > 0 {
		q := documentQuery{table: table, search: s}
		q.hits()
		b.query(&q.query, func(c *cursor) {
			hit := &model.DocumentHit{ID: c.text(), Score: c.real()}
			doc, err := docsearch.Project(c.json(), s.Fields)
			if err != nil && *failed == nil {
				*failed = fmt.Errorf("document %s: %w", hit.ID, err)
			}
			hit.Document = doc
			out.Hits = append(out.Hits, hit)
		})
	}
	if s.Counted {
		q := documentQuery{table: table, search: s}
		q.count()
		b.query(&q.query, func(c *cursor) {
			n := c.int()
			out.TotalCount = &n
		})
	}
	for _, f := range s.Facets {
		facet := &model.DocumentFacet{Field: f.Field.Name}
		out.Facets = append(out.Facets, facet)
		q := documentQuery{table: table, search: s}
		switch f.Kind {
		case model.DocumentFacetKindRange:
			readRanges(b, &q, f, facet)
		case model.DocumentFacetKindStats:
			q.stats(f)
			b.query(&q.query, func(c *cursor) {
				facet.Stats = &model.DocumentFacetStats{Min: c.maybeFloat(), Max: c.maybeFloat(), Avg: c.maybeFloat(), Sum: c.maybeFloat(), Count: c.int()}
			})
		case model.DocumentFacetKindValue:
			facet.Values = []*model.DocumentFacetValue{}
			q.values(f)
			b.query(&q.query, func(c *cursor) {
				facet.Values = append(facet.Values, &model.DocumentFacetValue{Value: c.text(), Count: c.int()})
			})
		}
	}
}

func readRanges(b *batch, q *documentQuery, f docsearch.Facet, facet *model.DocumentFacet) {
	facet.Ranges = []*model.DocumentFacetRange{}
	for _, r := range f.Ranges {
		facet.Ranges = append(facet.Ranges, &model.DocumentFacetRange{Key: r.Key, From: r.From, To: r.To})
	}
	if len(f.Ranges) == 0 {
		return
	}
	q.ranges(f)
	b.query(&q.query, func(c *cursor) {
		for _, r := range facet.Ranges {
			r.Count = c.int()
		}
	})
}

// real reads a number of single precision, written as a text, as the number that the text says.
func (c *cursor) real() float64 {
	n := c.maybeFloat()
	if n == nil {
		return 0
	}
	return *n
}

// maybeFloat reads a number, written as a text, that may be NULL.
func (c *cursor) maybeFloat() *float64 {
	v := c.column()
	if v == nil {
		return nil
	}
	n, err := strconv.ParseFloat(string(v), 64)
	c.fail(err)
	return &n
}

package db

import (
	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/docsearch"
)

// A documentQuery builds a statement on the table of an index. Values and paths of fields are arguments; of names only the table's is in the text.
type documentQuery struct {
	query

	table  string
	search *docsearch.Search
}

// hits selects the page: id, relevance, document.
func (q *documentQuery) hits() {
	q.add(`SELECT id, score::text, document FROM `)
	q.found()
	q.add(` ORDER BY `)
	q.order()
	q.add(` LIMIT `)
	q.arg(q.search.Take)
	q.add(` OFFSET `)
	q.arg(q.search.Skip)
}

// count counts all documents that are found.
func (q *documentQuery) count() {
	q.add(`SELECT count(*) FROM `)
	q.found()
}

// found writes what is selected from: the documents that are found, each with its relevance as score.
func (q *documentQuery) found() {
	s := q.search
	if s.Distinct == nil {
		q.relevant()
		return
	}
	q.add(`(SELECT r.*, row_number() OVER (PARTITION BY `)
	q.text(s.Distinct)
	q.add(` ORDER BY `)
	q.order()
	q.add(`) AS place FROM `)
	q.relevant()
	q.add(`) d WHERE place = 1`)
	if s.MinScore != nil {
		q.add(` AND `)
		q.enough()
	}
}

// relevant writes the documents that match, each with its relevance, in parentheses. Those that are not relevant enough are left out
// unless they count where documents are told apart.
func (q *documentQuery) relevant() {
	s := q.search
	q.add(`(SELECT * FROM (SELECT id, document, indexed, `)
	q.rank()
	q.add(` AS score FROM `)
	q.from()
	q.where(s.Filter)
	q.add(`) m`)
	if s.Distinct == nil && s.MinScore != nil {
		q.add(` WHERE `)
		q.enough()
	}
	q.add(`) r`)
}

func (q *documentQuery) enough() {
	q.add(`score >= `)
	q.arg(*q.search.MinScore)
	q.add(`::float8`)
}

func (q *documentQuery) from() { q.add(pgx.Identifier{q.table}.Sanitize()) }

// where writes the conditions on a document: that it matches the text, and the filter's.
func (q *documentQuery) where(filter []docsearch.Condition) {
	q.add(` WHERE `)
	if q.search.Query == "" {
		q.add(`true`)
	} else {
		q.match()
	}
	for _, c := range filter {
		q.add(` AND `)
		q.condition(c)
	}
}

// order writes what documents are sorted by. Those that are equal come by their ids.
func (q *documentQuery) order() {
	s := q.search
	if len(s.Order) == 0 && s.Query != "" {
		q.add(`score DESC NULLS LAST, `)
	}
	for _, o := range s.Order {
		switch {
		case o.Field == nil:
			q.add(`score`)
		case o.Field.Kind == docsearch.Number:
			q.number(o.Field)
		case o.Field.Kind == docsearch.Boolean:
			q.text(o.Field)
			q.add(`::boolean`)
		default:
			q.text(o.Field)
		}
		if o.Descending {
			q.add(` DESC`)
		}
		q.add(` NULLS LAST, `)
	}
	q.add(`id`)
}

// value writes the JSON of a field, text its text and number its number; each is NULL if a document does not have it.
func (q *documentQuery) value(f *docsearch.Field) {
	q.add(`(indexed #> `)
	q.arg(f.Path)
	q.add(`::text[])`)
}

func (q *documentQuery) text(f *docsearch.Field) {
	q.add(`(indexed #>> `)
	q.arg(f.Path)
	q.add(`::text[])`)
}

func (q *documentQuery) number(f *docsearch.Field) {
	q.text(f)
	q.add(`::float8`)
}

// matching writes the query as Postgres searches for it.
func (q *documentQuery) matching() {
	s := q.search
	plain := func() {
		q.add(`plainto_tsquery(`)
		q.config()
		q.add(`, `)
		q.arg(s.Query)
		q.add(`)`)
	}
	switch s.Match {
	case model.DocumentMatchAny:
		q.add(`replace(`)
		plain()
		q.add(`::text, ' & ', ' | ')::tsquery`)
	case model.DocumentMatchLast: // the last word is a quoted text at the end
		q.add(`regexp_replace(`)
		plain()
		q.add(`::text, $re$'([^']+)'$$re$, $re$'\1':*$re$)::tsquery`)
	default:
		plain()
	}
}

func (q *documentQuery) config() {
	q.arg(q.search.Config)
	q.add(`::text::regconfig`)
}

// words writes what is searched: the words of all fields, or of those that are to be searched.
func (q *documentQuery) words() {
	within := q.search.Within
	if within == nil {
		q.add(`search_vector`)
		return
	}
	q.add(`(''::tsvector`)
	for _, f := range within {
		q.add(` || setweight(to_tsvector(`)
		q.config()
		q.add(`, coalesce(`)
		q.text(f)
		q.add(`, '')), '` + f.Weight() + `')`)
	}
	q.add(`)`)
}

// similarity writes how similar a part of the searched texts is to the query.
func (q *documentQuery) similarity() {
	q.add(`word_similarity(`)
	q.arg(q.search.Query)
	q.add(`::text, `)
	within := q.search.Within
	if within == nil {
		q.add(`search_text)`)
		return
	}
	for i, f := range within {
		if i > 0 {
			q.add(` || ' ' || `)
		}
		q.add(`coalesce(`)
		q.text(f)
		q.add(`, '')`)
	}
	if len(within) == 0 {
		q.add(`''`)
	}
	q.add(`)`)
}

func (q *documentQuery) rank() {
	s := q.search
	if s.Query == "" {
		q.add(`0::real`)
		return
	}
	if s.Similar {
		q.add(`greatest(`)
	}
	q.add(`ts_rank_cd(`)
	q.words()
	q.add(`, `)
	q.matching()
	q.add(`)`)
	if s.Similar {
		q.add(`, `)
		q.similarity()
		q.add(`)`)
	}
}

// leastSimilarity is how similar a text must be to what is searched for.
const leastSimilarity = `0.3`

func (q *documentQuery) match() {
	q.add(`(`)
	q.words()
	q.add(` @@ `)
	q.matching()
	if q.search.Similar {
		q.add(` OR `)
		q.similarity()
		q.add(` > ` + leastSimilarity)
	}
	q.add(`)`)
}

// condition writes a condition in parentheses.
func (q *documentQuery) condition(c docsearch.Condition) {
	switch c.Is {
	case docsearch.Never:
		q.add(`false`)
	case docsearch.Unknown:
		q.add(`NULL::boolean`)
	case docsearch.And:
		q.group(c.Of, ` AND `)
	case docsearch.Or:
		q.group(c.Of, ` OR `)
	case docsearch.Not:
		q.add(`(NOT `)
		q.condition(c.Of[0])
		q.add(`)`)
	case docsearch.Contains:
		q.add(`(indexed @> `)
		q.arg(string(c.JSON))
		q.add(`::text::jsonb)`)
	case docsearch.Exists:
		q.add(`(coalesce(`)
		q.value(c.Field)
		q.add(`, 'null') <> 'null')`)
	case docsearch.Compare, docsearch.Like:
		q.compare(c)
	}
}

func (q *documentQuery) group(of []docsearch.Condition, between string) {
	q.add(`(`)
	for i, c := range of {
		if i > 0 {
			q.add(between)
		}
		q.condition(c)
	}
	q.add(`)`)
}

// comparisons are the operators that a condition may have.
var comparisons = map[string]string{"<": ` < `, "<=": ` <= `, ">": ` > `, ">=": ` >= `}

func (q *documentQuery) compare(c docsearch.Condition) {
	q.add(`(`)
	q.text(c.Field)
	if c.Is == docsearch.Like {
		q.add(` LIKE `)
		q.arg(c.Value)
		q.add(`::text)`)
		return
	}
	kind := `::text`
	switch c.Value.(type) {
	case float64:
		kind = `::float8`
	case bool:
		kind = `::boolean`
	}
	q.add(kind + comparisons[c.Than])
	q.arg(c.Value)
	q.add(kind + `)`)
}

// values counts the documents with each value of a facet.
func (q *documentQuery) values(f docsearch.Facet) {
	q.add(`SELECT value, count(*) AS documents FROM (SELECT `)
	if f.Field.Array {
		q.add(`jsonb_array_elements_text(`)
		q.value(f.Field)
		q.add(`)`)
	} else {
		q.text(f.Field)
	}
	q.add(` AS value FROM `)
	q.from()
	q.where(f.Filter)
	q.add(`) v WHERE value IS NOT NULL`)
	if f.Pattern != "" {
		q.add(` AND value LIKE `)
		q.arg(f.Pattern)
	}
	q.add(` GROUP BY value ORDER BY `)
	if !f.ByValue {
		q.add(`documents DESC, `)
	}
	q.add(`value LIMIT `)
	q.arg(f.First)
}

// ranges counts the documents in each range of a facet, in a column each.
func (q *documentQuery) ranges(f docsearch.Facet) {
	q.add(`SELECT `)
	for i, r := range f.Ranges {
		if i > 0 {
			q.add(`, `)
		}
		q.add(`count(*) FILTER (WHERE true`)
		for _, bound := range []struct {
			operator string
			n        *float64
		}{{` >= `, r.From}, {` < `, r.To}} {
			if bound.n != nil {
				q.add(` AND `)
				q.number(f.Field)
				q.add(bound.operator)
				q.arg(*bound.n)
				q.add(`::float8`)
			}
		}
		q.add(`)`)
	}
	q.add(` FROM `)
	q.from()
	q.where(f.Filter)
}

// stats selects the least and the greatest number of a facet, their average and sum, each as a text, and the number of documents.
func (q *documentQuery) stats(f docsearch.Facet) {
	q.add(`SELECT min(n)::text, max(n)::text, avg(n)::text, sum(n)::text, count(*) FROM (SELECT `)
	q.number(f.Field)
	q.add(` AS n FROM `)
	q.from()
	q.where(f.Filter)
	q.add(`) v`)
}

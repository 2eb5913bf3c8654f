package db

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// A Page says which part of a list to read, after the Relay cursor connection specification, and with an
// offset. The zero value is the first DefaultLimit.
type Page struct {
	First, Last, Offset *int
	After, Before       *string
	MaxLimit            int // the most a page may hold; 0 means 100
	Default             int // how many it holds if nothing is said; 0 means DefaultLimit
}

// How many a page holds if nothing is said: one of a list at the root, and one of a list that belongs to something.
const (
	DefaultLimit = 50
	NestedLimit  = 10
)

// A sorting is what a list is sorted by: an SQL expression over its rows. Ties are broken by key.
type sorting struct {
	expr     string
	desc     bool
	key      string
	products bool // it depends on which products can be seen: those in seenChannels
}

// seenChannels stands in a sorting for the sales channels whose products can be seen, until it is their argument.
const seenChannels = "{channels}"

// A Sort is what a list is sorted by.
type Sort struct {
	Key  string // one of the list's own keys; empty if there is a path
	Path string // a path of columns and relations, such as variants.title; it is the REST dialect's
	Desc bool
}

// sortBy returns the sorting by a key, by the expressions of a list's keys, or by a path from a shape. A key may have another expression
// for descending order, under its name and " DESC".
func sortBy(keys map[string]string, by *Sort, from *shape, key string) (sorting, error) {
	if by.Path != "" {
		return from.sorting(by.Path, by.Desc, key)
	}
	expr, ok := keys[by.Key]
	if down, known := keys[by.Key+" DESC"]; known && by.Desc {
		expr = down
	}
	if !ok {
		return sorting{}, model.Invalid.Errorf("%s is not a key that the list can be sorted by", by.Key)
	}
	return sorting{expr: expr, desc: by.Desc, key: key, products: strings.Contains(expr, seenChannels)}, nil
}

// A place is where a row stands in a sorted list. It is what a cursor holds.
type place struct {
	Value *string `json:"v"` // the sort expression as text; nil is NULL
	Key   string  `json:"k"`
}

func (p place) cursor() string {
	j, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts always marshal
	}
	return base64.RawURLEncoding.EncodeToString(j)
}

func parseCursor(name string, s *string) (*place, error) {
	if s == nil {
		return nil, nil
	}
	var p place
	j, err := base64.RawURLEncoding.DecodeString(*s)
	if err == nil {
		err = json.Unmarshal(j, &p)
	}
	if err != nil {
		return nil, model.Invalid.Errorf("%s is not a cursor of this list", name)
	}
	return &p, nil
}

// A span is a checked Page.
type span struct {
	limit, offset int
	after, before *place
	backwards     bool
}

func (p Page) span() (span, error) {
	s := span{limit: cmp.Or(p.Default, DefaultLimit)}
	most := p.MaxLimit
	if most == 0 {
		most = 100
	}
	if p.First != nil && p.Last != nil {
		return s, model.Invalid.Errorf("give first or last, not both")
	}
	for name, n := range map[string]*int{"first": p.First, "last": p.Last} {
		if n == nil {
			continue
		}
		if *n < 0 {
			return s, model.Invalid.Errorf("%s must not be negative", name)
		}
		if *n > most {
			return s, model.Invalid.Errorf("%s must be at most %d", name, most)
		}
		s.limit, s.backwards = *n, name == "last"
	}
	if p.Offset != nil {
		if *p.Offset < 0 {
			return s, model.Invalid.Errorf("offset must not be negative")
		}
		s.offset = *p.Offset
	}
	var err error
	if s.after, err = parseCursor("after", p.After); err != nil {
		return s, err
	}
	s.before, err = parseCursor("before", p.Before)
	return s, err
}

// beyond appends the condition that a row stands after the place, or before it. Texts compare in the
// expression's own type: the cursor is cast by being compared with a column of its type.
func (q *query) beyond(s sorting, p *place, after bool) {
	if p == nil {
		return
	}
	// NULL sorts as the largest value. Going up, what stands after a value is what is larger.
	larger := after != s.desc
	op := " < "
	if larger {
		op = " > "
	}
	keyOp := " > "
	if !after {
		keyOp = " < "
	}
	key := func() {
		q.add(s.key)
		q.add(keyOp)
		q.arg(p.Key)
	}
	q.add(" AND (")
	switch {
	case s.expr == s.key:
		q.add(s.key)
		q.add(op)
		q.arg(p.Key)
	case p.Value == nil:
		q.add("(" + s.expr + " IS NULL AND ")
		key()
		q.add(")")
		if !larger {
			q.add(" OR " + s.expr + " IS NOT NULL")
		}
	default:
		q.add(s.expr + op)
		q.arg(p.Value)
		q.add(" OR (" + s.expr + " = ")
		q.arg(p.Value)
		q.add(" AND ")
		key()
		q.add(")")
		if larger {
			q.add(" OR " + s.expr + " IS NULL")
		}
	}
	q.add(")")
}

// A list is how a list of T is read: its columns, its table and the conditions on its rows, each of which
// begins with AND.
type list[T any] struct {
	columns string
	from    string
	prices  []any    // the arguments of calculatedAmount, if one of the others contains it
	hits    []string // what the others call the table hit: these ids, and their places; nil if they do not
	where   func(q *query)
	sort    sorting
	seen    []string // the sales channels whose products count in the sorting, if it goes through products
	scan    func(c *cursor) *T
}

// A result is a page as it is read: one row more than asked for, if there is one, and the count.
type result[T any] struct {
	span   span
	rows   []*T
	places []place
	count  int
}

// read queues the page and, if wanted, the count.
func (l list[T]) read(b *batch, r *result[T], want Want) {
	l.readRows(b, r, want)
	r.count = 0
	if want.Has(field.TotalCount) {
		q := l.begin()
		q.add("SELECT count(*) FROM " + l.from + " WHERE true")
		l.where(q)
		b.query(q, func(c *cursor) { r.count = c.int() })
	}
}

// readRows queues the page without the count.
func (l list[T]) readRows(b *batch, r *result[T], want Want) {
	r.rows, r.places = nil, nil
	if r.span.reads(want) {
		q := l.begin()
		l.page(q, r.span, want)
		b.query(q, func(c *cursor) { r.add(c, l, want) })
	}
}

// placed reports whether the places of rows are wanted, and with them whether there is one more.
func placed(want Want) bool { return want.Has(field.Edges, field.PageInfo) }

// reads reports whether rows have to be read for what is wanted of a page.
func (s span) reads(want Want) bool {
	return want.Has(field.PageInfo) || s.limit > 0 && want.Has(field.Nodes, field.Edges)
}

// page appends the SELECT of a page's rows, with their places if those are wanted.
func (l list[T]) page(q *query, s span, want Want) {
	by := l.sort
	if by.products {
		q.args = append(q.args, l.seen)
		by.expr = strings.ReplaceAll(by.expr, seenChannels, string(appendInt([]byte("$"), len(q.args))))
	}
	q.add("SELECT ")
	if placed(want) {
		q.add("(" + by.expr + ")::text AS place, " + by.key + "::text AS place_key, ")
	}
	q.add(l.columns + " FROM " + l.from + " WHERE true")
	l.where(q)
	q.beyond(by, s.after, true)
	q.beyond(by, s.before, false)
	q.add(" ORDER BY " + by.expr)
	if by.desc != s.backwards {
		q.add(" DESC")
	}
	if by.expr != by.key {
		q.add(", " + by.key)
		if s.backwards {
			q.add(" DESC")
		}
	}
	limit := s.limit
	if placed(want) {
		limit++
	}
	q.add(" LIMIT ")
	q.arg(limit)
	q.add(" OFFSET ")
	q.arg(s.offset)
}

// add reads a row of a page.
func (r *result[T]) add(c *cursor, l list[T], want Want) {
	if placed(want) {
		r.places = append(r.places, place{Value: c.maybeText(), Key: c.text()})
	}
	r.rows = append(r.rows, l.scan(c))
}

// begin returns a query that calculatedAmount and hits may stand in.
func (l list[T]) begin() *query {
	q := &query{args: slices.Clone(l.prices)}
	with := "WITH "
	if l.prices != nil {
		q.add(with + "context AS (SELECT $1::text, $2::jsonb, $3::numeric) ")
		with = ", "
	}
	if l.hits != nil {
		q.add(with + "hit AS (SELECT id, place FROM unnest(")
		q.arg(l.hits)
		q.add("::text[]) WITH ORDINALITY AS h (id, place)) ")
	}
	return q
}

// page returns what was read as a connection.
func (r *result[T]) page() *model.Connection[T] {
	more := len(r.rows) > r.span.limit
	if more {
		r.rows, r.places = r.rows[:r.span.limit], r.places[:r.span.limit]
	}
	if r.span.backwards {
		slices.Reverse(r.rows)
		slices.Reverse(r.places)
	}
	out := &model.Connection[T]{Nodes: r.rows, TotalCount: r.count}
	if out.Nodes == nil {
		out.Nodes = []*T{}
	}
	out.PageInfo.HasNextPage = more && !r.span.backwards || r.span.backwards && (r.span.before != nil || r.span.offset > 0)
	out.PageInfo.HasPreviousPage = more && r.span.backwards || !r.span.backwards && (r.span.after != nil || r.span.offset > 0)
	for i, p := range r.places {
		out.Edges = append(out.Edges, model.Edge[T]{Node: r.rows[i], Cursor: p.cursor()})
	}
	if n := len(out.Edges); n > 0 {
		out.PageInfo.StartCursor, out.PageInfo.EndCursor = &out.Edges[0].Cursor, &out.Edges[n-1].Cursor
	}
	return out
}

// one queues the read of the first row of l into out, which stays nil if there is none.
func (l list[T]) one(b *batch, out **T) {
	*out = nil
	q := &query{}
	q.add("SELECT " + l.columns + " FROM " + l.from + " WHERE true")
	l.where(q)
	q.add(" LIMIT 1")
	b.query(q, func(c *cursor) { *out = l.scan(c) })
}

// connect reads a page of l, whose order is o, and fills the relations of its rows.
func connect[T any](ctx context.Context, d DB, v *Viewer, p Page, l list[T], want Want,
	fill func(ctx context.Context, rows []*T, want Want) error,
) (*model.Connection[T], error) {
	s, err := p.span()
	if err != nil {
		return nil, err
	}
	if l.sort.products {
		ld := d.loader(v)
		if err := ld.ensure(ctx, nil); err != nil {
			return nil, err
		}
		l.seen = ld.channels
	}
	r := result[T]{span: s}
	if err := d.keyed(ctx, v.Key, false, func(b *batch) { l.read(b, &r, want) }); err != nil {
		return nil, err
	}
	out := r.page()
	if fill != nil {
		if err := fill(ctx, out.Nodes, want.Nodes()); err != nil {
			return nil, err
		}
	}
	return out, d.translate(ctx, v, out.Nodes)
}

// get reads the first row of l and fills its relations. It fails with NotFound if there is none.
func get[T any](ctx context.Context, d DB, v *Viewer, l list[T], want Want,
	fill func(ctx context.Context, rows []*T, want Want) error,
) (*T, error) {
	var out *T
	if err := d.keyed(ctx, v.Key, false, func(b *batch) { l.one(b, &out) }); err != nil {
		return nil, err
	}
	if out == nil {
		return nil, model.NotFound.Errorf("not found")
	}
	if fill != nil {
		if err := fill(ctx, []*T{out}, want); err != nil {
			return nil, err
		}
	}
	return out, d.translate(ctx, v, out)
}

// idsOf returns the distinct ids that id gives for the rows; it may give none for a row.
func idsOf[T any](rows []*T, id func(*T) *string) []string {
	seen := make(map[string]bool, len(rows))
	out := make([]string, 0, len(rows))
	for _, r := range rows {
		if i := id(r); i != nil && !seen[*i] {
			seen[*i] = true
			out = append(out, *i)
		}
	}
	return out
}

// order sets the list's sorting if one is given.
func (l *list[T]) order(keys map[string]string, by *Sort, from *shape, key string) (err error) {
	if by != nil {
		l.sort, err = sortBy(keys, by, from, key)
	}
	return err
}

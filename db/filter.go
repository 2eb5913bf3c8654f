package db

import (
	"time"

	"github.com/storegraph/storegraph/model"
)

// The methods below append conditions to a query, each beginning with AND, for the comparisons that a
// filter sets. A nil filter sets none.

func (q *query) compare(column, operator string, v any) {
	q.add(" AND ")
	q.add(column)
	q.add(operator)
	q.arg(v)
}

func compareIf[T any](q *query, column, operator string, v *T) {
	if v != nil {
		q.compare(column, operator, *v)
	}
}

func compareIn[T comparable](q *query, column string, in, nin []T) {
	in, nin = model.Distinct(in), model.Distinct(nin)
	if in != nil {
		q.add(" AND ")
		q.add(column)
		q.add(" = ANY(")
		q.arg(in)
		q.add(")")
	}
	if nin != nil {
		q.add(" AND ")
		q.add(column)
		q.add(" <> ALL(")
		q.arg(nin)
		q.add(")")
	}
}

func (q *query) null(column string, isNull *bool) {
	switch {
	case isNull == nil:
	case *isNull:
		q.add(" AND " + column + " IS NULL")
	default:
		q.add(" AND " + column + " IS NOT NULL")
	}
}

func (q *query) id(column string, f *model.IDFilter) {
	if f == nil {
		return
	}
	compareIf(q, column, " = ", f.Eq.Value())
	compareIf(q, column, " <> ", f.Ne.Value())
	compareIn(q, column, f.In.Value(), f.Nin.Value())
	q.null(column, f.IsNull.Value())
}

func (q *query) text(column string, f *model.StringFilter) {
	if f == nil {
		return
	}
	compareIf(q, column, " = ", f.Eq.Value())
	compareIf(q, column, " <> ", f.Ne.Value())
	compareIn(q, column, f.In.Value(), f.Nin.Value())
	compareIf(q, column, " > ", f.Gt.Value())
	compareIf(q, column, " >= ", f.Gte.Value())
	compareIf(q, column, " < ", f.Lt.Value())
	compareIf(q, column, " <= ", f.Lte.Value())
	compareIf(q, column, " LIKE ", f.Like.Value())
	compareIf(q, column, " ILIKE ", f.Ilike.Value())
	q.null(column, f.IsNull.Value())
}

// time compares instants at the precision they are shown with, milliseconds: a createdAt that was read
// finds its row again.
func (q *query) time(column string, f *model.TimeFilter) {
	if f == nil {
		return
	}
	at := func(operator string, t *model.Time) {
		if t != nil {
			q.compare("date_trunc('milliseconds', "+column+")", operator, t.Time)
		}
	}
	at(" = ", f.Eq.Value())
	at(" <> ", f.Ne.Value())
	compareIn(q, "date_trunc('milliseconds', "+column+")", times(f.In.Value()), times(f.Nin.Value()))
	bound := func(operator string, t *model.Time) {
		if t != nil {
			q.compare(column, operator, t.Time)
		}
	}
	bound(" > ", f.Gt.Value())
	bound(" >= ", f.Gte.Value())
	bound(" < ", f.Lt.Value())
	bound(" <= ", f.Lte.Value())
}

func times(list []*model.Time) []time.Time {
	if list == nil {
		return nil
	}
	out := make([]time.Time, len(list))
	for i, t := range list {
		out[i] = t.Time
	}
	return out
}

func (q *query) bool(column string, v *bool) {
	if v != nil {
		q.compare(column, " = ", *v)
	}
}

// search requires every word of words to occur in one of the columns; matches may add a further place, given
// the placeholder of the pattern.
func (q *query) search(words *string, columns []string, further func(q *query, pattern func())) {
	if words == nil {
		return
	}
	for _, word := range model.Words(*words) {
		q.args = append(q.args, "%"+word+"%")
		n := len(q.args)
		pattern := func() {
			q.add(" ILIKE $")
			q.sql = appendInt(q.sql, n)
		}
		q.add(" AND (")
		for i, column := range columns {
			if i > 0 {
				q.add(" OR ")
			}
			q.add(column)
			pattern()
		}
		if further != nil {
			q.add(" OR ")
			further(q, pattern)
		}
		q.add(")")
	}
}

// logic appends the and, or and not of a filter, whose conditions each appends.
func logic[F any](q *query, and, or []*F, not *F, each func(q *query, f *F)) {
	for _, f := range and {
		q.add(" AND (true")
		each(q, f)
		q.add(")")
	}
	if len(or) > 0 {
		q.add(" AND (")
		for i, f := range or {
			if i > 0 {
				q.add(" OR ")
			}
			q.add("(true")
			each(q, f)
			q.add(")")
		}
		q.add(")")
	}
	if not != nil {
		q.add(" AND NOT coalesce((true")
		each(q, not)
		q.add("), false)")
	}
}

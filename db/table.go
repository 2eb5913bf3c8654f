package db

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"

	"github.com/storegraph/storegraph/model"
)

// A table is where rows of T are kept. Its columns are said once: they are the fields of T as bun names them. The select list,
// the scan plan and whatever bun builds for it (inserts, bulk updates, upserts) derive from that, when the program starts.
//
// deleted_at is no column here: every query says for itself that it wants rows that are not deleted.
type table[T any] struct{ *layout }

// A layout is a table without the Go type of its rows, of which it knows the offsets of the columns. What does not need the type is written
// for it, so that the program has it once and not for each table.
type layout struct {
	name, alias string
	columns     []*column
	list        string // the select list, with the alias
	twins       []twin
}

// A column is a field of a row, as it is read and written.
type column struct {
	field  *schema.Field
	offset uintptr
	kind   kind
}

// A twin is an amount and its exact value, which the reference keeps in a jsonb column of its own beside it.
type twin struct {
	amount, raw uintptr
	nullable    bool // the amount is a pointer
}

// A kind is how a column is read from the wire into its field.
type kind uint8

const (
	kindText kind = iota
	kindNullText
	kindBool
	kindNullBool
	kindInt
	kindNullInt
	kindNullMeasure
	kindAmount
	kindNullAmount
	kindJSON
	kindTime
	kindNullTime
)

// kinds are the types that a column can have, with their names in Postgres. Further ones are named texts, such as statuses.
var kinds = map[reflect.Type]struct {
	kind kind
	sql  string
}{
	reflect.TypeFor[string]():         {kindText, "text"},
	reflect.TypeFor[*string]():        {kindNullText, "text"},
	reflect.TypeFor[bool]():           {kindBool, "boolean"},
	reflect.TypeFor[*bool]():          {kindNullBool, "boolean"},
	reflect.TypeFor[int]():            {kindInt, "bigint"},
	reflect.TypeFor[*int]():           {kindNullInt, "bigint"},
	reflect.TypeFor[*model.Measure](): {kindNullMeasure, "real"},
	reflect.TypeFor[model.Amount]():   {kindAmount, "numeric"},
	reflect.TypeFor[*model.Amount]():  {kindNullAmount, "numeric"},
	reflect.TypeFor[model.JSON]():     {kindJSON, "jsonb"},
	reflect.TypeFor[model.Time]():     {kindTime, "timestamptz"},
	reflect.TypeFor[*model.Time]():    {kindNullTime, "timestamptz"},
}

// postgres is the dialect of every DB. Its tables know how to write the types of package model, which knows no database.
var postgres = pgdialect.New()

// tableOf returns the table with this name, which queries call by the alias. Columns that the table lacks, though T has a field
// for them, are named. It panics if T has a field that cannot be a column and is not tagged bun:"-".
func tableOf[T any](name, alias string, lacks ...string) *table[T] {
	return &table[T]{layoutOf(reflect.TypeFor[T](), name, alias, lacks)}
}

func layoutOf(typ reflect.Type, name, alias string, lacks []string) *layout {
	t := &layout{name: name, alias: alias}
	for _, f := range fieldsOf(typ) {
		if f.Name == "deleted_at" || slices.Contains(lacks, f.Name) {
			continue
		}
		c := &column{field: f, kind: kindText}
		if known, ok := kinds[f.StructField.Type]; ok {
			c.kind = known.kind
		} else if f.StructField.Type.Kind() != reflect.String {
			panic(fmt.Sprintf("%s: %s.%s of type %s is no column", name, typ, f.GoName, f.StructField.Type))
		}
		for i, at := 0, typ; i < len(f.Index); i++ {
			c.offset += at.Field(f.Index[i]).Offset
			at = at.Field(f.Index[i]).Type
		}
		t.columns = append(t.columns, c)
	}
	t.pair()
	t.list = t.selectList(alias)
	if name != "" {
		registered = append(registered, t)
	}
	return t
}

var taught sync.Map // of reflect.Type, those whose fields bun can write

// fieldsOf returns the fields of a struct that are columns. bun has learnt to write the types of package model.
func fieldsOf(typ reflect.Type) []*schema.Field {
	fields := postgres.Tables().Get(typ).Fields
	learn, _ := taught.LoadOrStore(typ, sync.OnceFunc(func() {
		for _, f := range fields {
			known, ok := kinds[f.StructField.Type]
			if !ok {
				continue
			}
			if !f.Tag.HasOption("type") {
				f.UserSQLType = known.sql
			}
			if write := appenders[known.kind]; write != nil {
				f.Append = write
			}
		}
	}))
	learn.(func())()
	return fields
}

// pair finds the amounts that have exact twins.
func (t *layout) pair() {
	for _, c := range t.columns {
		if c.kind != kindAmount && c.kind != kindNullAmount {
			continue
		}
		if raw := t.column("raw_" + c.field.Name); raw != nil {
			t.twins = append(t.twins, twin{amount: c.offset, raw: raw.offset, nullable: c.kind == kindNullAmount})
		}
	}
}

// registered are all tables, for the test that compares them with the database.
var registered []*layout

// names returns the names of the columns in order.
func (t *layout) names() []string {
	out := make([]string, len(t.columns))
	for i, c := range t.columns {
		out[i] = c.field.Name
	}
	return out
}

func (t *layout) column(name string) *column {
	for _, c := range t.columns {
		if c.field.Name == name {
			return c
		}
	}
	return nil
}

// selectList is what a query selects so that scan can read it. An amount is read from its exact twin, where there is one.
func (t *layout) selectList(alias string) string {
	var b strings.Builder
	for i, c := range t.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		name := alias + "." + string(c.field.SQLName)
		switch {
		case c.kind != kindAmount && c.kind != kindNullAmount:
			b.WriteString(name)
		case t.column("raw_"+c.field.Name) != nil:
			b.WriteString("coalesce(" + alias + ".raw_" + c.field.Name + "->>'value', " + name + "::text)")
		default:
			b.WriteString(name + "::text")
		}
	}
	return b.String()
}

// from returns a SELECT of rows of T from a table that lacks some of the columns; NULL stands in their place.
func (t *layout) from(name string, lacks ...string) string {
	list := t.list
	for _, l := range lacks {
		c := t.column(l)
		of := "text"
		if c.kind == kindBool {
			of = "boolean"
		}
		list = strings.Replace(list, t.alias+"."+string(c.field.SQLName), "NULL::"+of, 1)
	}
	return "SELECT " + list + " FROM " + name + " " + t.alias
}

// as returns the select list for another alias than the table's own.
func (t *layout) as(alias string) string { return t.selectList(alias) }

// scan reads the columns of the select list, which are next, as a row.
func (t *table[T]) scan(c *cursor) *T {
	row := new(T)
	t.into(c, row)
	return row
}

// into reads the columns of the select list, which are next, into a row. Its other fields stay as they are.
func (t *table[T]) into(c *cursor, row *T) { t.read(c, unsafe.Pointer(row)) }

func (t *layout) read(c *cursor, base unsafe.Pointer) {
	for _, col := range t.columns {
		at := unsafe.Add(base, col.offset)
		switch col.kind {
		case kindText:
			*(*string)(at) = c.text()
		case kindNullText:
			*(**string)(at) = c.maybeText()
		case kindBool:
			*(*bool)(at) = c.bool()
		case kindNullBool:
			*(**bool)(at) = c.maybeBool()
		case kindInt:
			*(*int)(at) = c.int()
		case kindNullInt:
			*(**int)(at) = c.maybeInt()
		case kindNullMeasure:
			*(**model.Measure)(at) = c.maybeMeasure()
		case kindAmount:
			*(*model.Amount)(at) = c.amount()
		case kindNullAmount:
			*(**model.Amount)(at) = c.maybeAmount()
		case kindJSON:
			*(*model.JSON)(at) = c.json()
		case kindTime:
			*(*model.Time)(at) = c.stamp()
		case kindNullTime:
			*(**model.Time)(at) = c.maybeTime()
		}
	}
}

// id returns the id of a row, which must have one.
func (t *table[T]) id(row *T) string {
	return *(*string)(unsafe.Add(unsafe.Pointer(row), t.column("id").offset))
}

// stamp sets one of the times of a row.
func (t *table[T]) stamp(row *T, column string, at model.Time) {
	*(*model.Time)(unsafe.Add(unsafe.Pointer(row), t.column(column).offset)) = at
}

// written makes the exact twins of a row's amounts follow the amounts.
func (t *table[T]) written(row *T) { t.pairUp(unsafe.Pointer(row)) }

func (t *layout) pairUp(base unsafe.Pointer) {
	for _, w := range t.twins {
		raw := (*model.JSON)(unsafe.Add(base, w.raw))
		if !w.nullable {
			*raw = (*model.Amount)(unsafe.Add(base, w.amount)).Raw()
			continue
		}
		if a := *(**model.Amount)(unsafe.Add(base, w.amount)); a != nil {
			*raw = a.Raw()
		} else {
			*raw = nil
		}
	}
}

// differs reports whether two rows differ in any column but the times of their creation and last change. An exact twin counts
// as its amount.
func (t *table[T]) differs(a, b *T) bool { return t.apart(unsafe.Pointer(a), unsafe.Pointer(b)) }

func (t *layout) apart(x, y unsafe.Pointer) bool {
	for _, c := range t.columns {
		name := c.field.Name
		if name == "created_at" || name == "updated_at" || strings.HasPrefix(name, "raw_") {
			continue
		}
		if !c.equal(unsafe.Add(x, c.offset), unsafe.Add(y, c.offset)) {
			return true
		}
	}
	return false
}

func (c *column) equal(x, y unsafe.Pointer) bool {
	switch c.kind {
	case kindText:
		return *(*string)(x) == *(*string)(y)
	case kindNullText:
		return same(*(**string)(x), *(**string)(y))
	case kindBool:
		return *(*bool)(x) == *(*bool)(y)
	case kindNullBool:
		return same(*(**bool)(x), *(**bool)(y))
	case kindInt:
		return *(*int)(x) == *(*int)(y)
	case kindNullInt:
		return same(*(**int)(x), *(**int)(y))
	case kindNullMeasure:
		return same(*(**model.Measure)(x), *(**model.Measure)(y))
	case kindAmount:
		return (*model.Amount)(x).Equal((*model.Amount)(y).Decimal)
	case kindNullAmount:
		a, b := *(**model.Amount)(x), *(**model.Amount)(y)
		return (a == nil) == (b == nil) && (a == nil || a.Equal(b.Decimal))
	case kindJSON:
		return same(jsonText(*(*model.JSON)(x)), jsonText(*(*model.JSON)(y)))
	case kindTime:
		return (*model.Time)(x).Equal((*model.Time)(y).Time)
	case kindNullTime:
		a, b := *(**model.Time)(x), *(**model.Time)(y)
		return (a == nil) == (b == nil) && (a == nil || a.Equal(b.Time))
	}
	return false
}

// same reports whether two values that may be missing are the same.
func same[V comparable](a, b *V) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// appenders write the types of package model, by kind, into the text of a statement that bun builds. The other types bun knows.
var appenders = map[kind]schema.AppenderFunc{
	kindAmount: func(_ schema.QueryGen, b []byte, v reflect.Value) []byte {
		return postgres.AppendString(b, v.Interface().(model.Amount).Column())
	},
	kindNullAmount: func(_ schema.QueryGen, b []byte, v reflect.Value) []byte {
		if a := v.Interface().(*model.Amount); a != nil {
			return postgres.AppendString(b, a.Column())
		}
		return dialect.AppendNull(b)
	},
	kindJSON: func(_ schema.QueryGen, b []byte, v reflect.Value) []byte {
		if s := jsonText(v.Interface().(model.JSON)); s != nil {
			return postgres.AppendString(b, *s)
		}
		return dialect.AppendNull(b)
	},
	kindTime: func(_ schema.QueryGen, b []byte, v reflect.Value) []byte {
		return postgres.AppendTime(b, v.Interface().(model.Time).Time)
	},
	kindNullTime: func(_ schema.QueryGen, b []byte, v reflect.Value) []byte {
		if t := v.Interface().(*model.Time); t != nil {
			return postgres.AppendTime(b, t.Time)
		}
		return dialect.AppendNull(b)
	},
}

// insert returns the insertion of rows, of which there is at least one. Ids and times must be set.
func (t *table[T]) insert(d DB, rows []*T) *bun.InsertQuery {
	for _, r := range rows {
		t.written(r)
	}
	return t.insertion(d, &rows)
}

// insertion returns the insertion of what rows, a pointer to a slice, has.
func (t *layout) insertion(d DB, rows any) *bun.InsertQuery {
	return d.bun.NewInsert().Model(rows).ModelTableExpr("?", bun.Ident(t.name)).Column(t.names()...).Returning("NULL")
}

// update returns the update of all columns of rows, of which there is at least one, by their ids. created_at stays.
func (t *table[T]) update(d DB, rows []*T) *bun.UpdateQuery {
	for _, r := range rows {
		t.written(r)
	}
	return t.change(d, &rows)
}

// change returns the update to what rows, a pointer to a slice, has.
func (t *layout) change(d DB, rows any) *bun.UpdateQuery {
	q := d.bun.NewUpdate().With("v", d.bun.NewValues(rows).Column(t.names()...)).
		TableExpr("? AS x", bun.Ident(t.name)).TableExpr("v").Where("x.id = v.id")
	for _, c := range t.columns {
		if c.field.Name != "id" && c.field.Name != "created_at" {
			q.Set("? = v.?", bun.Ident(c.field.Name), bun.Ident(c.field.Name))
		}
	}
	return q
}

package db

import (
	"context"
	"fmt"
	"reflect"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Insert writes rows, a pointer to a slice of structs, into the table. A row's columns are its fields in snake case, as bun
// names them; a field tagged bun:"-" is none, and a nil pointer is the column's default. Nothing is read back, so ids and times
// must be set. No rows are no error. It is for the packages below this one.
func Insert(ctx context.Context, d DB, table string, rows any) error {
	all := reflect.TypeOf(rows).Elem()
	if reflect.ValueOf(rows).Elem().Len() == 0 {
		return nil
	}
	fieldsOf(all.Elem())
	_, err := d.bun.NewInsert().Model(rows).ModelTableExpr("?", bun.Ident(table)).Returning("NULL").Exec(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", table, toModel(err))
	}
	return nil
}

// Exec runs a statement with ? for its arguments and reports how many rows it touched. It is for the packages below
// this one; the rest of the program has no SQL.
func (d DB) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if d.conn == nil {
		tag, err := d.alone(ctx, d.text(sql, args))
		return tag.RowsAffected(), err
	}
	res, err := d.bun.ExecContext(ctx, sql, args...)
	if err != nil {
		return 0, toModel(err)
	}
	return res.RowsAffected()
}

// write runs a statement with ? for its arguments.
func (d DB) write(ctx context.Context, sql string, args ...any) error {
	_, err := d.Exec(ctx, sql, args...)
	return exceptResult(err)
}

// text is a statement with ? for its arguments as a text without arguments.
func (d DB) text(sql string, args []any) string {
	return schema.NewQueryGen(postgres).FormatQuery(sql, args...)
}

// Texts returns the first column, a text, of a statement with $1 and so on for its arguments. On the pool it must be a read, which may
// be repeated. It is for the packages below this one.
func (d DB) Texts(ctx context.Context, sql string, args ...any) ([]string, error) {
	var out []string
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(sql, args, func(c *cursor) { out = append(out, c.text()) })
	})
	return out, err
}

package db

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/uptrace/bun"

	"storegraph/model"
)

// Insert writes the rows, which are structs, into the table. A row's columns are its fields in snake case, as bun
// names them; a field tagged bun:"-" is none. Nothing is read back, so ids and times must be set. No rows are no error.
func Insert[T any](ctx context.Context, d DB, table string, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	fields := d.bun.Dialect().Tables().Get(reflect.TypeFor[T]()).Fields
	columns, args := make([]string, len(fields)), []any{bun.Ident(table)}
	for i, f := range fields {
		columns[i] = string(f.SQLName)
	}
	for i := range rows {
		row := reflect.ValueOf(&rows[i]).Elem()
		for _, f := range fields {
			args = append(args, columnValue(f.Value(row).Interface()))
		}
	}
	marks := "(" + strings.Repeat("?, ", len(fields)-1) + "?)"
	sql := "INSERT INTO ? (" + strings.Join(columns, ", ") + ") VALUES " + strings.Repeat(marks+", ", len(rows)-1) + marks
	if _, err := d.bun.NewRaw(sql, args...).Exec(ctx); err != nil {
		return fmt.Errorf("%s: %w", table, toModel(err))
	}
	return nil
}

// columnValue is v as bun can write it: package model knows nothing of databases.
func columnValue(v any) any {
	switch v := v.(type) {
	case model.Time:
		return v.Time
	case *model.Time:
		if v != nil {
			return v.Time
		}
		return (*string)(nil)
	case model.JSON:
		if v != nil {
			return string(v)
		}
		return (*string)(nil)
	default:
		return v
	}
}

// Exec runs a statement with ? for its arguments and reports how many rows it touched. It is for the packages below
// this one; the rest of the program has no SQL.
func (d DB) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	res, err := d.bun.NewRaw(sql, args...).Exec(ctx)
	if err != nil {
		return 0, toModel(err)
	}
	return res.RowsAffected()
}

// Texts returns the first column of a query with ? for its arguments. It is for the packages below this one.
func (d DB) Texts(ctx context.Context, sql string, args ...any) ([]string, error) {
	var out []string
	if err := d.bun.NewRaw(sql, args...).Scan(ctx, &out); err != nil {
		return nil, toModel(err)
	}
	return out, nil
}

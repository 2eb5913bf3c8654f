package db

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"

	"github.com/storegraph/storegraph/model"
)

// Copy writes rows, a pointer to a slice of structs, into the table as Insert does, by COPY: it is for thousands of rows at a time. Unlike
// there, a nil pointer is NULL, and it runs in a transaction only. It is for the packages below this one.
func Copy(ctx context.Context, tx DB, table string, rows any) error {
	all := reflect.ValueOf(rows).Elem()
	of := all.Type().Elem()
	in := &copyText{columns: layoutOf(of, "", "", nil).columns, next: all.UnsafePointer(), size: of.Size(), left: all.Len()}
	names := make([]string, len(in.columns))
	for i, c := range in.columns {
		names[i] = string(c.field.SQLName)
	}
	sql := tx.text("COPY ? ("+strings.Join(names, ", ")+") FROM STDIN", []any{bun.Ident(table)})
	err := tx.onConn(func(conn *pgconn.PgConn) error {
		_, err := conn.CopyFrom(ctx, in, sql)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", table, toModel(err))
	}
	return nil
}

// onConn calls fn with the transaction's connection.
func (d DB) onConn(fn func(*pgconn.PgConn) error) error {
	return d.conn.Raw(func(driver any) error {
		return fn(driver.(*stdlib.Conn).Conn().PgConn())
	})
}

// copyText is rows in COPY's text format, each written when it is read.
type copyText struct {
	columns []*column
	next    unsafe.Pointer // the first of the rows that are left
	size    uintptr        // of a row
	left    int
	text    []byte
	at      int // of the text, up to where it has been read
}

func (c *copyText) Read(p []byte) (int, error) {
	if c.at == len(c.text) {
		c.text, c.at = c.text[:0], 0
		for len(c.text) < len(p) && c.left > 0 {
			for i, col := range c.columns {
				if i > 0 {
					c.text = append(c.text, '\t')
				}
				c.text = col.appendCopy(c.text, unsafe.Add(c.next, col.offset))
			}
			c.text = append(c.text, '\n')
			if c.left--; c.left > 0 {
				c.next = unsafe.Add(c.next, c.size)
			}
		}
		if len(c.text) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, c.text[c.at:])
	c.at += n
	return n, nil
}

// appendCopy appends the value at a place in COPY's text format.
func (c *column) appendCopy(b []byte, at unsafe.Pointer) []byte {
	switch c.kind {
	case kindText:
		return appendCopyText(b, *(*string)(at))
	case kindBool:
		return strconv.AppendBool(b, *(*bool)(at))
	case kindInt:
		return strconv.AppendInt(b, int64(*(*int)(at)), 10)
	case kindAmount:
		return append(b, (*model.Amount)(at).Column()...)
	case kindJSON:
		if s := jsonText(*(*model.JSON)(at)); s != nil {
			return appendCopyText(b, *s)
		}
	case kindTime:
		return (*model.Time)(at).AppendFormat(b, time.RFC3339Nano)
	case kindNullText:
		return appendNullable(b, at, appendCopyText)
	case kindNullBool:
		return appendNullable(b, at, strconv.AppendBool)
	case kindNullInt:
		return appendNullable(b, at, func(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) })
	case kindNullMeasure:
		return appendNullable(b, at, func(b []byte, m model.Measure) []byte { return strconv.AppendFloat(b, float64(m), 'g', -1, 32) })
	case kindNullAmount:
		return appendNullable(b, at, func(b []byte, a model.Amount) []byte { return append(b, a.Column()...) })
	case kindNullTime:
		return appendNullable(b, at, func(b []byte, t model.Time) []byte { return t.AppendFormat(b, time.RFC3339Nano) })
	}
	return append(b, copyNull...)
}

// copyNull is NULL in COPY's text format.
const copyNull = `\N`

func appendNullable[V any](b []byte, at unsafe.Pointer, write func([]byte, V) []byte) []byte {
	if v := *(**V)(at); v != nil {
		return write(b, *v)
	}
	return append(b, copyNull...)
}

// appendCopyText appends a text, whose backslashes, tabs and ends of lines COPY would take for its own.
func appendCopyText(b []byte, s string) []byte {
	for i := range len(s) {
		switch s[i] {
		case '\\':
			b = append(b, `\\`...)
		case '\t':
			b = append(b, `\t`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			b = append(b, s[i])
		}
	}
	return b
}

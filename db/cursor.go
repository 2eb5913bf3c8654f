package db

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/storegraph/storegraph/model"
)

// A cursor reads the columns of a result row by row, in order, straight from the wire. It keeps the texts of
// all rows together, so that reading a row costs no allocation of its own.
type cursor struct {
	rows   pgx.Rows
	fields []pgconn.FieldDescription
	vals   [][]byte
	i      int
	arena  []byte
	texts  []string
	err    error

	lasting bool // what it reads never changes, and may be kept as it is
	copied  []pgconn.FieldDescription
}

func newCursor(rows pgx.Rows) *cursor {
	return &cursor{rows: rows}
}

// asText reports whether the column just read came as text, as all do behind a transaction pooler.
func (c *cursor) asText() bool { return c.fields[c.i-1].Format == pgtype.TextFormatCode }

// lastingFields returns the fields, which the connection uses again, as a copy that stays.
func (c *cursor) lastingFields() []pgconn.FieldDescription {
	if c.copied == nil {
		c.copied = slices.Clone(c.fields)
	}
	return c.copied
}

// next moves to the next row and reports whether there is one.
func (c *cursor) next() bool {
	if c.err != nil || !c.rows.Next() {
		return false
	}
	if c.fields == nil { // a query that fails has none
		c.fields = c.rows.FieldDescriptions()
	}
	c.vals, c.i = c.rows.RawValues(), 0
	return true
}

// size is how many bytes the row has.
func (c *cursor) size() int {
	n := 0
	for _, v := range c.vals {
		n += len(v)
	}
	return n
}

// column returns the next column; nil is NULL.
func (c *cursor) column() []byte {
	v := c.vals[c.i]
	c.i++
	return v
}

const arenaSize = 16 << 10

func (c *cursor) keep(v []byte) []byte {
	if c.lasting {
		return slices.Clip(v)
	}
	if len(c.arena)+len(v) > cap(c.arena) {
		c.arena = make([]byte, 0, max(arenaSize, len(v)))
	}
	start := len(c.arena)
	c.arena = append(c.arena, v...)
	return c.arena[start:len(c.arena):len(c.arena)]
}

// text reads a text; NULL is empty.
func (c *cursor) text() string {
	v := c.column()
	if len(v) == 0 {
		return ""
	}
	return unsafe.String(unsafe.SliceData(c.keep(v)), len(v))
}

// maybeText reads a text that may be NULL.
func (c *cursor) maybeText() *string {
	v := c.column()
	if v == nil {
		return nil
	}
	if len(c.texts) == cap(c.texts) {
		c.texts = make([]string, 0, 128)
	}
	s := ""
	if len(v) > 0 {
		s = unsafe.String(unsafe.SliceData(c.keep(v)), len(v))
	}
	c.texts = append(c.texts, s)
	return &c.texts[len(c.texts)-1]
}

func (c *cursor) bool() bool {
	v := c.column()
	return len(v) > 0 && (v[0] == 1 || v[0] == 't')
}

func (c *cursor) maybeBool() *bool {
	v := c.column()
	if v == nil {
		return nil
	}
	b := v[0] == 1 || v[0] == 't'
	return &b
}

func (c *cursor) int() int {
	if n := c.maybeInt(); n != nil {
		return *n
	}
	return 0
}

func (c *cursor) maybeInt() *int {
	v := c.column()
	if v == nil {
		return nil
	}
	n := 0
	switch {
	case c.asText():
		parsed, err := strconv.Atoi(string(v))
		c.fail(err)
		n = parsed
	case len(v) == 4:
		n = int(int32(binary.BigEndian.Uint32(v)))
	case len(v) == 8:
		n = int(int64(binary.BigEndian.Uint64(v)))
	}
	return &n
}

func (c *cursor) maybeMeasure() *model.Measure {
	v := c.column()
	if v == nil {
		return nil
	}
	var m model.Measure
	if c.asText() {
		f, err := strconv.ParseFloat(string(v), 32)
		c.fail(err)
		m = model.Measure(f)
	} else {
		m = model.Measure(math.Float32frombits(binary.BigEndian.Uint32(v)))
	}
	return &m
}

// amount reads a numeric that was cast to text; NULL is 0.
func (c *cursor) amount() model.Amount {
	if a := c.maybeAmount(); a != nil {
		return *a
	}
	return model.Amount{}
}

func (c *cursor) maybeAmount() *model.Amount {
	v := c.column()
	if v == nil {
		return nil
	}
	a, err := model.ParseAmount(string(v))
	c.fail(err)
	return &a
}

func (c *cursor) json() model.JSON {
	v := c.column()
	if v == nil {
		return nil
	}
	if !c.asText() && len(v) > 0 && v[0] == 1 { // the version of the binary form of jsonb
		v = v[1:]
	}
	return c.keep(v)
}

// bytes reads a bytea; NULL is nil.
func (c *cursor) bytes() []byte {
	v := c.column()
	if v == nil || !c.asText() {
		return append([]byte(nil), v...)
	}
	digits, ok := bytes.CutPrefix(v, []byte(`\x`))
	if !ok {
		c.fail(errors.New("a bytea is not written in hexadecimal digits"))
		return nil
	}
	out, err := hex.DecodeString(string(digits))
	c.fail(err)
	return out
}

// postgresEpoch is what Postgres counts microseconds from.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// stamp reads a time that is never NULL without allocating.
func (c *cursor) stamp() model.Time {
	v := c.column()
	if v == nil {
		return model.Time{}
	}
	return c.instant(v)
}

func (c *cursor) instant(v []byte) model.Time {
	if c.asText() {
		t, err := time.Parse("2006-01-02 15:04:05.999999-07", string(v))
		c.fail(err)
		return model.Time{Time: t}
	}
	return model.Time{Time: time.UnixMicro(int64(binary.BigEndian.Uint64(v)) + postgresEpoch).UTC()}
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

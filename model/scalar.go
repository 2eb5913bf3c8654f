package model

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// A Dialect is the API in which a value is written: GraphQL and REST spell some values differently.
type Dialect uint8

// The dialects. GraphQL is the zero value.
const (
	GraphQL Dialect = iota // decimals as strings, enum values in capitals
	REST                   // decimals as JSON numbers, enum values as stored
)

type dialectKey struct{}

// WithDialect returns a context in which scalars are written in dialect d.
func WithDialect(ctx context.Context, d Dialect) context.Context {
	return context.WithValue(ctx, dialectKey{}, d)
}

// DialectOf returns the dialect of ctx, GraphQL if none was set.
func DialectOf(ctx context.Context) Dialect {
	d, _ := ctx.Value(dialectKey{}).(Dialect)
	return d
}

// Time is an instant. It is written in UTC and cut to milliseconds: 2006-01-02T15:04:05.000Z.
type Time struct{ time.Time }

// AppendJSON appends the quoted instant to b.
func (t Time) AppendJSON(b []byte) []byte {
	u := t.UTC()
	year, month, day := u.Date()
	if year < 0 || year > 9999 {
		return u.AppendFormat(append(b, '"'), "2006-01-02T15:04:05.000Z\"")
	}
	hour, minute, sec := u.Clock()
	ms := u.Nanosecond() / 1e6
	return append(b, '"',
		byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-',
		byte('0'+int(month)/10), byte('0'+int(month)%10), '-', byte('0'+day/10), byte('0'+day%10), 'T',
		byte('0'+hour/10), byte('0'+hour%10), ':', byte('0'+minute/10), byte('0'+minute%10), ':',
		byte('0'+sec/10), byte('0'+sec%10), '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z', '"')
}

// MarshalGQL writes the quoted instant.
func (t Time) MarshalGQL(w io.Writer) { _, _ = w.Write(t.AppendJSON(nil)) }

// MarshalJSON returns the quoted instant.
func (t Time) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }

// UnmarshalGQL reads a string as ParseTime does.
func (t *Time) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok {
		return Invalid.Errorf("a time must be a string such as 2026-01-31T12:00:00Z")
	}
	p, err := ParseTime(s)
	if err != nil {
		return err
	}
	*t = p
	return nil
}

// ParseTime reads an RFC 3339 instant or a date, which is its first moment in UTC. Seconds and the offset may be left out; without an
// offset it is UTC. The error is of kind Invalid.
func ParseTime(s string) (Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05"} {
		if p, err := time.Parse(layout, s); err == nil {
			return Time{p}, nil
		}
	}
	return Time{}, Invalid.Errorf("%q is not a time; write it as 2026-01-31T12:00:00Z or 2026-01-31", s)
}

// JSON is a free-form JSON value, kept as text. Nil is null.
type JSON []byte

// MarshalGQL writes the value as it is.
func (j JSON) MarshalGQL(w io.Writer) {
	if len(j) == 0 {
		_, _ = io.WriteString(w, "null")
		return
	}
	_, _ = w.Write(j)
}

// MarshalJSON returns the value as it is.
func (j JSON) MarshalJSON() ([]byte, error) {
	if len(j) == 0 {
		return []byte("null"), nil
	}
	return j, nil
}

// UnmarshalJSON sets j to a copy of the text.
func (j *JSON) UnmarshalJSON(text []byte) error {
	*j = append(JSON(nil), text...)
	return nil
}

// UnmarshalGQL sets j to the JSON text of v.
func (j *JSON) UnmarshalGQL(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return Invalid.Errorf("not a JSON value: %v", err)
	}
	*j = b
	return nil
}

// Measure is a weight or a length in the merchant's own unit. The database stores it in single precision, and it is written with
// the fewest digits that identify the number.
type Measure float32

// AppendJSON appends the number to b.
func (m Measure) AppendJSON(b []byte) []byte {
	return strconv.AppendFloat(b, float64(m), 'f', -1, 32) //nolint:forbidigo // a measure is no amount
}

// Amount returns the measure as an exact decimal.
func (m Measure) Amount() Amount { return MustAmount(string(m.AppendJSON(nil))) }

// MarshalGQL writes the number.
func (m Measure) MarshalGQL(w io.Writer) { _, _ = w.Write(m.AppendJSON(nil)) }

// UnmarshalGQL reads a number or its text. The error is of kind Invalid.
func (m *Measure) UnmarshalGQL(v any) error {
	n, err := strconv.ParseFloat(fmt.Sprint(v), 32)
	if err != nil {
		return Invalid.Errorf("%v is not a number", v)
	}
	*m = Measure(n)
	return nil
}

// An Enum is a type of string constants, which are stored and written over REST in lower case, and in GraphQL in capitals.
type Enum interface{ ~string }

// AppendEnum appends e, quoted, as dialect d spells it.
func AppendEnum[E Enum](b []byte, e E, d Dialect) []byte {
	b = append(b, '"')
	if d == REST {
		b = append(b, e...)
	} else {
		b = append(b, strings.ToUpper(string(e))...)
	}
	return append(b, '"')
}

func writeEnum[E Enum](ctx context.Context, w io.Writer, e E) error {
	_, err := w.Write(AppendEnum(nil, e, DialectOf(ctx)))
	return err
}

func readEnum[E Enum](e *E, v any, values ...E) error {
	s, ok := v.(string)
	if ok {
		for _, value := range values {
			if strings.EqualFold(s, string(value)) {
				*e = value
				return nil
			}
		}
	}
	return Invalid.Errorf("%v is not one of %v", v, values)
}

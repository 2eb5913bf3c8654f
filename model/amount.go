package model

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"
)

// The reference divides to 20 decimal places and rounds half away from zero.
func init() { decimal.DivisionPrecision = 20 } //nolint:gochecknoinits // the library knows no other way

// Amount is an exact decimal: money in units of the currency (12.5 is twelve and a half euros), a quantity
// or a rate. The zero value is 0.
type Amount struct{ decimal.Decimal }

// Nothing is the amount 0.
var Nothing Amount

// NewAmount returns n as an amount.
func NewAmount(n int64) Amount { return Amount{decimal.NewFromInt(n)} }

// ParseAmount reads a decimal number such as "12.50" or "1e3", of at most 64 characters. The error is of kind Invalid.
func ParseAmount(s string) (Amount, error) {
	d, err := decimal.NewFromString(s)
	if err != nil || len(s) > 64 {
		return Amount{}, Invalid.Errorf("%.64q is not a decimal number", s)
	}
	if e := d.Exponent(); e > 64 || e < -64 { // 1e999999999 is short to write and long to print
		return Amount{}, Invalid.Errorf("%q is out of range", s)
	}
	return Amount{d}, nil
}

// MustAmount is ParseAmount for constants; it panics on anything else.
func MustAmount(s string) Amount { return Amount{decimal.RequireFromString(s)} }

// Less reports whether a is smaller than b.
func (a Amount) Less(b Amount) bool { return a.LessThan(b.Decimal) }

// Plus returns a + b.
func (a Amount) Plus(b Amount) Amount { return Amount{a.Add(b.Decimal)} }

// Minus returns a - b.
func (a Amount) Minus(b Amount) Amount { return Amount{a.Sub(b.Decimal)} }

// Times returns a · b.
func (a Amount) Times(b Amount) Amount { return Amount{a.Mul(b.Decimal)} }

// Over returns a / b to 20 decimal places. It panics if b is zero.
func (a Amount) Over(b Amount) Amount { return Amount{a.Div(b.Decimal)} }

// negligible is the largest difference that counts as none, since divisions leave remainders. It is the reference's epsilon.
var negligible = MustAmount("0.0001")

// Negligible reports whether a, an amount of money, is nothing: at most 0.0001, of either sign. Whether something is free,
// settled or without effect is decided by it, never by comparison with 0.
func (a Amount) Negligible() bool { return !negligible.Less(Amount{a.Abs()}) }

// Same reports whether the amounts of money a and b are the same: their difference is negligible.
func (a Amount) Same(b Amount) bool { return a.Minus(b).Negligible() }

// Exceeds reports whether the amount of money a is more than b, by more than is negligible. What does not exceed Nothing is free or
// owed; what does not exceed a payment is covered by it.
func (a Amount) Exceeds(b Amount) bool { return negligible.Less(a.Minus(b)) }

// The reference's raw values have 20 significant digits. Amounts are kept to 18 of them, since sums of stored parts are exact to
// about as many, and to no more than 12 decimal places.
const (
	keptDigits = 18
	keptPlaces = 12
)

// PartOf rounds a, which was calculated from the amount of money whole, to 12 decimal places, or to fewer where whole has more
// than six digits before its point. That removes what divisions leave, and lets parts which are rounded alike add up exactly.
func (a Amount) PartOf(whole Amount) Amount {
	places := keptPlaces
	if before := whole.NumDigits() + int(whole.Exponent()); before > keptDigits-keptPlaces {
		places = max(keptDigits-before, 0)
	}
	if -int(a.Exponent()) <= places {
		return a
	}
	return Amount{a.Round(int32(places))}
}

// AppendJSON appends a to b. In GraphQL it is a string with the exact decimal. Over REST it is a JSON number, as JavaScript
// prints the nearest double; an amount of at most 0.0001, of either sign, is 0 there.
func (a Amount) AppendJSON(b []byte, d Dialect) []byte {
	s := a.String()
	if d == GraphQL {
		return append(append(append(b, '"'), s...), '"')
	}
	if strings.HasPrefix(strings.TrimPrefix(s, "-"), "0.000") && a.Negligible() {
		return append(b, '0')
	}
	if len(s) <= 15 { // at most 15 digits: the shortest text of the double is the decimal itself
		return append(b, s...)
	}
	f, _ := strconv.ParseFloat(s, 64)
	return AppendNumber(b, f)
}

// AppendNumber appends f to b as JavaScript prints it: plain digits between 1e-7 and 1e21, an exponent beyond.
// NaN and the infinities, which JSON does not have, are null.
func AppendNumber(b []byte, f float64) []byte { //nolint:forbidigo // the double that a JSON number is
	j, err := json.Marshal(f)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, j...)
}

// Column returns a as the reference writes it into a numeric column: the shortest text of the nearest double. Raw is the exact
// value, for the column beside it.
func (a Amount) Column() string {
	s := a.String()
	if len(s) <= 15 {
		return s
	}
	f, _ := strconv.ParseFloat(s, 64)
	return string(AppendNumber(nil, f))
}

// MarshalDecimal writes a in the dialect of its context. (An amount does not write itself: as money it is an object.)
func MarshalDecimal(a Amount) graphql.ContextMarshaler { return decimalMarshaler(a) }

type decimalMarshaler Amount

// MarshalGQLContext writes the amount.
func (a decimalMarshaler) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	_, err := w.Write(Amount(a).AppendJSON(nil, DialectOf(ctx)))
	return err
}

// UnmarshalDecimal reads a decimal string or a number. The error is of kind Invalid.
func UnmarshalDecimal(_ context.Context, v any) (Amount, error) {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case json.Number:
		s = v.String()
	default:
		j, err := json.Marshal(v)
		if err != nil {
			return Amount{}, Invalid.Errorf("%v is not a decimal number", v)
		}
		s = string(bytes.Trim(j, `"`))
	}
	return ParseAmount(s)
}

// Raw returns a as a raw value, which the reference keeps beside an amount column: {"value":"12.5","precision":20}. The value is
// rounded to 20 significant digits.
func (a Amount) Raw() JSON {
	d := a.Decimal
	if digits := int32(d.NumDigits()); digits > 20 {
		d = d.Round(-d.Exponent() - (digits - 20))
	}
	return JSON(`{"value":"` + d.String() + `","precision":20}`)
}

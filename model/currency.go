package model

import (
	"context"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/text/currency"
)

// CurrencyDigits returns how many decimal places amounts of a currency have, by its ISO 4217 code in either case: 0 for JPY, 2 for EUR,
// 3 for KWD. It is 2 for a code that the standard does not know.
func CurrencyDigits(code string) int {
	if n, ok := currencyDigits.Load(code); ok {
		return n.(int)
	}
	digits := 2
	if unit, err := currency.ParseISO(code); err == nil {
		digits, _ = currency.Standard.Rounding(unit)
		currencyDigits.Store(code, digits) // there are as many as there are currencies
	}
	return digits
}

var currencyDigits sync.Map // of int by code

// In returns a rounded as amounts of a currency are, by its ISO 4217 code: half away from zero, to as many decimal places as
// CurrencyDigits says. It is what people are shown; what is decided is decided by the exact amount.
func (a Amount) In(currency string) Amount { return Amount{a.Round(int32(CurrencyDigits(currency)))} }

// Number returns a. It is the field of Money that REST writes as a JSON number.
func (a Amount) Number() Amount { return a }

// ShowCode returns the code of a currency or a country, which is stored in lower case, as a dialect spells it: in capitals in GraphQL.
func ShowCode(code string, d Dialect) string {
	if d == GraphQL {
		return strings.ToUpper(code)
	}
	return code
}

// A shownCode is a code that is written in the dialect of its context.
type shownCode string

// MarshalGQLContext writes the code, quoted.
func (c shownCode) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	_, err := io.WriteString(w, strconv.Quote(ShowCode(string(c), DialectOf(ctx))))
	return err
}

// MarshalCurrencyCode writes an ISO 4217 code in capitals; over REST as it is stored.
func MarshalCurrencyCode(code string) graphql.ContextMarshaler { return shownCode(code) }

// UnmarshalCurrencyCode reads an ISO 4217 code in either case and returns it in lower case. The error is of kind Invalid. Over REST any
// text is read as it is, as the reference does.
func UnmarshalCurrencyCode(ctx context.Context, v any) (string, error) {
	return readCode(ctx, v, 3, "currency", "EUR")
}

// MarshalCountryCode writes an ISO 3166-1 code in capitals; over REST as it is stored.
func MarshalCountryCode(code string) graphql.ContextMarshaler { return shownCode(code) }

// UnmarshalCountryCode reads a two-letter ISO 3166-1 code in either case and returns it in lower case. The error is of kind Invalid.
// Over REST any text is read as it is, as the reference does.
func UnmarshalCountryCode(ctx context.Context, v any) (string, error) {
	return readCode(ctx, v, 2, "country", "DE")
}

func readCode(ctx context.Context, v any, length int, of, example string) (string, error) {
	s, ok := v.(string)
	if ok && DialectOf(ctx) == REST {
		return s, nil
	}
	s = strings.ToLower(s)
	letter := func(r rune) bool { return 'a' <= r && r <= 'z' }
	if !ok || len(s) != length || strings.IndexFunc(s, func(r rune) bool { return !letter(r) }) >= 0 {
		return "", Invalid.Errorf("%.40q is not the code of a %s; write it as %s", v, of, example)
	}
	return s, nil
}

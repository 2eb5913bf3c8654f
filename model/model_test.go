package model_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/model"
)

func TestAmountJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"12.50":                   {`"12.5"`, "12.5"},
		"0":                       {`"0"`, "0"},
		"-3":                      {`"-3"`, "-3"},
		"11.68067226890756302500": {`"11.680672268907563025"`, "11.680672268907562"},
		"12345678901234567890.5":  {`"12345678901234567890.5"`, "12345678901234567000"},
		"1e3":                     {`"1000"`, "1000"},
	} {
		a, err := model.ParseAmount(in)
		if err != nil {
			t.Errorf("ParseAmount(%q): %v", in, err)
			continue
		}
		if got := string(a.AppendJSON(nil, model.GraphQL)); got != want[0] {
			t.Errorf("%s in GraphQL = %s, want %s", in, got, want[0])
		}
		if got := string(a.AppendJSON(nil, model.REST)); got != want[1] {
			t.Errorf("%s over REST = %s, want %s", in, got, want[1])
		}
	}
	for _, bad := range []string{"", "abc", "1e999999999", "1e-999999999", "NaN", strings.Repeat("9", 70)} {
		if _, err := model.ParseAmount(bad); !errors.Is(err, model.Invalid) {
			t.Errorf("ParseAmount(%.10q) = %v, want invalid data", bad, err)
		}
	}
}

func TestAmountRaw(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"14.20": "14.2", "0": "0", "1.234567890123456789012345": "1.234567890123456789", "123456789012345678901234": "123456789012345678900000",
	} {
		if got, want := string(model.MustAmount(in).Raw()), `{"value":"`+want+`","precision":20}`; got != want {
			t.Errorf("Raw(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	at := model.Time{Time: time.Date(2026, 1, 31, 9, 5, 7, 123_999_999, time.FixedZone("", 3600))}
	if got, want := string(at.AppendJSON(nil)), `"2026-01-31T08:05:07.123Z"`; got != want {
		t.Errorf("AppendJSON = %s, want %s", got, want)
	}
	for _, s := range []string{"2026-01-31T08:05:07.123Z", "2026-01-31", "2026-01-31T08:05:07+02:00"} {
		if _, err := model.ParseTime(s); err != nil {
			t.Errorf("ParseTime(%q): %v", s, err)
		}
	}
	for _, s := range []string{"", "yesterday", "2026-13-01", "2026-01-31T25:00:00Z"} {
		if _, err := model.ParseTime(s); !errors.Is(err, model.Invalid) {
			t.Errorf("ParseTime(%q) = %v, want invalid data", s, err)
		}
	}
}

func TestErrorKinds(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("read product: %w", model.NotFound.Errorf("Product with id: %s was not found", "p"))
	if !errors.Is(err, model.NotFound) || errors.Is(err, model.Invalid) {
		t.Errorf("%v is not just a not-found error", err)
	}
	if e := model.AsError(err); e == nil || e.Message != "Product with id: p was not found" {
		t.Errorf("AsError = %v, want the wrapped error", e)
	}
	if e := model.AsError(errors.New("disk full")); e != nil {
		t.Errorf("AsError of an internal error = %v, want nil", e)
	}
}

func TestNewID(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, b := model.NewID("cart", now), model.NewID("cart", now.Add(time.Second))
	if !strings.HasPrefix(a, "cart_") || len(a) != len("cart_")+26 || a >= b {
		t.Errorf("NewID = %s, then %s, want cart_ and ULIDs in order of time", a, b)
	}
	if got := model.IDPrefix("cart_" + a[5:]); got != "cart" {
		t.Errorf("IDPrefix = %q, want cart", got)
	}
}

func TestAvailable(t *testing.T) {
	t.Parallel()
	amounts := func(s string) (out []model.Amount) {
		for a := range strings.FieldsSeq(s) {
			out = append(out, model.MustAmount(a))
		}
		return out
	}
	for name, tc := range map[string]struct {
		stock, required string
		want            int
		known           bool
	}{
		"nothing":               {"", "", 0, false},
		"one item":              {"7", "1", 7, true},
		"a kit, rounded down":   {"9 3", "2 1", 3, true},
		"the scarcer decides":   {"9 3", "1 2", 1, true},
		"more reserved than is": {"-1", "1", -1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, known := model.Available(amounts(tc.stock), amounts(tc.required))
			if got != tc.want || known != tc.known {
				t.Errorf("Available = %d, %v, want %d, %v", got, known, tc.want, tc.known)
			}
		})
	}
}

package main

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"storegraph/db/dbtest"
	"storegraph/db/seed"
	"storegraph/graph/playground/browsertest"
)

// The playground runs in a browser, and its examples work on the real schema.
func TestPlayground(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if _, err := seed.Run(t.Context(), d, seed.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	h, _, err := handler(t.Context(), Config{}, d, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	browsertest.Check(t, s.URL+"/", browsertest.Want{Type: "ProductVariant", Result: "Skarn Shell Jacket"})
}

package main

import (
	"log/slog"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/rest/replay"
)

// TestConformance replays what concerns every request, such as CORS, on everything that the binary serves. Package rest
// replays the rest of the recorded requests.
func TestConformance(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	env := shopEnv(url)
	env["STORE_CORS"] = "*"
	cfg, err := readConfig(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	h, _, err := handler(t.Context(), cfg, dbtest.Open(t, url, db.Options{}), slog.New(slog.DiscardHandler), func() {})
	if err != nil {
		t.Fatal(err)
	}
	replay.File(t, h, "../../rest/testdata/conformance/01-general.json", nil)
}

package rest_test

import (
	"path/filepath"
	"testing"

	"storegraph/db"
	"storegraph/db/dbtest"
	"storegraph/rest/replay"
)

// TestOneConnection replays every recorded request on a pool of one connection: no use case needs a second one while it holds the
// first.
func TestOneConnection(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Open(t, dbtest.ShopURL(t), db.Options{MaxConns: 1}), nil)
	files, err := filepath.Glob("testdata/conformance/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded cases: %v", err)
	}
	for _, file := range files {
		replay.File(t, h, file, func(scenario, step string) bool { return differing[scenario+"/"+step] })
	}
}

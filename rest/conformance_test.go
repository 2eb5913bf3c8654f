package rest_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/rest/replay"
)

// differing are the steps that are not answered as recorded, with the ids of their rows in DEVIATIONS.md.
var differing = map[string]string{
	"region change drops unpriced lines/read cart": "D22", // after a refused change: nothing of it has been done
	"returns/no items":                    "D31", // after a refused return: it has left no way of shipping
	"return with reason/more than left":   "D31", // likewise
	"return received at once/order after": "D31", // likewise
	"options/list":                        "D52", // seven options have one title
}

// elsewhere are the steps that the server around this package answers; cmd/storegraph replays them.
var elsewhere = []string{"routing/health", "cors/simple", "cors/preflight"}

// notAsRecorded reports whether a step is answered otherwise, or elsewhere.
func notAsRecorded(scenario, step string) bool {
	at := scenario + "/" + step
	return differing[at] != "" || slices.Contains(elsewhere, at)
}

// TestConformance replays the recorded requests and compares the answers with the reference's.
// It holds D1 and D52 of DEVIATIONS.md. Without plans, lists come from the index of the catalogue.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, projected := range []bool{true, false} {
		t.Run(fmt.Sprintf("projection=%v", projected), func(t *testing.T) {
			t.Parallel()
			d := dbtest.Shop(t)
			if !projected {
				if err := db.InstallTriggers(t.Context(), d); err != nil {
					t.Fatal(err)
				}
				dbtest.KeepIndex(t, d)
			}
			h := newHandler(t, d, func(c *graph.Config) { c.NoProjection = !projected })
			files, err := filepath.Glob("testdata/conformance/*.json")
			if err != nil || len(files) == 0 {
				t.Fatalf("no recorded cases: %v", err)
			}
			for _, file := range files {
				replay.File(t, h, file, notAsRecorded)
			}
		})
	}
}

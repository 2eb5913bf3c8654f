package compare_test

import (
	"os"
	"strings"
	"testing"

	"storegraph/rest/compare"
)

// TestKnown tests that known.json names rows of DEVIATIONS.md.
func TestKnown(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../DEVIATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range compare.Known {
		if !strings.Contains(string(text), "\n| "+k.ID+" |") || k.Route.Regexp == nil || k.Path.Regexp == nil {
			t.Errorf("%+v is no row of DEVIATIONS.md, or lacks its route or path", k)
		}
	}
	if len(compare.Known) == 0 {
		t.Error("no deviation is known")
	}
}

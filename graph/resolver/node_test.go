package resolver

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/graph/exec"
)

// Every type that is a Node can be read by its id, whose prefix its description tells, and nothing else can.
func TestNodesHaveReaders(t *testing.T) {
	t.Parallel()
	var told []string
	for _, d := range exec.NewExecutableSchema(exec.Config{}).Schema().PossibleTypes["Node"] {
		prefix := regexp.MustCompile(`([a-z]+)_\x{2026}`).FindStringSubmatch(d.Fields.ForName("id").Description)
		if prefix == nil {
			t.Errorf("the description of %s.id names no prefix", d.Name)
			continue
		}
		told = append(told, prefix[1])
	}
	slices.Sort(told)
	if known := slices.Sorted(maps.Keys(nodeReaders)); !slices.Equal(told, known) {
		t.Errorf("nodes are %s, readers %s", strings.Join(told, " "), strings.Join(known, " "))
	}
}

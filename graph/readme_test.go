package graph

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"storegraph/graph/exec"
)

// Every operation that the README and the guide show is valid. Those of the guide run, in cmd/storegraph.
func TestOperationsOfTheReadme(t *testing.T) {
	t.Parallel()
	var readme []byte
	for _, file := range []string{"../README.md", "README.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		readme = append(readme, text...)
	}
	schema, err := withoutInternal(exec.NewExecutableSchema(exec.Config{}).Schema())
	if err != nil {
		t.Fatal(err)
	}
	var operations []string
	begins := regexp.MustCompile(`(?m)^(query|mutation|subscription)\b`)
	for _, block := range regexp.MustCompile("(?s)```graphql\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		starts := append(begins.FindAllStringIndex(block[1], -1), []int{len(block[1])})
		for i := range len(starts) - 1 {
			operations = append(operations, block[1][starts[i][0]:starts[i+1][0]])
		}
	}
	for _, sent := range regexp.MustCompile(`"query":("(?:[^"\\]|\\.)*")`).FindAllStringSubmatch(string(readme), -1) {
		text, err := strconv.Unquote(strings.ReplaceAll(sent[1], "'$CART'", "cart_1"))
		if err != nil {
			t.Errorf("%s: %v", sent[1], err)
		}
		operations = append(operations, text)
	}
	if len(operations) < 16 {
		t.Fatalf("only %d operations were found", len(operations))
	}
	documents := newDocuments(schema)
	for _, text := range operations {
		if _, errs := documents.compile(text); errs != nil {
			t.Errorf("%s: %v", strings.TrimSpace(text), errs)
		}
	}
}

package graph

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/graph/exec"
)

// Every operation that the README and the guide show is valid. Those of the guide run, in cmd/storegraph.
func TestOperationsOfTheReadme(t *testing.T) {
	t.Parallel()
	var readme []byte
	for _, file := range []string{"../README.md", "README.md", "REFERENCE.md"} {
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

// Every link of a README to another file leads to one.
func TestLinksOfTheReadmes(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s#]+)(?:#[^)\s]*)?\)`)
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "node_modules" || e.Name() == ".git" || e.Name() == "testdata"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			to, err := url.PathUnescape(found[1])
			if err != nil || strings.Contains(to, ":") { // an address elsewhere
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), to)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

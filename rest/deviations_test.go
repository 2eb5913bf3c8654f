package rest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestDeviations tests that DEVIATIONS.md numbers its rows, that the tests it names exist, and that those beside it and at
// the edge name the rows that they hold.
func TestDeviations(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("DEVIATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := testDocs(t)
	name := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	rows, last := 0, 0
	for line := range strings.SplitSeq(string(text), "\n") {
		id, row, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !ok || id == "id" || strings.HasPrefix(id, "---") {
			continue
		}
		rows++
		n, err := strconv.Atoi(strings.TrimPrefix(id, "D"))
		if err != nil || n <= last { // an id is never used for another row
			t.Errorf("row %d has the id %s, want one above D%d", rows, id, last)
		}
		last = n
		for _, m := range name.FindAllStringSubmatch(row[strings.LastIndex(strings.TrimSuffix(row, " |"), "|"):], -1) {
			switch doc, known := docs[m[1]]; {
			case !known:
				t.Errorf("%s: there is no %s", id, m[1])
			case doc != "" && !regexp.MustCompile(`\b`+id+`\b`).MatchString(doc):
				t.Errorf("%s: the comment of %s does not name it", id, m[1])
			}
		}
	}
	if rows == 0 {
		t.Error("DEVIATIONS.md has no rows")
	}
	for step, id := range differing {
		if !strings.Contains(string(text), "| "+id+" |") {
			t.Errorf("%s: there is no %s", step, id)
		}
	}
}

// testDocs returns the comments of all tests of the module by their names. Those of tests elsewhere than in this package and
// at the edge are empty.
func testDocs(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		here := dir == "../rest" || strings.HasSuffix(dir, "/edge")
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				docs[f.Name.Name] = ""
				if here {
					docs[f.Name.Name] = f.Name.Name + " " + f.Doc.Text()
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

package shop

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReasons holds that every error which a mutation can tell a shopper is made with a code that is meant, by Kind.Because.
func TestReasons(t *testing.T) {
	t.Parallel()
	// Of these no mutation tells: webhooks of payment providers, and the signing of tokens in queries.
	others := []string{"payment_event.go", "payment/stripe.go", "auth/token.go"}
	kinds := []string{"NotFound", "Invalid", "NotAllowed", "Duplicate", "Conflict", "Payment"}
	made := 0
	for _, pattern := range []string{"*.go", "auth/*.go", "payment/*.go", "fulfillment/*.go", "../../model/promo/*.go", "../../model/ship/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				f, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || f.Sel.Name != "Errorf" && f.Sel.Name != "Because" {
					return true
				}
				kind, ok := f.X.(*ast.SelectorExpr)
				if !ok || !slices.Contains(kinds, kind.Sel.Name) {
					return true
				}
				if made++; f.Sel.Name == "Errorf" && !slices.Contains(others, name) {
					t.Errorf("%s: an error of kind %s has no code", set.Position(n.Pos()), kind.Sel.Name)
				}
				return true
			})
		}
	}
	if made < 80 {
		t.Errorf("only %d errors were found", made)
	}
}

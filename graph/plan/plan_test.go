package plan

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// What is kept is bounded by the size of the documents, whatever their number.
func TestKeptText(t *testing.T) {
	t.Parallel()
	p := New(&ast.Schema{}, Options{Size: 10, Text: 100})
	keys := make([]key, 4)
	for i := range keys {
		keys[i] = key{operation: &ast.OperationDefinition{}}
	}
	kept := func() (n int) {
		for _, k := range keys {
			if _, ok := p.cached(k); ok {
				n++
			}
		}
		return n
	}
	p.keep(keys[0], &compiled{text: 40})
	p.keep(keys[1], &compiled{text: 40})
	p.keep(keys[1], &compiled{text: 40}) // the same again counts once
	if kept() != 2 || p.text != 80 {
		t.Errorf("%d plans of %d bytes are kept, want 2 of 80", kept(), p.text)
	}
	p.keep(keys[2], &compiled{text: 60})
	if _, ok := p.cached(keys[0]); ok || kept() != 2 || p.text != 100 {
		t.Errorf("%d plans of %d bytes are kept, want the latest 2", kept(), p.text)
	}
	p.keep(keys[3], &compiled{text: 101})
	if _, ok := p.cached(keys[3]); ok || kept() != 2 {
		t.Error("a plan of too long a document is kept")
	}
	for range 30 {
		p.keep(key{operation: &ast.OperationDefinition{}}, &compiled{})
	}
	if kept() != 0 || p.text != 0 || p.cache.Len() != 10 {
		t.Errorf("%d plans of %d bytes are kept, want 10 of 0", p.cache.Len(), p.text)
	}
}

package graph

import (
	"crypto/sha256"
	"errors"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/storegraph/storegraph/graph/validate"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/recent"
)

// A document is one that can run: parsed, valid, and measured.
type document struct {
	text     string
	sum      [sha256.Size]byte // of text
	doc      *ast.QueryDocument
	costs    map[*ast.OperationDefinition]*cost
	keepings map[*ast.OperationDefinition]keeping
	trusted  bool // the operator chose it, so that its operations' names are few
}

// documents compiles documents for a schema, and remembers them. It is safe for concurrent use.
type documents struct {
	schema  *ast.Schema
	tokens  int // a document may have; 0 means any number
	suggest bool
	known   *recent.Cache[string, *document]
}

// How much a surface remembers. A parsed document takes some ten times the memory of its text.
const (
	rememberedDocuments = 1000
	rememberedTexts     = 4 << 20
)

// suggestedText is how long a text may be for its errors to suggest what may have been meant.
const suggestedText = 4 << 10

func newDocuments(schema *ast.Schema) *documents {
	return &documents{schema: schema, known: recent.New[string, *document](rememberedDocuments, rememberedTexts)}
}

// load returns the document with a text. Its errors have codes.
func (d *documents) load(text string) (*document, gqlerror.List) {
	if known, ok := d.known.Get(text); ok {
		return known, nil
	}
	compiled, errs := d.compile(text)
	if errs != nil {
		return nil, errs
	}
	d.known.Add(text, compiled, len(text))
	return compiled, nil
}

// compile is load without the memory.
func (d *documents) compile(text string) (*document, gqlerror.List) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, d.tokens)
	if err != nil {
		e, ok := errors.AsType[*gqlerror.Error](err)
		switch {
		case !ok:
			e = gqlerror.Wrap(err)
		case len(e.Locations) == 0: // the only error that is at no place
			return nil, gqlerror.List{gqlerror.Wrap(tooCostly("the document has more than %d tokens", d.tokens))}
		}
		return nil, withCode(codeParse, e)
	}
	if len(doc.Operations) == 0 {
		return nil, withCode(codeValidation, gqlerror.Errorf("the document has no operation"))
	}
	if err := validate.Document(d.schema, doc, d.suggest && len(text) <= suggestedText); err != nil {
		if errs, ok := errors.AsType[gqlerror.List](err); ok {
			return nil, withCode(codeValidation, errs...)
		}
		return nil, gqlerror.List{gqlerror.Wrap(tooCostly("%v", err))}
	}
	out := &document{
		text: text, sum: sha256.Sum256([]byte(text)), doc: doc,
		costs: make(map[*ast.OperationDefinition]*cost, len(doc.Operations)), keepings: make(map[*ast.OperationDefinition]keeping, len(doc.Operations)),
	}
	for _, op := range doc.Operations {
		out.costs[op], out.keepings[op] = measured(d.schema, op), keepingOf(d.schema, op)
	}
	return out, nil
}

// operation returns the operation with a name, or the only one.
func (d *document) operation(name string) (*ast.OperationDefinition, error) {
	if op := d.doc.Operations.ForName(name); op != nil {
		return op, nil
	}
	if name == "" {
		return nil, model.Invalid.Errorf("the document has %d operations: say which by operationName", len(d.doc.Operations))
	}
	return nil, model.Invalid.Errorf("the document has no operation %q", name)
}

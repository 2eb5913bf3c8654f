package transport_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/storegraph/storegraph/graph/transport"
	"github.com/storegraph/storegraph/model"
)

var toySchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
type Query { hello(name: String): String }
type Mutation { act: String }
type Subscription { ticks: String broken: String }
`})

// documents are those that clients can name.
var documents = map[string]string{"hello": "{hello}", "ticks": "subscription{ticks}", "act": "mutation{act}"}

// A toy is an Executor whose subscriptions answer what a test sends, and whose callers are named by the header X-Caller.
type toy struct {
	ticks   chan string        // what ticks answers; closed: it ends
	began   chan struct{}      // receives a value when a subscription has begun
	ended   chan struct{}      // receives a value when the context of a subscription has ended
	expired context.CancelFunc // ends the credentials of the last caller

	callers chan string // receives the X-Caller of each WebSocket
}

func newToy() *toy {
	return &toy{ticks: make(chan string), began: make(chan struct{}, 100), ended: make(chan struct{}, 100), callers: make(chan string, 100)}
}

func (x *toy) Prepare(ctx context.Context, p *transport.Params) (context.Context, *graphql.OperationContext, gqlerror.List) {
	if p.DocumentID != "" {
		p.Query = documents[p.DocumentID]
	}
	doc, errs := gqlparser.LoadQueryWithRules(toySchema, p.Query, nil)
	if errs != nil {
		return nil, nil, errs
	}
	op := doc.Operations.ForName(p.OperationName)
	if op == nil {
		return nil, nil, gqlerror.List{gqlerror.Errorf("there is no operation %q", p.OperationName)}
	}
	vars, err := validator.VariableValues(toySchema, op, p.Variables)
	if err != nil {
		return nil, nil, gqlerror.List{gqlerror.Wrap(err)}
	}
	return ctx, &graphql.OperationContext{Doc: doc, Operation: op, Variables: vars}, nil
}

func (x *toy) Execute(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	field := op.Operation.SelectionSet[0].(*ast.Field)
	if op.Operation.Operation != ast.Subscription {
		text := "done"
		if name, ok := field.ArgumentMap(op.Variables)["name"].(string); ok {
			text = name
		}
		done := false
		return func(context.Context) *graphql.Response {
			if done {
				return nil
			}
			done = true
			return answerOf(field.Name, text)
		}, ctx
	}
	x.began <- struct{}{}
	context.AfterFunc(ctx, func() { x.ended <- struct{}{} })
	return func(ctx context.Context) *graphql.Response {
		if field.Name == "broken" {
			panic("on purpose")
		}
		select {
		case text, ok := <-x.ticks:
			if ok {
				return answerOf(field.Name, text)
			}
		case <-ctx.Done():
		}
		return nil
	}, ctx
}

func answerOf(field, text string) *graphql.Response {
	data, err := json.Marshal(map[string]string{field: text})
	if err != nil {
		panic(err) // strings always marshal
	}
	return &graphql.Response{Data: data}
}

func (x *toy) Answer(context.Context, *http.Request, *graphql.OperationContext, string) transport.Answer {
	return unkept{}
}

func (x *toy) Unkept(http.Header) {}

// unkept is an answer that nobody keeps.
type unkept struct{}

func (unkept) Serve(http.ResponseWriter, *http.Request) bool       { return false }
func (unkept) Keep(http.Header, string, *graphql.Response, []byte) {}

func (x *toy) Present(_ context.Context, err error) *gqlerror.Error {
	kind := "INTERNAL"
	if e := model.AsError(err); e != nil {
		kind, err = string(e.Kind), e
	}
	return &gqlerror.Error{Message: err.Error(), Extensions: map[string]any{"code": kind}}
}

func (x *toy) Identify(r *http.Request) context.Context {
	x.callers <- r.Header.Get("X-Caller") + r.Header.Get("X-Other")
	return r.Context()
}

func (x *toy) UntilExpiry(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, x.expired = context.WithCancel(ctx)
	return ctx, x.expired
}

// A site is a handler of a toy's operations, reached over HTTP.
type site struct {
	*toy
	t       *testing.T
	handler *transport.Handler
	url     string
}

func newSite(t *testing.T, o transport.Options) *site {
	t.Helper()
	x := &site{toy: newToy(), t: t}
	x.handler = transport.New(x.toy, o)
	srv := httptest.NewServer(x.handler)
	x.url = srv.URL
	t.Cleanup(func() {
		x.handler.Close()
		srv.Close()
	})
	return x
}

// patience is how long a test waits for what has to come before it fails.
const patience = 20 * time.Second

// await returns the next value of a channel, and fails if none comes.
func await[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case v := <-from:
		return v
	case <-ctx.Done():
		t.Fatalf("%s did not come", what)
		panic("not reached")
	}
}

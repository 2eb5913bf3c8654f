package graph

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/cache"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/transport"
)

// An Answer is the answer to a GET request that is being given, from memory if it is there.
type Answer = cache.Answer

// CacheStats say what the cache of answers has done, and what it keeps.
type CacheStats = cache.Stats

// Lifetimes say how long proxies may give an answer without asking.
type Lifetimes = cache.Lifetimes

// ParseLifetimes reads lifetimes such as "/store/products*=60+300, /graphql=10": seconds by the paths of routes.
func ParseLifetimes(text string) (Lifetimes, error) { return cache.ParseLifetimes(text) }

// CacheStats returns what the cache of answers has done since the server was made.
func (s *Server) CacheStats() CacheStats { return s.answers.Stats() }

// Unkept has a response kept by nobody, unless an Answer says otherwise later.
func (s *Server) Unkept(h http.Header) { s.answers.Unkept(h) }

// Answer begins the answer to a request to a route, made of what an operation with these variables returns.
func (s *Server) Answer(ctx context.Context, r *http.Request, o *Operation, variables map[string]any, route string) Answer {
	return s.answer(ctx, r, asked{surface: s.full, document: o.doc, op: o.op, variables: variables, path: route, form: route})
}

// asked is what a request asks for.
type asked struct {
	surface   *surface
	document  *document
	op        *ast.OperationDefinition
	variables map[string]any
	path      string // by which it is asked for how long proxies may keep the answer
	form      string // of the body
}

// answer begins the answer to a request. It is kept by nobody if it may show what is a shopper's own, and is out of date at once if it
// shows what changes without being logged, or if changes are not logged.
func (s *Server) answer(ctx context.Context, r *http.Request, q asked) Answer {
	k := q.document.keepings[q.op]
	if !k.public || !anonymous(r) || !withoutCart(q.op, q.variables) {
		return Answer{}
	}
	version, ok := s.answers.Version()
	if !ok || !k.fields || !q.surface.keptVariables(q.op, q.variables, k.absent) {
		return s.answers.Unvalidated()
	}
	viewer := auth.Viewer(ctx)
	channels, err := s.db.ChannelsAt(ctx, viewer.Key, version)
	if err != nil {
		return Answer{} // whoever reads learns why
	}
	variables, err := json.Marshal(q.variables)
	if err != nil {
		return s.answers.Unvalidated()
	}
	return s.answers.Begin(version, q.path, func() bool { return viewer.Key.Sees(channels) },
		program(), []byte(q.form), q.document.sum[:], []byte(q.op.Name), variables,
		[]byte(db.NormalLocale(viewer.Locale)), []byte(strings.Join(channels, " ")))
}

// anonymous reports whether a request is certainly not from a customer. Who shows anything that might be a customer's gets an answer that
// was made for them.
func anonymous(r *http.Request) bool {
	if len(r.Header["Authorization"]) > 0 {
		return false
	}
	_, err := r.Cookie(auth.CookieName)
	return err != nil
}

// visibleBy are the headers that say what the catalogue shows to whoever sends a request.
var visibleBy = []string{auth.KeyHeader, auth.LocaleHeader, "Authorization", "Cookie"}

// program returns a text that is another one for each version of this program: the answers of two may differ.
var program = sync.OnceValue(func() []byte {
	sum := sha256.New()
	path, err := os.Executable()
	if err == nil {
		var f *os.File
		if f, err = os.Open(path); err == nil {
			_, err = io.Copy(sum, f)
			_ = f.Close()
		}
	}
	if err != nil {
		return []byte(rand.Text())
	}
	return sum.Sum(nil)
})

// documentExtension is the key of an operation's document.
const documentExtension = "document"

// Answer begins the answer to a query that was sent by GET.
func (x publicExecutor) Answer(ctx context.Context, r *http.Request, op *graphql.OperationContext, media string) transport.Answer {
	d, ok := op.Stats.GetExtension(documentExtension).(*document)
	if !ok {
		return &publicAnswer{}
	}
	return &publicAnswer{x.server.answer(ctx, r, asked{
		surface: x.server.public, document: d, op: op.Operation, variables: op.Variables, path: "/graphql", form: media,
	})}
}

// Unkept has a response kept by nobody.
func (x publicExecutor) Unkept(h http.Header) { x.server.Unkept(h) }

// A publicAnswer is one to a GraphQL client.
type publicAnswer struct{ Answer }

// Keep keeps an answer that is whole.
func (a *publicAnswer) Keep(h http.Header, media string, resp *graphql.Response, body []byte) {
	if len(resp.Errors) == 0 && complete(resp.Data) {
		a.Answer.Keep(h, media, body)
	}
}

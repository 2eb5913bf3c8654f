package graph

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/shop/idempotency"
)

// PositionHeader is the header, and PositionCookie the cookie, that say up to where its reads must show what a client has written: a
// position in the database's write-ahead log, such as 16/B374D848. Answers to writes carry both, and a client sends either back.
const (
	PositionHeader = "X-Storegraph-Position"
	PositionCookie = "storegraph_position"
)

// unknownPosition is beyond all others: whoever sends it reads from the primary.
const unknownPosition = ^db.LSN(0)

// positionTime is how long the primary may take to say where it is.
const positionTime = 2 * time.Second

// A client is what one request says and does about positions.
type client struct {
	from  db.LSN // up to where it must be shown everything
	knows bool   // it says so
	wrote atomic.Bool
}

type clientKey struct{}

func clientOf(ctx context.Context) *client {
	c, _ := ctx.Value(clientKey{}).(*client)
	return c
}

// Wrote notes that a request has changed something, so that what its client reads next shows it.
func Wrote(ctx context.Context) {
	if c := clientOf(ctx); c != nil {
		c.wrote.Store(true)
	}
}

// Positioned wraps the handlers of requests: each client is shown by replicas what it has written itself. Without replicas it does nothing.
func (s *Server) Positioned(next http.Handler) http.Handler {
	if !s.db.HasReplicas() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" { // what it has written meanwhile on other connections is not known
			next.ServeHTTP(w, r)
			return
		}
		c := &client{}
		c.from, c.knows = positionOf(r)
		c.wrote.Store(r.Header.Get(idempotency.Header) != "") // also when it is the first answer again
		ctx := context.WithValue(r.Context(), clientKey{}, c)
		next.ServeHTTP(&positioned{ResponseWriter: w, r: r, s: s, c: c}, r.WithContext(ctx))
	})
}

// positionOf returns the position that a request carries. One that cannot be read is none.
func positionOf(r *http.Request) (db.LSN, bool) {
	text := r.Header.Get(PositionHeader)
	if cookie, err := r.Cookie(PositionCookie); text == "" && err == nil {
		text = cookie.Value
	}
	at, err := db.ParseLSN(text)
	return at, err == nil
}

// positioned writes an answer, with the position if the request has changed anything.
type positioned struct {
	http.ResponseWriter

	r    *http.Request
	s    *Server
	c    *client
	said bool
}

// Unwrap returns the writer below, for http.ResponseController.
func (p *positioned) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// WriteHeader writes the header.
func (p *positioned) WriteHeader(status int) {
	if status >= http.StatusOK {
		p.say()
	}
	p.ResponseWriter.WriteHeader(status)
}

// Write writes the body.
func (p *positioned) Write(b []byte) (int, error) {
	p.say()
	return p.ResponseWriter.Write(b)
}

// FlushError sends what was written, the header at least.
func (p *positioned) FlushError() error {
	p.say()
	return http.NewResponseController(p.ResponseWriter).Flush()
}

// say adds the position once.
func (p *positioned) say() {
	if p.said || !p.c.wrote.Load() {
		return
	}
	p.said = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.r.Context()), positionTime)
	defer cancel()
	at, err := p.s.db.WALPosition(ctx)
	if err != nil {
		at = unknownPosition
	}
	h := p.Header()
	h.Set(PositionHeader, at.String())
	h.Add("Access-Control-Expose-Headers", PositionHeader)
	http.SetCookie(p, &http.Cookie{
		Name: PositionCookie, Value: at.String(), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.s.secure(p.r.Context()),
	})
}

// reading returns the context in which an operation reads: from a replica if that shows its client all that it may expect. Who does not say
// what it has written, and what is read on streams, is only shown the catalogue by replicas.
func (s *Server) reading(ctx context.Context, d *document, op *ast.OperationDefinition, variables map[string]any) context.Context {
	if !s.db.HasReplicas() {
		return ctx
	}
	c := clientOf(ctx)
	switch {
	case op.Operation == ast.Mutation:
		Wrote(ctx)
		return ctx
	case op.Operation != ast.Query || c != nil && c.wrote.Load():
		return ctx
	case c != nil && c.knows:
		return s.db.ReadElsewhere(ctx, c.from)
	case d != nil && d.keepings[op].catalogue && auth.Viewer(ctx).CustomerID == "" && withoutCart(op, variables):
		return s.db.ReadElsewhere(ctx, 0)
	}
	return ctx
}

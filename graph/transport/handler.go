package transport

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/storegraph/storegraph/model"
)

// An Executor runs GraphQL operations. It is safe for concurrent use.
type Executor interface {
	// Prepare returns the operation that params ask for, and the context to run it in. It fails if the operation is not valid or
	// exceeds a limit.
	Prepare(ctx context.Context, params *Params) (context.Context, *graphql.OperationContext, gqlerror.List)
	// Execute starts a prepared operation. The returned function is called with the returned context; it gives the next answer at
	// each call, and nil when there is none left.
	Execute(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context)
	// Answer begins the answer to a prepared query that was sent by GET, in a media type.
	Answer(ctx context.Context, r *http.Request, op *graphql.OperationContext, media string) Answer
	// Unkept has a response kept by nobody, unless an Answer says otherwise later.
	Unkept(h http.Header)
	// Present returns an error as clients see it.
	Present(ctx context.Context, err error) *gqlerror.Error
	// Identify returns the context of a request with who sent it.
	Identify(r *http.Request) context.Context
	// UntilExpiry returns a context that ends when the credentials in ctx expire. Credentials that never expire end it never.
	UntilExpiry(ctx context.Context) (context.Context, context.CancelFunc)
}

// An Answer is one that is being given, from memory if it is there.
type Answer interface {
	// Serve answers the request without the operation, and reports whether it did.
	Serve(w http.ResponseWriter, r *http.Request) bool
	// Keep tells in the header how a response may be kept, whose body is that of an operation's answer.
	Keep(h http.Header, media string, answer *graphql.Response, body []byte)
}

// Limits bound what clients may send and keep open. The zero value of each is its default.
type Limits struct {
	Document      int // bytes of a document; 0 means 100 KB
	Streams       int // event streams and WebSockets that are open at a time; 0 means 10,000
	Subscriptions int // operations that run on all of them at a time; 0 means 20,000
	PerSocket     int // operations that run on one WebSocket at a time; 0 means 20
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		limit *int
		value int
	}{{&l.Document, 100 << 10}, {&l.Streams, 10_000}, {&l.Subscriptions, 20_000}, {&l.PerSocket, 20}} {
		if *d.limit == 0 {
			*d.limit = d.value
		}
	}
	return l
}

// Options tune a Handler. The zero value of each is its default.
type Options struct {
	Limits Limits
	// AllowOrigin reports whether pages of an origin may open WebSockets here. Those of the server's own host always may. Nil
	// allows no other.
	AllowOrigin func(origin string) bool
	// InitHeaders are the headers that a WebSocket's connection_init may set by its payload, since a browser cannot set headers.
	InitHeaders []string
	// KeepAlive is the time between two signs of life on a connection on which nothing happens; 0 means 15 seconds.
	KeepAlive time.Duration
	// Log receives panics; nil logs nothing.
	Log *slog.Logger
}

// A Handler serves the operations of an Executor over HTTP. It is safe for concurrent use.
type Handler struct {
	exec        Executor
	limits      Limits
	allowOrigin func(origin string) bool
	initHeaders []string
	keepAlive   time.Duration
	log         *slog.Logger
	streams     *streams
}

// New returns a handler of the operations of exec.
func New(exec Executor, o Options) *Handler {
	h := &Handler{exec: exec, limits: o.Limits.withDefaults(), allowOrigin: o.AllowOrigin, initHeaders: o.InitHeaders, keepAlive: o.KeepAlive, log: o.Log}
	if h.allowOrigin == nil {
		h.allowOrigin = func(string) bool { return false }
	}
	if h.keepAlive == 0 {
		h.keepAlive = 15 * time.Second
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.streams = newStreams(h.limits)
	return h
}

// ServeHTTP answers GraphQL over HTTP. Who sent the request is taken from its context.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		h.serveSocket(w, r)
	case accepts(r, mediaEvents) && !accepts(r, "json") && r.Method != http.MethodHead: // one that takes both gets a stream of what needs it
		h.serveEvents(w, r)
	default:
		h.serveOnce(w, r)
	}
}

// accepts reports whether a request's Accept names a media type.
func accepts(r *http.Request, media string) bool {
	return strings.Contains(r.Header.Get("Accept"), media)
}

// Stop has all connections that stay open end soon, and refuses new ones. It does not wait.
func (h *Handler) Stop() { h.streams.stop() }

// Close stops the handler and returns when the last connection that stays open has ended. Clients are told in a way that has them
// connect again.
func (h *Handler) Close() { h.streams.close() }

// Streams returns how many connections stay open now, and how many operations run on them.
func (h *Handler) Streams() (open, running int) { return h.streams.counts() }

// Fail answers a request that is refused before its operation is looked at.
func (h *Handler) Fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadRequest
	switch e := model.AsError(err); {
	case e == nil:
		status = http.StatusInternalServerError
	case e.Kind == model.Conflict:
		status = http.StatusConflict
	case e.Kind == model.Unavailable:
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", mediaJSON)
	h.refuse(w, r, status, err)
}

// refuse answers a request whose operation does not run. The status goes with the error.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	h.refuseAll(w, r, status, gqlerror.List{gqlerror.Wrap(err)})
}

func (h *Handler) refuseAll(w http.ResponseWriter, r *http.Request, status int, errs gqlerror.List) {
	w.Header().Set("Cache-Control", "no-store") // a document that is not known may soon be
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": h.present(r.Context(), errs)})
}

// present returns the errors of an operation that does not run as clients see them.
func (h *Handler) present(ctx context.Context, errs gqlerror.List) gqlerror.List {
	for i, e := range errs {
		presented := h.exec.Present(ctx, e)
		presented.Path, presented.Locations = e.Path, e.Locations
		errs[i] = presented
	}
	return errs
}

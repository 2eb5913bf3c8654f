package edge

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// Defaults of Options.
const (
	DefaultMaxBody      = 100 << 10 // the limit of the reference's body parsers
	DefaultCompressFrom = 1 << 10
	DefaultBodyTime     = 10 * time.Second
)

// Options are the settings of an Edge. The zero value is ready to use: no origin is allowed, no proxy is trusted.
type Options struct {
	Log            *slog.Logger     // nil is slog.Default()
	Now            func() time.Time // nil is time.Now
	CORS           []CORS           // the first policy whose prefix fits decides
	TrustedProxies []netip.Prefix   // see TrustProxies
	MaxBody        int64            // bytes of a request body, inflated; 0 is DefaultMaxBody
	BodyTime       time.Duration    // in which a request body must come; 0 is DefaultBodyTime
	// Front is middleware that sees requests before CORS, compression and the limits of bodies. Nil is none.
	Front func(http.Handler) http.Handler
	// Observe is told of each request when it has ended. Nil: nobody is.
	Observe      func(r *http.Request, status int, took time.Duration)
	CompressFrom int // the size in bytes from which responses are compressed; 0 is DefaultCompressFrom
}

// An Edge is the chain of middleware around the whole server.
type Edge struct {
	middleware []func(http.Handler) http.Handler // outermost first
}

// New returns the middleware with options o. It fails on an invalid origin pattern.
func New(o Options) (*Edge, error) {
	cors, err := AllowOrigins(o.CORS...)
	if err != nil {
		return nil, err
	}
	log := cmp.Or(o.Log, slog.Default())
	now := o.Now
	if now == nil {
		now = time.Now
	}
	front := o.Front
	if front == nil {
		front = func(next http.Handler) http.Handler { return next }
	}
	return &Edge{[]func(http.Handler) http.Handler{
		Identify,
		Log(log, now),
		Observe(o.Observe, now),
		Recover(log), // outside compression, so that it sees whether anything was sent
		TrustProxies(o.TrustedProxies, log),
		front,
		Secure,
		cors, // before the body limit, so that a storefront can read its 413 too
		Compress(cmp.Or(o.CompressFrom, DefaultCompressFrom)),
		LimitBody(cmp.Or(o.MaxBody, DefaultMaxBody), cmp.Or(o.BodyTime, DefaultBodyTime)),
	}}, nil
}

// Wrap puts the whole chain around h.
func (e *Edge) Wrap(h http.Handler) http.Handler {
	for _, v := range slices.Backward(e.middleware) {
		h = v(h)
	}
	return h
}

// A request is what the middleware knows about a request. All middleware shares one context value, because each further
// value would copy the http.Request.
type request struct {
	id     string
	client netip.Addr
	scheme string
	by     string // who answered
}

type requestKey struct{}

func found(ctx context.Context) *request {
	q, _ := ctx.Value(requestKey{}).(*request)
	return q
}

// note returns r with a request in its context, and that request.
func note(r *http.Request) (*http.Request, *request) {
	if q := found(r.Context()); q != nil {
		return r, q
	}
	q := &request{}
	return r.WithContext(context.WithValue(r.Context(), requestKey{}, q)), q
}

// answer writes an error that occurs before the request reaches an API; body has the shape of the reference's errors.
func answer(w http.ResponseWriter, status int, body string) {
	h := w.Header()
	for _, k := range []string{"Content-Length", "Content-Encoding", "Cache-Control", "Etag", "Last-Modified"} {
		h.Del(k)
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // fails only if the client has disconnected
}

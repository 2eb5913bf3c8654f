package front

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
)

// Defaults of Options.
const (
	DefaultPatience = 5 * time.Minute
	DefaultIdle     = time.Minute
)

// Options are the settings of a Front.
type Options struct {
	URL *url.URL // of Medusa
	// Owns returns the route of a request with this method and URL, such as GET /store/products/{id}, and whether it is answered here.
	Owns func(method string, u *url.URL) (route string, ok bool)
	// Routes are those that Medusa answers although they are answered here, as Owns returns them.
	Routes []string
	// Token returns a token that says the same as the session of a request, which Medusa does not know. Nil, or an empty token: there is none.
	Token func(r *http.Request) string
	// Wrote is told of each request that may change something. Nil: nobody is.
	Wrote func(ctx context.Context)
	// Through wraps what requests are sent to Medusa by. Nil: nothing does.
	Through func(http.RoundTripper) http.RoundTripper
	Log     *slog.Logger // nil is slog.Default()

	Patience time.Duration // how long Medusa may take until its answer begins; 0 is DefaultPatience
	Idle     time.Duration // how long a client may send nothing of a body; 0 is DefaultIdle
}

// A Front sends requests to Medusa.
type Front struct {
	o      Options
	log    *slog.Logger
	named  map[string]bool // Options.Routes
	proxy  *httputil.ReverseProxy
	counts counts
}

// marker is the header by which a request is known that has come to a front already.
const marker = "X-Storegraph-Front"

// New returns a front of a Medusa, which need not run yet.
func New(o Options) *Front {
	f := &Front{o: o, log: cmp.Or(o.Log, slog.Default()), named: map[string]bool{}}
	f.o.Patience, f.o.Idle = cmp.Or(o.Patience, DefaultPatience), cmp.Or(o.Idle, DefaultIdle)
	if f.o.Through == nil {
		f.o.Through = func(t http.RoundTripper) http.RoundTripper { return t }
	}
	for _, r := range o.Routes {
		f.named[r] = true
	}
	f.proxy = &httputil.ReverseProxy{
		Rewrite: f.rewrite, ModifyResponse: f.receive, ErrorHandler: f.fail,
		ErrorLog: slog.NewLogLogger(f.log.Handler(), slog.LevelWarn),
		Transport: f.o.Through(&http.Transport{
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   5 * time.Second,
			ResponseHeaderTimeout: f.o.Patience,
			ExpectContinueTimeout: time.Second,
			MaxIdleConnsPerHost:   64,
			IdleConnTimeout:       4 * time.Second, // Node closes its ends after five
			DisableCompression:    true,            // what the client and Medusa agree on is theirs
		}),
	}
	return f
}

// Named are the routes that Medusa answers because it is to.
func (f *Front) Named() []string { return f.o.Routes }

// Wrap sends the requests that are not answered here, or by a route that Medusa is to answer, to Medusa, and others to next. A preflight goes
// where the request goes that it asks for. next is asked for the answer, too, if Medusa does not answer; see Unanswered.
func (f *Front) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if asked := r.Header.Get("Access-Control-Request-Method"); method == http.MethodOptions && asked != "" {
			method = asked
		}
		route, ok := f.o.Owns(method, r.URL)
		switch {
		case ok && !f.named[route]:
			next.ServeHTTP(w, r)
		case ok:
			f.send(w, r, next, "named", route)
		default:
			f.send(w, r, next, "path", route)
		}
	})
}

// Pass sends a request to Medusa that a route cannot answer, for the reason that kind and names say. What the middleware around it has said of
// CORS holds.
func (f *Front) Pass(w http.ResponseWriter, r *http.Request, route, kind string, names ...string) {
	f.send(w, r, http.HandlerFunc(unanswered), kind, route, names...)
}

// passage is what is known of a request on its way to Medusa.
type passage struct {
	w         http.ResponseWriter
	otherwise http.Handler // gives the answer if Medusa gives none
	slow      atomic.Bool  // the client has sent nothing of its body for too long
}

type passageKey struct{}

func (f *Front) send(w http.ResponseWriter, r *http.Request, otherwise http.Handler, kind, route string, names ...string) {
	ctx := r.Context()
	edge.AnsweredBy(ctx, "medusa")
	for _, c := range f.counts.add(kind, route, names) {
		f.log.InfoContext(ctx, "Medusa answers what storegraph does not", "kind", c.Kind, "route", c.Route, "name", c.Name)
	}
	if r.Header.Get(marker) != "" {
		fail(w, r, http.StatusLoopDetected, otherwise)
		return
	}
	if f.o.Wrote != nil && r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions {
		f.o.Wrote(ctx)
	}
	p := &passage{w: w, otherwise: otherwise}
	if r.Body != nil && r.Body != http.NoBody {
		conn := http.NewResponseController(w)
		_ = conn.EnableFullDuplex() // an answer may begin before the body ends
		r.Body = &patientBody{ReadCloser: r.Body, conn: conn, idle: f.o.Idle, slow: &p.slow}
	}
	f.proxy.ServeHTTP(w, r.WithContext(context.WithValue(ctx, passageKey{}, p)))
}

// rewrite makes the request that Medusa gets. It trusts one proxy, this one, which names the client and how it came as the whole server sees them.
func (f *Front) rewrite(p *httputil.ProxyRequest) {
	ctx := p.In.Context()
	p.SetURL(f.o.URL)
	p.Out.URL.RawQuery = joined(f.o.URL.RawQuery, p.In.URL.RawQuery) // as it was sent
	h := p.Out.Header
	if client := edge.ClientAddr(ctx); client.IsValid() {
		h.Set("X-Forwarded-For", client.String())
	}
	h.Set("X-Forwarded-Proto", edge.Scheme(ctx))
	h.Set("X-Forwarded-Host", p.In.Host)
	if id := edge.RequestID(ctx); id != "" {
		h.Set("X-Request-Id", id)
	}
	h.Set(marker, "1")
	if f.o.Token == nil || h.Get("Authorization") != "" {
		return
	}
	if token := f.o.Token(p.In); token != "" { // in the place of the session's cookie
		h.Set("Authorization", "Bearer "+token)
		dropCookie(h, sessionCookie)
	}
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// sessionCookie is the name of the cookie that both servers begin sessions with.
const sessionCookie = "connect.sid"

// dropCookie removes a cookie from the header of a request and leaves the others as they were sent.
func dropCookie(h http.Header, name string) {
	var kept []string
	for _, line := range h["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			if n, _, _ := strings.Cut(strings.TrimSpace(part), "="); n != name && n != "" {
				kept = append(kept, strings.TrimSpace(part))
			}
		}
	}
	h.Del("Cookie")
	if len(kept) > 0 {
		h.Set("Cookie", strings.Join(kept, "; "))
	}
}

// receive changes an answer of Medusa's for its client: what the middleware around it has said holds, and Medusa's own address becomes this
// server's.
func (f *Front) receive(res *http.Response) error {
	p, _ := res.Request.Context().Value(passageKey{}).(*passage)
	for name, have := range p.w.Header() {
		switch name {
		case "Vary":
			res.Header["Vary"] = merged(have, res.Header["Vary"])
			delete(p.w.Header(), name)
		case "Set-Cookie":
		default:
			res.Header.Del(name)
		}
	}
	if p.w.Header().Get("Access-Control-Allow-Credentials") != "" { // the rest of CORS is the same server's
		for name := range res.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				res.Header.Del(name)
			}
		}
	}
	base := strings.TrimSuffix(f.o.URL.String(), "/")
	if path, ok := strings.CutPrefix(res.Header.Get("Location"), base); ok && strings.HasPrefix(path, "/") {
		res.Header.Set("Location", path)
	}
	return nil
}

// merged joins the names of two Vary headers, each once, in one line.
func merged(headers ...[]string) []string {
	var names []string
	for _, lines := range headers {
		for _, line := range lines {
			for name := range strings.SplitSeq(line, ",") {
				name = strings.TrimSpace(name)
				if name != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
					names = append(names, name)
				}
			}
		}
	}
	return []string{strings.Join(names, ", ")}
}

// clientGone is the status that is logged if a client did not wait for the answer, as nginx has it.
const clientGone = 499

// fail answers a request that Medusa has not answered.
func (f *Front) fail(w http.ResponseWriter, r *http.Request, err error) {
	p, _ := r.Context().Value(passageKey{}).(*passage)
	var timeout net.Error
	switch {
	case p.slow.Load(): // which ends the context, too
		fail(w, r, http.StatusRequestTimeout, p.otherwise)
	case r.Context().Err() != nil, errors.Is(err, errClientGone):
		w.WriteHeader(clientGone)
	case errors.As(err, &timeout) && timeout.Timeout():
		f.log.WarnContext(r.Context(), "Medusa does not answer in time", "error", err, "request_id", edge.RequestID(r.Context()))
		fail(w, r, http.StatusGatewayTimeout, p.otherwise)
	default:
		f.log.WarnContext(r.Context(), "Medusa does not answer", "error", err, "request_id", edge.RequestID(r.Context()))
		fail(w, r, http.StatusBadGateway, p.otherwise)
	}
}

// failures are what is answered in the place of Medusa.
var failures = map[int]string{
	http.StatusBadGateway:     "Medusa does not answer",
	http.StatusGatewayTimeout: "Medusa does not answer in time",
	http.StatusRequestTimeout: "The body of the request did not come in time",
	http.StatusLoopDetected:   "MEDUSA_URL leads back to storegraph",
}

type failureKey struct{}

// fail has otherwise answer, with the middleware around it, what unanswered writes.
func fail(w http.ResponseWriter, r *http.Request, status int, otherwise http.Handler) {
	r = r.WithContext(context.WithValue(r.Context(), failureKey{}, status))
	r.Body, r.ContentLength = http.NoBody, 0
	otherwise.ServeHTTP(w, r)
}

// Unanswered returns h, but that a request which Medusa has not answered gets that answer. It is what the handler that Wrap is around must lead
// to, so that the answer has the headers that all have.
func Unanswered(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := r.Context().Value(failureKey{}).(int); ok {
			unanswered(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// unanswered answers that Medusa has not answered, in the shape of its own errors.
func unanswered(w http.ResponseWriter, r *http.Request) {
	status, _ := r.Context().Value(failureKey{}).(int)
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"code":"unknown_error","type":"unknown_error","message":%q}`, failures[status])
}

// errClientGone is why a body ended too early.
var errClientGone = errors.New("the client has gone while it sent its body")

// A patientBody is a body of any length, each part of which must come within a time.
type patientBody struct {
	io.ReadCloser

	conn *http.ResponseController
	idle time.Duration
	slow *atomic.Bool
}

func (b *patientBody) Read(p []byte) (int, error) {
	timed := b.conn.SetReadDeadline(time.Now().Add(b.idle)) == nil
	n, err := b.ReadCloser.Read(p)
	if timed && err != nil {
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	var timeout net.Error
	switch {
	case err == nil, errors.Is(err, io.EOF):
	case errors.As(err, &timeout) && timeout.Timeout():
		b.slow.Store(true)
	default:
		err = errClientGone
	}
	return n, err
}

// Close ends the time in which the rest of the body must come, too: the answer may take longer.
func (b *patientBody) Close() error {
	_ = b.conn.SetReadDeadline(time.Time{})
	return b.ReadCloser.Close()
}

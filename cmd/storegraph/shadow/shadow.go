package shadow

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
)

// Options are the settings of a Shadow.
type Options struct {
	URL  *url.URL // of Medusa
	Rate float64  // the share of reads that are compared, from 0 to 1
	// Route returns the route of a request, such as GET /store/products/{id}, and whether it is answered here.
	Route func(method string, u *url.URL) (route string, ok bool)
	// Token returns a token that says the same as the session of a request; empty if there is none.
	Token func(r *http.Request) string
	// Identify is middleware that identifies the caller. A read that is asked again is identified again: its session may have ended. Nil: there are
	// no callers.
	Identify func(next http.Handler) http.Handler
	// Keep keeps differences.
	Keep func(ctx context.Context, found []Difference) error
	Log  *slog.Logger // nil is slog.Default()
}

// The bounds of a Shadow.
const (
	workers  = 2
	waiting  = 8                // how many requests may wait to be compared; others are not compared
	patience = 10 * time.Second // for one answer
	maxBody  = 2 << 20          // bytes of an answer that is compared
)

// A Shadow compares a share of the reads of a server with what Medusa answers.
type Shadow struct {
	o      Options
	log    *slog.Logger
	queue  chan sample
	client *http.Client

	mu    sync.Mutex
	stats Stats
}

// Stats are how many reads were compared, and how.
type Stats struct{ Equal, Known, Different, Failed, Skipped int64 }

// A sample is a read that was answered.
type sample struct {
	route   string
	request *http.Request
	ours    Answer
	handler http.Handler // which answers it again
}

// New returns a Shadow. Nothing is compared until it runs.
func New(o Options) *Shadow {
	return &Shadow{
		o: o, log: cmp.Or(o.Log, slog.Default()), queue: make(chan sample, waiting),
		client: &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// Stats returns what was compared until now.
func (s *Shadow) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

func (s *Shadow) count(n func(*Stats) *int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*n(&s.stats)++
}

// Wrap has a share of the reads that next answers compared later.
func (s *Shadow) Wrap(next http.Handler) http.Handler {
	again := next
	if s.o.Identify != nil { // who was logged in may have logged out
		again = s.o.Identify(next)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, ok := s.chosen(r)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		rec := &recorder{ResponseWriter: w}
		begun := time.Now()
		next.ServeHTTP(rec, r)
		if edge.WhoAnswered(r.Context()) != "" || rec.body.Len() > maxBody {
			return
		}
		ours := rec.answer(time.Since(begun))
		request := r.Clone(context.WithoutCancel(r.Context()))
		select {
		case s.queue <- sample{route, request, ours, again}:
		default:
			s.count(func(st *Stats) *int64 { return &st.Skipped })
		}
	})
}

// chosen returns the route of a request that is to be compared.
func (s *Shadow) chosen(r *http.Request) (route string, ok bool) {
	if r.Method != http.MethodGet || r.Header.Get("If-None-Match") != "" || rand.Float64() >= s.o.Rate { //nolint:gosec // it chooses a sample
		return "", false
	}
	route, ok = s.o.Route(r.Method, r.URL)
	return route, ok && Reads(route)
}

// Reads reports whether a request to a route reads the store and does nothing else: not so the log-ins that begin with a GET.
func Reads(route string) bool { return strings.HasPrefix(route, "GET /store/") }

// Run compares until ctx ends.
func (s *Shadow) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case q := <-s.queue:
					s.look(ctx, q)
				}
			}
		})
	}
	wg.Wait()
}

// look compares one read. What was changed between the two answers is no difference: it counts only if it is still there when both servers are
// asked again.
func (s *Shadow) look(ctx context.Context, q sample) {
	defer func() {
		if p := recover(); p != nil { // an answer that was begun and not ended
			s.count(func(st *Stats) *int64 { return &st.Failed })
		}
	}()
	var found []Difference
	for attempt := range 3 {
		if attempt > 0 {
			q.ours = Serve(q.handler, q.request)
		}
		theirs, err := s.ask(ctx, q.request)
		if err != nil {
			s.count(func(st *Stats) *int64 { return &st.Failed })
			s.log.DebugContext(ctx, "Medusa was not compared with", "route", q.route, "error", err)
			return
		}
		if found = Compare(q.route, q.request.URL, theirs, q.ours); len(found) == 0 {
			s.count(func(st *Stats) *int64 { return &st.Equal })
			return
		}
	}
	if Unknown(found) {
		s.count(func(st *Stats) *int64 { return &st.Different })
	} else {
		s.count(func(st *Stats) *int64 { return &st.Known })
	}
	if err := s.o.Keep(ctx, found); err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "differences from Medusa are not kept", "error", err)
	}
}

// Unknown reports whether one of the differences is on no purpose.
func Unknown(found []Difference) bool {
	for _, d := range found {
		if d.Deviation == "" {
			return true
		}
	}
	return false
}

func (s *Shadow) ask(ctx context.Context, r *http.Request) (Answer, error) {
	token := ""
	if s.o.Token != nil && r.Header.Get("Authorization") == "" {
		token = s.o.Token(r)
	}
	return Ask(ctx, s.client, s.o.URL, r, token)
}

// passed are the headers that an answer may depend on.
var passed = []string{"X-Publishable-Api-Key", "Authorization", "X-Medusa-Locale", "Accept-Language", "Content-Type"}

// sessionCookie is the name of the cookie that both servers begin sessions with.
const sessionCookie = "connect.sid"

// Ask asks a server for what a request reads, with a token in the place of its own unless that is empty.
func Ask(ctx context.Context, client *http.Client, base *url.URL, r *http.Request, token string) (Answer, error) {
	u := base.JoinPath(r.URL.EscapedPath())
	u.RawQuery = r.URL.RawQuery
	out, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return Answer{}, err
	}
	for _, name := range passed {
		if v := r.Header.Values(name); len(v) > 0 {
			out.Header[name] = v
		}
	}
	if token != "" {
		out.Header.Set("Authorization", "Bearer "+token)
	} else if c, err := r.Cookie(sessionCookie); err == nil { // which may be of a session that the other server began
		out.Header.Set("Cookie", c.Name+"="+c.Value)
	}
	begun := time.Now()
	res, err := client.Do(out)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4*maxBody))
	return Answer{res.StatusCode, res.Header.Get("Content-Type"), body, time.Since(begun)}, err
}

// Serve returns what a handler answers to a request.
func Serve(h http.Handler, r *http.Request) Answer {
	rec := &recorder{ResponseWriter: nowhere{http.Header{}}, all: true}
	begun := time.Now()
	h.ServeHTTP(rec, r)
	return rec.answer(time.Since(begun))
}

// nowhere is a ResponseWriter that nobody reads.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header       { return n.header }
func (nowhere) WriteHeader(int)             {}
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// A recorder forwards an answer and records it, as far as it is compared.
type recorder struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
	all    bool // it is recorded however long it is
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.body.Len() <= maxBody || r.all {
		r.body.Write(p)
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is underneath.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) answer(took time.Duration) Answer {
	return Answer{cmp.Or(r.status, http.StatusOK), r.Header().Get("Content-Type"), r.body.Bytes(), took}
}

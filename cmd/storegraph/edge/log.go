package edge

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Log writes one line for each request when it has ended: method, path, status, bytes sent, duration and request id. It
// never writes a query, a header or a body, and blanks parts of the path that look like an e-mail address; so no line
// has a token or identifies the customer. Health checks are logged at debug level.
func Log(log *slog.Logger, now func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start, rec := now(), &recorder{ResponseWriter: w}
			done := false
			defer func() { // also after a panic
				level := slog.LevelInfo
				if r.URL.Path == "/health" || strings.HasPrefix(r.URL.Path, "/health/") {
					level = slog.LevelDebug
				}
				attrs := []slog.Attr{
					slog.String("method", r.Method),
					slog.String("path", loggable(r.URL.Path)),
					slog.Int("status", rec.code()),
					slog.Int64("bytes", rec.bytes),
					slog.Duration("duration", now().Sub(start)),
					slog.String("request_id", RequestID(r.Context())),
				}
				if q := found(r.Context()); q != nil && q.by != "" {
					attrs = append(attrs, slog.String("by", q.by))
				}
				if !done {
					attrs = append(attrs, slog.Bool("aborted", true))
				}
				log.LogAttrs(r.Context(), level, "request", attrs...)
			}()
			next.ServeHTTP(rec, r)
			done = true
		})
	}
}

// AnsweredBy has the line of the request that ctx belongs to say which other server answered it.
func AnsweredBy(ctx context.Context, server string) {
	if q := found(ctx); q != nil {
		q.by = server
	}
}

// WhoAnswered returns what AnsweredBy has said of the request that ctx belongs to; empty if it was this server.
func WhoAnswered(ctx context.Context) string {
	if q := found(ctx); q != nil {
		return q.by
	}
	return ""
}

func loggable(path string) string {
	const most = 256
	if len(path) > most {
		path = strings.ToValidUTF8(path[:most], "") + "…"
	}
	if !strings.Contains(path, "@") {
		return path
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.Contains(p, "@") {
			parts[i] = "-"
		}
	}
	return strings.Join(parts, "/")
}

// A recorder records the status and size of a response.
type recorder struct {
	http.ResponseWriter
	status   int // 0 until something is sent
	bytes    int64
	hijacked bool
}

// record returns a recorder around w, or w itself if it is one.
func record(w http.ResponseWriter) *recorder {
	if rec, ok := w.(*recorder); ok {
		return rec
	}
	return &recorder{ResponseWriter: w}
}

func (r *recorder) code() int {
	switch {
	case r.hijacked:
		return http.StatusSwitchingProtocols
	case r.status == 0: // net/http sends 200 if the handler writes nothing
		return http.StatusOK
	}
	return r.status
}

func (r *recorder) sent() bool { return r.status != 0 || r.hijacked }

// WriteHeader records the status, unless it is informational.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Flush and Hijack are methods, and not only reachable through Unwrap, because handlers may look for an http.Flusher or
// http.Hijacker.
func (r *recorder) Flush() { _ = r.FlushError() }

func (r *recorder) FlushError() error {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return http.NewResponseController(r.ResponseWriter).Flush()
}

func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	r.hijacked = err == nil
	return conn, rw, err
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

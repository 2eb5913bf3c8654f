package edge

import (
	"context"
	"crypto/rand"
	"net/http"
)

const requestIDHeader = "X-Request-Id"

// Identify gives each request an id, in its context and in the header X-Request-Id of the answer. An id from the
// client or a proxy is kept if it is short and safe, so that a request has one id on all servers; any other is replaced.
func Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, q := note(r)
		q.id = r.Header.Get(requestIDHeader)
		if !plain(q.id) {
			q.id = rand.Text()
		}
		w.Header().Set(requestIDHeader, q.id)
		next.ServeHTTP(w, r)
	})
}

// RequestID returns the id of the request that ctx belongs to, or "" outside one.
func RequestID(ctx context.Context) string {
	if q := found(ctx); q != nil {
		return q.id
	}
	return ""
}

// plain reports whether id is safe in logs, headers and shells, and is not an e-mail address.
func plain(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == ':':
		default:
			return false
		}
	}
	return true
}

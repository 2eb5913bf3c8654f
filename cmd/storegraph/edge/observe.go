package edge

import (
	"net/http"
	"time"
)

// Observe tells fn of each request when it has ended, also after a panic: its status, which is 101 if the connection was taken over, and how
// long it took. Nil tells nobody.
func Observe(fn func(r *http.Request, status int, took time.Duration), now func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if fn == nil {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun, rec := now(), record(w)
			defer func() { fn(r, rec.code(), now().Sub(begun)) }()
			next.ServeHTTP(rec, r)
		})
	}
}

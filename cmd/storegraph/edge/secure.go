package edge

import "net/http"

// Secure sets headers that forbid browsers to guess content types, to show responses in frames of other sites, and to send
// the address of a page to other sites. A handler may replace any of them.
func Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

package edge

import "net/http"

// Secure sets the headers that keep a browser from making more of an answer than it is: from guessing another type, from
// showing it in a foreign frame, from telling other sites the address it came from. They forbid nothing that the
// reference's clients do; a handler may replace any of them.
func Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

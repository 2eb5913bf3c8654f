// Package edge is what every request passes on its way in and out, whatever surface it asks for: a request id, one log
// line, panics, proxies, security headers, CORS, compression and the size of bodies. It knows HTTP and nothing of
// commerce; it authenticates nobody.
//
// Wrap puts the pieces in their right order. Each piece is also a func(http.Handler) http.Handler of its own, as chi and
// net/http take them.
package edge

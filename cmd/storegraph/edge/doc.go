// Package edge is the HTTP middleware around the whole server: request ids, access log, panic recovery, proxy addresses,
// security headers, CORS, compression and limits on request bodies. It has no business logic and does not authenticate.
//
// Wrap applies all middleware in the right order. Each can also be used by itself.
package edge

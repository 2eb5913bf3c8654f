// Package playground is the page on which a person meets the API: GraphiQL with the schema's documentation, an explorer
// and example operations. Everything the browser loads is in the binary; the page asks no other host.
//
// The page is built from ui/ into dist/ by Node 20 and npm 11; the result is committed, so that building the server needs
// neither. After a change in ui/:
//
//	go generate ./graph/playground
package playground

//go:generate npm --prefix ui ci
//go:generate npm --prefix ui run build

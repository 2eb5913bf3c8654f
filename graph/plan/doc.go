// Package plan compiles a GraphQL selection on the structs of package model into a plan that writes their
// JSON in one pass. It is the fast path of the @fast directive; whatever it cannot compile, gqlgen's executor
// writes, with the same bytes.
package plan

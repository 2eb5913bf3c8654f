// Package rest is Medusa's Store API as a dialect of the GraphQL API: a table of routes, each of which compiles a
// request into an operation that the graph package runs in process. It has no business logic.
package rest

// Package field names the fields of the GraphQL schema, so that what a read wants of a thing is a set that the compiler checks: a
// misspelt field does not compile. It knows nothing else of GraphQL.
package field

//go:generate go run storegraph/cmd/fields -schema ../../graph/schema -out field.gen.go

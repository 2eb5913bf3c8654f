// Package field has a constant for each field name of the GraphQL schema, and sets of them, which say what a read wants. A misspelt
// field does not compile. The package knows nothing else of GraphQL.
package field

//go:generate go run github.com/storegraph/storegraph/cmd/fields -schema ../../graph/schema -out field.gen.go

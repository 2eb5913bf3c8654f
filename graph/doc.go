// Package graph is the API: everything the store can do, as one GraphQL schema and the executor that runs it. The
// REST dialect runs its operations through the same executor.
package graph

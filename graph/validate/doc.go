// Package validate decides whether GraphQL documents can run against a schema, in time that grows with their length and not faster.
//
// It applies gqlparser's rules but one: fields that overlap are compared by an algorithm of its own (overlap.go), as gqlparser compares
// each pair of them. A document that only walks of its fragments over and over could check is refused. It knows nothing of the shop.
package validate

package model

import "github.com/99designs/gqlgen/graphql"

// An Optional is a field of an input that may be left out, which differs from giving null. Its zero value is a field that is left
// out; IsSet reports whether it is given, and Value returns what is given, or the zero value.
type Optional[T any] = graphql.Omittable[T]

// Some returns a field that is given.
func Some[T any](v T) Optional[T] { return graphql.OmittableOf(v) }

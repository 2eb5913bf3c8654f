package model

import "github.com/99designs/gqlgen/graphql"

// An Optional is a field of an input that may be left out, which is not the same as null. Its zero value is a field that is left
// out. IsSet reports whether the field is given; Value returns what is given, or the zero value of T.
type Optional[T any] = graphql.Omittable[T]

// Some returns a field that is given as v.
func Some[T any](v T) Optional[T] { return graphql.OmittableOf(v) }

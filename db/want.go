package db

import "github.com/storegraph/storegraph/model/field"

// Want is what a caller wants of a thing: its fields, each with what is wanted below it. Nil wants nothing.
type Want = field.Set

package model

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// NewID returns a fresh identifier of the form prefix_ULID, as Medusa writes them. Ids made in one
// millisecond sort at random among each other; ids of different milliseconds sort by time.
func NewID(prefix string, now time.Time) string {
	return prefix + "_" + NewULID(now)
}

// NewULID returns a fresh identifier without a prefix.
func NewULID(now time.Time) string { return ulid.MustNew(ulid.Timestamp(now), rand.Reader).String() }

// IDPrefix returns what stands before the last underscore of an id: "prod" of "prod_01H…". It is empty
// for an id without one.
func IDPrefix(id string) string {
	if i := strings.LastIndexByte(id, '_'); i > 0 {
		return id[:i]
	}
	return ""
}

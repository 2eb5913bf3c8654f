package model

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// NewID returns a new id of the form prefix_ULID, as the reference makes them. Ids of different milliseconds sort by time, ids
// of one millisecond at random.
func NewID(prefix string, now time.Time) string {
	return prefix + "_" + NewULID(now)
}

// NewULID returns a new id without a prefix.
func NewULID(now time.Time) string { return ulid.MustNew(ulid.Timestamp(now), rand.Reader).String() }

// IsSavedAddress reports whether an id is that of an address which a customer has saved.
func IsSavedAddress(id string) bool { return strings.HasPrefix(id, "cuaddr_") }

// IDPrefix returns the part of an id before its last underscore: "prod" of "prod_01H…". It is empty for an id without one.
func IDPrefix(id string) string {
	if i := strings.LastIndexByte(id, '_'); i > 0 {
		return id[:i]
	}
	return ""
}

package shop

import (
	"context"
	"time"

	"storegraph/db"
	"storegraph/graph/auth"
)

// Config is what a Shop needs.
type Config struct {
	DB     db.DB
	Tokens *auth.Tokens
	Hasher *auth.Hasher
	Now    func() time.Time
}

// A Shop is the use cases of a store. It is safe for concurrent use.
type Shop struct{ Config }

// New returns the shop of a store.
func New(c Config) *Shop { return &Shop{c} }

// inTx runs fn in a transaction and commits if it succeeds.
func (s *Shop) inTx(ctx context.Context, fn func(tx db.DB) error) error {
	_, err := db.InTx(ctx, s.DB, func(tx db.DB) (struct{}, error) { return struct{}{}, fn(tx) })
	return err
}

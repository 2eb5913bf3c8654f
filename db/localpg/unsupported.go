//go:build !unix

package localpg

import (
	"context"
	"errors"
)

// Server is never made on this system.
type Server struct{}

// Start always fails on this system: set DATABASE_URL.
func Start(context.Context, Options) (*Server, error) {
	return nil, errors.Join(ErrNotInstalled, errors.New("a private PostgreSQL is not supported on this system: set DATABASE_URL"))
}

// URL is empty.
func (*Server) URL(string) string { return "" }

// CreateDatabase fails.
func (*Server) CreateDatabase(context.Context, string) error { return ErrNotInstalled }

// DropDatabase fails.
func (*Server) DropDatabase(context.Context, string) error { return ErrNotInstalled }

// Announce fails.
func (*Server) Announce(string) error { return ErrNotInstalled }

// Done is never ready.
func (*Server) Done() <-chan struct{} { return nil }

// Stop does nothing.
func (*Server) Stop() error { return nil }

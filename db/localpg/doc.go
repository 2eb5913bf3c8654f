// Package localpg runs a private PostgreSQL for one machine: it finds or fetches the binaries, makes the
// cluster once, starts it on 127.0.0.1 and stops it with its owner.
//
// It never re-initialises and never deletes a data directory. Only an ephemeral cluster, which nobody else
// can know, is removed when it stops. It is not a way to run a database for several machines: use DATABASE_URL there.
package localpg

package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
)

// DB is the store's tables: the pool, or one transaction. Whatever is called on a DB runs there, batches included, so that inside
// InTx nothing reads beside the transaction or needs a second connection.
// The pool is safe for concurrent use; a transaction belongs to the one goroutine that runs InTx's function.
type DB struct {
	bun  bun.IDB   // the pool, or the transaction
	conn *sql.Conn // the transaction's connection; nil is the pool
	*shared
}

// shared is what a DB and the transactions on it have in common.
type shared struct {
	pool         *pgxpool.Pool
	bunPool      *bun.DB // on pool
	keys         *keyCache
	translations *translations
}

// Options tunes the connection pool. The zero value is the default of each.
type Options struct {
	// MaxConns is the most connections the pool opens; 0 means the larger of 4 and the CPU count.
	MaxConns int
	// Pooler is true behind a transaction-pooling proxy such as PgBouncer: no statement is prepared by name.
	Pooler bool
	// Tracer sees every statement; nil means none. Tests count with it.
	Tracer pgx.QueryTracer
}

// Open returns the database at url. It does not connect: the first query does, and each later one
// reconnects by itself, so a DB outlives a server that restarts.
func Open(ctx context.Context, url string, o Options) (DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return DB{}, fmt.Errorf("database URL: %w", err)
	}
	if o.MaxConns > 0 {
		cfg.MaxConns = int32(o.MaxConns)
	}
	if o.Pooler {
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.ConnConfig.Tracer = o.Tracer
	// bun escapes texts as these two say. PgBouncer keeps both for each client.
	cfg.ConnConfig.RuntimeParams["standard_conforming_strings"] = "on"
	cfg.ConnConfig.RuntimeParams["client_encoding"] = "UTF8"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return DB{}, err
	}
	// What bun builds has its arguments in its text. It is only ever executed, never queried: pgx sends a statement without
	// arguments as a simple query, which does not push the prepared ones out of the statement cache.
	b := bun.NewDB(stdlib.OpenDBFromPool(pool), postgres)
	return DB{bun: b, shared: &shared{pool: pool, bunPool: b, keys: &keyCache{}, translations: &translations{}}}, nil
}

// Close closes every connection. It waits for queries that run.
func (d DB) Close() {
	_ = d.bunPool.Close()
	d.pool.Close()
}

// Ping fails if the database does not answer.
func (d DB) Ping(ctx context.Context) error { return d.pool.Ping(ctx) }

// InTx runs fn in a transaction and commits if it succeeds. Nested calls are savepoints. A request with an Idempotency-Key is
// noted as done by the transaction itself, so that it cannot be done twice.
func InTx[T any](ctx context.Context, d DB, fn func(tx DB) (T, error)) (T, error) {
	var out T
	if d.conn != nil {
		err := d.bun.RunInTx(ctx, nil, func(_ context.Context, savepoint bun.Tx) (err error) {
			out, err = fn(DB{bun: savepoint, conn: d.conn, shared: d.shared})
			return err
		})
		return out, err
	}
	conn, err := d.bunPool.Conn(ctx)
	if err != nil {
		return out, toModel(err)
	}
	defer func() { _ = conn.Close() }() // it goes back to the pool
	err = conn.RunInTx(ctx, nil, func(_ context.Context, tx bun.Tx) (err error) {
		inner := DB{bun: tx, conn: conn.Conn, shared: d.shared}
		if out, err = fn(inner); err != nil {
			return err
		}
		return inner.markKeyed(ctx)
	})
	return out, err
}

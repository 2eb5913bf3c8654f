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
	"github.com/uptrace/bun/dialect/pgdialect"
)

// DB is the store's tables. Inside InTx it is one transaction; otherwise it is the pool.
// A DB is safe for concurrent use outside InTx; inside it belongs to the one goroutine that runs fn.
type DB struct {
	pool  *pgxpool.Pool // constant statements, prepared once
	bun   bun.IDB
	sql   *sql.DB       // under bun; nil inside InTx
	plain *pgxpool.Pool // under sql; nil inside InTx
	keys  *keyCache

	translations *translations
}

// Options tunes the connection pool. The zero value is the default of each.
type Options struct {
	// MaxConns is the most connections the pool opens; 0 means the larger of 4 and the CPU count.
	MaxConns int
	// Pooler is true behind a transaction-pooling proxy such as PgBouncer: no statement is prepared.
	Pooler bool
	// Tracer sees every statement; nil means none. Tests count with it.
	Tracer pgx.QueryTracer
}

// Open returns the database at url. It does not connect: the first query does, and each later one
// reconnects by itself, so a DB outlives a server that restarts.
func Open(ctx context.Context, url string, o Options) (DB, error) {
	pool, err := newPool(ctx, url, o, pgx.QueryExecModeCacheStatement)
	if err != nil {
		return DB{}, err
	}
	// bun writes its arguments into the text. Its statements would push every prepared one out of the
	// statement cache, so it has connections of its own that prepare nothing.
	plain, err := newPool(ctx, url, o, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		pool.Close()
		return DB{}, err
	}
	sqlDB := stdlib.OpenDBFromPool(plain)
	return DB{pool: pool, bun: bun.NewDB(sqlDB, pgdialect.New()), sql: sqlDB, plain: plain, keys: &keyCache{}, translations: &translations{}}, nil
}

func newPool(ctx context.Context, url string, o Options, mode pgx.QueryExecMode) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if o.MaxConns > 0 {
		cfg.MaxConns = int32(o.MaxConns)
	}
	if o.Pooler && mode == pgx.QueryExecModeCacheStatement {
		mode = pgx.QueryExecModeExec
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.ConnConfig.DefaultQueryExecMode = mode
	cfg.ConnConfig.Tracer = o.Tracer
	return pgxpool.NewWithConfig(ctx, cfg)
}

// Close closes every connection. It waits for queries that run.
func (d DB) Close() {
	if d.sql != nil {
		_ = d.sql.Close()
		d.plain.Close()
	}
	d.pool.Close()
}

// Ping fails if the database does not answer.
func (d DB) Ping(ctx context.Context) error { return d.pool.Ping(ctx) }

// InTx runs fn in a transaction and commits if it succeeds. Nested calls are savepoints. A request with an Idempotency-Key is
// noted as done by the transaction itself, so that it cannot be done twice.
func InTx[T any](ctx context.Context, d DB, fn func(tx DB) (T, error)) (T, error) {
	var out T
	err := d.bun.RunInTx(ctx, nil, func(_ context.Context, tx bun.Tx) (err error) {
		inner := DB{pool: d.pool, bun: tx, keys: d.keys, translations: d.translations}
		if out, err = fn(inner); err != nil {
			return err
		}
		return inner.markKeyed(ctx)
	})
	return out, err
}

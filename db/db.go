package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/model/docsearch"
	"github.com/storegraph/storegraph/model/recent"
)

// DB is the store's tables: the pool, or one transaction. Whatever is called on a DB runs there, batches included, so that inside
// InTx nothing reads beside the transaction or needs a second connection.
// The pool is safe for concurrent use; a transaction belongs to the one goroutine that runs InTx's function.
type DB struct {
	bun   bun.IDB   // the pool, or the transaction
	conn  *sql.Conn // the transaction's connection; nil is the pool
	cause string    // where in a trace the transaction was begun, as traceParent says it
	*shared
}

// shared is what a DB and the transactions on it have in common.
type shared struct {
	pool         *pgxpool.Pool
	bunPool      *bun.DB // on pool
	keys         *keyCache
	translations *translations
	index        *catalogueIndex
	entities     *entities
	searches     *recent.Cache[searchKey, []string]
	version      atomic.Pointer[catalogueVersion] // nil until somebody has looked
	replicas     *replicas                        // nil if there are none
	patience     time.Duration
	medusaLocks  atomic.Bool
	lockPatience time.Duration
	limits       limits
	spans        trace.Tracer // nil: nothing is traced
	language     string
	exposed      docsearch.Exposed
}

// Options tunes the connection pool. The zero value is the default of each.
type Options struct {
	// MaxConns is the most connections the pool opens; 0 means the larger of 4 and the CPU count.
	MaxConns int
	// Pooler is true behind a transaction-pooling proxy such as PgBouncer: no statement is prepared by name.
	Pooler bool
	// Tracer sees every statement; nil means none. Tests count with it.
	Tracer pgx.QueryTracer
	// Spans makes a span of each round trip below one that is traced, and of each piece of work that no request waits for; nil means none.
	Spans trace.Tracer
	// Patience is how long a request waits for a database that is not there; 0 means 15 seconds.
	Patience time.Duration
	// LockPatience is how long a request waits for what a Medusa beside this server has locked; 0 means 20 seconds.
	LockPatience time.Duration
	// StatementTimeout is the longest that a statement may run; 0 means 30 seconds.
	StatementTimeout time.Duration
	// Language is the language of the shop's own texts, a BCP 47 tag, by which they are searched; empty means English.
	Language string
	// Replicas are the addresses of streaming replicas, one server each, that reads may go to: see ReadElsewhere.
	Replicas []string
	// ReplicaLag is how far behind a replica may be that is used; 0 means 5 seconds.
	ReplicaLag time.Duration
	// Documents are the indexes of documents that shoppers may search; nil is none.
	Documents docsearch.Exposed
}

const (
	// defaultPatience outlasts the restart of a database, and a failover that is quick.
	defaultPatience = 15 * time.Second
	// defaultStatementTimeout is far longer than any statement of a healthy shop takes.
	defaultStatementTimeout = 30 * time.Second
	// lockTimeout is how long a statement waits for a row that another transaction has locked.
	lockTimeout = 20 * time.Second
	// idleTimeout ends a transaction whose program does nothing with it: longer than a carrier may take to name a price.
	idleTimeout = time.Minute
	// connectTimeout is how long one attempt to connect may take.
	connectTimeout = 5 * time.Second
)

// CheckURL fails if url is not the address of a database, as Open takes it. Its error has no part of it, which may be a password.
func CheckURL(url string) error {
	if _, err := pgxpool.ParseConfig(url); err != nil {
		return errors.New("want an address, such as postgres://user:password@host:5432/name; special characters in it are written as %40 for @")
	}
	return nil
}

// Open returns the database at url. It does not connect: the first query does, and each later one
// reconnects by itself, so a DB outlives a server that restarts.
func Open(ctx context.Context, url string, o Options) (DB, error) {
	cfg, err := poolConfig(url, o)
	if err != nil {
		return DB{}, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return DB{}, err
	}
	replicas, err := openReplicas(ctx, o)
	if err != nil {
		pool.Close()
		return DB{}, err
	}
	// What bun builds has its arguments in its text. It is only ever executed, never queried: pgx sends a statement without
	// arguments as a simple query, which does not push the prepared ones out of the statement cache.
	b := bun.NewDB(stdlib.OpenDBFromPool(pool), postgres)
	return DB{bun: b, shared: &shared{
		pool: pool, bunPool: b, keys: &keyCache{}, translations: &translations{}, index: &catalogueIndex{}, entities: newEntities(), searches: recent.New[searchKey, []string](mostSearches, searchesKept),
		patience: cmp.Or(o.Patience, defaultPatience), lockPatience: cmp.Or(o.LockPatience, lockTimeout), limits: newLimits(o), spans: o.Spans,
		language: cmp.Or(o.Language, "en"), exposed: o.Documents, replicas: replicas,
	}}, nil
}

// poolConfig returns how connections to the database at url are made.
func poolConfig(url string, o Options) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if o.MaxConns > 0 {
		cfg.MaxConns = int32(o.MaxConns)
	}
	if o.Pooler {
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
		cfg.AfterConnect = nameArguments
	}
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.ConnConfig.Tracer = o.tracing()
	// bun escapes texts as these two say. PgBouncer keeps both for each client.
	cfg.ConnConfig.RuntimeParams["standard_conforming_strings"] = "on"
	cfg.ConnConfig.RuntimeParams["client_encoding"] = "UTF8"
	if !o.Pooler { // which refuses these parameters, or gives a connection with them to another client
		maps.Copy(cfg.ConnConfig.RuntimeParams, newLimits(o).parameters())
	}
	return cfg, nil
}

// Connections returns how many connections may be in use at once: 1 in a transaction.
func (d DB) Connections() int {
	if d.conn != nil {
		return 1
	}
	return int(d.pool.Config().MaxConns)
}

// Close closes every connection. It waits for queries that run.
func (d DB) Close() {
	_ = d.bunPool.Close()
	d.pool.Close()
	if d.replicas != nil {
		d.replicas.close()
	}
}

// Ping fails if the database does not answer.
func (d DB) Ping(ctx context.Context) error { return d.pool.Ping(ctx) }

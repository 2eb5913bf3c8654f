package db

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
)

// limits are how long the database works for one statement or transaction, as its parameters say it.
type limits struct {
	statement time.Duration
	pooler    bool
	local     string // sets them for one transaction, behind a pooler; empty where each connection has them
}

func newLimits(o Options) limits {
	l := limits{statement: cmp.Or(o.StatementTimeout, defaultStatementTimeout), pooler: o.Pooler}
	if l.pooler {
		var b strings.Builder
		for _, name := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
			b.WriteString(separator + "SET LOCAL " + name + " = " + l.parameters()[name])
		}
		l.local = b.String()
	}
	return l
}

// parameters are the limits as parameters of a connection, in milliseconds.
func (l limits) parameters() map[string]string {
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	return map[string]string{
		"statement_timeout": ms(l.statement), "lock_timeout": ms(min(lockTimeout, l.statement)),
		"idle_in_transaction_session_timeout": ms(idleTimeout),
	}
}

// begin is the text that begins a transaction with these limits.
func (l limits) begin() string { return "BEGIN" + l.local }

// read queues what bounds the reads of a batch, which is one transaction, where its connection has no limits.
func (l limits) read(b *batch) {
	if l.pooler {
		b.Queue("SELECT set_config('statement_timeout', $1, true)", l.parameters()["statement_timeout"])
	}
}

// unlimited returns the same database on connections without limits, for what nobody waits for and what may take long.
func (d DB) unlimited(ctx context.Context) (DB, error) {
	cfg := d.pool.Config()
	for name := range d.limits.parameters() {
		delete(cfg.ConnConfig.RuntimeParams, name)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return DB{}, err
	}
	b := bun.NewDB(stdlib.OpenDBFromPool(pool), postgres)
	return DB{bun: b, shared: &shared{pool: pool, bunPool: b, keys: d.keys, translations: d.translations, patience: d.patience}}, nil
}

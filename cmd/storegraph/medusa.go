package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/locking"
	"github.com/storegraph/storegraph/graph/shop/medusa"
)

// medusaConfig is how this server works beside a Medusa on the same database.
type medusaConfig struct {
	Locking     string `var:"MEDUSA_LOCKING" name:"medusa-locking" enum:"auto,postgres,redis,none" default:"auto" help:"The provider of Medusa's locking module, which is shared: postgres, redis or none; auto: redis with LOCKING_REDIS_URL, postgres if its table is there."`
	RedisURL    string `var:"LOCKING_REDIS_URL" name:"locking-redis-url" secret:"" placeholder:"URL" help:"The Redis server of Medusa's locks, as its option redisUrl."`
	RedisPrefix string `var:"LOCKING_REDIS_PREFIX" name:"locking-redis-prefix" default:"medusa_lock:" help:"What their names begin with, as its option namespace."`
	Dir         string `var:"MEDUSA_DIR" name:"medusa-dir" placeholder:"DIR" predictor:"dir" help:"The directory in which run --admin installs Medusa, once. Empty: medusa-2.21.2 in STOREGRAPH_DATA."`
}

// check fails if settings contradict each other, or Redis has no such address.
func (m medusaConfig) check() error {
	if m.RedisURL == "" {
		if m.Locking == "redis" {
			return errors.New("MEDUSA_LOCKING=redis needs LOCKING_REDIS_URL, the Redis server of Medusa's locks")
		}
		return nil
	}
	r, err := locking.NewRedis(locking.Options{URL: m.RedisURL}) // which does not connect
	if err != nil {
		return errors.New("LOCKING_REDIS_URL: want an address, such as redis://user:password@localhost:6379/0, or rediss:// with TLS")
	}
	return r.Close()
}

// medusaClient returns a client of the Medusa, or nil if there is none.
func (c *Config) medusaClient(log *slog.Logger) *medusa.Client {
	if c.Front.URL == nil {
		return nil
	}
	return medusa.New(medusa.Options{URL: strings.TrimRight(c.Front.URL.String(), "/"), Log: log})
}

// A lockingProvider is how a Medusa on the same database is excluded.
type lockingProvider struct {
	kind  string // postgres, redis or none
	redis *locking.Redis
	note  string // says so
}

// openLocking finds out how a Medusa on the database is excluded, and has the database share its locks.
func (m medusaConfig) openLocking(ctx context.Context, d db.DB, log *slog.Logger) (*lockingProvider, error) {
	p := &lockingProvider{kind: cmp.Or(m.Locking, "auto")}
	has, err := d.HasMedusaLocks(ctx)
	if err != nil {
		return nil, err
	}
	if p.kind == "auto" {
		switch {
		case m.RedisURL != "":
			p.kind = "redis"
		case has:
			p.kind = "postgres"
		default:
			p.kind = "none"
		}
	}
	switch p.kind {
	case "redis":
		p.note = "Medusa's locks: shared in Redis"
		if p.redis, err = locking.NewRedis(locking.Options{URL: m.RedisURL, Prefix: m.RedisPrefix, Log: log}); err != nil {
			return nil, fmt.Errorf("LOCKING_REDIS_URL: %w", err)
		}
	case "postgres":
		if !has {
			return nil, errors.New("MEDUSA_LOCKING=postgres, but the database has no table locking: " + addProvider)
		}
		p.note = "Medusa's locks: shared in Postgres"
		d.ShareMedusaLocks()
	default:
		p.kind = "none"
		p.note = "Medusa's locks: not shared, so a Medusa beside this server cannot be excluded: both may sell the same stock and lose changes of the same cart. If there is one, " + addProvider
	}
	return p, nil
}

// addProvider is what a Medusa lacks whose locks cannot be shared.
const addProvider = "add to the modules in medusa-config " +
	`{ resolve: "@medusajs/medusa/locking", options: { providers: [{ id: "postgres", resolve: "@medusajs/medusa/locking-postgres", is_default: true }] } }` +
	", run medusa db:migrate, and start both again; or use its Redis provider and set LOCKING_REDIS_URL"

// tell logs how a Medusa is excluded. That there is one beside this server is certain only with MEDUSA_URL.
func (p *lockingProvider) tell(ctx context.Context, beside bool, log *slog.Logger) {
	if p.kind == "none" && beside {
		log.WarnContext(ctx, p.note)
	} else {
		log.InfoContext(ctx, p.note)
	}
	if p.redis == nil {
		return
	}
	if err := p.redis.Ping(ctx); err != nil {
		log.WarnContext(ctx, "the Redis server of Medusa's locks does not answer; until it does no cart can be changed", "error", err)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"storegraph/db"
	"storegraph/graph/shop/locking"
	"storegraph/graph/shop/medusa"
)

// medusaConfig is how this server works beside a Medusa on the same database.
type medusaConfig struct {
	locking     string // how it excludes itself: auto, postgres, redis or none
	redisURL    string
	redisPrefix string
}

func medusaSettings() []setting {
	return []setting{
		choice("MEDUSA_LOCKING", "auto",
			"The provider of Medusa's locking module, which is shared: postgres, redis or none; auto: redis with LOCKING_REDIS_URL, postgres if its table is there.",
			func(c *Config, v string) { c.Medusa.locking = v }, "auto", "postgres", "redis", "none"),
		text("LOCKING_REDIS_URL", "", "The Redis server of Medusa's locks, as its option redisUrl.", func(c *Config) *string { return &c.Medusa.redisURL }),
		text("LOCKING_REDIS_PREFIX", locking.DefaultPrefix, "What their names begin with, as its option namespace.",
			func(c *Config) *string { return &c.Medusa.redisPrefix }),
	}
}

// check fails if settings contradict each other.
func (m medusaConfig) check() error {
	if m.locking == "redis" && m.redisURL == "" {
		return errors.New("MEDUSA_LOCKING=redis needs LOCKING_REDIS_URL, the Redis server of Medusa's locks")
	}
	return nil
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
	p := &lockingProvider{kind: m.locking}
	has, err := d.HasMedusaLocks(ctx)
	if err != nil {
		return nil, err
	}
	if p.kind == "auto" {
		switch {
		case m.redisURL != "":
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
		if p.redis, err = locking.NewRedis(locking.Options{URL: m.redisURL, Prefix: m.redisPrefix, Log: log}); err != nil {
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

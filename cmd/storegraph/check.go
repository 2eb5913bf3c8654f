package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/storegraph/storegraph/db"
)

// Run prints the report of db.Check, and if that is asked for which server answers what. If the database cannot be served, its error is the
// one that serve fails with.
func (c *checkCommand) Run(ctx context.Context, a *app) (err error) {
	d, err := a.openAnswering(ctx, a.logger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	report, err := db.Check(ctx, d.DB)
	if err != nil {
		return err
	}
	for _, note := range report.Notes {
		fmt.Fprintln(a.stdout, note)
	}
	if err := report.Err(); err != nil {
		return err
	}
	locks, err := a.cfg.Medusa.openLocking(ctx, d.DB, a.logger())
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, locks.note)
	if locks.redis != nil {
		defer func() { err = errors.Join(err, locks.redis.Close()) }()
		if err := locks.redis.Ping(ctx); err != nil {
			return fmt.Errorf("the Redis server of Medusa's locks does not answer: %w", err)
		}
	}
	if _, err = fmt.Fprintln(a.stdout, "the database can be served"); err != nil || !c.Front {
		return err
	}
	return a.frontReport(ctx, d.DB)
}

package main

import (
	"context"
	"errors"
	"fmt"

	"storegraph/db"
)

// check prints the report of db.Check, and with --front which server answers what. If the database cannot be served, its error is the one that serve fails with.
func check(ctx context.Context, a *app) (err error) {
	front := len(a.args) == 1 && a.args[0] == "--front"
	if len(a.args) > 0 && !front {
		return fmt.Errorf("check takes --front or nothing, but got %q", a.args)
	}
	d, err := a.openDatabase(ctx, a.logger())
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
	if _, err = fmt.Fprintln(a.stdout, "the database can be served"); err != nil || !front {
		return err
	}
	return a.frontReport(ctx, d.DB)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"storegraph/db"
	"storegraph/db/seed"
)

// seedShop is the command seed.
func seedShop(ctx context.Context, a *app) (err error) {
	log := a.logger()
	d, err := a.openDatabase(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if a.cfg.private() {
		if err := db.Migrate(ctx, d.DB, log); err != nil {
			return err
		}
	}
	report, err := db.Check(ctx, d.DB)
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return err
	}
	r, err := a.seed(ctx, d.DB, log)
	if err != nil {
		return err
	}
	if !r.Created {
		fmt.Fprintln(a.stdout, "The demo shop is there already; nothing was changed.")
	}
	_, err = fmt.Fprintf(a.stdout, "Publishable key  %s\n", r.PublishableKey)
	return err
}

// seed writes the demo shop, unless the database has it.
func (a *app) seed(ctx context.Context, d db.DB, log *slog.Logger) (seed.Result, error) {
	r, err := seed.Run(ctx, d, seed.Options{BaseURL: a.cfg.publicURL(), Beside: a.cfg.SeedBeside})
	if err == nil && r.Created {
		log.InfoContext(ctx, "wrote the demo shop", "products", r.Products)
	}
	return r, err
}

// publicURL returns the address at which browsers reach the server, as far as it is known before the server listens.
func (c Config) publicURL() string {
	switch {
	case c.BaseURL != "":
		return c.BaseURL
	case c.Port == 0:
		return "http://localhost:9000"
	default:
		return "http://localhost:" + strconv.Itoa(c.Port)
	}
}

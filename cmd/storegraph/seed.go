package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/model"
)

// Run writes the demo shop and, if that is asked for, generated products.
func (c *seedCommand) Run(ctx context.Context, a *app) (err error) {
	log := a.logger()
	d, err := a.openAnswering(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if a.cfg.private() {
		if err := migratePrivate(ctx, d.DB, log); err != nil {
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
	if !r.Created && c.Products == 0 {
		fmt.Fprintln(a.stdout, "The demo shop is there already; nothing was changed.")
	}
	if c.Products > 0 {
		if err := a.fill(ctx, d.DB, seed.Size{Products: c.Products, Seed: c.Seed, BaseURL: a.cfg.publicURL()}); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.stdout, "Publishable key  %s\n", r.PublishableKey)
	return err
}

// fill generates products, and shows how far it is.
func (a *app) fill(ctx context.Context, d db.DB, size seed.Size) error {
	begun := time.Now()
	size.Progress = a.progress("Products")
	added, err := seed.Fill(ctx, d, size)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Generated %d products in %s.\n", added, time.Since(begun).Round(100*time.Millisecond))
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

// movePictures has the demo shop's images be found at this server, which listens at base. If that cannot be written, as in a database
// that can only be read, the shop is served nevertheless.
func (a *app) movePictures(ctx context.Context, d db.DB, log *slog.Logger, base string) error {
	to := cmp.Or(a.cfg.BaseURL, base)
	from, err := seed.Move(ctx, d, to, a.cfg.BaseURL == "")
	switch {
	case errors.Is(err, model.Unavailable):
		return err
	case err != nil:
		log.WarnContext(ctx, "the demo shop's images stay at the address of another server", "error", err)
	case from != "":
		log.InfoContext(ctx, "the demo shop's images are at this server now", "from", from, "to", to)
	}
	return nil
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

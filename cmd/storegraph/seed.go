package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"storegraph/db"
	"storegraph/db/seed"
)

// seedShop is the command seed: it writes the demo shop and, if --products asks for them, generated products.
func seedShop(ctx context.Context, a *app) (err error) {
	flags := flag.NewFlagSet("seed", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says what is wrong
	products := flags.Int("products", 0, "")
	random := flags.Uint64("seed", 1, "")
	if err := flags.Parse(a.args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *products < 0 {
		return errors.New("usage: storegraph seed [--products number] [--seed number]")
	}
	log := a.logger()
	d, err := a.openDatabase(ctx, log)
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
	if !r.Created && *products == 0 {
		fmt.Fprintln(a.stdout, "The demo shop is there already; nothing was changed.")
	}
	if *products > 0 {
		if err := a.fill(ctx, d.DB, seed.Size{Products: *products, Seed: *random, BaseURL: a.cfg.publicURL()}); err != nil {
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

// progress returns what shows how much of something has been done: a bar in a terminal, elsewhere a line for each tenth.
func (a *app) progress(what string) func(done, total int) {
	if file, ok := a.stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		var bar *progressbar.ProgressBar
		return func(done, total int) {
			if bar == nil {
				bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(file), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
					progressbar.OptionSetWidth(40), progressbar.OptionOnCompletion(func() { fmt.Fprintln(file) }))
			}
			_ = bar.Set(done)
		}
	}
	last := 0
	return func(done, total int) {
		if tenth := 10 * done / total; tenth > last {
			last = tenth
			fmt.Fprintf(a.stdout, "%s: %d of %d\n", what, done, total)
		}
	}
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

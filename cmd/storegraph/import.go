package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop"
)

// Run has the shop agree with a file of products, and says what that changed.
func (c *importCommand) Run(ctx context.Context, a *app) error {
	in := io.Reader(os.Stdin)
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // it was only read
		in = file
	}
	return a.withShop(ctx, func(s *shop.Shop) error {
		begun := time.Now()
		got, err := s.ImportProducts(ctx, in, shop.Import{Create: c.Create, Dry: c.DryRun, Faults: c.Faults, Progress: a.progress("Products")})
		if err != nil {
			return err
		}
		done := "Imported"
		if c.DryRun {
			done = "Nothing was changed. It would have imported"
		}
		_, err = fmt.Fprintf(a.stdout, "%s %d rows in %s: %d products created, %d updated, %d unchanged; %d variants created, %d updated%s.\n", done, got.Rows,
			time.Since(begun).Round(100*time.Millisecond), got.Created, got.Updated, got.Equal, got.NewVariants, got.ChangedVariants, madeGroups(got))
		return err
	})
}

// madeGroups says which groups of products an import made.
func madeGroups(got shop.Imported) string {
	if got.Collections+got.Types+got.Tags+got.Categories == 0 {
		return ""
	}
	return fmt.Sprintf("; %d collections, %d types, %d tags and %d categories created", got.Collections, got.Types, got.Tags, got.Categories)
}

// withShop calls fn with the shop of the configured database, which must be one that can be served.
func (a *app) withShop(ctx context.Context, fn func(*shop.Shop) error) (err error) {
	log := a.logger()
	d, err := a.openAnswering(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	report, err := db.Check(ctx, d.DB)
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return err
	}
	return fn(shop.New(shop.Config{DB: d.DB, Now: time.Now, Payers: a.cfg.payers(), Medusa: a.cfg.medusaClient(log), Log: log}))
}

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
	in, err := c.open()
	if err != nil {
		return err
	}
	defer in.Close()
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

// A readTwice is a file that can be read again.
type readTwice struct {
	*os.File

	temporary bool
}

// Close closes the file, and removes a temporary one.
func (f readTwice) Close() {
	_ = f.File.Close() // it was only read
	if f.temporary {
		_ = os.Remove(f.Name())
	}
}

// open opens the file. What cannot be read twice, such as the standard input, is written to a temporary file.
func (c *importCommand) open() (readTwice, error) {
	in := os.Stdin
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return readTwice{}, err
		}
		in = file
	}
	if info, err := in.Stat(); err == nil && info.Mode().IsRegular() && c.File != "-" {
		return readTwice{in, false}, nil
	}
	defer func() { _ = in.Close() }() // it was only read
	file, err := os.CreateTemp("", "storegraph-import-*.csv")
	if err != nil {
		return readTwice{}, err
	}
	out := readTwice{file, true}
	if _, err = io.Copy(file, in); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		out.Close()
	}
	return out, err
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

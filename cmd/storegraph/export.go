package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/storegraph/storegraph/graph/shop"
)

// Run writes all products to a file, which is there only once it is whole, or to the standard output.
func (c *exportCommand) Run(ctx context.Context, a *app) error {
	return a.withShop(ctx, func(s *shop.Shop) error {
		o := shop.Export{Full: c.Full, WithoutIDs: c.WithoutIDs}
		if c.Output == "" || c.Output == "-" {
			out := bufio.NewWriterSize(a.stdout, 1<<16)
			_, err := s.ExportProducts(ctx, out, o)
			return errors.Join(err, out.Flush())
		}
		o.Progress = a.progress("Products")
		file, err := os.CreateTemp(filepath.Dir(c.Output), ".export-*")
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(file.Name()) }() // it is there only if the export failed
		out := bufio.NewWriterSize(file, 1<<16)
		got, err := s.ExportProducts(ctx, out, o)
		if err := errors.Join(err, out.Flush(), file.Chmod(0o644), file.Close()); err != nil {
			return err
		}
		if err := os.Rename(file.Name(), c.Output); err != nil {
			return err
		}
		left := ""
		if got.LeftOut > 0 {
			left = fmt.Sprintf("; %d without variants were left out, which Medusa does not import (--full has them)", got.LeftOut)
		}
		_, err = fmt.Fprintf(a.stdout, "Exported %d products to %s%s.\n", got.Products, c.Output, left)
		return err
	})
}

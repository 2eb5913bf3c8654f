package shop

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/productfile"
)

// An Import says how products are imported.
type Import struct {
	Create bool // makes collections, types, tags and categories that the file names and the shop lacks
	Dry    bool // only finds faults, and what would change
	Faults int  // how many faults are told; 0 means 100
	// Progress is called, if it is not nil, with the number of products that have been looked at, and of all.
	Progress func(done, total int)
}

// Imported is what an import has changed, or would change.
type Imported struct {
	Rows                                 int
	Created, Updated, Equal              int // products; Equal had nothing to change
	NewVariants, ChangedVariants         int
	Collections, Types, Tags, Categories int // that were made
}

// importedAtOnce is how many products are read and written together.
const importedAtOnce = 500

// ImportProducts has the shop agree with a file of products, in Medusa's format: all of it or, if it has any fault, nothing. The error is then
// a *productfile.Faults. What is in the file and in the shop already changes nothing and causes no event. Products and variants that are not
// in the file stay.
//
// The file is read twice, so that only some of its products are in memory at a time, however many it has: at first for what is wrong in itself, and
// then, in the transaction that writes, product by product.
func (s *Shop) ImportProducts(ctx context.Context, r io.ReadSeeker, o Import) (Imported, error) {
	if o.Faults == 0 {
		o.Faults = 100
	}
	faults := &productfile.Faults{Most: o.Faults}
	file, err := productfile.Scan(r, faults)
	if err != nil {
		return Imported{}, err
	}
	inFile := *faults
	var out Imported
	err = s.inTx(ctx, func(tx db.DB) error {
		*faults = inFile
		faults.All = slices.Clip(faults.All)
		out = Imported{Rows: file.Rows}
		if err := s.importProducts(ctx, tx, importedFile{file, r, faults}, o, &out); err != nil {
			return err
		}
		if faults.Any() {
			return faults
		}
		if o.Dry {
			return errDry
		}
		return nil
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return out, err
}

// errDry undoes what would have been changed.
var errDry = errors.New("nothing was to be changed")

// An importedFile is a file that was scanned, and that can be read again.
type importedFile struct {
	*productfile.File

	from   io.ReadSeeker
	faults *productfile.Faults
}

func (s *Shop) importProducts(ctx context.Context, tx db.DB, file importedFile, o Import, out *Imported) error {
	now := s.Now()
	if err := tx.BeginImport(ctx); err != nil {
		return err
	}
	shop, err := tx.ProductShop(ctx)
	if err != nil {
		return err
	}
	if o.Create {
		g := file.Missing(shop)
		out.Collections, out.Types, out.Tags, out.Categories = len(g.Collections), len(g.Types), len(g.Tags), len(g.Categories)
		if err := tx.AddGroups(ctx, g, shop, handleOf, now); err != nil {
			return err
		}
	}
	m := productfile.Merger{
		File: file.File, Shop: shop, Faults: file.faults, Now: model.Time{Time: now}, NewID: func(prefix string) string { return model.NewID(prefix, now) },
	}
	if _, err := file.from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	done := 0
	return file.Each(file.from, file.faults, importedAtOnce, func(some []*productfile.Product) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		stock, err := tx.ProductStock(ctx, file.Keys(some))
		if err != nil {
			return err
		}
		c := m.Merge(some, stock)
		out.Created, out.Updated, out.Equal = out.Created+c.CreatedProducts, out.Updated+c.UpdatedProducts, out.Equal+c.Equal
		out.NewVariants, out.ChangedVariants = out.NewVariants+c.CreatedVariants, out.ChangedVariants+c.UpdatedVariants
		if !file.faults.Any() { // what cannot be kept is not written
			if err := tx.SaveProducts(ctx, c, now); err != nil {
				return err
			}
		}
		if done += len(some); o.Progress != nil {
			o.Progress(done, file.Products)
		}
		return nil
	})
}

// handleOf makes a handle of a name.
func handleOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "-")
}

// An Export says how products are exported.
type Export struct {
	Full       bool // with the columns that Medusa's importer refuses, see productfile.Full
	WithoutIDs bool // of products, variants and options
	// Progress is called, if it is not nil, with the number of products that have been read, and of all.
	Progress func(done, total int)
}

// Exported is what an export has written.
type Exported struct {
	Products int
	LeftOut  int // products without variants, which Medusa does not import
}

// ExportProducts writes all products to a file in Medusa's format, as the shop is at one time, in the order of their ids.
func (s *Shop) ExportProducts(ctx context.Context, w io.Writer, o Export) (Exported, error) {
	var out Exported
	_, err := db.InTx(ctx, s.DB, func(tx db.DB) (struct{}, error) {
		if out != (Exported{}) { // it has been written in part
			return struct{}{}, model.Unavailable.Errorf("the database was lost; run the export again")
		}
		return struct{}{}, exportProducts(ctx, tx, w, o, &out)
	})
	return out, err
}

func exportProducts(ctx context.Context, tx db.DB, w io.Writer, o Export, out *Exported) error {
	if err := tx.BeginExport(ctx); err != nil {
		return err
	}
	shape, total, err := tx.ProductShape(ctx, o.Full)
	if err != nil {
		return err
	}
	shape.WithoutIDs = o.WithoutIDs
	file, err := productfile.NewWriter(w, shape)
	if err != nil {
		return err
	}
	for last := ""; ; {
		stock, err := tx.ProductsAfter(ctx, last, importedAtOnce)
		if err != nil {
			return err
		}
		if len(stock.Products) == 0 {
			return file.Flush()
		}
		for _, p := range stock.Products {
			written, err := file.Write(p, stock.Texts)
			if err != nil {
				return err
			}
			if last = p.ID; written {
				out.Products++
			} else {
				out.LeftOut++
			}
		}
		if o.Progress != nil {
			o.Progress(out.Products+out.LeftOut, total)
		}
	}
}

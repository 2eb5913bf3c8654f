package productfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A Shape says which columns a file has.
type Shape struct {
	Categories, Images, Tags, Channels, Options, VariantImages int // how many columns of each there are
	Currencies                                                 []string
	Full                                                       *Full // nil: only what Medusa imports
	WithoutIDs                                                 bool  // of products, variants and options: whoever imports the file makes new ones
}

// Full are the columns that Medusa's importer refuses, or takes for something else: thumbnails and images of variants, prices by region,
// stock and translations.
type Full struct {
	Regions   []PricedRegion
	Locations []Place
	Languages []string
}

// A PricedRegion is a region with prices of its own.
type PricedRegion struct{ ID, Name, Currency string }

// A Place is a stock location.
type Place struct{ ID, Name string }

// A Writer writes a file.
type Writer struct {
	csv     *csv.Writer
	shape   Shape
	columns []writing
	record  []string
}

// A writing is a column with what it holds of a variant. The variant is nil in the row of a product without any.
type writing struct {
	name  string
	value func(c *Current, v *model.ProductVariant, texts map[[2]string]*Translation) string
}

// NewWriter returns a writer that has written the header.
func NewWriter(w io.Writer, s Shape) (*Writer, error) {
	out := &Writer{csv: csv.NewWriter(w), shape: s}
	out.productColumns()
	out.variantColumns()
	if s.Full != nil {
		out.fullColumns()
	}
	for _, c := range out.columns {
		out.record = append(out.record, c.name)
	}
	return out, out.csv.Write(out.record)
}

func (w *Writer) add(name string, value func(*Current, *model.ProductVariant) string) {
	w.columns = append(w.columns, writing{name, func(c *Current, v *model.ProductVariant, _ map[[2]string]*Translation) string { return value(c, v) }})
}

// list adds numbered columns.
func (w *Writer) list(name string, n int, of func(*Current, *model.ProductVariant) []string) {
	for i := range n {
		w.add(name+" "+strconv.Itoa(i+1), func(c *Current, v *model.ProductVariant) string {
			if all := of(c, v); i < len(all) {
				return all[i]
			}
			return ""
		})
	}
}

func (w *Writer) productColumns() {
	for _, f := range productFields {
		if f.name == "Product Id" && w.shape.WithoutIDs {
			continue
		}
		w.add(f.name, func(c *Current, _ *model.ProductVariant) string { return f.get(c.Product) })
	}
	w.add(collectionColumn, func(c *Current, _ *model.ProductVariant) string { return orEmpty(c.CollectionID) })
	w.add(typeColumn, func(c *Current, _ *model.ProductVariant) string { return orEmpty(c.TypeID) })
	w.add(profileColumn, func(c *Current, _ *model.ProductVariant) string { return c.Profile })
	w.list("Product Image", w.shape.Images, func(c *Current, _ *model.ProductVariant) []string { return urls(c.Images) })
	w.list("Product Category", w.shape.Categories, func(c *Current, _ *model.ProductVariant) []string { return c.Categories })
	w.list("Product Tag", w.shape.Tags, func(c *Current, _ *model.ProductVariant) []string { return c.Tags })
	w.list("Product Sales Channel", w.shape.Channels, func(c *Current, _ *model.ProductVariant) []string { return c.Channels })
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func urls(images []*model.ProductImage) []string {
	out := make([]string, len(images))
	for i, image := range images {
		out[i] = image.URL
	}
	return out
}

// ofVariant adds a column that is empty without a variant.
func (w *Writer) ofVariant(name string, value func(*Current, *model.ProductVariant) string) {
	w.add(name, func(c *Current, v *model.ProductVariant) string {
		if v == nil {
			return ""
		}
		return value(c, v)
	})
}

func (w *Writer) variantColumns() {
	for _, f := range variantFields {
		if f.name == variantThumbnail && w.shape.Full == nil || f.name == "Variant Id" && w.shape.WithoutIDs {
			continue
		}
		w.ofVariant(f.name, func(_ *Current, v *model.ProductVariant) string { return f.get(v) })
	}
	for _, currency := range w.shape.Currencies {
		w.ofVariant("Variant Price "+strings.ToUpper(currency), func(_ *Current, v *model.ProductVariant) string { return priceOf(v, priceKey{currency, ""}) })
	}
	for i := range w.shape.Options {
		option := func(value func(o *model.ProductOption, chosen string) string) func(*Current, *model.ProductVariant) string {
			return func(c *Current, v *model.ProductVariant) string {
				if i >= len(c.StoredOptions) {
					return ""
				}
				o := c.StoredOptions[i]
				chosen := chosenBy(v)[o.ID]
				if chosen == "" {
					return ""
				}
				return value(o, chosen)
			}
		}
		name := "Variant Option " + strconv.Itoa(i+1)
		if !w.shape.WithoutIDs {
			w.ofVariant(name+" Id", option(func(o *model.ProductOption, _ string) string { return o.ID }))
		}
		w.ofVariant(name+" Name", option(func(o *model.ProductOption, _ string) string { return o.Title }))
		w.ofVariant(name+" Value", option(func(o *model.ProductOption, chosen string) string {
			at := slices.IndexFunc(o.Values, func(v *model.ProductOptionValue) bool { return v.ID == chosen })
			if at < 0 {
				return ""
			}
			return o.Values[at].Value
		}))
		w.ofVariant(name+" Is Exclusive", option(func(o *model.ProductOption, _ string) string { return strconv.FormatBool(o.IsExclusive) }))
	}
}

func priceOf(v *model.ProductVariant, want priceKey) string {
	for _, p := range v.Prices {
		if key, ok := keyOf(p); ok && key == want {
			return p.Amount.String()
		}
	}
	return ""
}

func (w *Writer) fullColumns() {
	w.list("Variant Image", w.shape.VariantImages, shown)
	for _, r := range w.shape.Full.Regions {
		w.ofVariant("Variant Price "+r.Name+" ["+strings.ToUpper(r.Currency)+"]", func(_ *Current, v *model.ProductVariant) string { return priceOf(v, priceKey{r.Currency, r.ID}) })
	}
	for _, l := range w.shape.Full.Locations {
		w.ofVariant("Variant Stock "+l.Name, func(_ *Current, v *model.ProductVariant) string { return stockOf(v, l.ID) })
	}
	for _, language := range w.shape.Full.Languages {
		for _, name := range []string{"Title", "Subtitle", "Description", "Material"} {
			w.columns = append(w.columns, writing{"Product " + name + " [" + language + "]", func(c *Current, _ *model.ProductVariant, texts map[[2]string]*Translation) string {
				return textOf(texts[[2]string{c.ID, language}], name)
			}})
		}
		for _, name := range []string{"Title", "Material"} {
			w.columns = append(w.columns, writing{"Variant " + name + " [" + language + "]", func(_ *Current, v *model.ProductVariant, texts map[[2]string]*Translation) string {
				if v == nil {
					return ""
				}
				return textOf(texts[[2]string{v.ID, language}], name)
			}})
		}
	}
}

// shown returns the images that are shown with a variant: those that are chosen for it, and those that are chosen for none.
func shown(c *Current, v *model.ProductVariant) []string {
	if v == nil {
		return nil
	}
	taken := map[string]bool{}
	for _, other := range c.Variants {
		for _, image := range other.Images {
			taken[image.ID] = true
		}
	}
	own := &variant{ProductVariant: v}
	var out []string
	for _, image := range c.Images {
		if !taken[image.ID] || has(own, image) {
			out = append(out, image.URL)
		}
	}
	return out
}

// stockOf returns what a location has of a variant that is made of one item.
func stockOf(v *model.ProductVariant, location string) string {
	if !v.ManageInventory || len(v.InventoryItems) != 1 || !v.InventoryItems[0].RequiredQuantity.Equal(model.NewAmount(1).Decimal) || v.InventoryItems[0].Inventory == nil {
		return ""
	}
	for _, l := range v.InventoryItems[0].Inventory.LocationLevels {
		if l.LocationID == location {
			return l.StockedQuantity.String()
		}
	}
	return ""
}

// Write writes a product, a row for each variant. It reports false if it left the product out, since Medusa does not import products
// without variants.
func (w *Writer) Write(c *Current, texts map[[2]string]*Translation) (bool, error) {
	if w.overflows(c) {
		return false, fmt.Errorf("the product %s has changed since the export began: run it again", c.Handle)
	}
	if len(c.Variants) == 0 {
		if w.shape.Full == nil {
			return false, nil
		}
		return true, w.row(c, nil, texts)
	}
	for _, v := range c.Variants {
		if err := w.row(c, v, texts); err != nil {
			return false, err
		}
	}
	return true, nil
}

// overflows reports whether a product has more of something than there are columns.
func (w *Writer) overflows(c *Current) bool {
	s := w.shape
	return len(c.Categories) > s.Categories || len(c.Images) > s.Images || len(c.Tags) > s.Tags || len(c.Channels) > s.Channels || len(c.StoredOptions) > s.Options
}

func (w *Writer) row(c *Current, v *model.ProductVariant, texts map[[2]string]*Translation) error {
	for i := range w.columns {
		w.record[i] = w.columns[i].value(c, v, texts)
	}
	return w.csv.Write(w.record)
}

// Flush writes what is left, and returns the first error of a write.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

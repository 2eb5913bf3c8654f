package productfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A field is a column that holds one value of T.
type field[T any] struct {
	name string
	get  func(*T) string
	set  func(*T, string) error
}

// productFields are the columns of a product, in Medusa's order.
var productFields = []field[model.Product]{
	text("Product Id", func(p *model.Product) *string { return &p.ID }),
	text("Product Handle", func(p *model.Product) *string { return &p.Handle }),
	text("Product Title", func(p *model.Product) *string { return &p.Title }),
	optional("Product Subtitle", func(p *model.Product) **string { return &p.Subtitle }),
	{"Product Status", func(p *model.Product) string { return string(p.Status) }, setStatus},
	optional("Product External Id", func(p *model.Product) **string { return &p.ExternalID }),
	optional("Product Description", func(p *model.Product) **string { return &p.Description }),
	truth("Product Is Giftcard", func(p *model.Product) *bool { return &p.IsGiftcard }),
	truth("Product Discountable", func(p *model.Product) *bool { return &p.Discountable }),
	optional("Product Thumbnail", func(p *model.Product) **string { return &p.Thumbnail }),
	measure("Product Weight", func(p *model.Product) **model.Measure { return &p.Weight }),
	measure("Product Length", func(p *model.Product) **model.Measure { return &p.Length }),
	measure("Product Height", func(p *model.Product) **model.Measure { return &p.Height }),
	measure("Product Width", func(p *model.Product) **model.Measure { return &p.Width }),
	optional("Product Hs Code", func(p *model.Product) **string { return &p.HsCode }),
	optional("Product Origin Country", func(p *model.Product) **string { return &p.OriginCountry }),
	optional("Product Mid Code", func(p *model.Product) **string { return &p.MidCode }),
	optional("Product Material", func(p *model.Product) **string { return &p.Material }),
	object("Product Metadata", func(p *model.Product) *model.JSON { return &p.Metadata }),
}

// variantFields are the columns of a variant.
var variantFields = []field[model.ProductVariant]{
	text("Variant Id", func(v *model.ProductVariant) *string { return &v.ID }),
	text("Variant Title", func(v *model.ProductVariant) *string { return &v.Title }),
	optional("Variant Sku", func(v *model.ProductVariant) **string { return &v.Sku }),
	optional("Variant Barcode", func(v *model.ProductVariant) **string { return &v.Barcode }),
	optional("Variant Ean", func(v *model.ProductVariant) **string { return &v.Ean }),
	optional("Variant Upc", func(v *model.ProductVariant) **string { return &v.Upc }),
	truth("Variant Allow Backorder", func(v *model.ProductVariant) *bool { return &v.AllowBackorder }),
	truth("Variant Manage Inventory", func(v *model.ProductVariant) *bool { return &v.ManageInventory }),
	optional("Variant Hs Code", func(v *model.ProductVariant) **string { return &v.HsCode }),
	optional("Variant Origin Country", func(v *model.ProductVariant) **string { return &v.OriginCountry }),
	optional("Variant Mid Code", func(v *model.ProductVariant) **string { return &v.MidCode }),
	optional("Variant Material", func(v *model.ProductVariant) **string { return &v.Material }),
	measure("Variant Weight", func(v *model.ProductVariant) **model.Measure { return &v.Weight }),
	measure("Variant Length", func(v *model.ProductVariant) **model.Measure { return &v.Length }),
	measure("Variant Height", func(v *model.ProductVariant) **model.Measure { return &v.Height }),
	measure("Variant Width", func(v *model.ProductVariant) **model.Measure { return &v.Width }),
	object("Variant Metadata", func(v *model.ProductVariant) *model.JSON { return &v.Metadata }),
	{"Variant Variant Rank", rank, setRank},
	optional(variantThumbnail, func(v *model.ProductVariant) **string { return &v.Thumbnail }),
}

// variantThumbnail is a column that Medusa exports, but refuses to import.
const variantThumbnail = "Variant Thumbnail"

func text[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name, func(t *T) string { return *at(t) }, func(t *T, s string) error { *at(t) = s; return nil }}
}

func optional[T any](name string, at func(*T) **string) field[T] {
	get := func(t *T) string {
		if s := *at(t); s != nil {
			return *s
		}
		return ""
	}
	return field[T]{name, get, func(t *T, s string) error { *at(t) = &s; return nil }}
}

func truth[T any](name string, at func(*T) *bool) field[T] {
	set := func(t *T, s string) (err error) {
		*at(t), err = truthOf(s)
		return err
	}
	return field[T]{name, func(t *T) string { return strconv.FormatBool(*at(t)) }, set}
}

// truthOf reads a truth value.
func truthOf(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%.64q is neither true nor false", s)
}

func measure[T any](name string, at func(*T) **model.Measure) field[T] {
	get := func(t *T) string {
		if m := *at(t); m != nil {
			return string(m.AppendJSON(nil))
		}
		return ""
	}
	set := func(t *T, s string) error {
		f, err := strconv.ParseFloat(s, 32)
		if err != nil || f != f || f < 0 {
			return fmt.Errorf("%.64q is not a number of at least 0", s)
		}
		m := model.Measure(f)
		*at(t) = &m
		return nil
	}
	return field[T]{name, get, set}
}

func object[T any](name string, at func(*T) *model.JSON) field[T] {
	set := func(t *T, s string) error {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(s), &members); err != nil || members == nil {
			return errors.New("it is not a JSON object")
		}
		*at(t) = model.JSON(s)
		return nil
	}
	return field[T]{name, func(t *T) string { return canonical(*at(t)) }, set}
}

// canonical returns a JSON value without spaces and with its keys in order; the empty text for null.
func canonical(j model.JSON) string {
	d := json.NewDecoder(bytes.NewReader(j))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || v == nil {
		return ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // it was decoded
	return strings.TrimSuffix(b.String(), "\n")
}

func setStatus(p *model.Product, s string) error {
	all := []model.ProductStatus{model.ProductStatusDraft, model.ProductStatusProposed, model.ProductStatusPublished, model.ProductStatusRejected}
	if p.Status = model.ProductStatus(s); !slices.Contains(all, p.Status) {
		return fmt.Errorf("%.64q is none of draft, proposed, published and rejected", s)
	}
	return nil
}

func rank(v *model.ProductVariant) string {
	if v.VariantRank == nil {
		return ""
	}
	return strconv.Itoa(*v.VariantRank)
}

func setRank(v *model.ProductVariant, s string) error {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return fmt.Errorf("%.64q is not a whole number", s)
	}
	rank := int(n)
	v.VariantRank = &rank
	return nil
}

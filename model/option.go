package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// A SelectableOption is an option of a product with the values that its variants have.
type SelectableOption struct {
	Name   string
	Values []*SelectableOptionValue
}

// A SelectableOptionValue is a value of an option of a product.
type SelectableOptionValue struct {
	Value     string
	Available bool // whether any of the variants could be bought when they were loaded
	Variants  []*ProductVariant
}

// A SelectedOption is the value that a variant has of an option.
type SelectedOption struct{ Name, Value string }

// Options returns what a shopper chooses a variant by: the options of the product, in the merchant's order, with the values that its
// variants have. The stored options and those of the variants must be loaded, and the stock of these for what is available.
func (p *Product) Options() []*SelectableOption {
	out := make([]*SelectableOption, len(p.StoredOptions))
	for i, o := range p.StoredOptions {
		out[i] = &SelectableOption{Name: o.Title, Values: []*SelectableOptionValue{}}
		for _, v := range o.Values {
			value := &SelectableOptionValue{Value: v.Value}
			for _, variant := range p.Variants {
				if slices.ContainsFunc(variant.StoredOptions, func(has *ProductOptionValue) bool { return has.ID == v.ID }) {
					value.Variants = append(value.Variants, variant)
					value.Available = value.Available || variant.InStock
				}
			}
			if len(value.Variants) > 0 {
				out[i].Values = append(out[i].Values, value)
			}
		}
	}
	return out
}

// SelectedOptions returns the value that the variant has of each option, in the order of its product's options; by name if the product is
// not loaded. The stored options must be.
func (v *ProductVariant) SelectedOptions() []*SelectedOption {
	place := map[string]int{}
	if v.Product != nil {
		for i, o := range v.Product.StoredOptions {
			place[o.ID] = i
		}
	}
	values := slices.DeleteFunc(slices.Clone(v.StoredOptions), func(s *ProductOptionValue) bool { return s.Option == nil })
	slices.SortStableFunc(values, func(a, b *ProductOptionValue) int {
		return cmp.Or(cmp.Compare(place[a.Option.ID], place[b.Option.ID]), strings.Compare(a.Option.Title, b.Option.Title))
	})
	out := make([]*SelectedOption, len(values))
	for i, s := range values {
		out[i] = &SelectedOption{Name: s.Option.Title, Value: s.Value}
	}
	return out
}

// VariantWith returns the variant that has all of these values: the first that can be bought, else the first; nil if none has. The
// stored options of the variants must be loaded, and their stock.
func (p *Product) VariantWith(selected []*SelectedOptionInput) *ProductVariant {
	return firstOf(p.Variants, func(v *ProductVariant) bool {
		for _, s := range selected {
			if !slices.ContainsFunc(v.StoredOptions, func(o *ProductOptionValue) bool {
				return o.Value == s.Value && o.Option != nil && o.Option.Title == s.Name
			}) {
				return false
			}
		}
		return true
	})
}

// DefaultVariant returns the first variant that can be bought, else the first; nil if there is none. The stock must be loaded.
func (p *Product) DefaultVariant() *ProductVariant {
	return firstOf(p.Variants, func(*ProductVariant) bool { return true })
}

func firstOf(variants []*ProductVariant, matches func(*ProductVariant) bool) *ProductVariant {
	var first *ProductVariant
	for _, v := range variants {
		switch {
		case !matches(v):
		case v.InStock:
			return v
		case first == nil:
			first = v
		}
	}
	return first
}

// Seo is what search engines show of a page. Description is nil if there is none.
type Seo struct {
	Title       string
	Description *string
}

// Seo returns what search engines show of the product's page.
func (p *Product) Seo() *Seo { return newSeo(p.Title, p.Description, p.Metadata) }

// Seo returns what search engines show of the collection's page.
func (c *Collection) Seo() *Seo { return newSeo(c.Title, nil, c.Metadata) }

// Seo returns what search engines show of the category's page.
func (c *ProductCategory) Seo() *Seo { return newSeo(c.Name, &c.Description, c.Metadata) }

// newSeo returns what search engines show of something with a title, a description and metadata, whose keys seo_title and
// seo_description take precedence if they are texts that are not blank.
func newSeo(title string, description *string, metadata JSON) *Seo {
	var set struct {
		Title       any `json:"seo_title"`
		Description any `json:"seo_description"`
	}
	_ = json.Unmarshal(metadata, &set) // what is no object sets nothing
	out := &Seo{Title: title}
	if s, ok := set.Title.(string); ok && strings.TrimSpace(s) != "" {
		out.Title = strings.TrimSpace(s)
	}
	if s, ok := set.Description.(string); ok && strings.TrimSpace(s) != "" {
		description = &s
	}
	if description != nil {
		if line := strings.Join(strings.Fields(*description), " "); line != "" {
			out.Description = &line
		}
	}
	return out
}

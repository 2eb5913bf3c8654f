package db

import (
	"context"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// Fields that package model computes from others are wanted by these functions' results together with what they need.

var (
	storedOption = Want{field.ID: nil, field.Title: nil}
	storedValues = Want{field.StoredOptions: {field.ID: nil, field.Value: nil, field.Option: storedOption}}
	buyable      = Want{field.InStock: nil}
)

// ofProduct returns what is wanted of a product with what that needs.
func ofProduct(ctx context.Context, want Want) Want {
	need := Want{}
	variants := want[field.Variants]
	if options, ok := want[field.Options]; ok {
		need.Add(field.StoredOptions, Want{field.ID: nil, field.Title: nil, field.Values: {field.ID: nil, field.Value: nil}})
		need.Add(field.Variants, storedValues.With(options[field.Values][field.Variants]))
		if options[field.Values].Has(field.Available) {
			need.Add(field.Variants, buyable)
		}
		variants = variants.With(options[field.Values][field.Variants])
	}
	if first, ok := want[field.DefaultVariant]; ok {
		need.Add(field.Variants, buyable.With(first))
		variants = variants.With(first)
	}
	for _, c := range want.Calls(ctx, field.Variant) {
		need.Add(field.Variants, buyable.With(storedValues).With(c.Want))
		variants = variants.With(c.Want)
	}
	if variants.Has(field.SelectedOptions) {
		need.Add(field.StoredOptions, storedOption)
		need.Add(field.Variants, storedValues)
	}
	return want.With(need)
}

// ofVariant returns what is wanted of a variant that is read by itself with what that needs.
func ofVariant(want Want) Want {
	if !want.Has(field.SelectedOptions) {
		return want
	}
	return want.With(storedValues).With(Want{field.Product: {field.ID: nil, field.StoredOptions: storedOption}})
}

// chooseVariants gives products the variants that are asked for by their options, in the viewer's language.
func (ld *loader) chooseVariants(ctx context.Context, products []*model.Product, want Want) error {
	calls := want.Calls(ctx, field.Variant)
	if len(calls) == 0 {
		return nil
	}
	if err := ld.d.translate(ctx, ld.v, products); err != nil {
		return err
	}
	for _, p := range products {
		p.Variant = model.Results[model.ProductVariant]{}
		for _, c := range calls {
			selected, _ := c.Args["selectedOptions"].([]*model.SelectedOptionInput)
			p.Variant[c.Key] = p.VariantWith(selected)
		}
	}
	return nil
}

package shop

import (
	"context"
	"errors"
	"slices"

	"storegraph/db"
	"storegraph/graph/shop/auth"
	"storegraph/model"
	"storegraph/model/field"
)

var errShortOfStock = &model.Error{Kind: model.NotAllowed, Code: "insufficient_inventory", Message: "Some variant does not have the required inventory"}

// AddLineItem puts a variant into a cart. If the cart has a line of the same variant with the same metadata, that line grows.
func (s *Shop) AddLineItem(ctx context.Context, cartID string, in model.AddLineItemInput, want db.Want) (*model.Cart, error) {
	return s.changeCart(ctx, cartID, want, incoming{variants: []string{in.VariantID}}, nothing, func(ch *cartChange) error {
		return ch.add([]*model.AddLineItemInput{&in}, true)
	})
}

// add puts variants into the cart, merging them with the lines that it has if merge says so. It fails if any cannot be bought.
func (ch *cartChange) add(items []*model.AddLineItemInput, merge bool) error {
	var gone, unpriced []string
	var changed []*model.LineItem
	for _, in := range items {
		v := ch.facts.Variants[in.VariantID]
		if v == nil || !v.ForSale() {
			gone = append(gone, in.VariantID)
			continue
		}
		line, err := ch.put(v, in, merge)
		if err != nil {
			return err
		}
		if !ch.setPrice(line) {
			unpriced = append(unpriced, in.VariantID)
		}
		changed = append(changed, line)
	}
	switch {
	case len(gone) > 0:
		return notForSale(gone)
	case len(unpriced) > 0:
		return noPrice(unpriced)
	}
	return ch.confirm(changed)
}

// put puts units of a variant into the cart and returns their line.
func (ch *cartChange) put(v *model.CartVariant, in *model.AddLineItemInput, merge bool) (*model.LineItem, error) {
	if in.Quantity <= 0 {
		return nil, model.Invalid.Errorf("Item quantity must be greater than 0")
	}
	metadata := in.Metadata.Value()
	if merge {
		for _, i := range ch.cart.Items {
			if i.VariantID == nil || *i.VariantID != v.ID || i.IsCustomPrice || !model.SameMetadata(i.Metadata, metadata) {
				continue
			}
			if i.Quantity > maxQuantity-in.Quantity {
				return nil, errShortOfStock
			}
			i.Quantity += in.Quantity
			ch.taxed[i.ID] = true
			return i, nil
		}
	}
	if len(metadata) == 0 || string(metadata) == "null" {
		metadata = model.JSON("{}")
	}
	i := &model.LineItem{ID: model.NewID("cali", ch.now), CartID: ch.cart.ID, Quantity: in.Quantity, Metadata: metadata}
	describe(i, v)
	ch.cart.Items = append(ch.cart.Items, i)
	ch.taxed[i.ID] = true
	return i, nil
}

// maxQuantity is the most units that a line can hold.
const maxQuantity = 1<<31 - 1

// describe fills a line with what its variant is.
func describe(i *model.LineItem, v *model.CartVariant) {
	p := v.Product
	i.Title, i.Subtitle, i.Thumbnail = p.Title, &v.Title, v.Thumbnail
	if i.Thumbnail == nil {
		i.Thumbnail = p.Thumbnail
	}
	i.VariantID, i.VariantTitle, i.VariantSku, i.VariantBarcode = &v.ID, &v.Title, v.Sku, v.Barcode
	i.ProductID, i.ProductTitle, i.ProductDescription, i.ProductSubtitle, i.ProductHandle = &p.ID, &p.Title, p.Description, p.Subtitle, &p.Handle
	if p.Type != nil {
		i.ProductType, i.ProductTypeID = &p.Type.Value, &p.Type.ID
	}
	if p.Collection != nil {
		i.ProductCollection = &p.Collection.Title
	}
	i.IsDiscountable, i.IsGiftcard, i.RequiresShipping = p.Discountable, p.IsGiftcard, v.RequiresShipping()
}

// demand is what the cart's lines take from stock, but for some of them.
func (ch *cartChange) demand(except ...*model.LineItem) model.Demand {
	d := model.Demand{}
	for _, i := range ch.cart.Items {
		if !slices.Contains(except, i) {
			d.Add(ch.variant(i), i.Quantity)
		}
	}
	return d
}

// confirm fails unless there is enough of what the lines are made of, for these and all other lines of the cart together.
func (ch *cartChange) confirm(lines []*model.LineItem) error {
	demand := ch.demand()
	for _, i := range lines {
		v := ch.variant(i)
		if v == nil || !v.Counted() {
			continue
		}
		if channel := ch.cart.SalesChannelID; channel != nil && !ch.facts.Located[v.ID] {
			return model.Invalid.Errorf("Sales channel %s is not associated with any stock location for variant %s.", *channel, v.ID)
		}
		if !ch.facts.Stock.Fits(v, demand) {
			return errShortOfStock
		}
	}
	return nil
}

// line returns a line of the cart, or nil.
func (ch *cartChange) line(id string) *model.LineItem {
	for _, i := range ch.cart.Items {
		if i.ID == id {
			return i
		}
	}
	return nil
}

// remove takes a line out of the cart.
func (ch *cartChange) remove(id string) {
	ch.cart.Items = slices.DeleteFunc(ch.cart.Items, func(i *model.LineItem) bool { return i.ID == id })
}

// UpdateLineItem changes a line of a cart. A quantity of 0 removes it.
func (s *Shop) UpdateLineItem(ctx context.Context, cartID, lineID string, in model.UpdateLineItemInput, want db.Want) (*model.Cart, error) {
	return s.changeCart(ctx, cartID, want, incoming{}, nothing, func(ch *cartChange) error {
		i := ch.line(lineID)
		switch {
		case i == nil:
			return model.NotFound.Errorf("Line item with id: %s was not found", lineID)
		case in.Quantity < 0:
			return model.Invalid.Errorf("Item quantity must be greater than 0")
		case in.Quantity == 0:
			ch.remove(lineID)
			return nil
		}
		i.Quantity = in.Quantity
		if in.Metadata.IsSet() {
			i.Metadata = model.MergeMetadata(i.Metadata, in.Metadata.Value())
		}
		if !ch.setPrice(i) {
			return noPrice([]string{*i.VariantID})
		}
		return ch.confirm([]*model.LineItem{i})
	})
}

// RemoveLineItem removes a line from a cart. One that is not there is no error.
func (s *Shop) RemoveLineItem(ctx context.Context, cartID, lineID string, want db.Want) (*model.Cart, error) {
	return s.changeCart(ctx, cartID, want, incoming{}, nothing, func(ch *cartChange) error {
		ch.remove(lineID)
		return nil
	})
}

// maxBatch is how many lines may be changed at once.
const maxBatch = 100

// AddLineItems puts several variants into a cart at once. What is short of stock is cut to what there is, what cannot be bought
// is left out, and the warnings say so.
func (s *Shop) AddLineItems(ctx context.Context, cartID string, in []*model.AddLineItemInput, want db.Want) (*model.Cart, []*model.LineWarning, error) {
	if len(in) > maxBatch {
		return nil, nil, model.Invalid.Errorf("input must have at most %d lines", maxBatch)
	}
	variants := make([]string, len(in))
	for n := range in {
		variants[n] = in[n].VariantID
	}
	var warnings []*model.LineWarning
	cart, err := s.changeCart(ctx, cartID, want, incoming{variants: variants}, nothing, func(ch *cartChange) error {
		warnings = ch.addWhatFits(in)
		return nil
	})
	return cart, warnings, err
}

// addWhatFits puts as many units of variants into the cart as it can, and returns where those are fewer, and why.
func (ch *cartChange) addWhatFits(in []*model.AddLineItemInput) []*model.LineWarning {
	warnings := []*model.LineWarning{}
	for n, one := range in {
		warn := func(code, message string, accepted int) {
			warnings = append(warnings, &model.LineWarning{
				Index: n, VariantID: &one.VariantID, Code: code, Message: message, RequestedQuantity: one.Quantity, AcceptedQuantity: accepted,
			})
		}
		v := ch.facts.Variants[one.VariantID]
		if v == nil || !v.ForSale() {
			warn(string(model.NotFound), notForSale([]string{one.VariantID}).Error(), 0)
			continue
		}
		ask := *one
		if most := ch.most(v, nil); ask.Quantity > most {
			ask.Quantity = most
			warn(errShortOfStock.Code, errShortOfStock.Message, most)
			if most == 0 {
				continue
			}
		}
		before := slices.Clone(ch.cart.Items)
		line, err := ch.put(v, &ask, true)
		if err != nil {
			warn(string(model.Invalid), err.Error(), 0)
			continue
		}
		if !ch.setPrice(line) {
			ch.cart.Items = before
			warn(string(model.Invalid), noPrice([]string{one.VariantID}).Error(), 0)
		}
	}
	return warnings
}

// most is how many more units of a variant the cart can take, beside all its lines but one.
func (ch *cartChange) most(v *model.CartVariant, except *model.LineItem) int {
	if !v.Counted() {
		return maxQuantity
	}
	if !ch.facts.Located[v.ID] {
		return 0
	}
	return ch.facts.Stock.Most(v, ch.demand(except))
}

// UpdateLineItems changes the quantities of several lines at once. What is short of stock is cut, and the warnings say so.
func (s *Shop) UpdateLineItems(ctx context.Context, cartID string, in []*model.UpdateLineItemsInput, want db.Want) (*model.Cart, []*model.LineWarning, error) {
	if len(in) > maxBatch {
		return nil, nil, model.Invalid.Errorf("input must have at most %d lines", maxBatch)
	}
	var warnings []*model.LineWarning
	cart, err := s.changeCart(ctx, cartID, want, incoming{}, nothing, func(ch *cartChange) error {
		warnings = []*model.LineWarning{}
		for n, one := range in {
			warn := func(code, message string, accepted int) {
				warnings = append(warnings, &model.LineWarning{
					Index: n, LineID: &one.ID, Code: code, Message: message, RequestedQuantity: one.Quantity, AcceptedQuantity: accepted,
				})
			}
			i := ch.line(one.ID)
			switch {
			case i == nil:
				warn(string(model.NotFound), "Line item with id: "+one.ID+" was not found", 0)
				continue
			case one.Quantity < 0:
				warn(string(model.Invalid), "Item quantity must be greater than 0", i.Quantity)
				continue
			}
			quantity := one.Quantity
			if v := ch.variant(i); v != nil {
				if most := ch.most(v, i); quantity > most && quantity > i.Quantity {
					quantity = max(most, min(i.Quantity, one.Quantity))
					warn(errShortOfStock.Code, errShortOfStock.Message, quantity)
				}
			}
			if quantity == 0 {
				ch.remove(one.ID)
				continue
			}
			was := *i
			if i.Quantity = quantity; !ch.setPrice(i) {
				*i = was
				warn(string(model.Invalid), noPrice([]string{*i.VariantID}).Error(), i.Quantity)
			}
		}
		return nil
	})
	return cart, warnings, err
}

// Reorder begins a cart with what an order holds, in the order's region and at today's prices, and returns it with what is wanted
// of it. Nothing of the order but its lines comes into the cart: its id is no key to its addresses.
func (s *Shop) Reorder(ctx context.Context, orderID string, want db.Want) (*model.Cart, []*model.LineWarning, error) {
	order, err := s.DB.Order(ctx, auth.Viewer(ctx), orderID, db.OrderArgs{Strict: s.StrictOrders}, db.Want{field.RegionID: nil, field.SalesChannelID: nil, field.Locale: nil, field.Items: {field.VariantID: nil, field.Quantity: nil}})
	if err != nil {
		return nil, nil, err
	}
	var lines []*model.AddLineItemInput
	for _, i := range order.Items {
		if quantity := i.Quantity.IntPart(); i.VariantID != nil && quantity > 0 && len(lines) < maxBatch {
			lines = append(lines, &model.AddLineItemInput{VariantID: *i.VariantID, Quantity: int(min(quantity, maxQuantity))})
		}
	}
	var warnings []*model.LineWarning
	add := func(ch *cartChange) error {
		warnings = ch.addWhatFits(lines)
		return nil
	}
	begin := model.CreateCartInput{RegionID: model.Some(order.RegionID), SalesChannelID: model.Some(order.SalesChannelID), Locale: model.Some(order.Locale)}
	cart, err := s.createCart(ctx, begin, lines, add, want)
	if errors.Is(err, model.Invalid) { // it was bought through a channel that the key has not
		begin.SalesChannelID = model.Optional[*string]{}
		cart, err = s.createCart(ctx, begin, lines, add, want)
	}
	return cart, warnings, err
}

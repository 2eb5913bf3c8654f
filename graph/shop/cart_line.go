package shop

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

var errShortOfStock = &model.Error{
	Kind: model.NotAllowed, Code: "insufficient_inventory", Reason: model.UserErrorCodeOutOfStock, Message: "Some variant does not have the required inventory",
}

var errQuantity = model.Invalid.Because(model.UserErrorCodeQuantityInvalid).Errorf("Item quantity must be greater than 0")

// items is the field of inputs that has lines.
const items = "items"

// add puts variants into the cart, merging them with the lines that it has if merge says so. It fails if any cannot be bought.
func (ch *cartChange) add(in []*model.LineItemInput, merge bool) error {
	var gone, unpriced refused
	var changed []*model.LineItem
	for n, one := range in {
		v := ch.facts.Variants[one.VariantID]
		if v == nil || !v.ForSale() {
			gone.note(one.VariantID, n)
			continue
		}
		line, err := ch.put(v, one, merge)
		if err != nil {
			return model.At(err, items, strconv.Itoa(n), "quantity")
		}
		if !ch.setPrice(line) {
			unpriced.note(one.VariantID, n)
		}
		changed = append(changed, line)
	}
	switch {
	case gone.ids != nil:
		return gone.as(notForSale)
	case unpriced.ids != nil:
		return unpriced.as(noPrice)
	}
	return ch.confirm(changed, func(i *model.LineItem) int {
		return slices.IndexFunc(in, func(one *model.LineItemInput) bool { return one.VariantID == *i.VariantID })
	})
}

// A refused is variants that cannot be bought, and where the first of them is in the input.
type refused struct {
	ids   []string
	first int
}

func (r *refused) note(id string, n int) {
	if r.ids == nil {
		r.first = n
	}
	r.ids = append(r.ids, id)
}

// as is the error that the variants make.
func (r *refused) as(refuse func(variants []string) error) error {
	return model.At(refuse(r.ids), items, strconv.Itoa(r.first), "variantId")
}

// put puts units of a variant into the cart and returns their line.
func (ch *cartChange) put(v *model.CartVariant, in *model.LineItemInput, merge bool) (*model.LineItem, error) {
	if in.Quantity <= 0 {
		return nil, errQuantity
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

// confirm fails unless there is enough of what the lines are made of, for these and all other lines of the cart together. at says where
// a line is in the input.
func (ch *cartChange) confirm(lines []*model.LineItem, at func(i *model.LineItem) int) error {
	demand := ch.demand()
	for _, i := range lines {
		v := ch.variant(i)
		if v == nil || !v.Counted() {
			continue
		}
		if channel := ch.cart.SalesChannelID; channel != nil && !ch.facts.Located[v.ID] {
			return model.Invalid.Because(model.UserErrorCodeOutOfStock, items, strconv.Itoa(at(i)), "variantId").
				Errorf("Sales channel %s is not associated with any stock location for variant %s.", *channel, v.ID)
		}
		if !ch.facts.Stock.Fits(v, demand) {
			return model.At(errShortOfStock, items, strconv.Itoa(at(i)), "quantity")
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

// maxBatch is how many lines may be changed at once.
const maxBatch = 100

// notMore fails if a list in the input has more than maxBatch elements.
func notMore(n int, what, field string) error {
	if n > maxBatch {
		return model.Invalid.Because(model.UserErrorCodeLimitExceeded, field).Errorf("input must have at most %d %s", maxBatch, what)
	}
	return nil
}

// RemoveLineItems removes lines from a cart. One that is not there is no error.
func (s *Shop) RemoveLineItems(ctx context.Context, in model.RemoveLineItemsInput, want db.Want) (*model.CartPayload, error) {
	if err := notMore(len(in.LineIds), "lines", "lineIds"); err != nil {
		return nil, err
	}
	return s.changeCart(ctx, in.CartID, want, incoming{}, nothing, func(ch *cartChange) error {
		for _, id := range in.LineIds {
			ch.remove(id)
		}
		return nil
	})
}

// AddLineItems puts variants into a cart. If the cart has a line of the same variant with the same metadata, that line grows. Where
// stock is short, all is refused; or what there is too little of is cut to what there is, what cannot be bought is left out, and
// warnings say so.
func (s *Shop) AddLineItems(ctx context.Context, in model.AddLineItemsInput, want db.Want) (*model.CartPayload, error) {
	if err := notMore(len(in.Items), "lines", items); err != nil {
		return nil, err
	}
	variants := make([]string, len(in.Items))
	for n := range in.Items {
		variants[n] = in.Items[n].VariantID
	}
	return s.changeCart(ctx, in.CartID, want, incoming{variants: variants}, nothing, func(ch *cartChange) error {
		if in.Shortage == model.ShortagePolicyRefuse {
			return ch.add(in.Items, true)
		}
		ch.addWhatFits(in.Items, func(n int) []string { return []string{items, strconv.Itoa(n)} })
		return nil
	})
}

// addWhatFits puts as many units of variants into the cart as it can, and warns where those are fewer. at says where each is in the
// input, if it is.
func (ch *cartChange) addWhatFits(in []*model.LineItemInput, at func(n int) []string) {
	for n, one := range in {
		warn := func(code model.CartWarningCode, message string, accepted int) {
			ch.warn(model.CartWarning{
				VariantID: &one.VariantID, Code: code, Message: message, RequestedQuantity: &one.Quantity, AcceptedQuantity: &accepted,
			}, at(n)...)
		}
		v := ch.facts.Variants[one.VariantID]
		if v == nil || !v.ForSale() {
			warn(model.CartWarningCodeNotForSale, notForSale([]string{one.VariantID}).Error(), 0)
			continue
		}
		ask := *one
		if most := ch.most(v, nil); ask.Quantity > most {
			ask.Quantity = most
			warn(short(most), errShortOfStock.Message, most)
			if most == 0 {
				continue
			}
		}
		before := slices.Clone(ch.cart.Items)
		line, err := ch.put(v, &ask, true)
		if err != nil {
			warn(model.CartWarningCodeQuantityInvalid, err.Error(), 0)
			continue
		}
		if !ch.setPrice(line) {
			ch.cart.Items = before
			warn(model.CartWarningCodeNoPrice, noPrice([]string{one.VariantID}).Error(), 0)
		}
	}
}

// short is the code of a warning that so many units were accepted instead of more.
func short(accepted int) model.CartWarningCode {
	if accepted == 0 {
		return model.CartWarningCodeOutOfStock
	}
	return model.CartWarningCodeQuantityCut
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

// UpdateLineItems changes lines of a cart. A quantity of 0 removes a line. Where stock is short, all is refused; or quantities are cut,
// and warnings say so.
func (s *Shop) UpdateLineItems(ctx context.Context, in model.UpdateLineItemsInput, want db.Want) (*model.CartPayload, error) {
	if err := notMore(len(in.Items), "lines", items); err != nil {
		return nil, err
	}
	return s.changeCart(ctx, in.CartID, want, incoming{}, nothing, func(ch *cartChange) error {
		if in.Shortage == model.ShortagePolicyRefuse {
			return ch.updateAll(in.Items)
		}
		for n, one := range in.Items {
			ch.updateWhatFits(one, n)
		}
		return nil
	})
}

// updateAll changes lines. It fails if one of them cannot be as it is asked for.
func (ch *cartChange) updateAll(in []*model.LineItemUpdateInput) error {
	var changed []*model.LineItem
	for n, one := range in {
		i := ch.line(one.LineID)
		switch {
		case i == nil:
			return model.NotFound.Because(model.UserErrorCodeLineNotFound, items, strconv.Itoa(n), "lineId").Errorf("Line item with id: %s was not found", one.LineID)
		case one.Quantity < 0:
			return model.At(errQuantity, items, strconv.Itoa(n), "quantity")
		case one.Quantity == 0:
			ch.remove(one.LineID)
			continue
		}
		i.Quantity = one.Quantity
		redescribe(i, one)
		if !ch.setPrice(i) {
			return model.At(noPrice([]string{*i.VariantID}), items, strconv.Itoa(n), "lineId")
		}
		changed = append(changed, i)
	}
	return ch.confirm(changed, func(i *model.LineItem) int {
		return slices.IndexFunc(in, func(one *model.LineItemUpdateInput) bool { return one.LineID == i.ID })
	})
}

// updateWhatFits changes a line, the nth of an input, as far as it can, and warns where that is not all.
func (ch *cartChange) updateWhatFits(one *model.LineItemUpdateInput, n int) {
	warn := func(code model.CartWarningCode, message string, accepted int) {
		ch.warn(model.CartWarning{
			LineID: &one.LineID, Code: code, Message: message, RequestedQuantity: &one.Quantity, AcceptedQuantity: &accepted,
		}, items, strconv.Itoa(n))
	}
	i := ch.line(one.LineID)
	switch {
	case i == nil:
		warn(model.CartWarningCodeLineNotFound, "Line item with id: "+one.LineID+" was not found", 0)
		return
	case one.Quantity < 0:
		warn(model.CartWarningCodeQuantityInvalid, errQuantity.Error(), i.Quantity)
		return
	}
	quantity := one.Quantity
	if v := ch.variant(i); v != nil {
		if most := ch.most(v, i); quantity > most && quantity > i.Quantity {
			quantity = max(most, min(i.Quantity, one.Quantity))
			warn(short(quantity), errShortOfStock.Message, quantity)
		}
	}
	if quantity == 0 {
		ch.remove(one.LineID)
		return
	}
	was := *i
	i.Quantity = quantity
	redescribe(i, one)
	if !ch.setPrice(i) {
		*i = was
		warn(model.CartWarningCodeNoPrice, noPrice([]string{*i.VariantID}).Error(), i.Quantity)
	}
}

// redescribe changes what a line says of itself, if the input gives it.
func redescribe(i *model.LineItem, in *model.LineItemUpdateInput) {
	if in.Metadata.IsSet() {
		i.Metadata = model.MergeMetadata(i.Metadata, in.Metadata.Value())
	}
}

// Reorder begins a cart with what an order holds, in the order's region and at today's prices, and returns it with what is wanted
// of it. Nothing of the order but its lines comes into the cart: its id is no key to its addresses.
func (s *Shop) Reorder(ctx context.Context, orderID string, want db.Want) (*model.CartPayload, error) {
	order, err := s.DB.Order(ctx, auth.Viewer(ctx), orderID, db.OrderArgs{Strict: s.StrictOrders}, db.Want{field.RegionID: nil, field.SalesChannelID: nil, field.Locale: nil, field.Items: {field.VariantID: nil, field.Quantity: nil}})
	if err != nil {
		return nil, err
	}
	var lines []*model.LineItemInput
	for _, i := range order.Items {
		if quantity := i.Quantity.IntPart(); i.VariantID != nil && quantity > 0 && len(lines) < maxBatch {
			lines = append(lines, &model.LineItemInput{VariantID: *i.VariantID, Quantity: int(min(quantity, maxQuantity))})
		}
	}
	add := func(ch *cartChange) error {
		ch.addWhatFits(lines, func(int) []string { return nil })
		return nil
	}
	begin := model.CreateCartInput{RegionID: model.Some(order.RegionID), SalesChannelID: model.Some(order.SalesChannelID), Locale: model.Some(order.Locale)}
	cart, err := s.createCart(ctx, begin, lines, add, want)
	if errors.Is(err, model.Invalid) { // it was bought through a channel that the key has not
		begin.SalesChannelID = model.Optional[*string]{}
		cart, err = s.createCart(ctx, begin, lines, add, want)
	}
	return cart, err
}

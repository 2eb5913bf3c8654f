package shop

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/shop/fulfillment"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/ship"
)

// ShippingOptions returns the shipping options that a cart can choose, with their prices for it; those of calculated options
// are not asked for. If isReturn, it is the options by which the cart's goods can be sent back.
func (s *Shop) ShippingOptions(ctx context.Context, cartID string, isReturn bool) ([]*model.ShippingOption, error) {
	cart, err := s.cartToShip(ctx, cartID)
	if err != nil {
		return nil, err
	}
	if err := shippable(cart); err != nil {
		return nil, err
	}
	return s.DB.ShippingOptions(ctx, db.ShippingQuery{Cart: cart, IsReturn: isReturn, Detail: true})
}

// CalculateShippingOption returns a calculated shipping option that the cart can choose, at the price that its provider
// asks for it.
func (s *Shop) CalculateShippingOption(ctx context.Context, in model.CalculateShippingOptionInput) (*model.ShippingOption, error) {
	cart, err := s.cartToShip(ctx, in.CartID)
	if err != nil {
		return nil, err
	}
	if err := shippable(cart); err != nil {
		return nil, err
	}
	options, err := s.DB.ShippingOptions(ctx, db.ShippingQuery{Cart: cart, IDs: []string{in.OptionID}, Detail: true})
	if err != nil {
		return nil, err
	}
	if len(options) == 0 {
		return nil, model.NotFound.Because(model.UserErrorCodeShippingOptionNotFound, "optionId").Errorf("Shipping option with id: %s was not found", in.OptionID)
	}
	o := options[0]
	if o.PriceType != model.ShippingPriceTypeCalculated {
		return nil, model.Invalid.Because(model.UserErrorCodeShippingOptionNotFound, "optionId").Errorf("Cannot calculate price for non-calculated shipping options: %s", o.Name)
	}
	shipped, err := s.shipped(ctx, cart)
	if err != nil {
		return nil, err
	}
	if s.foreignCarrier(o.ProviderID) {
		return o, s.priceElsewhere(ctx, cart, o, in.Data.Value())
	}
	return o, calculate(ctx, s.Carriers, cart, o, in.Data.Value(), shipped)
}

// cartToShip reads of a cart what its shipping depends on.
func (s *Shop) cartToShip(ctx context.Context, id string) (*model.Cart, error) {
	want := db.Want{field.Totals: nil, field.Items: {field.Totals: nil}, field.ShippingAddress: {field.ID: nil}, field.Customer: {field.Groups: nil}}
	cart, err := s.DB.Cart(ctx, auth.Viewer(ctx), id, want)
	if errors.Is(err, model.NotFound) {
		err = model.NotFound.Because(model.UserErrorCodeNotFound, "cartId").Errorf("Cart id not found: %s", id)
	}
	return cart, err
}

// shippable fails unless the cart has what shipping options are found by.
func shippable(cart *model.Cart) error {
	var missing []string
	for _, field := range []struct {
		name  string
		value *string
	}{{"sales_channel_id", cart.SalesChannelID}, {"region_id", cart.RegionID}, {"currency_code", &cart.CurrencyCode}} {
		if field.value == nil || *field.value == "" {
			missing = append(missing, field.name)
		}
	}
	if len(missing) > 0 {
		return model.Invalid.Because(model.UserErrorCodeRegionNotFound, "cartId").Errorf("Field(s) are required to have value to continue - %s", strings.Join(missing, ", "))
	}
	return nil
}

// shipped returns what shipping the variants in the cart depends on, by their ids.
func (s *Shop) shipped(ctx context.Context, cart *model.Cart) (map[string]db.ShippedVariant, error) {
	var ids []string
	for _, i := range cart.Items {
		if i.VariantID != nil {
			ids = append(ids, *i.VariantID)
		}
	}
	return s.DB.ShippedVariants(ctx, ids)
}

// shipped is what shipping the variants in the cart depends on, by their ids.
func (ch *cartChange) shipped() map[string]db.ShippedVariant {
	out := make(map[string]db.ShippedVariant, len(ch.facts.Variants))
	for id, v := range ch.facts.Variants {
		shipped := db.ShippedVariant{ProfileID: value(v.ShippingProfileID)}
		switch {
		case v.Weight != nil:
			shipped.Weight = v.Weight.Amount()
		case v.Product != nil && v.Product.Weight != nil:
			shipped.Weight = v.Product.Weight.Amount()
		}
		out[id] = shipped
	}
	return out
}

// carrierOf returns the fulfilment provider of a shipping option.
func carrierOf(carriers fulfillment.Providers, o *model.ShippingOption) (fulfillment.Provider, error) {
	id := value(o.ProviderID)
	if p := carriers.For(id); p != nil {
		return p, nil
	}
	return nil, model.Invalid.Because(model.UserErrorCodeShippingUnavailable).Errorf("The fulfillment provider %s of shipping option %s is not available", id, o.ID)
}

// calculate asks the provider of a calculated option what it costs for the cart.
func calculate(ctx context.Context, carriers fulfillment.Providers, cart *model.Cart, o *model.ShippingOption, data model.JSON, shipped map[string]db.ShippedVariant) error {
	p, err := carrierOf(carriers, o)
	if err != nil {
		return err
	}
	c, err := p.Price(ctx, fulfillment.Option{ID: o.ID, Data: o.Data}, data, shipment(cart, o, shipped))
	if err != nil {
		return err
	}
	o.SetPrice(&model.CalculatedPrice{
		ID: o.ID, CalculatedAmount: &c.Amount, IsCalculatedPriceTaxInclusive: c.TaxInclusive,
		CurrencyCode: &cart.CurrencyCode,
	})
	return nil
}

// shipment is what of a cart would be shipped by an option: the goods of the option's profile.
func shipment(cart *model.Cart, o *model.ShippingOption, shipped map[string]db.ShippedVariant) *fulfillment.Shipment {
	out := &fulfillment.Shipment{
		CartID: cart.ID, CurrencyCode: cart.CurrencyCode, From: o.ServiceZone.FulfillmentSet.Location, To: cart.ShippingAddress,
	}
	if o.ShippingProfileID == nil {
		return out
	}
	for _, i := range cart.Items {
		if i.VariantID == nil {
			continue
		}
		if v := shipped[*i.VariantID]; v.ProfileID == *o.ShippingProfileID {
			out.Items = append(out.Items, fulfillment.Item{Quantity: model.NewAmount(int64(i.Quantity)), Total: i.Subtotal, Weight: v.Weight})
		}
	}
	return out
}

// A ShippingChoice is a shipping option that a shopper chose, with what they say about it.
type ShippingChoice struct {
	OptionID string
	Data     model.JSON
}

// pricedOptions returns those of the chosen options that the cart, as it is now, can have, by their ids. Calculated ones
// have been calculated; one whose provider does not ship this cart has no price.
func (ch *cartChange) pricedOptions(ctx context.Context, choices []ShippingChoice, shipped map[string]db.ShippedVariant) (map[string]*model.ShippingOption, error) {
	data := map[string]model.JSON{}
	for _, c := range choices {
		data[c.OptionID] = c.Data
	}
	out := map[string]*model.ShippingOption{}
	for _, o := range ch.facts.Shipping.For(ch.cart) {
		if _, chosen := data[o.ID]; !chosen {
			continue
		}
		out[o.ID] = o
		if o.PriceType != model.ShippingPriceTypeCalculated {
			continue
		}
		if ch.shop.foreignCarrier(o.ProviderID) {
			ch.keepPrice(o) // it is found when the change is saved
			continue
		}
		err := calculate(ctx, ch.carriers, ch.cart, o, data[o.ID], shipped)
		if err != nil && !errors.Is(err, model.NotAllowed) && !errors.Is(err, model.Invalid) {
			return nil, err
		}
	}
	return out, nil
}

// keepPrice gives a shipping option the price that the cart's method has by it.
func (ch *cartChange) keepPrice(o *model.ShippingOption) {
	for _, m := range ch.cart.ShippingMethods {
		if value(m.ShippingOptionID) == o.ID {
			amount := m.Amount
			o.SetPrice(&model.CalculatedPrice{ID: o.ID, CalculatedAmount: &amount, IsCalculatedPriceTaxInclusive: m.IsTaxInclusive, CurrencyCode: &ch.cart.CurrencyCode})
		}
	}
}

// chooseShipping returns the shipping methods, without ids and times, that the choices put into the cart, and
// the shipping profiles of their options: the cart's methods of these profiles, and those of no profile, give way to them.
func (ch *cartChange) chooseShipping(ctx context.Context, choices []ShippingChoice) (out []*model.ShippingMethod, profiles []string, err error) {
	if err := shippable(ch.cart); err != nil {
		return nil, nil, err
	}
	shipped := ch.shipped()
	options, err := ch.pricedOptions(ctx, choices, shipped)
	if err != nil {
		return nil, nil, err
	}
	if err := chosen(choices, options); err != nil {
		return nil, nil, err
	}
	for n, c := range choices {
		o := options[c.OptionID]
		p, err := carrierOf(ch.carriers, o)
		if err != nil {
			return nil, nil, model.At(err, methods, strconv.Itoa(n), "optionId")
		}
		data := c.Data
		if len(data) == 0 {
			data = model.JSON("{}")
		}
		if data, err = p.Validate(ctx, fulfillment.Option{ID: o.ID, Data: o.Data}, data, shipment(ch.cart, o, shipped)); err != nil {
			return nil, nil, model.At(err, methods, strconv.Itoa(n), "data")
		}
		if len(data) == 0 {
			data = model.JSON("{}")
		}
		out = append(out, &model.ShippingMethod{
			CartID: ch.cart.ID, Name: o.Name, Amount: *o.Amount, RawAmount: o.Amount.Raw(), IsTaxInclusive: o.IsTaxInclusive,
			ShippingOptionID: &o.ID, Data: data,
		})
		if o.ShippingProfileID != nil {
			profiles = append(profiles, *o.ShippingProfileID)
		}
	}
	return out, profiles, nil
}

// chosen fails unless the cart can have all the options that were chosen, at a price.
func chosen(choices []ShippingChoice, options map[string]*model.ShippingOption) error {
	var unpriced []string
	first := 0
	for n, c := range choices {
		switch o := options[c.OptionID]; {
		case o == nil:
			return model.Invalid.Because(model.UserErrorCodeShippingOptionNotFound, methods, strconv.Itoa(n), "optionId").Errorf("Shipping Options are invalid for cart.")
		case o.Amount == nil && !slices.Contains(unpriced, o.ID):
			if unpriced == nil {
				first = n
			}
			unpriced = append(unpriced, o.ID)
		}
	}
	if len(unpriced) > 0 {
		return model.Invalid.Because(model.UserErrorCodeShippingOptionWithoutPrice, methods, strconv.Itoa(first), "optionId").
			Errorf("Shipping options with IDs %s do not have a price", strings.Join(unpriced, ", "))
	}
	return nil
}

// shippingFates decides what becomes of the shipping methods of the cart after it has changed: each takes
// over the name and the price that its option has now, or is dropped. It changes nothing.
func (ch *cartChange) shippingFates(ctx context.Context) ([]ship.Fate, error) {
	if len(ch.cart.ShippingMethods) == 0 {
		return nil, nil
	}
	if err := shippable(ch.cart); err != nil {
		return nil, err
	}
	shipped := ch.shipped()
	var choices []ShippingChoice
	for _, m := range ch.cart.ShippingMethods {
		if m.ShippingOptionID != nil {
			choices = append(choices, ShippingChoice{*m.ShippingOptionID, m.Data})
		}
	}
	options, err := ch.pricedOptions(ctx, choices, shipped)
	if err != nil {
		return nil, err
	}
	needed := map[string]bool{}
	for _, i := range ch.cart.Items {
		if i.RequiresShipping && i.VariantID != nil {
			needed[shipped[*i.VariantID].ProfileID] = true
		}
	}
	return ship.Refresh(ch.cart.ShippingMethods, options, needed), nil
}

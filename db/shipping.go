package db

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/price"
	"github.com/storegraph/storegraph/model/ship"
)

// A ShippingQuery says for which cart shipping options are wanted, and which. The cart is not read again: its id, region,
// currency, sales channel, customer, e-mail address, language, shipping address, items and totals decide as they are given.
type ShippingQuery struct {
	Cart     *model.Cart
	IDs      []string // only these options; nil: all
	IsReturn bool     // those by which goods come back, rather than those by which they are sent
	Detail   bool     // also fill the prices in all currencies, and whether stock suffices
}

// ShippingOptions returns the options that the cart can have, by id: those of the stock locations of its sales channel, whose
// zones hold its address as far as it is known, and whose rules hold. Flat ones have their prices for the cart, if any
// applies. Calculated ones have none yet.
//
// It reads no cart, so that it can be used within a transaction that has changed one.
func (d DB) ShippingOptions(ctx context.Context, q ShippingQuery) ([]*model.ShippingOption, error) {
	if q.IDs != nil && len(q.IDs) == 0 {
		return nil, nil
	}
	l := &ShippingChoices{q: q}
	if err := d.run(ctx, l.readOptions); err != nil || len(l.options) == 0 {
		return nil, err
	}
	if err := d.run(ctx, func(b *batch) {
		l.readPrices(b, idsOf(l.options, func(o *model.ShippingOption) *string { return &o.ID }))
		readPreferences(b, value(q.Cart.RegionID), q.Cart.CurrencyCode, &l.preferences)
	}); err != nil {
		return nil, err
	}
	out := l.For(q.Cart)
	return out, d.Translate(ctx, value(q.Cart.Locale), out)
}

// ShippingChoices are shipping options as they were read, of which a cart may choose.
type ShippingChoices struct {
	q       ShippingQuery
	options []*model.ShippingOption

	prices      map[string][]*model.Price          // by option
	conditions  map[string][]*model.PriceCondition // by price
	preferences []model.PricePreference
	stock       []stockLevel
}

// Options are the options that were read.
func (l *ShippingChoices) Options() []*model.ShippingOption { return l.options }

// A stockLevel is what is available of a part of a variant at a location; none if the location has no level of it.
type stockLevel struct {
	variant, part string
	location      *string
	available     model.Amount
}

// shippingOptions lists options of the sales channel $1. Each part of an address that is given narrows the zones to those
// that hold it: $2 country, $3 province, $4 city, $5 postal code. $6 are ids, or NULL.
var shippingOptions = `SELECT ` + shippingOptionTable.list + `,
(SELECT s.price_set_id FROM shipping_option_price_set s WHERE s.shipping_option_id = o.id AND s.deleted_at IS NULL LIMIT 1),
(SELECT coalesce(jsonb_agg(jsonb_build_object('attribute', r.attribute, 'operator', r.operator, 'value', r.value) ORDER BY r.id), '[]')
 FROM shipping_option_rule r WHERE r.shipping_option_id = o.id AND r.deleted_at IS NULL),
` + shippingTypeTable.list + `, ` + carrierTable.list + `, ` + serviceZoneTable.list + `, ` + fulfillmentSetTable.list + `,
` + stockLocationTable.list + `, ` + stockLocationAddressTable.list + `
FROM shipping_option o
JOIN service_zone z ON z.id = o.service_zone_id AND z.deleted_at IS NULL
JOIN fulfillment_set f ON f.id = z.fulfillment_set_id AND f.deleted_at IS NULL
JOIN LATERAL (SELECT l.* FROM location_fulfillment_set k
 JOIN stock_location l ON l.id = k.stock_location_id AND l.deleted_at IS NULL
 JOIN sales_channel_stock_location c ON c.stock_location_id = l.id AND c.sales_channel_id = $1 AND c.deleted_at IS NULL
 WHERE k.fulfillment_set_id = f.id AND k.deleted_at IS NULL ORDER BY l.id LIMIT 1) l ON true
LEFT JOIN stock_location_address a ON a.id = l.address_id AND a.deleted_at IS NULL
LEFT JOIN shipping_option_type t ON t.id = o.shipping_option_type_id AND t.deleted_at IS NULL
LEFT JOIN fulfillment_provider p ON p.id = o.provider_id AND p.deleted_at IS NULL
WHERE o.deleted_at IS NULL AND ($6::text[] IS NULL OR o.id = ANY($6))
AND ($2 = '' AND $3 = '' AND $4 = '' AND $5 = '' OR EXISTS (SELECT FROM geo_zone g WHERE g.service_zone_id = z.id AND g.deleted_at IS NULL
 AND ($2 = '' OR g.country_code = $2)
 AND CASE g.type
  WHEN 'country' THEN $2 <> ''
  WHEN 'province' THEN $3 <> '' AND g.province_code = $3
  WHEN 'city' THEN $4 <> '' AND g.city = $4 AND ($3 = '' OR g.province_code = $3)
  WHEN 'zip' THEN $5 <> '' AND g.postal_expression = to_jsonb($5::text) AND ($3 = '' OR g.province_code = $3) AND ($4 = '' OR g.city = $4)
  ELSE false END))
ORDER BY o.id`

func (l *ShippingChoices) readOptions(b *batch) {
	l.options = nil
	var a model.CartAddress
	if l.q.Cart.ShippingAddress != nil {
		a = *l.q.Cart.ShippingAddress
	}
	attributes := map[string]string{"is_return": "false", "enabled_in_store": "true"}
	if l.q.IsReturn {
		attributes["is_return"] = "true"
	}
	args := []any{value(l.q.Cart.SalesChannelID), value(a.CountryCode), value(a.Province), value(a.City), value(a.PostalCode), l.q.IDs}
	b.read(shippingOptions, args, func(c *cursor) {
		if o := scanShippingOption(c); ship.Fits(o.Rules, attributes) {
			l.options = append(l.options, o)
		}
	})
}

func scanShippingOption(c *cursor) *model.ShippingOption {
	o := shippingOptionTable.scan(c)
	o.PriceSetID = c.maybeText()
	c.fail(json.Unmarshal(c.json(), &o.Rules))
	if t := shippingTypeTable.scan(c); t.ID != "" {
		o.Type = t
	}
	if p := carrierTable.scan(c); p.ID != "" {
		o.Provider = p
	}
	o.ServiceZone = serviceZoneTable.scan(c)
	o.ServiceZone.FulfillmentSet = fulfillmentSetTable.scan(c)
	l := stockLocationTable.scan(c)
	if a := stockLocationAddressTable.scan(c); a.ID != "" {
		l.Address = a
	}
	o.ServiceZone.FulfillmentSet.Location = l
	return o
}

// contextOfShipping is what the prices of a cart's shipping options may depend on.
func contextOfShipping(c *model.Cart) *price.Context {
	p := &price.Context{
		CurrencyCode: c.CurrencyCode, RegionID: value(c.RegionID),
		Numbers:    map[string]model.Amount{"item_total": c.OfItems.Total, "total": c.Total},
		Attributes: map[string][]string{"id": {c.ID}},
	}
	add := func(attribute string, s *string) {
		if s != nil && *s != "" {
			p.Attributes[attribute] = []string{*s}
		}
	}
	add("region_id", c.RegionID)
	add("sales_channel_id", c.SalesChannelID)
	add("email", c.Email)
	add("locale", c.Locale)
	if a := c.ShippingAddress; a != nil {
		add("shipping_address.country_code", a.CountryCode)
		add("shipping_address.province", a.Province)
		add("shipping_address.city", a.City)
		add("shipping_address.postal_code", a.PostalCode)
	}
	if u := c.Buyer(); u != nil {
		add("customer_id", &u.ID)
		add("customer.id", &u.ID)
		for _, g := range u.Groups {
			p.Attributes["customer.groups.id"] = append(p.Attributes["customer.groups.id"], g.ID)
		}
	}
	return p
}

var shippingPrices = `SELECT s.shipping_option_id, ` + priceTable.list + `,
CASE WHEN p.rules_count > 0 THEN (SELECT jsonb_agg(jsonb_build_object('attribute', r.attribute, 'operator', r.operator, 'value', r.value))
 FROM price_rule r WHERE r.price_id = p.id AND r.deleted_at IS NULL) END,
CASE WHEN p.price_list_id IS NOT NULL THEN (SELECT jsonb_build_object('id', pl.id, 'type', pl.type, 'rules_count', pl.rules_count, 'rules',
 (SELECT jsonb_agg(jsonb_build_object('attribute', lr.attribute, 'values', lr.value)) FROM price_list_rule lr
  WHERE lr.price_list_id = pl.id AND lr.deleted_at IS NULL))
 FROM price_list pl WHERE pl.id = p.price_list_id AND ` + listActive + `) END
FROM shipping_option_price_set s
JOIN price p ON p.price_set_id = s.price_set_id AND p.deleted_at IS NULL
WHERE s.shipping_option_id = ANY($1) AND s.deleted_at IS NULL AND ($2 = '' OR p.currency_code = $2)
ORDER BY ` + asMade("p")

// readPrices queues the prices of options by their ids.
func (l *ShippingChoices) readPrices(b *batch, ids []string) {
	l.prices, l.conditions, l.stock = map[string][]*model.Price{}, map[string][]*model.PriceCondition{}, nil
	cart := l.q.Cart
	currency := cart.CurrencyCode
	if l.q.Detail {
		currency = ""
	}
	b.read(shippingPrices, []any{ids, currency}, func(c *cursor) {
		option := c.text()
		p := priceTable.scan(c)
		priceConditions(c, p)
		if p.PriceListID != nil {
			p.PriceList = &model.PriceList{ID: *p.PriceListID}
		}
		l.prices[option] = append(l.prices[option], p)
	})
	if !l.q.Detail {
		return
	}
	b.read(`SELECT `+priceRuleTable.list+`
FROM price_rule r WHERE r.deleted_at IS NULL AND r.price_id IN (SELECT p.id FROM shipping_option_price_set s
 JOIN price p ON p.price_set_id = s.price_set_id AND p.rules_count > 0 AND p.deleted_at IS NULL
 WHERE s.shipping_option_id = ANY($1) AND s.deleted_at IS NULL)
ORDER BY `+asMade("r"), []any{ids}, func(c *cursor) {
		r := priceRuleTable.scan(c)
		l.conditions[r.PriceID] = append(l.conditions[r.PriceID], r)
	})
	variants := idsOf(cart.Items, func(i *model.LineItem) *string { return i.VariantID })
	b.read(`SELECT pv.id, i.id, v.location_id, (coalesce((v.raw_stocked_quantity->>'value')::numeric, v.stocked_quantity)
 - coalesce((v.raw_reserved_quantity->>'value')::numeric, v.reserved_quantity))::text
FROM product_variant pv
JOIN product_variant_inventory_item k ON k.variant_id = pv.id AND k.deleted_at IS NULL
JOIN inventory_item i ON i.id = k.inventory_item_id AND i.requires_shipping AND i.deleted_at IS NULL
LEFT JOIN inventory_level v ON v.inventory_item_id = i.id AND v.deleted_at IS NULL
WHERE pv.id = ANY($1) AND pv.manage_inventory AND NOT pv.allow_backorder AND pv.deleted_at IS NULL`, []any{variants}, func(c *cursor) {
		l.stock = append(l.stock, stockLevel{variant: c.text(), part: c.text(), location: c.maybeText(), available: c.amount()})
	})
}

// For gives the options the prices that they have for the cart as it is now, and returns those that it can have.
func (l *ShippingChoices) For(cart *model.Cart) []*model.ShippingOption {
	context := contextOfShipping(cart)
	context.Preferences = l.preferences
	out := make([]*model.ShippingOption, 0, len(l.options))
	for _, o := range l.options {
		prices := l.prices[o.ID]
		if l.q.Detail {
			for _, p := range prices {
				p.PriceRules = l.conditions[p.ID]
			}
			// Prices of lists are only for whom they are meant.
			o.Prices = slices.DeleteFunc(slices.Clone(prices), func(p *model.Price) bool { return p.PriceListID != nil })
			o.InsufficientInventory = l.short(o.ServiceZone.FulfillmentSet.Location.ID)
		}
		if o.PriceSetID != nil && o.PriceType != model.ShippingPriceTypeCalculated { // which may have those that it had when it was flat
			if p := price.Calculate(*o.PriceSetID, prices, context); p != nil {
				o.SetPrice(p)
			}
		}
		out = append(out, o)
	}
	return out
}

// short reports whether the location has too little of what some item of the cart consists of. As in the reference, a part
// that an item needs several of is counted once.
func (l *ShippingChoices) short(location string) bool {
	have := map[[2]string]model.Amount{}
	parts := map[string]map[string]bool{}
	for _, s := range l.stock {
		if parts[s.variant] == nil {
			parts[s.variant] = map[string]bool{}
		}
		parts[s.variant][s.part] = true
		if value(s.location) == location {
			have[[2]string{s.variant, s.part}] = s.available
		}
	}
	for _, i := range l.q.Cart.Items {
		for part := range parts[value(i.VariantID)] {
			available, located := have[[2]string{*i.VariantID, part}]
			if !located || available.Less(model.NewAmount(int64(i.Quantity))) {
				return true
			}
		}
	}
	return false
}

// A ShippedVariant is what shipping a variant depends on.
type ShippedVariant struct {
	ProfileID string       // the shipping profile of its product; empty for none
	Weight    model.Amount // of one unit, in the merchant's own unit; 0 if it is not known
}

// ShippedVariants returns what shipping the variants depends on, by their ids.
func (d DB) ShippedVariants(ctx context.Context, ids []string) (map[string]ShippedVariant, error) {
	out := map[string]ShippedVariant{}
	if len(ids) == 0 {
		return out, nil
	}
	err := d.run(ctx, func(b *batch) {
		clear(out)
		b.read(`SELECT v.id, (SELECT s.shipping_profile_id FROM product_shipping_profile s WHERE s.product_id = p.id AND s.deleted_at IS NULL LIMIT 1),
coalesce(v.weight, p.weight)::text
FROM product_variant v LEFT JOIN product p ON p.id = v.product_id AND p.deleted_at IS NULL
WHERE v.id = ANY($1) AND v.deleted_at IS NULL`, []any{ids}, func(c *cursor) {
			id, profile := c.text(), c.text()
			weight, err := model.ParseAmount(c.text())
			if err != nil {
				weight = model.Amount{}
			}
			out[id] = ShippedVariant{ProfileID: profile, Weight: weight}
		})
	})
	return out, err
}

package db

import (
	"context"
	"encoding/json"

	"storegraph/model"
	"storegraph/model/price"
	"storegraph/model/ship"
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
	l := shippingLoad{q: q}
	if err := d.run(ctx, l.readOptions); err != nil || len(l.options) == 0 {
		return nil, err
	}
	l.context = contextOfShipping(q.Cart)
	if err := d.run(ctx, l.readPrices); err != nil {
		return nil, err
	}
	out := l.stitch()
	return out, d.translate(ctx, &Viewer{Locale: value(q.Cart.Locale)}, out)
}

type shippingLoad struct {
	q       ShippingQuery
	options []*model.ShippingOption

	prices     map[string][]*model.Price          // by option
	conditions map[string][]*model.PriceCondition // by price
	context    pricing
	stock      []stockLevel
}

// A stockLevel is what is available of a part of a variant at a location; none if the location has no level of it.
type stockLevel struct {
	variant, part string
	location      *string
	available     model.Amount
}

// shippingOptions lists options of the sales channel $1. Each part of an address that is given narrows the zones to those
// that hold it: $2 country, $3 province, $4 city, $5 postal code. $6 are ids, or NULL.
const shippingOptions = `SELECT o.id, o.name, o.price_type, o.service_zone_id, o.shipping_profile_id, o.provider_id, o.shipping_option_type_id, o.data,
o.metadata, o.created_at, o.updated_at,
(SELECT s.price_set_id FROM shipping_option_price_set s WHERE s.shipping_option_id = o.id AND s.deleted_at IS NULL LIMIT 1),
(SELECT coalesce(jsonb_agg(jsonb_build_object('attribute', r.attribute, 'operator', r.operator, 'value', r.value) ORDER BY r.id), '[]')
 FROM shipping_option_rule r WHERE r.shipping_option_id = o.id AND r.deleted_at IS NULL),
t.id, t.label, t.description, t.code, t.created_at, t.updated_at,
p.id, p.is_enabled, p.created_at, p.updated_at,
z.id, z.name, z.metadata, z.fulfillment_set_id, z.created_at, z.updated_at,
f.id, f.name, f.type, f.metadata, f.created_at, f.updated_at,
l.id, l.name, l.address_id, l.metadata, l.created_at, l.updated_at,
a.id, a.address_1, a.address_2, a.company, a.city, a.country_code, a.phone, a.province, a.postal_code, a.metadata, a.created_at, a.updated_at
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

func (l *shippingLoad) readOptions(b *batch) {
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
	o := &model.ShippingOption{
		ID: c.text(), Name: c.text(), PriceType: model.ShippingPriceType(c.text()), ServiceZoneID: c.text(), ShippingProfileID: c.maybeText(),
		ProviderID: c.maybeText(), ShippingOptionTypeID: c.text(), Data: c.json(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		PriceSetID: c.maybeText(),
	}
	c.fail(json.Unmarshal(c.json(), &o.Rules))
	t := &model.ShippingOptionType{
		ID: c.text(), Label: c.text(), Description: c.maybeText(), Code: c.text(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
	if t.ID != "" {
		o.Type = t
	}
	p := &model.FulfillmentProvider{ID: c.text(), IsEnabled: c.bool(), CreatedAt: c.stamp(), UpdatedAt: c.stamp()}
	if p.ID != "" {
		o.Provider = p
	}
	z := &model.ServiceZone{
		ID: c.text(), Name: c.text(), Metadata: c.json(), FulfillmentSetID: c.text(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
	z.FulfillmentSet = &model.FulfillmentSet{
		ID: c.text(), Name: c.text(), Type: c.text(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
	l := &model.StockLocation{
		ID: c.text(), Name: c.text(), AddressID: c.maybeText(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
	a := &model.StockLocationAddress{
		ID: c.text(), Address1: c.text(), Address2: c.maybeText(), Company: c.maybeText(), City: c.maybeText(), CountryCode: c.text(),
		Phone: c.maybeText(), Province: c.maybeText(), PostalCode: c.maybeText(), Metadata: c.json(), CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
	}
	if a.ID != "" {
		l.Address = a
	}
	o.ServiceZone, z.FulfillmentSet.Location = z, l
	return o
}

// contextOfShipping is what the prices of a cart's shipping options may depend on.
func contextOfShipping(c *model.Cart) pricing {
	p := pricing{Context: price.Context{
		CurrencyCode: c.CurrencyCode, RegionID: value(c.RegionID),
		Numbers:    map[string]model.Amount{"item_total": c.ItemTotal, "total": c.Total},
		Attributes: map[string][]string{"id": {c.ID}},
	}}
	add := func(attribute string, s *string) {
		if s != nil && *s != "" {
			p.Attributes[attribute] = []string{*s}
		}
	}
	add("region_id", c.RegionID)
	add("sales_channel_id", c.SalesChannelID)
	add("customer_id", c.CustomerID)
	add("customer.id", c.CustomerID)
	add("email", c.Email)
	add("locale", c.Locale)
	if a := c.ShippingAddress; a != nil {
		add("shipping_address.country_code", a.CountryCode)
		add("shipping_address.province", a.Province)
		add("shipping_address.city", a.City)
		add("shipping_address.postal_code", a.PostalCode)
	}
	return p
}

const shippingPrices = `SELECT s.shipping_option_id, p.price_set_id, p.id, p.currency_code, p.amount::text, p.raw_amount, p.min_quantity::text, p.max_quantity::text,
p.rules_count, p.price_list_id,
CASE WHEN p.rules_count > 0 THEN (SELECT jsonb_agg(jsonb_build_object('attribute', r.attribute, 'operator', r.operator, 'value', r.value))
 FROM price_rule r WHERE r.price_id = p.id AND r.deleted_at IS NULL) END,
CASE WHEN p.price_list_id IS NOT NULL THEN (SELECT jsonb_build_object('id', pl.id, 'type', pl.type, 'rules_count', pl.rules_count, 'rules',
 (SELECT jsonb_agg(jsonb_build_object('attribute', lr.attribute, 'values', lr.value)) FROM price_list_rule lr
  WHERE lr.price_list_id = pl.id AND lr.deleted_at IS NULL))
 FROM price_list pl WHERE pl.id = p.price_list_id AND ` + listActive + `) END,
p.title, p.raw_min_quantity, p.raw_max_quantity, p.created_at, p.updated_at
FROM shipping_option_price_set s
JOIN price p ON p.price_set_id = s.price_set_id AND p.deleted_at IS NULL
WHERE s.shipping_option_id = ANY($1) AND s.deleted_at IS NULL AND ($2 = '' OR p.currency_code = $2)
ORDER BY p.id`

func (l *shippingLoad) readPrices(b *batch) {
	ids := idsOf(l.options, func(o *model.ShippingOption) *string { return &o.ID })
	l.prices, l.conditions, l.stock = map[string][]*model.Price{}, map[string][]*model.PriceCondition{}, nil
	currency := l.q.Cart.CurrencyCode
	if l.q.Detail {
		currency = ""
	}
	b.read(shippingPrices, []any{ids, currency}, func(c *cursor) {
		option := c.text()
		p := scanPrice(c)
		p.Title, p.RawMinQuantity, p.RawMaxQuantity, p.CreatedAt, p.UpdatedAt = c.maybeText(), c.json(), c.json(), c.stamp(), c.stamp()
		if p.PriceListID != nil {
			p.PriceList = &model.PriceList{ID: *p.PriceListID}
		}
		l.prices[option] = append(l.prices[option], p)
	})
	l.context.readPreferences(b)
	if id := value(l.q.Cart.CustomerID); id != "" {
		delete(l.context.Attributes, "customer.groups.id")
		b.read(`SELECT l.customer_group_id FROM customer_group_customer l
JOIN customer_group g ON g.id = l.customer_group_id AND g.deleted_at IS NULL
WHERE l.customer_id = $1 AND l.deleted_at IS NULL`, []any{id}, func(c *cursor) {
			l.context.Attributes["customer.groups.id"] = append(l.context.Attributes["customer.groups.id"], c.text())
		})
	}
	if !l.q.Detail {
		return
	}
	b.read(`SELECT r.id, r.attribute, r.operator, r.value, r.priority, r.price_id, r.created_at, r.updated_at
FROM price_rule r WHERE r.deleted_at IS NULL AND r.price_id IN (SELECT p.id FROM shipping_option_price_set s
 JOIN price p ON p.price_set_id = s.price_set_id AND p.rules_count > 0 AND p.deleted_at IS NULL
 WHERE s.shipping_option_id = ANY($1) AND s.deleted_at IS NULL)
ORDER BY r.id`, []any{ids}, func(c *cursor) {
		r := &model.PriceCondition{
			ID: c.text(), Attribute: c.text(), Operator: c.text(), Value: c.text(), Priority: c.int(), PriceID: c.text(),
			CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
		}
		l.conditions[r.PriceID] = append(l.conditions[r.PriceID], r)
	})
	variants := idsOf(l.q.Cart.Items, func(i *model.LineItem) *string { return i.VariantID })
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

// stitch gives the options their prices and returns those that can be had.
func (l *shippingLoad) stitch() []*model.ShippingOption {
	out := make([]*model.ShippingOption, 0, len(l.options))
	for _, o := range l.options {
		prices := l.prices[o.ID]
		if l.q.Detail {
			for _, p := range prices {
				p.PriceRules = l.conditions[p.ID]
			}
			o.Prices = prices
			o.InsufficientInventory = l.short(o.ServiceZone.FulfillmentSet.Location.ID)
		}
		if o.PriceSetID != nil {
			p := price.Calculate(*o.PriceSetID, prices, &l.context.Context)
			if p != nil {
				o.SetPrice(p)
			}
		}
		out = append(out, o)
	}
	return out
}

// short reports whether the location has too little of what some item of the cart consists of. As in the reference, a part
// that an item needs several of is counted once.
func (l *shippingLoad) short(location string) bool {
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

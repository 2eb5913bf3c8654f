package seed

import (
	"strings"

	"github.com/storegraph/storegraph/model"
)

// delivery builds stock locations, the zones they ship to and the shipping options with their prices.
func (b *builder) delivery() {
	b.locations()
	b.zones()
	b.shippingOptions()
}

func (b *builder) locations() {
	for _, l := range locations {
		address, id, set := b.id("laddr"), b.named("sloc", "location", l.name), b.named("fuset", "set", l.name)
		put(&b.sheet, "stock_location_address", addressRow{
			ID: address, Address1: l.street, Company: shopName, City: l.city, CountryCode: l.country, PostalCode: l.postcode, Phone: l.phone,
			Province: ptr(l.province), stamps: b.stamps(),
		})
		put(&b.sheet, "stock_location", locationRow{ID: id, Name: l.name, AddressID: address, stamps: b.stamps()})
		for _, c := range channels {
			put(&b.sheet, "sales_channel_stock_location", channelLocationRow{
				ID: b.id("scloc"), SalesChannelID: b.ref("channel", c.name), StockLocationID: id, stamps: b.stamps(),
			})
		}
		put(&b.sheet, "location_fulfillment_provider", locationProviderRow{
			ID: b.id("locfp"), StockLocationID: id, FulfillmentProviderID: "manual_manual", stamps: b.stamps(),
		})
		put(&b.sheet, "fulfillment_set", fulfillmentSetRow{ID: set, Name: l.name + " shipping", Type: "shipping", stamps: b.stamps()})
		put(&b.sheet, "location_fulfillment_set", locationSetRow{ID: b.id("locfs"), StockLocationID: id, FulfillmentSetID: set, stamps: b.stamps()})
	}
}

func (b *builder) zones() {
	for _, z := range zones {
		id := b.named("serzo", "zone", z.name)
		put(&b.sheet, "service_zone", serviceZoneRow{ID: id, Name: z.name, FulfillmentSetID: b.ref("set", z.location), stamps: b.stamps()})
		for _, place := range words(z.places) {
			country, _, isProvince := strings.Cut(place, "-")
			row := geoZoneRow{ID: b.id("fgz"), Type: "country", CountryCode: country, ServiceZoneID: id, stamps: b.stamps()}
			if isProvince {
				row.Type, row.ProvinceCode = "province", &place
			}
			put(&b.sheet, "geo_zone", row)
		}
	}
}

func (b *builder) shippingOptions() {
	for _, t := range shippingTypes {
		id := b.named("sotype", "shipping type", t.code)
		put(&b.sheet, "shipping_option_type", shippingOptionTypeRow{ID: id, Label: t.label, Description: t.about, Code: t.code, stamps: b.stamps()})
		b.translate("shipping_option_type", id, phrase{"label", t.label}, phrase{"description", t.about})
	}
	for _, s := range shipping {
		id, set := b.id("so"), b.id("pset")
		put(&b.sheet, "shipping_option", shippingOptionRow{
			ID: id, Name: s.name, PriceType: "flat", ServiceZoneID: b.ref("zone", s.zone), ShippingProfileID: b.profile, ProviderID: "manual_manual",
			ShippingOptionTypeID: b.ref("shipping type", s.kind), Data: model.JSON(`{"id": "manual-fulfillment"}`), stamps: b.stamps(),
		})
		b.translate("shipping_option", id, phrase{"name", s.name})
		isReturn := "false"
		if s.kind == "return" {
			isReturn = "true"
		}
		for _, r := range [][2]string{{"enabled_in_store", "true"}, {"is_return", isReturn}} {
			put(&b.sheet, "shipping_option_rule", shippingOptionRuleRow{
				ID: b.id("sorul"), Attribute: r[0], Operator: "eq", ShippingOptionID: id, Value: jsonOf(r[1]), stamps: b.stamps(),
			})
		}
		put(&b.sheet, "price_set", priceSetRow{ID: set, stamps: b.stamps()})
		put(&b.sheet, "shipping_option_price_set", shippingOptionPriceSetRow{ID: b.id("sops"), ShippingOptionID: id, PriceSetID: set, stamps: b.stamps()})
		b.price(set, s.currency, s.price)
		for i, from := range s.from {
			rules := []rule{{"item_total", "gte", from.total}}
			if i+1 < len(s.from) {
				rules = append(rules, rule{"item_total", "lt", s.from[i+1].total})
			}
			b.price(set, s.currency, from.price, rules...)
		}
	}
}

// price builds a price that applies if all rules hold.
func (b *builder) price(set, currency, amount string, rules ...rule) {
	a := model.MustAmount(amount)
	p := model.Price{
		ID: b.id("price"), CurrencyCode: currency, RulesCount: len(rules), PriceSetID: set, Amount: a, RawAmount: a.Raw(), CreatedAt: b.now(), UpdatedAt: b.now(),
	}
	put(&b.sheet, "price", p)
	for _, r := range rules {
		put(&b.sheet, "price_rule", priceRuleRow{
			ID: b.id("prule"), Attribute: r.attribute, Operator: r.operator, Value: r.values, PriceID: p.ID, stamps: b.stamps(),
		})
	}
}

// taxes builds tax regions, those of provinces below those of countries, and their rates.
func (b *builder) taxes() {
	for _, t := range taxes {
		region, built := b.ids["tax region "+t.place]
		if !built {
			country, _, isProvince := strings.Cut(t.place, "-")
			region = b.named("txreg", "tax region", t.place)
			row := taxRegionRow{ID: region, CountryCode: country, ProviderID: ptr("tp_system"), stamps: b.stamps()}
			if isProvince {
				row.ProviderID, row.ProvinceCode, row.ParentID = nil, &t.place, ptr(b.ref("tax region", country))
			}
			put(&b.sheet, "tax_region", row)
		}
		rate := b.id("txr")
		put(&b.sheet, "tax_rate", taxRateRow{
			ID: rate, Code: t.code, Name: t.name, TaxRegionID: region, Rate: model.MustAmount(t.rate), IsDefault: t.kinds == "", stamps: b.stamps(),
		})
		b.translate("tax_rate", rate, phrase{"name", t.name})
		for _, kind := range words(t.kinds) {
			put(&b.sheet, "tax_rate_rule", taxRateRuleRow{
				ID: b.id("txrule"), TaxRateID: rate, Reference: "product_type", ReferenceID: b.ref("type", kind), stamps: b.stamps(),
			})
		}
	}
}

// returns builds the reasons for returns.
func (b *builder) returns() {
	for _, r := range reasons {
		row := model.ReturnReason{ID: b.named("rr", "reason", r.value), Value: r.value, Label: r.label, Description: ptr(r.about), CreatedAt: b.now(), UpdatedAt: b.now()}
		if r.parent != "" {
			row.ParentReturnReasonID = ptr(b.ref("reason", r.parent))
		}
		put(&b.sheet, "return_reason", row)
		b.translate("return_reason", row.ID, phrase{"label", r.label}, phrase{"description", r.about})
	}
}

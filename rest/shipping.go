package rest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

var (
	shippingOptionDefaults = strings.Fields(`id name price_type service_zone_id shipping_profile_id provider_id shipping_option_type_id metadata`)
	shippingOptionExtra    = slices.Concat(strings.Fields(`data type type.id type.label type.description type.code provider provider.id
provider.is_enabled prices prices.id prices.currency_code prices.amount prices.min_quantity prices.max_quantity prices.price_rules
prices.price_rules.id prices.price_rules.attribute prices.price_rules.operator prices.price_rules.value calculated_price`),
		below("calculated_price", strings.Fields(`id currency_code calculated_amount calculated_amount_with_tax calculated_amount_without_tax
original_amount original_amount_with_tax original_amount_without_tax is_calculated_price_price_list is_calculated_price_tax_inclusive
is_original_price_price_list is_original_price_tax_inclusive calculated_price original_price`)),
		below("calculated_price.calculated_price", appliedPrice), below("calculated_price.original_price", appliedPrice))
	appliedPrice = strings.Fields(`id price_list_id price_list_type min_quantity max_quantity`)

	shippingZone = slices.Concat(strings.Fields(`service_zone service_zone.id service_zone.fulfillment_set_id service_zone.fulfillment_set
service_zone.fulfillment_set.id service_zone.fulfillment_set.type service_zone.fulfillment_set.location
service_zone.fulfillment_set.location.id`), []string{shippingAddress}, below(shippingAddress, strings.Fields(`id company address_1 address_2 city
country_code province postal_code phone metadata created_at updated_at deleted_at`)))

	// shippingOptionAlways is what a cart's options always tell, whatever is asked for.
	shippingOptionAlways = strings.Fields(`id name price_type service_zone_id shipping_profile_id provider_id data service_zone.fulfillment_set_id
service_zone.fulfillment_set.type service_zone.fulfillment_set.location.id type.id type.label type.description type.code provider.id
provider.is_enabled rules.attribute rules.value rules.operator amount is_tax_inclusive insufficient_inventory`)
)

const shippingAddress = "service_zone.fulfillment_set.location.address"

// shippingRoutes are how things can be shipped.
var shippingRoutes = []route{
	{
		method: "GET", path: "/store/shipping-options", field: "shippingOptions", envelope: "shipping_options",
		params: append(slices.Clone(find[1:]), grouped(params("cart_id!= is_return?="))...),
		extra:  slices.Concat(shippingOptionDefaults, shippingOptionExtra, shippingZone), finish: finishShippingOptions,
		shape: leaveUncalculated,
	},
	{
		method: "POST", path: "/store/shipping-options/{id}/calculate", field: "calculateShippingOption", envelope: "shipping_option",
		body: body("cart_id! data{}"), defaults: shippingOptionDefaults, extra: shippingOptionExtra, finish: finishCalculated,
	},
}

// finishShippingOptions adds what a cart's shipping options always tell.
func finishShippingOptions(s *selector, root *node, _ *request) {
	for _, path := range shippingOptionAlways {
		s.plain(root, path)
	}
	rules := s.add(root, "rules").below
	for _, name := range []string{"attribute", "value", "operator"} {
		s.add(rules, name)
	}
	for _, path := range []string{shippingAddress, "calculated_price", "prices", "prices.price_rules"} {
		s.star(root, path, nil)
	}
}

// leaveUncalculated leaves out what calculated options cost, which nobody has asked their provider yet. An option with prices of
// which none applies says null instead.
func leaveUncalculated(_, _ string, data []byte) []byte {
	if !bytes.Contains(data, []byte(`"price_type":"calculated"`)) {
		return data
	}
	var all struct {
		Options []map[string]json.RawMessage `json:"shipping_options"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return data
	}
	for _, o := range all.Options {
		if string(o["price_type"]) == `"calculated"` && string(o["calculated_price"]) == "null" {
			delete(o, "calculated_price")
		}
	}
	out, err := json.Marshal(all)
	if err != nil {
		return data
	}
	return out
}

// finishCalculated adds what a calculated option costs. Of the calculated price the reference tells what its provider says,
// whatever is asked for.
func finishCalculated(s *selector, root *node, _ *request) {
	price := s.add(root, "calculated_price").below
	price.fields = nil
	for _, name := range []string{"calculated_amount", "is_calculated_price_tax_inclusive"} {
		s.add(price, name)
	}
	s.add(root, "amount")
	s.add(root, "is_tax_inclusive")
}

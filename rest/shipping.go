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

	// shippingOptionAlways are the fields that shipping options include whatever is requested.
	shippingOptionAlways = strings.Fields(`id name price_type service_zone_id shipping_profile_id provider_id data service_zone.fulfillment_set_id
service_zone.fulfillment_set.type service_zone.fulfillment_set.location.id type.id type.label type.description type.code provider.id
provider.is_enabled rules.attribute rules.value rules.operator amount is_tax_inclusive insufficient_inventory`)
)

const shippingAddress = "service_zone.fulfillment_set.location.address"

// shippingRoutes are the endpoints of shipping options.
var shippingRoutes = []route{
	{
		method: "GET", path: "/store/shipping-options", field: "shippingOptions", envelope: "shipping_options",
		query: slices.Concat(page, grouped(text("cart_id").Required().Argument(), flag("is_return").Argument())),
		extra: slices.Concat(shippingOptionDefaults, shippingOptionExtra, shippingZone), steps: []step{selectFields, addOptionColumns},
		answer: uncalculatedOptions,
	},
	{
		method: "POST", path: "/store/shipping-options/{id}/calculate", field: "calculateShippingOption", envelope: "shipping_option",
		body: fields{text("cart_id").Required(), record("data")}, defaults: shippingOptionDefaults, extra: shippingOptionExtra, steps: []step{selectFields, addCalculatedPrice},
	},
}

// addOptionColumns adds the fields that shipping options include whatever is requested.
func addOptionColumns(sel *selection) {
	s, root := sel.selector, sel.root
	for _, path := range shippingOptionAlways {
		s.addPath(root, path)
	}
	rules := s.add(root, "rules").below
	for _, name := range []string{"attribute", "value", "operator"} {
		s.add(rules, name)
	}
	for _, path := range []string{shippingAddress, "calculated_price", "prices", "prices.price_rules"} {
		s.expand(root, path, nil)
	}
}

// withoutUncalculated removes calculated_price from options whose price a provider has yet to calculate. An option with
// fixed prices of which none applies keeps it as null.
func withoutUncalculated(options []byte) ([]byte, error) {
	if !bytes.Contains(options, []byte(`"price_type":"calculated"`)) {
		return options, nil
	}
	var all []map[string]json.RawMessage
	if err := json.Unmarshal(options, &all); err != nil {
		return nil, err
	}
	for _, o := range all {
		if string(o["price_type"]) == `"calculated"` && string(o["calculated_price"]) == "null" {
			delete(o, "calculated_price")
		}
	}
	return json.Marshal(all)
}

// addCalculatedPrice adds the price of a calculated option. Of calculated_price the reference includes the provider's fields,
// whatever is requested.
func addCalculatedPrice(sel *selection) {
	s, root := sel.selector, sel.root
	price := s.add(root, "calculated_price").below
	price.fields = nil
	for _, name := range []string{"calculated_amount", "is_calculated_price_tax_inclusive"} {
		s.add(price, name)
	}
	s.add(root, "amount")
	s.add(root, "is_tax_inclusive")
}

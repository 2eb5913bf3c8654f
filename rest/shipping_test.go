package rest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// newShippingShopper returns a shopper in the recorded shop with more shipping options: statements are run first.
func newShippingShopper(t *testing.T, statements ...string) *shopper {
	t.Helper()
	s, merchant := newMarket(t)
	merchant(statements...)
	return s
}

// newMarket returns a shopper in the recorded shop, and what runs statements on its database as the merchant's server would.
func newMarket(t *testing.T) (s *shopper, merchant func(statements ...string)) {
	t.Helper()
	d := dbtest.Shop(t)
	s = &shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}
	return s, func(statements ...string) {
		t.Helper()
		for _, sql := range statements {
			for name, v := range s.handles {
				sql = strings.ReplaceAll(sql, "{"+name+"}", v)
			}
			if _, err := d.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	}
}

// likeGround adds a shipping option that is like {so_us_ground} but for the columns of $values: id, price type, zone, provider.
const likeGround = `INSERT INTO shipping_option (id, name, price_type, service_zone_id, shipping_profile_id, provider_id, data, shipping_option_type_id)
SELECT n.id, n.id, n.typ, coalesce(n.zone, o.service_zone_id), o.shipping_profile_id, n.provider, n.data::jsonb, o.shipping_option_type_id
FROM shipping_option o, (VALUES $values) n (id, typ, zone, provider, data) WHERE o.id = '{so_us_ground}'`

const pricedLikeGround = `INSERT INTO shipping_option_price_set (shipping_option_id, price_set_id, id)
SELECT n.id, s.price_set_id, 'sops_' || n.id FROM shipping_option_price_set s, shipping_option n
WHERE s.shipping_option_id = '{so_us_ground}' AND n.id LIKE 'so_test_%' AND n.price_type = 'flat'`

// options returns the ids of a cart's shipping options that were added, without their common prefix, and what one of them costs.
func (s *shopper) options(cart, more string) string {
	s.t.Helper()
	status, text := s.ask("GET", "/store/shipping-options?cart_id="+cart+more, "")
	var got struct {
		Options []struct{ ID string } `json:"shipping_options"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		s.t.Fatalf("shipping options: %d %s", status, text)
	}
	var out []string
	for _, o := range got.Options {
		if id, ok := strings.CutPrefix(o.ID, "so_test_"); ok {
			out = append(out, id)
		}
	}
	return strings.Join(out, " ")
}

func TestShippingZones(t *testing.T) {
	t.Parallel()
	s := newShippingShopper(t, `INSERT INTO service_zone (id, name, fulfillment_set_id)
SELECT n.id, n.id, z.fulfillment_set_id FROM shipping_option o JOIN service_zone z ON z.id = o.service_zone_id,
(VALUES ('serzo_country'), ('serzo_province'), ('serzo_city'), ('serzo_zip'), ('serzo_expression'), ('serzo_gone')) n (id) WHERE o.id = '{so_us_ground}'`,
		`INSERT INTO geo_zone (id, type, country_code, province_code, city, postal_expression, service_zone_id, deleted_at) VALUES
('fgz_1', 'country', 'us', NULL, NULL, NULL, 'serzo_country', NULL),
('fgz_2', 'province', 'us', 'us-tx', NULL, NULL, 'serzo_province', NULL),
('fgz_3', 'city', 'us', 'us-tx', 'Austin', NULL, 'serzo_city', NULL),
('fgz_4', 'zip', 'us', 'us-tx', 'Austin', '"73301"', 'serzo_zip', NULL),
('fgz_5', 'zip', 'us', 'us-tx', 'Austin', '{"pattern": "73301"}', 'serzo_expression', NULL),
('fgz_6', 'country', 'us', NULL, NULL, NULL, 'serzo_gone', now())`,
		strings.ReplaceAll(likeGround, "$values", `('so_test_1_country', 'flat', 'serzo_country', 'manual_manual', '{}'), ('so_test_2_province', 'flat', 'serzo_province', 'manual_manual', '{}'),
('so_test_3_city', 'flat', 'serzo_city', 'manual_manual', '{}'), ('so_test_4_zip', 'flat', 'serzo_zip', 'manual_manual', '{}'),
('so_test_5_expression', 'flat', 'serzo_expression', 'manual_manual', '{}'), ('so_test_6_gone', 'flat', 'serzo_gone', 'manual_manual', '{}')`), pricedLikeGround)
	all := "1_country 2_province 3_city 4_zip"
	for address, want := range map[string]string{
		`{"country_code":"us","province":"us-tx","city":"Austin","postal_code":"73301"}`: all,
		`{"country_code":"us","province":"us-tx","city":"Austin","postal_code":"73302"}`: "1_country 2_province 3_city",
		`{"country_code":"us","province":"us-tx","city":"austin","postal_code":"73301"}`: "1_country 2_province",
		`{"country_code":"us","province":"us-ny","city":"Austin","postal_code":"73301"}`: "1_country",
		`{"country_code":"us","city":"Austin"}`:                                          "1_country 3_city",
		`{"country_code":"us","postal_code":"73301"}`:                                    "1_country 4_zip",
		`{"country_code":"us"}`: "1_country",
		`{"country_code":"de","province":"us-tx","city":"Austin","postal_code":"73301"}`: "",
		`{"province":"us-tx"}`:    "2_province",
		`{"first_name":"Nobody"}`: all + " 5_expression 6_gone",
	} {
		c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","shipping_address":`+address+`}`)
		if got := s.options(c.ID, ""); got != want {
			t.Errorf("options at %s: %q, want %q", address, got, want)
		}
	}
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`)
	_, text := s.ask("GET", "/store/shipping-options?cart_id="+c.ID, "")
	if at := strings.Index(text, s.handles["so_us_eur_only"]); at < 0 || !strings.Contains(text[at:], `"calculated_price":null`) {
		t.Errorf("an option without a price in the currency: %s, want it listed without a price", text[max(at, 0):])
	}
	s.refused("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"{so_us_eur_only}"}`, 400, "do not have a price")
}

func TestShippingRules(t *testing.T) {
	t.Parallel()
	s := newShippingShopper(t,
		strings.ReplaceAll(likeGround, "$values", `('so_test_free', 'flat', NULL, 'manual_manual', '{}'), ('so_test_return', 'flat', NULL, 'manual_manual', '{}'),
('so_test_staff', 'flat', NULL, 'manual_manual', '{}'), ('so_test_either', 'flat', NULL, 'manual_manual', '{}')`), pricedLikeGround,
		`INSERT INTO shipping_option_rule (id, attribute, operator, value, shipping_option_id, deleted_at) VALUES
('sorul_1', 'is_return', 'eq', '"true"', 'so_test_return', NULL), ('sorul_2', 'enabled_in_store', 'ne', '"true"', 'so_test_staff', NULL),
('sorul_3', 'is_return', 'in', '["true", "false"]', 'so_test_either', NULL), ('sorul_4', 'is_return', 'eq', '"true"', 'so_test_free', now())`)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`)
	for more, want := range map[string]string{
		"": "either free", "&is_return=false": "either free", "&is_return=true": "either free return", "&limit=1&offset=5&order=-name": "either free",
	} {
		if got := s.options(c.ID, more); got != want {
			t.Errorf("options%s: %q, want %q", more, got, want)
		}
	}
	for path, says := range map[string]string{
		"/store/shipping-options?cart_id=" + c.ID + "&order=nonsense": "Order field nonsense is not valid",
		"/store/shipping-options?cart_id=" + c.ID + "&region_id=x":    "Unrecognized fields: 'region_id'",
		"/store/shipping-options":                                     "Field 'cart_id' is required",
	} {
		s.refused("GET", path, "", 400, says)
	}
	s.refused("GET", "/store/shipping-options?cart_id=cart_none", "", 404, "Cart id not found: cart_none")
}

// Shipping options are in the order of their ids, whatever they are to be sorted by, but that must be a path of what is read.
func TestSortedShippingOptions(t *testing.T) {
	t.Parallel()
	s := newShippingShopper(t, strings.ReplaceAll(likeGround, "$values", `('so_test_1', 'flat', NULL, 'manual_manual', '{}'), ('so_test_2', 'flat', NULL, 'manual_manual', '{}')`),
		pricedLikeGround, `UPDATE shipping_option SET name = 'A' WHERE id = 'so_test_2'`)
	path := "/store/shipping-options?cart_id=" + s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`).ID
	for order := range strings.FieldsSeq("id -id name -name type -type.label type.code provider.id -provider.is_enabled prices -prices.amount prices.price_rules.value calculated_price.calculated_amount") {
		_, text := s.ask("GET", path+"&order="+order, "")
		if got := column(t, text, "shipping_options", "id"); !strings.HasSuffix(got, " so_test_1 so_test_2") {
			t.Errorf("order=%s: %s %s, want the order of ids", order, got, text)
		}
	}
	for order := range strings.FieldsSeq("amount -amount rules.value service_zone.name service_zone.geo_zones.country_code shipping_profile.name price_set.id type.nonsense created_at deleted_at") {
		s.refused("GET", path+"&order="+order, "", 400, "Order field "+strings.TrimPrefix(order, "-")+" is not valid")
	}
}

// TestZonesOfOptions holds D42 of DEVIATIONS.md: the zone of an option does not pretend to hold no places.
func TestZonesOfOptions(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	path := "/store/shipping-options?cart_id=" + s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`).ID
	for _, fields := range []string{"*service_zone", "*service_zone,*service_zone.geo_zones", "service_zone.geo_zones.country_code"} {
		status, text := s.ask("GET", path+"&fields="+fields, "")
		if status != http.StatusOK || !strings.Contains(text, `"service_zone":{`) || strings.Contains(text, "geo_zones") {
			t.Errorf("fields=%s = %d %s, want zones without geo_zones", fields, status, text)
		}
	}
}

// TestShippingForGroup holds D43 of DEVIATIONS.md: the price of an option for a customer's group is listed and charged.
func TestShippingForGroup(t *testing.T) {
	t.Parallel()
	s := newShippingShopper(t, `INSERT INTO customer_group (id, name) VALUES ('cusgroup_test', 'test')`,
		`INSERT INTO customer_group_customer (id, customer_id, customer_group_id) VALUES ('cgc_test', '{cus_anna}', 'cusgroup_test')`,
		strings.ReplaceAll(likeGround, "$values", `('so_test_group', 'flat', NULL, 'manual_manual', '{}')`),
		`INSERT INTO price_set (id) VALUES ('pset_test')`, `INSERT INTO shipping_option_price_set (shipping_option_id, price_set_id, id) VALUES ('so_test_group', 'pset_test', 'sops_test')`,
		`INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, rules_count) VALUES
('price_test_all', 'pset_test', 'usd', 9, '{"value": "9"}', 0), ('price_test_group', 'pset_test', 'usd', 4, '{"value": "4"}', 1)`,
		`INSERT INTO price_rule (id, price_id, attribute, operator, value) VALUES ('prule_test', 'price_test_group', 'customer.groups.id', 'eq', 'cusgroup_test')`)
	for who, want := range map[string]string{"anna": "4", "bob": "9"} {
		s.auth = "Bearer " + logIn(t, s.h, who)
		c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
		_, options := s.ask("GET", "/store/shipping-options?cart_id="+c.ID, "")
		ids, listed := strings.Fields(column(t, options, "shipping_options", "id")), strings.Fields(column(t, options, "shipping_options", "amount"))
		if i := slices.Index(ids, "so_test_group"); i < 0 || listed[i] != want {
			t.Errorf("%s: the option is listed at another price than %s: %s", who, want, options)
		}
		_, cart := s.ask("POST", "/store/carts/"+c.ID+"/shipping-methods?fields=*shipping_methods", `{"option_id":"so_test_group"}`)
		if got := column(t, cart, "cart.shipping_methods", "amount"); got != want {
			t.Errorf("%s: the option is charged at %s, want %s: %s", who, got, want, cart)
		}
	}
}

// TestShippingSurfacesAgree asks both surfaces for all that GraphQL can say of shipping options.
func TestShippingSurfacesAgree(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","shipping_address":{"country_code":"de"},"items":[{"variant_id":"{var_lamp}","quantity":2}]}`)
	fields := "shipping_option_type_id,metadata,*type,*provider,*service_zone,*service_zone.fulfillment_set,*service_zone.fulfillment_set.location"
	_, text := s.ask("GET", "/store/shipping-options?cart_id="+c.ID+"&fields="+fields, "")
	var fromREST, fromGraph map[string]any
	if err := json.Unmarshal([]byte(text), &fromREST); err != nil {
		t.Fatal(err)
	}
	const address = `id address_1: address1 address_2: address2 company city country_code: countryCode phone province postal_code: postalCode`
	if codes := s.graphQL(`{ shipping_options: shippingOptions(cartId: "`+c.ID+`") { id name price_type: priceType data metadata amount: price { amount } is_tax_inclusive: taxIncluded
insufficient_inventory: insufficientInventory type { id label description code } provider { id }
service_zone: serviceZone { id name fulfillment_set: fulfillmentSet { id name type location { id name address { `+address+` } } } } } }`, &fromGraph); codes != "" {
		t.Fatal(codes)
	}
	if n := len(fromGraph["shipping_options"].([]any)); n < 5 {
		t.Fatalf("%d shipping options, want several", n)
	}
	agree(t, fromGraph, fromREST, "$")
	if codes := s.graphQL(`{ shippingOptions(cartId: "`+c.ID+`") { rules { value } } }`, nil); codes != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("the rules of options over GraphQL: %q, want them hidden", codes)
	}
}

const rateTable = `{"tax_inclusive": false, "rates": [{"currency": "usd", "up_to_items": 3, "amount": 4, "per_item": 1.5}]}`

func newRatesShopper(t *testing.T) *shopper {
	t.Helper()
	return newShippingShopper(t, `INSERT INTO fulfillment_provider (id) VALUES ('rates_rates'), ('nobody_nobody')`,
		strings.ReplaceAll(likeGround, "$values", `('so_test_rates', 'calculated', NULL, 'rates_rates', '`+rateTable+`'), ('so_test_manual', 'calculated', NULL, 'manual_manual', '{}'),
('so_test_nobody', 'calculated', NULL, 'nobody_nobody', '{}'), ('so_test_return', 'calculated', NULL, 'rates_rates', '`+rateTable+`')`),
		`INSERT INTO shipping_option_rule (id, attribute, operator, value, shipping_option_id) VALUES ('sorul_1', 'is_return', 'eq', '"true"', 'so_test_return')`,
		`INSERT INTO shipping_option_price_set (id, shipping_option_id, price_set_id) SELECT 'sops_1', 'so_test_rates', price_set_id FROM shipping_option_price_set WHERE shipping_option_id = '`+dbtest.Handles(t)["so_us_ground"]+`'`)
}

// TestCalculatedShipping holds D44 of DEVIATIONS.md.
func TestCalculatedShipping(t *testing.T) {
	t.Parallel()
	s := newRatesShopper(t)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_mug_moss}","quantity":2}]}`)
	if got := s.options(c.ID, ""); got != "manual nobody rates" {
		t.Errorf("options: %q, want the calculated ones too", got)
	}
	_, text := s.ask("GET", "/store/shipping-options?cart_id="+c.ID, "")
	var listed struct {
		Options []map[string]any `json:"shipping_options"`
	}
	if err := json.Unmarshal([]byte(text), &listed); err != nil {
		t.Fatal(err)
	}
	for _, o := range listed.Options {
		_, priced := o["calculated_price"]
		if calculated := o["price_type"] == "calculated"; calculated == priced || calculated && len(o["prices"].([]any)) > 0 != (o["id"] == "so_test_rates") { // which had a price before
			t.Errorf("option %v, want a calculated price, or null, of those alone that are not calculated", o)
		}
	}
	status, text := s.ask("POST", "/store/shipping-options/so_test_rates/calculate", `{"cart_id":"`+c.ID+`","data":{"floor":3}}`)
	want := `"calculated_price":{"calculated_amount":7,"is_calculated_price_tax_inclusive":false},"amount":7,"is_tax_inclusive":false`
	if status != http.StatusOK || !strings.Contains(text, want) || strings.Contains(text, `"data"`) {
		t.Errorf("calculate = %d %s, want %s", status, text, want)
	}
	if _, fewer := s.ask("POST", "/store/shipping-options/so_test_rates/calculate?fields=id,calculated_price.id,data", `{"cart_id":"`+c.ID+`"}`); !strings.Contains(fewer, `"amount":7`) ||
		!strings.Contains(fewer, `"data":{"rates"`) || strings.Contains(fewer, `"name"`) {
		t.Errorf("calculate with fields = %s", fewer)
	}
	// It is chosen at that price, follows the cart, and goes where it has no rate.
	amount := func(text string) string {
		var got struct {
			Cart, Parent *struct {
				ShippingMethods []struct {
					Amount json.Number
					Data   json.RawMessage
				} `json:"shipping_methods"`
			}
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		out := []string{}
		for _, m := range got.Cart.ShippingMethods {
			var data bytes.Buffer
			if err := json.Compact(&data, m.Data); err != nil {
				t.Fatal(err)
			}
			out = append(out, m.Amount.String()+" "+data.String())
		}
		return strings.Join(out, ", ")
	}
	const fields = "?fields=id,shipping_methods.amount,shipping_methods.data"
	_, text = s.ask("POST", "/store/carts/"+c.ID+"/shipping-methods"+fields, `{"option_id":"so_test_rates","data":{"floor":3}}`)
	if got := amount(text); got != `7 {"floor":3}` {
		t.Errorf("the chosen method is %s, want 7 with its data", got)
	}
	for _, step := range []struct{ quantity, want string }{{"3", `8.5 {"floor":3}`}, {"1", `5.5 {"floor":3}`}, {"4", ""}} {
		_, text = s.ask("POST", "/store/carts/"+c.ID+"/line-items/"+c.Items[0].ID+fields, `{"quantity":`+step.quantity+`}`)
		if got := amount(text); got != step.want {
			t.Errorf("with %s units the method is %q, want %q", step.quantity, got, step.want)
		}
	}
	s.refused("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"so_test_rates"}`, 400, "do not have a price")
}

// TestCalculateRefusals holds D40, D41 of DEVIATIONS.md.
func TestCalculateRefusals(t *testing.T) {
	t.Parallel()
	s := newRatesShopper(t)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_mug_moss}","quantity":4}]}`)
	for _, tc := range []struct {
		option, body string
		status       int
		says         string
	}{
		{"{so_us_ground}", `{"cart_id":"` + c.ID + `"}`, 400, "non-calculated"},
		{"so_none", `{"cart_id":"` + c.ID + `"}`, 404, "Shipping option with id: so_none was not found"},
		{"so_test_return", `{"cart_id":"` + c.ID + `"}`, 404, "so_test_return was not found"},
		{"{so_eu_std}", `{"cart_id":"` + c.ID + `"}`, 404, "was not found"},
		{"so_test_rates", `{"cart_id":"cart_none"}`, 404, "Cart id not found: cart_none"},
		{"so_test_rates", `{"cart_id":"` + c.ID + `"}`, 400, "has no rate for this cart"},
		{"so_test_manual", `{"cart_id":"` + c.ID + `"}`, 400, "does not support price calculation"},
		{"so_test_nobody", `{"cart_id":"` + c.ID + `"}`, 400, "not available"},
		{"so_test_rates", `{}`, 400, "Field 'cart_id' is required"},
		{"so_test_rates", `{"cart_id":"` + c.ID + `","data":[1]}`, 400, "Expected type: 'record' for field 'data'"},
	} {
		s.refused("POST", "/store/shipping-options/"+tc.option+"/calculate", tc.body, tc.status, tc.says)
	}
}

// TestShippingStatements holds that a cart's options cost the same statements however many there are.
func TestShippingStatements(t *testing.T) {
	t.Parallel()
	count := &dbtest.Counter{}
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{Tracer: count})
	s := &shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}
	few := s.cart("POST", "/store/carts", `{"region_id":"{reg_jp}"}`)
	many := s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","items":[{"variant_id":"{var_lamp}","quantity":2},{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	var costs []int
	for _, c := range []string{few.ID, many.ID, few.ID, many.ID} {
		count.Reset()
		if status, text := s.ask("GET", "/store/shipping-options?cart_id="+c, ""); status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
		costs = append(costs, len(count.Statements()))
	}
	if slices.Max(costs[2:]) != slices.Min(costs[2:]) || costs[2] > 15 {
		t.Errorf("statements of few and many options: %v, want the same, and few", costs)
	}
}

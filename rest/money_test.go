package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/model"
)

// A coupon is a promotion that a test adds to the shop.
type coupon struct {
	code, method, target, allocation, value string
	automatic                               bool
	attribute, equals                       string // of its only rule, if it has one
	budget, limit                           string // the type and the limit of its campaign's budget, if it has one
}

// add writes the promotion.
func (c coupon) add(t *testing.T, d db.DB) {
	t.Helper()
	write := func(sql string, args ...any) {
		t.Helper()
		if _, err := d.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	id := "promo_test_" + c.code
	var campaign *string
	if c.budget != "" {
		campaign = new("procamp_" + c.code)
		write(`INSERT INTO promotion_campaign (id, name, campaign_identifier) VALUES (?, ?, ?)`, *campaign, c.code, c.code)
		write(`INSERT INTO promotion_campaign_budget (id, type, campaign_id, "limit", raw_limit, raw_used, attribute)
VALUES (?, ?, ?, ?, jsonb_build_object('value', ?::text, 'precision', 20), '{"value":"0","precision":20}', 'customer_email')`, "probudg_"+c.code, c.budget, *campaign, c.limit, c.limit)
	}
	write(`INSERT INTO promotion (id, code, is_automatic, type, status, campaign_id) VALUES (?, ?, ?, 'standard', 'active', ?)`, id, c.code, c.automatic, campaign)
	write(`INSERT INTO promotion_application_method (id, value, raw_value, type, target_type, allocation, promotion_id, currency_code)
VALUES (?, ?, jsonb_build_object('value', ?::text, 'precision', 20), ?, ?, ?, ?, (SELECT 'usd' WHERE ? = 'fixed'))`, "proappmet_"+c.code, c.value, c.value, c.method, c.target, c.allocation, id, c.method)
	if c.attribute != "" {
		write(`INSERT INTO promotion_rule (id, attribute, operator) VALUES (?, ?, 'in')`, "prorul_"+c.code, c.attribute)
		write(`INSERT INTO promotion_rule_value (id, promotion_rule_id, value) VALUES (?, ?, ?)`, "prorulval_"+c.code, "prorul_"+c.code, c.equals)
		write(`INSERT INTO promotion_promotion_rule (promotion_id, promotion_rule_id) VALUES (?, ?)`, id, "prorul_"+c.code)
	}
}

// shopWith returns a shopper in a shop with these promotions, and its database.
func shopWith(t *testing.T, coupons ...coupon) (*shopper, db.DB) {
	t.Helper()
	d := dbtest.Shop(t)
	for _, c := range coupons {
		c.add(t, d)
	}
	return &shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}, d
}

// A cart whose prices include tax, of which promotions leave nothing, becomes an order without a payment.
func TestFreeOrder(t *testing.T) {
	t.Parallel()
	s, _ := shopWith(t, coupon{code: "ALLOFF", method: "percentage", target: "order", allocation: "across", value: "100"},
		coupon{code: "SHIPOFF", method: "percentage", target: "shipping_methods", allocation: "each", value: "100"})
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_uk}","email":"free@scenarios.example","shipping_address":{"country_code":"gb"},
"items":[{"variant_id":"{var_tee_m_black}","quantity":3},{"variant_id":"{var_pen}","quantity":1}]}`)
	s.cart("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"{so_uk_std}"}`)
	c = s.cart("POST", "/store/carts/"+c.ID+"/promotions", `{"promo_codes":["ALLOFF","SHIPOFF"]}`)
	if c.Total != "0" {
		t.Fatalf("total = %s, want 0", c.Total)
	}
	status, order, text := s.complete(c.ID)
	if status != http.StatusOK || order == "" {
		t.Fatalf("completing a free cart = %d %s", status, text)
	}
	var got struct {
		Order struct {
			Totals struct{ Total, Original, Discount struct{ Amount string } }
		}
	}
	totals := &got.Order.Totals
	if codes := s.graphQL(`{ order(id: "`+order+`") { totals { total { amount } original { amount } discount { amount } } } }`, &got); codes != "" ||
		totals.Total.Amount != "0" || totals.Original != totals.Discount {
		t.Errorf("the free order = %s %+v", codes, got.Order)
	}
}

// exactlyAddsUp checks that the exact totals over REST, which are not rounded to the currency, add up and show nothing that a division
// leaves.
func exactlyAddsUp(t *testing.T, s *shopper, cart string) {
	t.Helper()
	_, text := s.ask("GET", "/store/carts/"+cart+"?fields=*items,total,subtotal,tax_total,discount_subtotal,item_total,shipping_total", "")
	var got struct {
		Cart struct {
			Total            model.Amount
			Subtotal         model.Amount
			TaxTotal         model.Amount `json:"tax_total"`
			DiscountSubtotal model.Amount `json:"discount_subtotal"`
			ItemTotal        model.Amount `json:"item_total"`
			ShippingTotal    model.Amount `json:"shipping_total"`
			Items            []struct{ Total model.Amount }
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || len(got.Cart.Items) < 3 {
		t.Fatalf("%v: %s", err, text)
	}
	c := got.Cart
	var sum model.Amount
	for _, i := range c.Items {
		sum = sum.Plus(i.Total)
		if !i.Total.Equal(i.Total.Round(12)) {
			t.Errorf("a line shows the remainder of a division: %s", i.Total)
		}
	}
	nearly := model.MustAmount("0.000000001") // REST's numbers are doubles
	for name, pair := range map[string][2]model.Amount{
		"items": {c.ItemTotal, sum}, "parts": {c.Total, c.ItemTotal.Plus(c.ShippingTotal)},
		"total": {c.Total, c.Subtotal.Plus(c.TaxTotal).Minus(c.DiscountSubtotal)},
	} {
		if nearly.Less(model.Amount{Decimal: pair[0].Minus(pair[1]).Abs()}) {
			t.Errorf("%s = %s, its parts %s", name, pair[0], pair[1])
		}
	}
}

// No amount shows what divisions leave, and the parts add up, in the cart, in its payment and in its order.
// It holds D54 of DEVIATIONS.md.
func TestAmountsAddUp(t *testing.T) {
	t.Parallel()
	s, _ := shopWith(t, coupon{code: "TENOFF", method: "fixed", target: "items", allocation: "across", value: "10"},
		coupon{code: "THIRD", method: "percentage", target: "items", allocation: "each", value: "33"})
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","email":"buyer@scenarios.example","shipping_address":{"country_code":"us","province":"us-ny"},
"items":[{"variant_id":"{var_tee_m_black}","quantity":3},{"variant_id":"{var_mug_moss}","quantity":1},{"variant_id":"{var_lamp}","quantity":7}]}`)
	s.cart("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"{so_us_ground}"}`)
	s.cart("POST", "/store/carts/"+c.ID+"/promotions", `{"promo_codes":["TENOFF","THIRD"]}`)
	s.pay(c.ID)
	type totals struct{ Total, Subtotal, Tax, Discount struct{ Amount model.Amount } }
	type whole struct {
		Totals struct {
			totals
			Items, Shipping totals
		}
		Items []struct {
			Totals      totals
			Adjustments []struct{ Amount struct{ Amount model.Amount } }
		}
		PaymentCollection struct{ Amount struct{ Amount model.Amount } }
	}
	const each = `total { amount } subtotal { amount } tax { amount } discount { amount } `
	const fields = `{ totals { ` + each + `items { ` + each + `} shipping { ` + each + `} }
items { totals { ` + each + `} adjustments { amount { amount } } } `
	check := func(what string, got whole) {
		t.Helper()
		shown := []totals{got.Totals.totals, got.Totals.Items, got.Totals.Shipping}
		for _, i := range got.Items {
			shown = append(shown, i.Totals)
		}
		for _, l := range shown {
			for _, a := range []model.Amount{l.Total.Amount, l.Subtotal.Amount, l.Tax.Amount, l.Discount.Amount} {
				if !a.Equal(a.Round(2)) {
					t.Errorf("%s shows more than cents: %s", what, a)
				}
			}
		}
	}
	var cart struct{ Cart whole }
	if codes := s.graphQL(`{ cart(id: "`+c.ID+`") `+fields+`paymentCollection { amount { amount } } } }`, &cart); codes != "" {
		t.Fatal(codes)
	}
	check("cart", cart.Cart)
	total := cart.Cart.Totals.Total.Amount
	if paid := cart.Cart.PaymentCollection.Amount.Amount; !total.Equal(paid.Decimal) {
		t.Errorf("payment = %s, want the total %s", paid, total)
	}
	exactlyAddsUp(t, s, c.ID)
	status, id, text := s.complete(c.ID)
	if status != http.StatusOK {
		t.Fatalf("complete = %d %s", status, text)
	}
	var order struct{ Order whole }
	if codes := s.graphQL(`{ order(id: "`+id+`") `+fields+`} }`, &order); codes != "" {
		t.Fatal(codes)
	}
	check("order", order.Order)
	if ordered := order.Order.Totals.Total.Amount; !ordered.Equal(total.Decimal) {
		t.Errorf("order = %s, want the cart's %s", ordered, total)
	}
}

// What one location owes does not take away what another has.
func TestLocationThatOwes(t *testing.T) {
	t.Parallel()
	s, d := shopWith(t)
	for _, sql := range []string{
		`DELETE FROM inventory_level WHERE inventory_item_id IN (SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = ?)`,
		`INSERT INTO inventory_level (id, inventory_item_id, location_id, stocked_quantity, reserved_quantity, incoming_quantity, raw_stocked_quantity, raw_reserved_quantity, raw_incoming_quantity)
SELECT 'ilev_' || n, i.inventory_item_id, c.stock_location_id, stocked, reserved, 0, jsonb_build_object('value', stocked::text, 'precision', 20), jsonb_build_object('value', reserved::text, 'precision', 20), '{"value":"0","precision":20}'
FROM product_variant_inventory_item i,
 (SELECT stock_location_id, row_number() OVER (ORDER BY stock_location_id) AS n FROM sales_channel_stock_location l
  JOIN publishable_api_key_sales_channel k ON k.sales_channel_id = l.sales_channel_id JOIN api_key a ON a.id = k.publishable_key_id
  WHERE a.token = '` + s.handles["pk_web"] + `' AND l.deleted_at IS NULL) c
 JOIN (VALUES (1, 0, 5), (2, 4, 0)) AS q (n, stocked, reserved) USING (n)
WHERE i.variant_id = ?`,
	} {
		if n, err := d.Exec(t.Context(), sql, s.handles["var_lamp"]); err != nil || n == 0 {
			t.Fatalf("%s = %d, %v", sql, n, err)
		}
	}
	product, err := d.Texts(t.Context(), `SELECT product_id FROM product_variant WHERE id = $1`, s.handles["var_lamp"])
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Product struct {
			InStock  bool
			Variants []struct {
				InStock           bool
				InventoryQuantity int
			}
		}
		Products struct{ TotalCount int }
	}
	codes := s.graphQL(`{ product(by: {id: "`+product[0]+`"}) { inStock variants { inStock inventoryQuantity } }
products(filter: {id: {eq: "`+product[0]+`"}, inStock: true}) { totalCount } }`, &got)
	if codes != "" || !got.Product.InStock || !got.Product.Variants[0].InStock || got.Product.Variants[0].InventoryQuantity != -1 || got.Products.TotalCount != 1 {
		t.Errorf("the product = %s %+v, want 4 units for sale and the reference's quantity of -1", codes, got)
	}
	s.refused("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_lamp}","quantity":5}]}`, 400, "required inventory")
	cart := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_lamp}","quantity":4}`, ``)
	if status, _, text := s.complete(cart); status != http.StatusOK {
		t.Errorf("buying what the other location has = %d %s", status, text)
	}
}

// Rules on the customer's id decide about automatic promotions too.
func TestPromotionOfCustomer(t *testing.T) {
	t.Parallel()
	s, _ := shopWith(t, coupon{
		code: "FORANNA", automatic: true, method: "percentage", target: "items", allocation: "each", value: "10",
		attribute: "customer_id", equals: dbtest.Handles(t)["cus_anna"],
	})
	for who, want := range map[string]int{"": 0, "bob": 0, "anna": 1} {
		if s.auth = ""; who != "" {
			s.auth = "Bearer " + logIn(t, s.h, who)
		}
		c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
		if got := len(c.Items[0].Adjustments); got != want {
			t.Errorf("%q has %d adjustments, want %d", who, got, want)
		}
	}
}

// A budget of what each customer saves limits nobody and counts nothing, as in the reference.
func TestSpendByAttribute(t *testing.T) {
	t.Parallel()
	s, d := shopWith(t, coupon{code: "EACHFIVE", method: "percentage", target: "items", allocation: "each", value: "50", budget: "spend_by_attribute", limit: "1"})
	for range 3 {
		cart := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":1}`, `"EACHFIVE"`)
		if c := s.cart("GET", "/store/carts/"+cart, ""); len(c.Items[0].Adjustments) != 1 {
			t.Fatalf("the code takes nothing off: %+v", c)
		}
		if status, _, text := s.complete(cart); status != http.StatusOK {
			t.Fatalf("complete = %d %s", status, text)
		}
	}
	if used, err := d.Texts(t.Context(), `SELECT used::text FROM promotion_campaign_budget WHERE campaign_id = 'procamp_EACHFIVE'`); err != nil || used[0] != "0" {
		t.Errorf("used = %v, %v, want 0", used, err)
	}
}

// Promotions can be changed in a cart that lacks what shipping options are found by.
func TestPromotionsWithoutRegion(t *testing.T) {
	t.Parallel()
	s, d := shopWith(t)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","email":"buyer@scenarios.example","items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	s.cart("POST", "/store/carts/"+c.ID+"/shipping-methods", `{"option_id":"{so_us_ground}"}`)
	if _, err := d.Exec(t.Context(), `UPDATE cart SET region_id = NULL, sales_channel_id = NULL WHERE id = ?`, c.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.cart("POST", "/store/carts/"+c.ID+"/promotions", `{"promo_codes":["WELCOME10"]}`); len(got.Items[0].Adjustments) != 1 {
		t.Errorf("adjustments = %+v, want one", got.Items[0].Adjustments)
	}
	if got := s.cart("DELETE", "/store/carts/"+c.ID+"/promotions", `{"promo_codes":["WELCOME10"]}`); len(got.Items[0].Adjustments) != 0 {
		t.Errorf("adjustments = %+v, want none", got.Items[0].Adjustments)
	}
}

// Prices of price lists are for whom the lists are meant, and show to nobody else: not those of lists that are drafts, over, to come or
// for customer groups.
func TestPricesOfListsAreNotPublic(t *testing.T) {
	t.Parallel()
	s, d := shopWith(t)
	listed, err := d.Texts(t.Context(), `SELECT DISTINCT v.product_id FROM price p JOIN product_variant_price_set l USING (price_set_id)
JOIN product_variant v ON v.id = l.variant_id JOIN price_list n ON n.id = p.price_list_id AND n.status = 'draft'`)
	if err != nil || len(listed) == 0 {
		t.Fatalf("products with draft prices = %v, %v", listed, err)
	}
	for _, path := range []string{
		"/store/products/" + listed[0] + "?fields=id,*variants.prices", "/store/products?limit=100&fields=id,*variants.prices",
		"/store/collections?fields=id,*products.variants.prices",
	} {
		status, text := s.ask("GET", path, "")
		if status != http.StatusOK || !strings.Contains(text, `"prices":[{`) || strings.Contains(text, `"price_list_id":"`) {
			t.Errorf("GET %s = %d with %d prices of lists, want only base prices", path, status, strings.Count(text, `"price_list_id":"`))
		}
	}
}

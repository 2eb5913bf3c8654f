package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// TestAfterTheFact holds what becomes of an open cart whose promotion, product, customer, stock or payment provider the merchant changes, and
// D75, D76 and D77 of DEVIATIONS.md.
func TestAfterTheFact(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		merchant string
		read     string // a part of the cart as it is read
		changed  string // a part of the cart after a change of something else
		complete int
		says     string // when it is completed
	}{
		"a promotion was deactivated":  {`UPDATE promotion SET status = 'inactive' WHERE code = 'WELCOME10'`, `"code":"WELCOME10"`, `"promotions":[]`, 200, `"discount_total":0`},
		"a promotion was deleted":      {`UPDATE promotion SET deleted_at = now() WHERE code = 'WELCOME10'`, `"promotions":[]`, `"promotions":[]`, 200, `"discount_total":0`},
		"the product was unpublished":  {`UPDATE product SET status = 'draft' WHERE id = '{prod_stone_mug}'`, `"items":[{`, `"items":[{`, 200, `"type":"order"`},
		"the product was deleted":      {`UPDATE product SET deleted_at = now() WHERE id = '{prod_stone_mug}'`, `"items":[{`, `"items":[{`, 400, "shipping profiles that are not satisfied"},
		"the variant was deleted":      {`UPDATE product_variant SET deleted_at = now() WHERE id = '{var_mug_moss}'`, `"items":[{`, `"items":[{`, 400, "shipping profiles that are not satisfied"},
		"the variant lost its price":   {`UPDATE product_variant_price_set SET deleted_at = now() WHERE variant_id = '{var_mug_moss}'`, `"items":[{`, `"items":[{`, 200, `"type":"order"`},
		"the variant is not managed":   {`UPDATE product_variant SET manage_inventory = false WHERE id = '{var_mug_moss}'`, `"items":[{`, `"items":[{`, 200, `"type":"order"`},
		"the variant became managed":   {`UPDATE product_variant SET manage_inventory = true WHERE id = '{var_usb_1m}'`, `"items":[{`, `"items":[{`, 400, "is not associated with any stock location for variant"},
		"the region was deleted":       {`UPDATE region SET deleted_at = now() WHERE id = '{reg_us}'`, `"items":[{`, `"items":[{`, 400, "is not enabled in the cart's region"},
		"the stock is gone":            {`UPDATE inventory_level SET stocked_quantity = 0, raw_stocked_quantity = '{"value":"0"}'`, `"items":[{`, `"items":[{`, 400, "Not enough stock available for item"},
		"the customer was deleted":     {`UPDATE customer SET deleted_at = now() WHERE email = 'buyer@scenarios.example'`, `"email":"buyer@scenarios.example"`, `"items":[{`, 200, `"type":"order"`},
		"the channel was disabled":     {`UPDATE sales_channel SET is_disabled = true WHERE id = '{sc_web}'`, `"items":[{`, `"items":[{`, 200, `"type":"order"`},
		"the provider was disabled":    {`UPDATE payment_provider SET is_enabled = false`, `"items":[{`, `"items":[{`, 400, "is not enabled in the cart's region"},
		"the shipping option was lost": {`UPDATE shipping_option SET deleted_at = now() WHERE id = '{so_us_ground}'`, `"items":[{`, `"shipping_methods":[]`, 400, "No shipping method selected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, merchant := newMarket(t)
			id := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":2},{"variant_id":"{var_usb_1m}","quantity":1}`, `"WELCOME10"`)
			merchant(tc.merchant)
			if status, text := s.ask("GET", "/store/carts/"+id, ""); status != http.StatusOK || !strings.Contains(text, tc.read) {
				t.Errorf("it is read as %d %s, want %s", status, text, tc.read)
			}
			if status, text := s.ask("POST", "/store/carts/"+id, `{"metadata":{"a":1}}`); status != http.StatusOK || !strings.Contains(text, tc.changed) {
				t.Errorf("a change answers %d %s, want %s", status, text, tc.changed)
			}
			if !strings.Contains(name, "provider") && !strings.Contains(name, "region") {
				s.pay(id)
			}
			if status, text := s.ask("POST", "/store/carts/"+id+"/complete", ""); status != tc.complete || !strings.Contains(text, tc.says) {
				t.Errorf("it is completed with %d %s, want %d %s", status, text, tc.complete, tc.says)
			}
		})
	}
}

// TestStockOfSeveralLocations holds D84 of DEVIATIONS.md: a kit whose parts no location has alone is served from several.
func TestStockOfSeveralLocations(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	d := dbtest.Open(t, url, db.Options{})
	s := &shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}
	if _, err := d.Exec(t.Context(), `UPDATE inventory_level SET stocked_quantity = 2, raw_stocked_quantity = '{"value":"2"}'
WHERE inventory_item_id = (SELECT id FROM inventory_item WHERE sku = 'KIT-MUG')`); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Exec(t.Context(), `INSERT INTO inventory_level (id, inventory_item_id, location_id, stocked_quantity, raw_stocked_quantity, reserved_quantity,
 raw_reserved_quantity, incoming_quantity, raw_incoming_quantity)
SELECT 'ilev_second', i.id, l.location_id, 2, '{"value":"2"}', 0, '{"value":"0"}', 0, '{"value":"0"}'
FROM inventory_item i, inventory_level l JOIN inventory_item mug ON mug.id = l.inventory_item_id AND mug.sku = 'MUG-INK'
WHERE i.sku = 'KIT-MUG' AND l.location_id NOT IN (SELECT location_id FROM inventory_level WHERE inventory_item_id = i.id)
AND l.location_id IN (SELECT stock_location_id FROM sales_channel_stock_location WHERE sales_channel_id = ?) ORDER BY l.location_id LIMIT 1`, s.handles["sc_web"]); err != nil {
		t.Fatal(err)
	}
	id := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_giftbox}","quantity":2}`, ``)
	status, order, text := s.complete(id)
	if status != http.StatusOK || order == "" {
		t.Fatalf("completing a kit of two locations = %d %s", status, text)
	}
	if n := number(t, url, `SELECT count(DISTINCT r.location_id) FROM reservation_item r JOIN inventory_item i ON i.id = r.inventory_item_id
WHERE i.sku = 'KIT-MUG' AND r.deleted_at IS NULL AND r.line_item_id IN (SELECT item_id FROM order_item WHERE order_id = $1)`, order); n != 2 {
		t.Errorf("its mugs are reserved at %d locations, want 2", n)
	}
}

// TestMethodsOfListedOrders holds what a list of orders tells of shipping methods that are named without a star.
func TestMethodsOfListedOrders(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	s.auth = "Bearer " + logIn(t, s.h, "anna")
	for fields, lean := range map[string]bool{"shipping_methods": true, "id,*shipping_methods": false} {
		_, text := s.ask("GET", "/store/orders?limit=1&fields="+fields, "")
		if !strings.Contains(text, `"detail":{`) || !strings.Contains(text, `"shipping_method_id"`) || strings.Contains(text, `"claim_id"`) == lean {
			t.Errorf("fields=%s shows %.900s, want the bare detail: %t", fields, text, lean)
		}
	}
}

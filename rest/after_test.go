package rest_test

import (
	"net/http"
	"strings"
	"testing"
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
		"the stock is gone":            {`UPDATE inventory_level SET stocked_quantity = 0, raw_stocked_quantity = '{"value":"0"}'`, `"items":[{`, `"items":[{`, 400, "Not enough stock available for item"},
		"the customer was deleted":     {`UPDATE customer SET deleted_at = now() WHERE email = 'buyer@scenarios.example'`, `"email":"buyer@scenarios.example"`, `"items":[{`, 200, `"type":"order"`},
		"the channel was disabled":     {`UPDATE sales_channel SET is_disabled = true WHERE id = '{sc_web}'`, `"items":[{`, `"items":[{`, 200, `"type":"order"`},
		"the provider was disabled":    {`UPDATE payment_provider SET is_enabled = false`, `"items":[{`, `"items":[{`, 400, "is not enabled in the cart's region"},
		"the shipping option was lost": {`UPDATE shipping_option SET deleted_at = now() WHERE id = '{so_us_ground}'`, `"items":[{`, `"shipping_methods":[]`, 400, "No shipping method selected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, merchant := newMarket(t)
			id := s.ready("reg_us", "so_us_ground", `{"variant_id":"{var_mug_moss}","quantity":2}`, `"WELCOME10"`)
			merchant(tc.merchant)
			if status, text := s.ask("GET", "/store/carts/"+id, ""); status != http.StatusOK || !strings.Contains(text, tc.read) {
				t.Errorf("it is read as %d %s, want %s", status, text, tc.read)
			}
			if status, text := s.ask("POST", "/store/carts/"+id, `{"metadata":{"a":1}}`); status != http.StatusOK || !strings.Contains(text, tc.changed) {
				t.Errorf("a change answers %d %s, want %s", status, text, tc.changed)
			}
			if !strings.Contains(name, "provider") {
				s.pay(id)
			}
			if status, text := s.ask("POST", "/store/carts/"+id+"/complete", ""); status != tc.complete || !strings.Contains(text, tc.says) {
				t.Errorf("it is completed with %d %s, want %d %s", status, text, tc.complete, tc.says)
			}
		})
	}
}

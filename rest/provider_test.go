package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestProvidersUnderAnyName holds that the built-in providers work under each name that a shop has set them up with.
func TestProvidersUnderAnyName(t *testing.T) {
	t.Parallel()
	s := newShippingShopper(t, `INSERT INTO fulfillment_provider (id) VALUES ('manual_express'), ('manual'), ('rates_zones')`,
		strings.ReplaceAll(likeGround, "$values", `('so_test_express', 'flat', NULL, 'manual_express', '{}'), ('so_test_bare', 'flat', NULL, 'manual', '{}'),
('so_test_zones', 'calculated', NULL, 'rates_zones', '`+rateTable+`')`), pricedLikeGround,
		`INSERT INTO payment_provider (id) VALUES ('pp_system_invoice')`,
		`INSERT INTO region_payment_provider (region_id, payment_provider_id, id) VALUES ('{reg_us}', 'pp_system_invoice', 'regpp_test')`)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","email":"buyer@scenarios.example","items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
	methods := "/store/carts/" + c.ID + "/shipping-methods"
	s.refused("POST", methods, `{"option_id":"so_test_bare"}`, 400, "The fulfillment provider manual of shipping option so_test_bare is not available")
	s.cart("POST", methods, `{"option_id":"so_test_zones"}`)
	s.cart("POST", methods, `{"option_id":"so_test_express"}`)
	id := s.collection("/store/payment-collections", `{"cart_id":"`+c.ID+`"}`).ID
	for range 2 {
		s.collection("/store/payment-collections/"+id+"/payment-sessions", `{"provider_id":"pp_system_invoice"}`)
	}
	if status, order, text := s.complete(c.ID); status != http.StatusOK || order == "" {
		t.Fatalf("complete = %d %s", status, text)
	}
}

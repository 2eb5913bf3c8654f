package rest_test

import (
	"fmt"
	"testing"
)

// Below a cart or an order the context of prices is its own, whatever the operation's is.
func TestContextOfCartsAndOrders(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	const lines = `items { unitPrice { amount currencyCode } variant { price { amount { amount currencyCode } } product { priceRange { min { currencyCode } } } } }`
	type money struct{ Amount, CurrencyCode string }
	type shown struct {
		Items []struct {
			UnitPrice money
			Variant   struct {
				Price   struct{ Amount money }
				Product struct {
					PriceRange struct{ Min money }
				}
			}
		}
	}
	same := func(what string, got shown, currency string) {
		t.Helper()
		if len(got.Items) == 0 {
			t.Errorf("%s has no lines", what)
		}
		for _, i := range got.Items {
			in := []string{i.UnitPrice.CurrencyCode, i.Variant.Price.Amount.CurrencyCode, i.Variant.Product.PriceRange.Min.CurrencyCode}
			if fmt.Sprint(in) != fmt.Sprint([]string{currency, currency, currency}) {
				t.Errorf("%s shows prices in %v, want %s", what, in, currency)
			}
		}
	}
	for region, currency := range map[string]string{"reg_uk": "GBP", "reg_us": "USD"} {
		c := s.cart("POST", "/store/carts", `{"region_id":"{`+region+`}","items":[{"variant_id":"{var_mug_moss}","quantity":1}]}`)
		var got struct{ Cart shown }
		if codes := s.graphQL(`query @inContext(region: "{reg_eu}") { cart(id: "`+c.ID+`") { `+lines+` } }`, &got); codes != "" {
			t.Fatal(codes)
		}
		same("a cart", got.Cart, currency)
		if i := got.Cart.Items[0]; i.UnitPrice != i.Variant.Price.Amount {
			t.Errorf("a line costs %v, its variant %v", i.UnitPrice, i.Variant.Price.Amount)
		}
		var node struct {
			Node  *struct{ ID string }
			Nodes []*struct{ ID string }
		}
		if codes := s.graphQL(`{ node(id: "`+c.ID+`") { ... on Cart { id } } nodes(ids: ["cart_none", "`+c.ID+`"]) { id } }`, &node); codes != "" ||
			node.Node == nil || node.Node.ID != c.ID || len(node.Nodes) != 2 || node.Nodes[0] != nil || node.Nodes[1] == nil {
			t.Errorf("node(cart) = %+v %s", node, codes)
		}
		var added struct{ AddLineItems struct{ Cart shown } }
		if codes := s.graphQL(`mutation @inContext(region: "{reg_eu}") { addLineItems(input: {cartId: "`+c.ID+`", items: [{variantId: "{var_lamp}", quantity: 1}]}) { cart { `+lines+` } } }`, &added); codes != "" {
			t.Fatal(codes)
		}
		same("a change of a cart", added.AddLineItems.Cart, currency)
	}
	var got struct{ US, JP shown }
	if codes := s.graphQL(`query @inContext(region: "{reg_eu}") { us: order(id: "{order_bob1}") { `+lines+` } jp: order(id: "{order_jp1}") { `+lines+` } }`, &got); codes != "" {
		t.Fatal(codes)
	}
	same("an order from Japan", got.JP, "JPY")
	same("an order from the US", got.US, "USD")
}

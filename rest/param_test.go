package rest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
)

// count returns how many things a list finds.
func (s *shopper) count(path string) int {
	s.t.Helper()
	status, text := s.ask("GET", path, "")
	var got struct{ Count int }
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		s.t.Fatalf("GET %s = %d %s", path, status, text)
	}
	return got.Count
}

// TestTextsOfNothing holds that empty texts, and the text null, in a query mean what they mean to the reference, and D70 of DEVIATIONS.md.
func TestTextsOfNothing(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	for path, want := range map[string]int{
		"products?id=":                                         43,
		"products?id=null":                                     43,
		"products?id[]=null":                                   0,
		"products?category_id=":                                43,
		"products?category_id=null":                            13,
		"products?tag_id=null":                                 23,
		"products?type_id=null":                                16,
		"products?type_id[]=null":                              0,
		"products?$or[0][type_id]=null":                        16,
		"products?collection_id=null":                          30,
		"products?external_id=null":                            42,
		"products?handle=null":                                 43,
		"products?title=null":                                  0,
		"products?q=null":                                      43,
		"products?region_id=&country_code=&province=&cart_id=": 43,
		"products?region_id=null":                              43,
		"products?collection_id=":                              0,
		"products?created_at=&updated_at[$gt]=&deleted_at=":    43,
		"products?tag_id=&option_id=&option_value_id=&locale=": 43,
		"products?created_at=null":                             0,
		"products?created_at[$ne]=null":                        43,
		"products?created_at[$gt]=null":                        0,
		"products?deleted_at=null":                             43,
		"product-variants?id=null&region_id=":                  80,
		"collections?id=null&handle=null&q=null":               6,
		"collections?external_id=null":                         6,
		"product-tags?external_id=null":                        8,
		"product-categories?external_id=null":                  16,
		"product-categories?parent_category_id[]=null":         0,
		"currencies?code=null":                                 126,
		"products?$or[0][$and][0][created_at]=":                43,
	} {
		if got := s.count("/store/" + path); got != want {
			t.Errorf("%s finds %d, want %d", path, got, want)
		}
	}
	s.refused("GET", "/store/payment-providers?region_id=", "", 400, `"not_allowed","message":"You must provide the region_id to list payment providers"`)
	s.refused("POST", "/store/carts", `{"region_id":"","email":""}`, 400, "Invalid email address")
	c := s.cart("POST", "/store/carts", `{"region_id":"","currency_code":"","sales_channel_id":"","locale":""}`)
	if c.CurrencyCode != "usd" {
		t.Errorf("a cart of empty texts is in %q, want the default region's currency", c.CurrencyCode)
	}
	c = s.cart("POST", "/store/carts", `{"region_id":"{reg_eu}","currency_code":"","shipping_address":{"country_code":"de","city":"Berlin"}}`)
	if c.CurrencyCode != "eur" {
		t.Errorf("a cart with an empty currency is in %q, want the region's", c.CurrencyCode)
	}
	changed := s.cart("POST", "/store/carts/"+c.ID, `{"region_id":"","locale":"","shipping_address":{"id":"","country_code":"de","city":"Bonn"}}`)
	if changed.CurrencyCode != "eur" || changed.ShippingAddress.City != "Bonn" || changed.ShippingAddressID == c.ShippingAddressID {
		t.Errorf("a cart changed by empty texts = %+v, want a new address and the same region", changed)
	}
	s.refused("POST", "/store/carts/"+c.ID, `{"sales_channel_id":""}`, 400, "Sales channel is required when creating a cart.")
}

// TestUnknownNestedFilters holds that what a nested filter does not know narrows nothing.
func TestUnknownNestedFilters(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	for query, want := range map[string]int{
		"variants[nope]=1":                               43,
		"variants[options][nope]=1":                      43,
		"variants[$and][0][nope]=1":                      43,
		"variants[created_at][$nope]=3":                  43,
		"variants[options][value]=Moss&variants[nope]=2": 1,
		"$and[0][nope]=1":                                43,
		"$or[0][nope]=1":                                 43,
		"$or[0][nope]=1&$or[1][id]=x":                    0,
		"$or[0][$and][0][nope]=1&$or[1][id]=x":           0,
		"$or[0][title]=Stoneware%20Mug&$or[0][nope]=1":   1,
	} {
		if got := s.count("/store/products?" + query); got != want {
			t.Errorf("%s finds %d, want %d", query, got, want)
		}
	}
	s.refused("GET", "/store/products?$or[0]=x", "", 400, "Invalid request: Field '$or, 0' is required")
}

// TestFiltersOfOneThing holds that the filters of a route of a single product exclude it.
func TestFiltersOfOneThing(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	const path = "/store/products/{prod_stone_mug}?fields=id&"
	for _, query := range []string{
		"", "id=x", "id=", "q=mug", "is_giftcard=false", "created_at[$lt]=2099-01-01", "variants[sku]=MUG-MOSS", "variants[nope]=x", "limit=0", "offset=5&order=title",
	} {
		if status, text := s.ask("GET", path+query, ""); status != http.StatusOK {
			t.Errorf("%s: %d %s, want the product", query, status, text)
		}
	}
	for _, query := range []string{
		"q=zzz", "title=x", "handle=x", "is_giftcard=true", "category_id=x", "collection_id=x", "tag_id=x", "type_id=x", "external_id=x", "option_id=x",
		"option_value_id=x", "created_at[$gt]=2099-01-01", "deleted_at[$gt]=2000-01-01", "$or[0][title]=x", "$and[0][id]=x", "variants[sku]=x",
		"variants[options][value]=x",
	} {
		s.refused("GET", path+query, "", 404, "was not found")
	}
}

// TestNumbersAndTimesAsJavaScriptReadsThem holds the forms in which numbers and times may be written in a query, and D72 of DEVIATIONS.md.
func TestNumbersAndTimesAsJavaScriptReadsThem(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	for value, want := range map[string]int{
		"0x10": 16, "1e1": 1, "\t2": 2, "\u00a02": 2, "\v3": 3, "\ufeff4": 4, "+5": 5, "2.9": 2, "00012": 12, "5_0": 5, "0b1": 0, "-0": 0,
	} {
		status, text := s.ask("GET", "/store/products?fields=id&limit="+url.QueryEscape(value), "")
		var got struct {
			Limit    int
			Products []any
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK || got.Limit != want || len(got.Products) != want {
			t.Errorf("limit=%q: %d, limit %d, %d products, want %d", value, status, got.Limit, len(got.Products), want)
		}
	}
	for _, value := range []string{"", "x", "NaN", "Infinity", "null", "--1", "-+1", "0x", ".5"} {
		s.refused("GET", "/store/products?limit="+url.QueryEscape(value), "", 400, "Expected type: 'number' for field 'limit'")
	}
	created := "2026-11-23T19:27:14"
	if n := s.count("/store/products?created_at[$gt]=" + created + "&created_at[$lt]=2026-11-24"); n != 43 {
		t.Fatalf("%d products were made on the day that the shop was recorded, want all", n)
	}
	for _, at := range []string{
		"Nov 24 2026", "November 24, 2026", "24 Nov 2026", "tue, 24 NOV 2026 00:00:00 GMT", "Tue Nov 24 2026", "24 sept 2027", "2026-11-23T24:00:00Z", "2026-11-23T24:00Z",
		"2026/11/24", "11/24/2026", "2026.11.24", "20261124", "2026-11-24Z", " 2026-11-24 ", "2026-11-24t00:00:00z", "2026-11-24 01:00+0100",
		"2026-11-23T23:00:00-01", "2026-11-23 11:59:60 PM", "2026-11-24 12:00 AM", "2026-11-24T00:00:00.Z", "2027-1-2",
	} {
		if n := s.count("/store/products?created_at[$lt]=" + url.QueryEscape(at)); n != 43 {
			t.Errorf("%d products were made before %q, want 43", n, at)
		}
		if n := s.count("/store/products?created_at[$gt]=" + url.QueryEscape(at)); n != 0 {
			t.Errorf("%d products were made after %q, want none", n, at)
		}
	}
	for _, at := range []string{
		"2026-11-31", "2026-02-30", "2026-13-01", "23/11/2026", "Nov", "Nov 2026", "2026", "2026-11", "2026-11-23T24:00:01Z", "2026-11-23T25:00:00Z", "2026-11-23T19Z", "1795462034558",
		"2026-11-23 19:27 PM", "now", "infinity", "(2026) Nov 27", "Foo 24 2026", "0 Nov 2026", "true", "abc",
	} {
		s.refused("GET", "/store/products?created_at[$lt]="+url.QueryEscape(at), "", 400, "is not a time")
	}
}

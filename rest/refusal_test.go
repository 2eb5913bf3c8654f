package rest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// TestRefusals holds the deliberate differences from the reference, and what a refusal says.
// It holds D2, D3, D7, D8, D10 of DEVIATIONS.md.
func TestRefusals(t *testing.T) {
	t.Parallel()
	h, handles := newHandler(t, dbtest.ReadShop(t), nil), dbtest.Handles(t)
	for name, tc := range map[string]struct{ path, says string }{
		"negative limit":        {"/store/regions?limit=-1", "'limit'"},
		"negative offset":       {"/store/regions?offset=-5", "'offset'"},
		"limit beyond bounds":   {"/store/regions?limit=10001", "first must be at most 10000"},
		"a time that is none":   {"/store/products?created_at[$gt]=nonsense", "created_at"},
		"a pattern for a time":  {"/store/products?created_at[$like]=2020", "created_at"},
		"order by price":        {"/store/products?order=variants.calculated_price", "Order field variants.calculated_price is not valid"},
		"order by two fields":   {"/store/products?order=title,id", "Order field title,id is not valid"},
		"NUL":                   {"/store/products?q=a%00b", "NUL"},
		"broken escape":         {"/store/products?q=%zz", "encoded"},
		"deep dots":             {"/store/products?a.b.c=1", "2 levels deep"},
		"long fields":           {"/store/products?fields=" + strings.Repeat("id,", 3000), "fields is longer"},
		"many parameters":       {"/store/products?" + strings.Repeat("a=1&", 1001), "1000 parameters"},
		"foreign channel":       {"/store/products?sales_channel_id=" + handles["sc_outlet"], "not part of the publishable key"},
		"a list where one goes": {"/store/products?fields=id&fields=title", "Expected type: 'string' for field 'fields'"},
		"three faults of five":  {"/store/products?limit=x&offset=y&is_giftcard=z&with_deleted=w&nope=1", "Invalid request: Expected type: 'number' for field 'offset', got: 'y'; "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, body := get(t, h, tc.path, handles["pk_web"])
			if status != http.StatusBadRequest || !strings.Contains(body, tc.says) || !strings.Contains(body, `"type":"invalid_data"`) {
				t.Errorf("GET %.80s = %d %s, want 400 with %q", tc.path, status, body, tc.says)
			}
			if status, body := get(t, h, tc.path, "pk_unknown"); !strings.Contains(body, "A valid publishable key is required") {
				t.Errorf("GET %.80s with an unknown key = %d %s, want only that told", tc.path, status, body)
			}
		})
	}
	if _, body := get(t, h, "/store/products?limit=100&fields=*categories", handles["pk_web"]); strings.Contains(body, handles["cat_staff"]) || !strings.Contains(body, handles["cat_mugs"]) {
		t.Errorf("GET /store/products?fields=*categories: %.200s…, want no internal category", body)
	}
	_, body := get(t, h, "/store/currencies?limit=2&fields=nothing", handles["pk_web"])
	var list struct{ Currencies []map[string]string }
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Currencies) != 2 || list.Currencies[0]["code"] != "aed" {
		t.Errorf("GET /store/currencies?fields=nothing = %s, want the codes", body)
	}
}

// TestQuerySpellings asks for the same in every spelling that a query string has.
func TestQuerySpellings(t *testing.T) {
	t.Parallel()
	h, handles := newHandler(t, dbtest.ReadShop(t), nil), dbtest.Handles(t)
	mug, lamp := handles["prod_stone_mug"], handles["prod_desk_lamp"]
	_, want := get(t, h, "/store/products?fields=id&id[]="+mug+"&id[]="+lamp, handles["pk_web"])
	if !strings.Contains(want, mug) || !strings.Contains(want, lamp) || !strings.Contains(want, `"count":2`) {
		t.Fatalf("two ids = %s", want)
	}
	for _, spelling := range []string{
		"id=" + mug + "&id=" + lamp, "id[0]=" + mug + "&id[1]=" + lamp, "id[1]=" + lamp + "&id[0]=" + mug, "id[]=" + mug + "," + lamp,
		"id%5B%5D=" + mug + "&id%5B%5D=" + lamp, "$or[0][id]=" + mug + "&$or[1][id]=" + lamp, "%24or[0][id][]=" + mug + "&%24or[0][id][]=" + lamp,
		"$and[0][id][]=" + mug + "&$and[0][id][]=" + lamp, url.Values{"id[]": {mug, lamp}}.Encode(),
	} {
		if _, got := get(t, h, "/store/products?fields=id&"+spelling, handles["pk_web"]); got != want {
			t.Errorf("%s = %s, want %s", spelling, got, want)
		}
	}
	for spelling, count := range map[string]string{
		"variants[sku]=MUG-INK": "1", "variants.sku=MUG-INK": "1", "variants[sku][]=MUG-INK&variants[sku][]=LAMP": "2", "variants[options][value]=Moss": "1",
		"variants[$or][0][sku]=MUG-INK&variants[$or][1][sku]=LAMP": "2", "created_at[$gte]=2020-01-01&created_at[$lt]=2021-01-01": "0", "id=" + mug + "," + lamp: "0",
		"deleted_at[$gt]=2020-01-01": "0", "created_at[gt]=2099-01-01": "43",
	} {
		if _, got := get(t, h, "/store/products?limit=1&fields=id&"+spelling, handles["pk_web"]); !strings.Contains(got, `"count":`+count+",") {
			t.Errorf("%s = %s, want a count of %s", spelling, got, count)
		}
	}
}

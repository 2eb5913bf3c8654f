package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// graphQLError sends an operation that must be refused with these words.
func (s *shopper) graphQLError(query, says string) {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, text := s.ask("POST", "/graphql", string(body)); !strings.Contains(text, says) || !strings.Contains(text, `"LIMIT_EXCEEDED"`) {
		s.t.Errorf("%.100s: %.300s, want %q", query, text, says)
	}
}

// TestGrowth adds to one cart and one customer by many requests, over REST and over GraphQL, until they are too large. They can be used,
// and made smaller, then. It holds D90 of DEVIATIONS.md.
func TestGrowth(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	manyInStock(t, pool)
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{}), manyAttempts), handles: dbtest.Handles(t)}
	s.growLines()
	s.growMetadata()
	s.growAddresses(url)
}

func (s *shopper) growLines() {
	s.t.Helper()
	var items []string
	for n := range 1000 {
		items = append(items, fmt.Sprintf(`{"variant_id":"{var_note_a5}","quantity":1,"metadata":{"n":%d}}`, n))
	}
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[`+strings.Join(items[:999], ",")+`]}`)
	path := "/store/carts/" + c.ID + "/line-items"
	s.cart("POST", path, items[999])
	s.refused("POST", path, `{"variant_id":"{var_note_a5}","quantity":1}`, http.StatusBadRequest, "1000 lines")
	s.graphQLError(`mutation { addLineItems(input: {cartId: "`+c.ID+`", items: [{variantId: "{var_note_a5}", quantity: 1}]}) { userErrors { code message } } }`, "1000 lines")
	if c = s.cart("POST", path, items[0]); len(c.Items) != 1000 { // an old line grows
		s.t.Errorf("%d lines, want 1000", len(c.Items))
	}
	if c = s.cart("DELETE", path+"/"+c.Items[0].ID, ""); len(c.Items) != 999 {
		s.t.Errorf("%d lines, want 999", len(c.Items))
	}
}

func (s *shopper) growMetadata() {
	s.t.Helper()
	half := strings.Repeat("m", 60_000)
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_note_a5}","quantity":1}],"metadata":{"a":"`+half+`"}}`)
	path := "/store/carts/" + c.ID
	s.cart("POST", path, `{"metadata":{"a":"`+half+`"}}`) // it stays as long as it is
	s.refused("POST", path, `{"metadata":{"b":"`+half+`"}}`, http.StatusBadRequest, "102400 bytes")
	s.graphQLError(`mutation { updateCart(input: {cartId: "`+c.ID+`", metadata: {b: "`+half+`"}}) { userErrors { code message } } }`, "102400 bytes")
	line := path + "/line-items/" + c.Items[0].ID
	s.cart("POST", line, `{"quantity":1,"metadata":{"a":"`+half+`"}}`)
	s.refused("POST", line, `{"quantity":1,"metadata":{"b":"`+half+`"}}`, http.StatusBadRequest, "102400 bytes")
	s.graphQLError(`mutation { updateLineItems(input: {cartId: "`+c.ID+`", items: [{lineId: "`+c.Items[0].ID+`", quantity: 1, metadata: {b: "`+half+`"}}]}) { userErrors { code message } } }`, "102400 bytes")
	for n := range 20 {
		body := fmt.Sprintf(`{"variant_id":"{var_note_a5}","quantity":1,"metadata":{"n":%d,"a":"%s%s"}}`, n, half, half[:30_000])
		status, text := s.ask("POST", path+"/line-items", body)
		if status == http.StatusOK {
			continue
		}
		if status != http.StatusBadRequest || !strings.Contains(text, "1048576 bytes") || n < 9 {
			s.t.Errorf("line %d with 90 KB = %d %.200s", n, status, text)
		}
		s.cart("GET", path, "")
		return
	}
	s.t.Error("the cart takes any amount of metadata")
}

func (s *shopper) growAddresses(url string) {
	s.t.Helper()
	s.auth = "Bearer " + logIn(s.t, s.h, "anna")
	half := strings.Repeat("m", 60_000)
	ok := func(method, path, body string) {
		s.t.Helper()
		if status, text := s.ask(method, path, body); status != http.StatusOK {
			s.t.Errorf("%s %s = %d %.200s", method, path, status, text)
		}
	}
	me := "/store/customers/me"
	ok("POST", me, `{"metadata":{"a":"`+half+`"}}`)
	s.refused("POST", me, `{"metadata":{"b":"`+half+`"}}`, http.StatusBadRequest, "102400 bytes")
	s.graphQLError(`mutation { updateCustomer(input: {metadata: {b: "`+half+`"}}) { userErrors { code message } } }`, "102400 bytes")
	const many = `WITH made AS (INSERT INTO customer_address (id, customer_id, metadata) SELECT 'cuaddr_many' || n, $1, '{}' FROM generate_series(1, 500 - (
SELECT count(*)::int FROM customer_address WHERE customer_id = $1 AND deleted_at IS NULL)) n RETURNING 1) SELECT count(*)::int FROM made`
	number(s.t, url, many, s.handles["cus_anna"])
	s.refused("POST", me+"/addresses", `{"city":"Austin"}`, http.StatusBadRequest, "500 addresses")
	s.graphQLError(`mutation { addCustomerAddress(input: {address: {address1: "1 Main St", city: "Austin", countryCode: "us"}}) { userErrors { code message } } }`, "500 addresses")
	ok("POST", me+"/addresses/cuaddr_many1", `{"metadata":{"a":"`+half+`"}}`)
	s.refused("POST", me+"/addresses/cuaddr_many1", `{"metadata":{"b":"`+half+`"}}`, http.StatusBadRequest, "102400 bytes")
	s.graphQLError(`mutation { updateCustomerAddress(input: {addressId: "cuaddr_many1", address: {metadata: {b: "`+half+`"}}}) { userErrors { code message } } }`, "102400 bytes")
	ok("DELETE", me+"/addresses/cuaddr_many2", "")
	ok("POST", me+"/addresses", `{"city":"Austin"}`)
	ok("GET", me, "")
}

// TestBoundedQueries sends query strings of a size that would become a statement's. Each is refused before the database hears of it.
// It holds D80 of DEVIATIONS.md.
func TestBoundedQueries(t *testing.T) {
	t.Parallel()
	counter := &dbtest.Counter{}
	h := newHandler(t, dbtest.Open(t, dbtest.ReadShopURL(t), db.Options{Tracer: counter}), nil)
	key := dbtest.Handles(t)["pk_web"]
	words := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "w%d+", i)
		}
		return b.String()
	}
	list := func(name string, n int) string { return strings.Repeat(name+"=x&", n) }
	commas := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "prod_%d,", i)
		}
		return b.String()
	}
	nested := func(levels int) string { return strings.Repeat("[$and][0]", levels) }
	get(t, h, "/store/products?limit=1", key)                     // the key is known from here on
	for name, tc := range map[string]struct{ path, says string }{ //nolint:paralleltest // they count statements
		"2,000 words":          {"/store/products?q=" + words(2000), "q must not"},
		"33,000 words":         {"/store/products?q=" + words(33000), "q must not"},
		"words of a variant":   {"/store/product-variants?q=" + words(2000), "q must not"},
		"words of a category":  {"/store/product-categories?q=" + words(2000), "q must not"},
		"words in a filter":    {"/store/products?$and[0][q]=" + words(2000), "q must not"},
		"100,000 ids":          {"/store/products?" + list("id[]", 100_000), "1000 parameters"},
		"100,000 ids by comma": {"/store/products?id[]=" + commas(100_000), "1000 elements"},
		"ids of variants":      {"/store/products?variants[id][]=" + commas(2000), "10000 bytes"},
		"tags":                 {"/store/products?tag_id[]=" + commas(2000), "1000 elements"},
		"times":                {"/store/products?created_at[$in]=" + strings.Repeat("2026-01-01,", 2000), "created_at"},
		"deep filters":         {"/store/products?$and[0]" + nested(100) + "[id]=x", ""},
		"100 kB of fields":     {"/store/products?fields=" + strings.Repeat("variants.options.value,", 4400), "fields is longer"},
		"a long text":          {"/store/products?title=" + strings.Repeat("a", 10_001), "10000 bytes"},
		"a long order":         {"/store/products?order=" + strings.Repeat("title,", 20_000), "is not valid"},
	} {
		t.Run(name, func(t *testing.T) {
			counter.Reset()
			status, text := get(t, h, tc.path, key)
			if tc.says == "" { // it is read as something else that finds nothing or everything, at no cost
				if status >= http.StatusInternalServerError {
					t.Errorf("the answer is %d %.200s", status, text)
				}
				return
			}
			if status != http.StatusBadRequest || !strings.Contains(text, tc.says) {
				t.Errorf("the answer is %d %.300s, want 400 with %q", status, text, tc.says)
			}
			if len(text) > 200_000 {
				t.Errorf("the refusal has %d bytes", len(text))
			}
			for _, statement := range counter.Statements() {
				if len(statement) > 20_000 {
					t.Errorf("a statement of %d bytes: %.200s", len(statement), statement)
				}
			}
		})
	}
}

package rest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/model"
)

// expectedPrices are what variants cost in the region, by the rows alone: the price of the region before the base price, and the one of
// an active sale before both if it is lower.
const expectedPrices = `SELECT l.variant_id || ' ' || trim_scale(least(
		(SELECT min(p.amount) FROM price p JOIN price_list x ON x.id = p.price_list_id AND x.status = 'active' AND x.type = 'sale' WHERE p.price_set_id = l.price_set_id AND p.currency_code = 'eur'),
		coalesce((SELECT p.amount FROM price p JOIN price_rule r ON r.price_id = p.id AND r.value = $1 WHERE p.price_set_id = l.price_set_id AND p.currency_code = 'eur'),
			(SELECT p.amount FROM price p WHERE p.price_set_id = l.price_set_id AND p.currency_code = 'eur' AND p.price_list_id IS NULL AND p.rules_count = 0 AND p.min_quantity IS NULL))))
	FROM product_variant_price_set l`

// TestFilledShop lists a generated shop over both APIs, with the prices that its rows say.
func TestFilledShop(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	r, err := seed.Run(t.Context(), d, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Fill(t.Context(), d, seed.Size{Products: 120, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	regions, err := d.Texts(t.Context(), "SELECT id FROM region WHERE currency_code = 'eur'")
	if err != nil {
		t.Fatal(err)
	}
	want := words(t, d, expectedPrices, regions[0])
	shown := words(t, d, `SELECT p.id || ' ' || p.handle FROM product p WHERE p.status = 'published' AND EXISTS (SELECT FROM product_sales_channel l
		JOIN store s ON s.default_sales_channel_id = l.sales_channel_id WHERE l.product_id = p.id)`)
	h := newHandler(t, d, nil)
	status, text := get(t, h, "/store/products?limit=200&fields=id,*variants.calculated_price&region_id="+regions[0], r.PublishableKey)
	if status != http.StatusOK {
		t.Fatalf("GET = %d %s", status, text)
	}
	var list struct {
		Count    int
		Products []struct {
			ID       string
			Variants []struct {
				ID              string
				CalculatedPrice struct {
					CalculatedAmount model.Amount `json:"calculated_amount"`
				} `json:"calculated_price"`
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	if list.Count != len(shown) || len(list.Products) != len(shown) {
		t.Errorf("%d products listed, %d counted, want %d", len(list.Products), list.Count, len(shown))
	}
	for _, p := range list.Products {
		for _, v := range p.Variants {
			if got := v.CalculatedPrice.CalculatedAmount.String(); got != want[v.ID] {
				t.Errorf("%s costs %s, want %s", v.ID, got, want[v.ID])
			}
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, graphRequest(`{"query": "{ products(first: 100, sort: {key: PRICE}) { totalCount nodes { title } facets { categories { label } } } }"}`, r.PublishableKey))
	if body := w.Body.String(); w.Code != http.StatusOK || strings.Contains(body, "errors") || !strings.Contains(body, "Mugs, Bowls") {
		t.Errorf("GraphQL = %d %.500s", w.Code, body)
	}
}

// words returns the rows of a query, of two words, as a map from the first to the second.
func words(t *testing.T, d db.DB, sql string, args ...any) map[string]string {
	t.Helper()
	rows, err := d.Texts(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range rows {
		first, second, _ := strings.Cut(row, " ")
		out[first] = second
	}
	return out
}

package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/rest"
)

// TestStatements finds that a list costs the same statements however much it lists, and how many round trips.
func TestStatements(t *testing.T) {
	t.Parallel()
	count := &dbtest.Counter{}
	h := newHandler(t, dbtest.Open(t, dbtest.ReadShopURL(t), db.Options{Tracer: count}), nil)
	handles := dbtest.Handles(t)
	// What lists with a further level of products below them may cost beyond two trips.
	deeper := map[string]int{"/store/product-tags": 3, "/store/product-types": 3}
	for _, r := range rest.Routes() {
		if !r.List {
			continue
		}
		path := r.Path + "?"
		switch r.Field {
		case "paymentProviders":
			path += "region_id=" + handles["reg_us"] + "&"
		case "products":
			path += "fields=*variants.calculated_price,%2Bvariants.inventory_quantity&country_code=de&region_id=" + handles["reg_eu"] + "&"
		}
		cost := func(limit int) (statements, trips int) {
			for range 2 { // the first request prepares statements and learns the key's channels
				count.Reset()
				if status, body := get(t, h, fmt.Sprintf("%slimit=%d", path, limit), handles["pk_web"]); status != http.StatusOK {
					t.Fatalf("GET %s = %d %s", path, status, body)
				}
			}
			return len(count.Statements()), count.RoundTrips()
		}
		few, _ := cost(2)
		many, trips := cost(40)
		if few != many {
			t.Errorf("GET %s: %d statements for 2, %d for 40, want the same", path, few, many)
		}
		if most := max(2, deeper[r.Path]); trips > most {
			t.Errorf("GET %s: %d round trips, want at most %d", path, trips, most)
		}
	}
}

// scanned is a sequential scan in a plan.
var scanned = regexp.MustCompile(`Seq Scan on (\w+)[^(]*\(cost=[\d.]+ rows=(\d+)`)

// small are tables that grow with the number of things a shop has to say, not with its products: reading all of one costs
// less than looking one row up.
var small = map[string]bool{
	"region": true, "region_country": true, "currency": true, "store": true, "api_key": true, "publishable_api_key_sales_channel": true,
	"price_preference": true, "price_list": true, "price_list_rule": true, "tax_region": true, "tax_rate": true, "tax_rate_rule": true,
	"sales_channel_stock_location": true, "product_type": true, "product_collection": true, "product_tag": true, "product_category": true,
	"return_reason": true, "payment_provider": true, "region_payment_provider": true, "price_rule": true, "product_category_product": true,
	"product_variant_product_image": true, "customer_group": true, "customer_group_customer": true,
}

// TestNoLargeScans explains every statement of the hot routes on 10,000 products: none reads a large table as a whole.
func TestNoLargeScans(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("fills 10,000 products")
	}
	url := dbtest.FillShop(t, 10_000)
	count := &dbtest.Counter{}
	h := newHandler(t, dbtest.Open(t, url, db.Options{Tracer: count}), nil)
	handles := dbtest.Handles(t)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	if _, err := conn.Exec(ctx, "SET random_page_cost = 1.1; SET plan_cache_mode = force_custom_plan"); err != nil {
		t.Fatal(err)
	}
	full := "fields=*variants.calculated_price,%2Bvariants.inventory_quantity,*variants.images,%2Bmetadata,%2Btags,*categories&country_code=de&region_id=" + handles["reg_eu"]
	for _, path := range []string{
		"/store/products?limit=12&" + full, "/store/products?limit=50&" + full, "/store/products/prod_zz00000007?" + full,
		"/store/products?handle=product-77&" + full, "/store/products?limit=12&collection_id=pcol_fill7&" + full,
		"/store/products?limit=12&order=-created_at&" + full, "/store/products?limit=12&tag_id=ptag_fill3&" + full,
		"/store/product-variants?limit=20&sku=SKU-00000009-1", "/store/product-variants/variant_zz000000071",
	} {
		for range 2 {
			count.Reset()
			if status, body := get(t, h, path, handles["pk_web"]); status != http.StatusOK {
				t.Fatalf("GET %s = %d %s", path, status, body)
			}
		}
		for _, s := range count.Calls() {
			if strings.HasPrefix(s.SQL, "SELECT count(*)") {
				continue // counting reads what it counts
			}
			if strings.Contains(path, "order=") && strings.Contains(s.SQL, "ORDER BY p.created_at") {
				continue // the reference's schema has no index by time of creation
			}
			rows, err := conn.Query(ctx, "EXPLAIN "+s.SQL, s.Args...)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatalf("EXPLAIN %s: %v", s.SQL, err)
			}
			plan := strings.Join(lines, "\n")
			for _, m := range scanned.FindAllStringSubmatch(plan, -1) {
				if !small[m[1]] {
					t.Errorf("GET %s scans %s:\n%s\n%s", path, m[1], s.SQL, plan)
				}
			}
		}
	}
}

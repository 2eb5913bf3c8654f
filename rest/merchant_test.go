package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// oneRequest are the rows of a product that was made by one request: all of one time, with ids in another order.
const oneRequest = `
INSERT INTO product (id, title, handle, status) VALUES ('prod_m', 'Shirt', 'merchants-shirt', 'published');
INSERT INTO product_sales_channel (product_id, sales_channel_id, id) VALUES ('prod_m', '%[1]s', 'prodsc_m');
INSERT INTO product_option (id, title, is_exclusive) VALUES ('opt_z', 'Size', true), ('opt_a', 'Color', true);
INSERT INTO product_product_option (id, product_id, product_option_id) VALUES ('prodopt_z', 'prod_m', 'opt_z'), ('prodopt_a', 'prod_m', 'opt_a');
INSERT INTO product_option_value (id, value, option_id, rank) VALUES ('optval_z', 'XL', 'opt_z', NULL), ('optval_c', 'S', 'opt_z', NULL),
	('optval_x', 'L', 'opt_z', NULL), ('optval_b', 'M', 'opt_z', NULL), ('optval_y', 'Red', 'opt_a', 2), ('optval_d', 'Blue', 'opt_a', 1);
INSERT INTO product_product_option_value (id, product_product_option_id, product_option_value_id)
	SELECT 'pv_' || md5(id), CASE option_id WHEN 'opt_z' THEN 'prodopt_z' ELSE 'prodopt_a' END, id FROM product_option_value WHERE id LIKE 'optval__';
INSERT INTO product_variant (id, title, product_id, variant_rank) VALUES ('variant_z', 'XL', 'prod_m', 0), ('variant_c', 'S', 'prod_m', 0),
	('variant_x', 'L', 'prod_m', 0), ('variant_b', 'M', 'prod_m', 0), ('variant_a', 'Last', 'prod_m', 1);
INSERT INTO product_variant_option (variant_id, option_value_id) VALUES ('variant_z', 'optval_z'), ('variant_z', 'optval_d'),
	('variant_c', 'optval_y'), ('variant_c', 'optval_c');
INSERT INTO product_tag (id, value) VALUES ('ptag_z', 'merchant one'), ('ptag_a', 'merchant two'), ('ptag_m', 'merchant three');
INSERT INTO product_tags (product_id, product_tag_id) VALUES ('prod_m', 'ptag_m'), ('prod_m', 'ptag_z'), ('prod_m', 'ptag_a');
INSERT INTO product_category (id, name, handle, mpath, is_active) VALUES ('pcat_z', 'Z', 'merchant-z', 'pcat_z', true), ('pcat_a', 'A', 'merchant-a', 'pcat_a', true);
INSERT INTO product_category_product (product_id, product_category_id) VALUES ('prod_m', 'pcat_z'), ('prod_m', 'pcat_a');
INSERT INTO image (id, url, rank, product_id) VALUES ('img_z', 'front', 0, 'prod_m'), ('img_y', 'back', 1, 'prod_m'), ('img_x', 'detail', 2, 'prod_m'),
	('img_b', 'tied one', 3, 'prod_m'), ('img_a', 'tied two', 3, 'prod_m');
INSERT INTO product_variant_product_image (id, variant_id, image_id) VALUES ('pvpi_a', 'variant_z', 'img_z'), ('pvpi_b', 'variant_c', 'img_y');
INSERT INTO inventory_item (id) VALUES ('iitem_z'), ('iitem_a');
INSERT INTO product_variant_inventory_item (id, variant_id, inventory_item_id) VALUES ('pvitem_z', 'variant_z', 'iitem_z'), ('pvitem_a', 'variant_z', 'iitem_a');
`

// TestMerchantsOrder lists what belongs to a product by the merchant's ranks, and else as the merchant made it, whatever the ids.
// It holds D60, D61, D62 and D63 of DEVIATIONS.md.
func TestMerchantsOrder(t *testing.T) {
	t.Parallel()
	d, handles := dbtest.Shop(t), dbtest.Handles(t)
	run(t, d, fmt.Sprintf(oneRequest, handles["sc_web"]))
	h := newHandler(t, d, nil)
	product := "/store/products/prod_m?fields=*options,*options.values,*tags,*categories,*images,*variants,*variants.options,*variants.images,*variants.inventory_items"
	for _, tc := range []struct{ path, list, name, want string }{
		{product, "product.options", "title", "Size Color"},
		{product, "product.options.0.values", "value", "XL S L M"},
		{product, "product.options.1.values", "value", "Blue Red"},
		{product, "product.variants", "title", "XL S L M Last"},
		{product, "product.variants.0.options", "value", "XL Blue"},
		{product, "product.variants.1.options", "value", "Red S"},
		{product, "product.tags", "id", "ptag_m ptag_z ptag_a"},
		{product, "product.categories", "id", "pcat_z pcat_a"},
		{product, "product.images", "id", "img_z img_y img_x img_b img_a"},
		{product, "product.variants.0.images", "id", "img_x img_b img_a img_z"},
		{product, "product.variants.2.images", "id", "img_x img_b img_a"},
		{product, "product.variants.0.inventory_items", "inventory_item_id", "iitem_z iitem_a"},
		{"/store/product-variants/variant_z?fields=*images", "variant.images", "id", "img_x img_b img_a img_z"},
		{"/store/product-options/opt_z", "product_option.values", "value", "XL S L M"},
		{"/store/product-options/opt_a", "product_option.values", "value", "Blue Red"},
		{"/store/regions/" + handles["reg_eu"], "region.countries", "iso_2", "at be fr de it nl es"},
	} {
		status, body := get(t, h, tc.path, handles["pk_web"])
		if got := column(t, body, tc.list, tc.name); status != http.StatusOK || got != tc.want {
			t.Errorf("GET %s: %s of %s = %s, want %s", tc.path, tc.name, tc.list, got, tc.want)
		}
	}
	// A change moves a row within the table. What another time tells stays as it is.
	run(t, d, `UPDATE product_variant SET created_at = created_at - interval '1 s' WHERE id = 'variant_b'; UPDATE product_variant SET title = 'Extra large' WHERE id = 'variant_z';
		UPDATE region_country SET updated_at = now() WHERE iso_2 = 'at'`)
	if _, body := get(t, h, product, handles["pk_web"]); column(t, body, "product.variants", "title") != "M S L Extra large Last" {
		t.Errorf("variants after a change: %s", column(t, body, "product.variants", "title"))
	}
	if _, body := get(t, h, "/store/regions/"+handles["reg_eu"], handles["pk_web"]); column(t, body, "region.countries", "iso_2") != "at be fr de it nl es" {
		t.Errorf("countries after a change: %s", column(t, body, "region.countries", "iso_2"))
	}
}

func run(t *testing.T, d db.DB, sql string) {
	t.Helper()
	for statement := range strings.SplitSeq(sql, ";") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := d.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// at returns what is at a dotted path in decoded JSON; nil if there is nothing.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch of := v.(type) {
		case map[string]any:
			v = of[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(of) {
				return nil
			}
			v = of[i]
		default:
			return nil
		}
	}
	return v
}

// column returns one value of each thing in a list, separated by spaces.
func column(t *testing.T, body, list, name string) string {
	t.Helper()
	var decoded any
	if err := json.Unmarshal([]byte(body), &decoded); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	things, _ := at(decoded, list).([]any)
	names := make([]string, len(things))
	for i, thing := range things {
		names[i] = fmt.Sprint(at(thing, name))
	}
	return strings.Join(names, " ")
}

// TestPricesAsMade lists the prices of variants and of shipping options, and their rules, by the times at which the merchant made them,
// also once they were changed. It holds D85 of DEVIATIONS.md.
func TestPricesAsMade(t *testing.T) {
	t.Parallel()
	s, merchant := newMarket(t)
	merchant(`INSERT INTO price_set (id) VALUES ('pset_m')`,
		`INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, rules_count, created_at) VALUES
('price_m_z', 'pset_m', 'usd', 9, '{"value": "9"}', 2, now()), ('price_m_c', 'pset_m', 'eur', 8, '{"value": "8"}', 0, now()),
('price_m_x', 'pset_m', 'usd', 7, '{"value": "7"}', 0, now() - interval '1 min')`,
		`INSERT INTO price_rule (id, price_id, attribute, operator, value, created_at) VALUES
('prule_m_a', 'price_m_z', 'item_total', 'gt', '5', now()), ('prule_m_z', 'price_m_z', 'item_total', 'lt', '500', now() - interval '1 min')`,
		`UPDATE product_variant_price_set SET price_set_id = 'pset_m' WHERE variant_id = '{var_lamp}'`,
		`UPDATE shipping_option_price_set SET price_set_id = 'pset_m' WHERE shipping_option_id = '{so_us_ground}'`)
	cart := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`)
	for _, change := range []string{``, `UPDATE price SET title = 'Changed' WHERE id = 'price_m_x'`, `UPDATE price_rule SET priority = 1 WHERE id = 'prule_m_z'`} {
		if change != "" {
			merchant(change)
		}
		_, variant := s.ask("GET", "/store/products/{prod_desk_lamp}?fields=*variants.prices", "")
		_, options := s.ask("GET", "/store/shipping-options?cart_id="+cart.ID, "")
		var got struct {
			Options []struct {
				ID     string
				Prices []struct {
					ID    string
					Rules []struct{ ID string } `json:"price_rules"`
				}
			} `json:"shipping_options"`
		}
		if err := json.Unmarshal([]byte(options), &got); err != nil {
			t.Fatalf("%v: %s", err, options)
		}
		var ids []string
		for _, o := range got.Options {
			for _, p := range o.Prices {
				if o.ID != s.handles["so_us_ground"] {
					continue
				}
				ids = append(ids, p.ID)
				for _, r := range p.Rules {
					ids = append(ids, r.ID)
				}
			}
		}
		if got, want := strings.Join(ids, " "), "price_m_x price_m_z prule_m_z prule_m_a price_m_c"; got != want {
			t.Errorf("%s: prices of a shipping option = %s, want %s", change, got, want)
		}
		if got, want := column(t, variant, "product.variants.0.prices", "id"), "price_m_x price_m_z price_m_c"; got != want {
			t.Errorf("%s: prices of a variant = %s, want %s", change, got, want)
		}
	}
}

// TestParentOfCategory holds D67 of DEVIATIONS.md: below a product's category its parent is an id, also if the answer has that category
// for another reason.
func TestParentOfCategory(t *testing.T) {
	t.Parallel()
	d, handles := dbtest.Shop(t), dbtest.Handles(t)
	run(t, d, fmt.Sprintf(oneRequest, handles["sc_web"])+`
INSERT INTO product_category (id, name, handle, mpath, is_active, parent_category_id) VALUES ('pcat_zc', 'C', 'merchant-c', 'pcat_z.pcat_zc', true, 'pcat_z');
INSERT INTO product_category_product (product_id, product_category_id) VALUES ('prod_m', 'pcat_zc')`)
	h := newHandler(t, d, nil)
	for path, list := range map[string]string{
		"/store/products?id=prod_m&fields=*categories": "products.0.categories", "/store/products/prod_m?fields=*categories": "product.categories",
	} {
		_, body := get(t, h, path, handles["pk_web"])
		if got, want := column(t, body, list, "id"), "pcat_z pcat_a pcat_zc"; got != want {
			t.Errorf("GET %s: categories %s, want %s", path, got, want)
		}
		if got, want := column(t, body, list, "parent_category"), "<nil> <nil> map[id:pcat_z]"; got != want {
			t.Errorf("GET %s: parents %s, want %s", path, got, want)
		}
	}
}

// TestOfferedValues holds D68 of DEVIATIONS.md: below whatever a product stands, its options have the values that it offers.
func TestOfferedValues(t *testing.T) {
	t.Parallel()
	d, handles := dbtest.Shop(t), dbtest.Handles(t)
	run(t, d, fmt.Sprintf(oneRequest, handles["sc_web"])+`
INSERT INTO product_option_value (id, value, option_id) VALUES ('optval_other', 'XXL', 'opt_z');
INSERT INTO product_type (id, value) VALUES ('ptyp_m', 'merchant'); INSERT INTO product_collection (id, title, handle) VALUES ('pcol_m', 'M', 'merchant');
UPDATE product SET type_id = 'ptyp_m', collection_id = 'pcol_m' WHERE id = 'prod_m'`)
	h := newHandler(t, d, nil)
	const fields = "?fields=*products.options,*products.options.values"
	for path, product := range map[string]string{
		"/store/product-tags/ptag_z" + fields: "product_tag.products.0", "/store/product-types/ptyp_m" + fields: "product_type.products.0",
		"/store/collections/pcol_m" + fields:                     "collection.products.0",
		"/store/products/prod_m?fields=*options,*options.values": "product",
	} {
		_, body := get(t, h, path, handles["pk_web"])
		if got := column(t, body, product+".options.0.values", "value"); got != "XL S L M" {
			t.Errorf("GET %s: values %s, want those that the product offers", path, got)
		}
	}
}

// A product names no internal category, in whatever way its categories are asked for.
func TestInternalCategoriesOfProduct(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	for _, fields := range []string{"%2Bcategories", "*categories", "id,categories"} {
		status, text := s.ask("GET", "/store/products/{prod_internal_pick}?fields="+fields, "")
		if status != http.StatusOK || !strings.Contains(text, `"is_internal":false`) || strings.Contains(text, `"is_internal":true`) {
			t.Errorf("fields=%s: %d %s, want the category that is not internal", fields, status, text)
		}
	}
}

package compare_test

import (
	"os"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/rest/compare"
)

// TestKnown tests that known.json names rows of DEVIATIONS.md.
func TestKnown(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../DEVIATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range compare.Known {
		if !strings.Contains(string(text), "\n| "+k.ID+" |") || k.Route.Regexp == nil || k.Path.Regexp == nil {
			t.Errorf("%+v is no row of DEVIATIONS.md, or lacks its route or path", k)
		}
	}
	if len(compare.Known) == 0 {
		t.Error("no deviation is known")
	}
}

// Each deviation is found where DEVIATIONS.md says, and not beside that.
func TestKnownAs(t *testing.T) {
	t.Parallel()
	type read struct {
		route, query, path string
		kind               compare.Kind
	}
	examples := map[string]struct{ is, near read }{
		"D5": {
			read{"GET /store/collections/{id}", "", "$.collection.products", compare.Length},
			read{"GET /store/collections/{id}", "", "$.collection.products[0].title", compare.Value},
		},
		"D7": {
			read{"GET /store/products", "", "$.products[3].categories", compare.Length},
			read{"GET /store/products/{id}", "", "$.product.categories", compare.Length},
		},
		"D30": {
			read{"GET /store/orders/{id}", "", "$.order.payment_collections[0].payment_sessions[0].context", compare.Missing},
			read{"GET /store/orders/{id}", "", "$.order.items[0].metadata.data", compare.Missing},
		},
		"D37": {
			read{"GET /store/orders", "limit=1&status=nonsense", "status", compare.Value},
			read{"GET /store/orders", "limit=1&payment_status=nonsense", "status", compare.Value},
		},
		"D38": {
			read{"GET /store/orders", "order=-customer.email", "status", compare.Value},
			read{"GET /store/orders/{id}", "order=-customer.email", "status", compare.Value},
		},
		"D42": {
			read{"GET /store/shipping-options", "", "$.shipping_options[0].service_zone.geo_zones", compare.Missing},
			read{"GET /store/shipping-options", "", "$.shipping_options[0].service_zone.geo_zones_count", compare.Missing},
		},
		"D52": {
			read{"GET /store/products", "limit=5&order=title", "$.products", compare.Order},
			read{"GET /store/products", "limit=5", "$.products", compare.Order},
		},
		"D54": {
			read{"GET /store/carts/{id}", "", "$.cart.raw_total.value", compare.Value},
			read{"GET /store/carts/{id}", "", "$.cart.raw_total.precision", compare.Value},
		},
		"D60": {
			read{"GET /store/collections", "", "$.collections[0].products", compare.Order},
			read{"GET /store/collections", "", "$.collections[0].products", compare.Extra},
		},
		"D61": {
			read{"GET /store/products/{id}", "", "$.product.options", compare.Order},
			read{"GET /store/products/{id}", "", "$.product.options", compare.Length},
		},
		"D62": {
			read{"GET /store/regions", "", "$.regions[0].countries", compare.Order},
			read{"GET /store/regions", "", "$.regions[0].countries", compare.Length},
		},
		"D63": {
			read{"GET /store/product-variants", "", "$.variants[0].images", compare.Order},
			read{"GET /store/product-variants", "", "$.variants[0].images", compare.Missing},
		},
		"D64": {
			read{"GET /store/product-categories", "", "$.product_categories[0].category_children", compare.Order},
			read{"GET /store/products", "", "$.products[0].category.category_children", compare.Order},
		},
		"D65": {
			read{"GET /store/product-categories/{id}", "include_ancestors_tree=true", "$.product_category.parent_category_id", compare.Extra},
			read{"GET /store/product-categories/{id}", "include_ancestors_tree=true", "$.product_category.parent_category.name", compare.Extra},
		},
		"D67": {
			read{"GET /store/products", "", "$.products[0].categories[1].parent_category.name", compare.Missing},
			read{"GET /store/product-tags", "", "$.product_tags[0].products[0].categories[1].parent_category.name", compare.Missing},
		},
		"D68": {
			read{"GET /store/product-tags/{id}", "", "$.product_tag.products[0].options[0].values", compare.Length},
			read{"GET /store/products/{id}", "", "$.product.options[0].values", compare.Length},
		},
		"D69": {
			read{"GET /store/product-categories/{id}", "", "$.product_category.category_children[0].is_internal", compare.Missing},
			read{"GET /store/product-categories/{id}", "", "$.product_category.category_children[0].is_new", compare.Missing},
		},
		"D75": {
			read{"GET /store/carts/{id}", "", "$.cart.promotions", compare.Length},
			read{"GET /store/orders/{id}", "", "$.order.promotions", compare.Length},
		},
		"D85": {
			read{"GET /store/products", "", "$.products[0].variants[0].prices", compare.Order},
			read{"GET /store/products", "", "$.products[0].variants[0].prices[0].amount", compare.Value},
		},
		"D86": {
			read{"GET /store/product-categories", "limit=1&q=shirts", "$.product_categories[0].parent_category", compare.Type},
			read{"GET /store/product-categories", "limit=1&handle=q", "$.product_categories[0].category_children", compare.Type},
		},
	}
	as := func(r read) string {
		return compare.KnownAs(r.route, r.query, compare.Difference{Path: r.path, Kind: r.kind})
	}
	for _, k := range compare.Known {
		e, ok := examples[k.ID]
		if !ok {
			t.Errorf("%s has no example", k.ID)
			continue
		}
		if got := as(e.is); got != k.ID {
			t.Errorf("%+v is %q, want %s", e.is, got, k.ID)
		}
		if got := as(e.near); got != "" {
			t.Errorf("%+v is %q, want none", e.near, got)
		}
	}
	if len(examples) != len(compare.Known) {
		t.Errorf("%d examples of %d deviations", len(examples), len(compare.Known))
	}
}

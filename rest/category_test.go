package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
)

// forest are category trees: r with the children b (rank 0, with the child d below it), a (rank 1), and a hidden one (rank 2) with a
// child of its own; and s, which has a lower rank than r.
const forest = `
INSERT INTO product_category (id, name, handle, mpath, rank, parent_category_id, is_active) VALUES
	('pcat_r', 'tree r', 'tree-r', 'pcat_r', 101, NULL, true), ('pcat_s', 'tree s', 'tree-s', 'pcat_s', 100, NULL, true),
	('pcat_ra', 'tree a', 'tree-a', 'pcat_r.pcat_ra', 1, 'pcat_r', true), ('pcat_rb', 'tree b', 'tree-b', 'pcat_r.pcat_rb', 0, 'pcat_r', true),
	('pcat_rbd', 'tree d', 'tree-d', 'pcat_r.pcat_rb.pcat_rbd', 0, 'pcat_rb', true),
	('pcat_rh', 'tree h', 'tree-h', 'pcat_r.pcat_rh', 2, 'pcat_r', false), ('pcat_rhk', 'tree k', 'tree-k', 'pcat_r.pcat_rh.pcat_rhk', 0, 'pcat_rh', true)`

// TestNodesAreNeverEmpty holds D66 of DEVIATIONS.md: a category in a tree says at least its id, also where nothing else is left of it.
func TestNodesAreNeverEmpty(t *testing.T) {
	t.Parallel()
	d, handles := dbtest.Shop(t), dbtest.Handles(t)
	run(t, d, forest)
	h := newHandler(t, d, nil)
	for _, trees := range []string{"", "&include_descendants_tree=true", "&include_ancestors_tree=true", "&include_descendants_tree=true&include_ancestors_tree=true"} {
		for _, fields := range []string{"name,*category_children.category_children", "name,*category_children.category_children.category_children", "*category_children.category_children"} {
			for _, order := range []string{"id", "-id"} {
				path := "/store/product-categories?q=tree&order=" + order + "&fields=" + fields + trees
				if status, body := get(t, h, path, handles["pk_web"]); status != http.StatusOK || strings.Contains(body, "{}") || strings.Contains(body, "[null") {
					t.Errorf("GET %s = %d %s, want no empty categories", path, status, body)
				}
			}
		}
	}
}

// TestParentOfFound holds D86 of DEVIATIONS.md: a category that a search finds has its parent, which the search does not find.
func TestParentOfFound(t *testing.T) {
	t.Parallel()
	d, handles := dbtest.Shop(t), dbtest.Handles(t)
	run(t, d, forest)
	h := newHandler(t, d, nil)
	_, body := get(t, h, "/store/product-categories?q=tree-d&fields=name,*parent_category", handles["pk_web"])
	for name, want := range map[string]string{"id": "pcat_rbd", "parent_category.id": "pcat_rb", "parent_category.parent_category_id": "pcat_r"} {
		if got := column(t, body, "product_categories", name); got != want {
			t.Errorf("%s of what is found = %s, want %s", name, got, want)
		}
	}
}

// TestCategoryTrees holds which nodes and fields the trees of categories have, as the reference was seen to answer, in its order.
// A node is written with its parent behind ^ and its children in parentheses; * says that it has is_active.
// It holds D55, D64, D65, D66 and D69 of DEVIATIONS.md.
func TestCategoryTrees(t *testing.T) {
	t.Parallel()
	d, handles := dbtest.Shop(t), dbtest.Handles(t)
	run(t, d, forest)
	h := newHandler(t, d, nil)
	const down, up = "&include_descendants_tree=true", "&include_ancestors_tree=true"
	list, one := "/store/product-categories?q=tree", "/store/product-categories/pcat_"
	for _, tc := range []struct{ path, want string }{
		// Without a tree, relations end after one level and show what is hidden.
		{one + "r?", "r^null(b* a* h*)"},
		{one + "rb?", "b^r*(d*)"},
		{one + "rb?fields=name,*parent_category,*parent_category.parent_category,*category_children.category_children", "b^r*(-)"},
		{one + "rbd?fields=name,*parent_category.parent_category", "d"},
		// The tree below: children by rank, and only what is shown.
		{one + "r?" + down, "r^null(b*(d()) a*())"},
		{one + "r?fields=-parent_category" + down, "r(b*(d()) a*())"},
		{one + "r?fields=name,category_children.name" + down, "r(b a)"},
		{one + "r?fields=name,category_children.name,category_children.category_children.name" + down, "r(b(d) a())"},
		{list + "&parent_category_id=null" + down, "s() r(b*(d*()) a*())"},
		{list + "&parent_category_id=null&order=-name" + down, "s() r(b*(d*()) a*())"},
		{list + "&parent_category_id=null&order=name&fields=name,*category_children" + down, "r(b*(d*()) a*()) s()"},
		{list + "&parent_category_id=null&fields=name,parent_category.name" + down, "r s"},
		// The tree above, with the children of every node.
		{one + "rbd?" + up, "d^b*^r^null(b* a* h*)(d*)()"},
		{one + "rbd?fields=-category_children" + up, "d^b*^r^null"},
		{one + "rhk?" + up, "k^null()"},
		{list + "&handle=tree-d" + up, "d^b*^r*^null(b* a* h*)(d*)()"},
		{list + "&handle=tree-d&fields=name,parent_category.name" + up, "d^b"},
		// Both: the reference cuts the relations of what it has come by.
		{one + "rb?" + up + down, "b^r*(d*)"},
		{one + "r?" + up + down, "r(b* a*)"},
		{list + "&handle=tree-b" + up + down, "b^r*(b* a* h*)(d*)"},
		{list + "&order=id" + up + down, "b(d*()) d() k() a() s() r(b*(d*()) a*())"},
		{list + "&order=-id" + up + down, "k() d b a s() r(b* a*)"},
	} {
		status, body := get(t, h, tc.path, handles["pk_web"])
		var answer struct {
			One  map[string]any   `json:"product_category"`
			Many []map[string]any `json:"product_categories"`
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK {
			t.Errorf("GET %s = %d %s", tc.path, status, body)
			continue
		}
		if answer.One != nil {
			answer.Many = append(answer.Many, answer.One)
		}
		var nodes []string
		for _, n := range answer.Many {
			nodes = append(nodes, drawn(n))
		}
		if got := strings.Join(nodes, " "); got != tc.want {
			t.Errorf("GET %s = %s, want %s", tc.path, got, tc.want)
		}
	}
}

// drawn writes a category with its relations.
func drawn(c map[string]any) string {
	name := strings.TrimPrefix(fmt.Sprint(c["name"]), "tree ")
	if c["name"] == nil {
		name = "-"
	}
	if _, ok := c["is_active"]; ok {
		name += "*"
	}
	if parent, ok := c["parent_category"]; ok {
		of, isOne := parent.(map[string]any)
		name += "^null"
		if isOne {
			name = strings.TrimSuffix(name, "null") + drawn(of)
		}
	}
	if children, ok := c["category_children"].([]any); ok {
		var below []string
		for _, child := range children {
			below = append(below, drawn(child.(map[string]any)))
		}
		name += "(" + strings.Join(below, " ") + ")"
	}
	return name
}

// TestProductsOfKin shows the products of categories below others if those are among the ones that were asked for.
func TestProductsOfKin(t *testing.T) {
	t.Parallel()
	h, handles := newHandler(t, dbtest.ReadShop(t), nil), dbtest.Handles(t)
	for path, want := range map[string]bool{
		"/store/product-categories?limit=100&fields=*category_children,*products":       true,
		"/store/product-categories?handle=clothing&fields=*category_children,*products": false,
	} {
		_, body := get(t, h, path, handles["pk_web"])
		var answer map[string]any
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err)
		}
		list, _ := answer["product_categories"].([]any)
		got := slices.ContainsFunc(list, func(c any) bool {
			children, _ := at(c, "category_children").([]any)
			return slices.ContainsFunc(children, func(k any) bool { return at(k, "products") != nil })
		})
		if got != want {
			t.Errorf("GET %s: children with products = %v, want %v", path, got, want)
		}
	}
}

// TestKeyWithoutChannels lists what has products, without any.
func TestKeyWithoutChannels(t *testing.T) {
	t.Parallel()
	h, handles := newHandler(t, dbtest.ReadShop(t), nil), dbtest.Handles(t)
	for path, list := range map[string]string{
		"/store/product-tags":  "product_tags",
		"/store/product-types": "product_types",
		"/store/collections?fields=*products,*products.variants.calculated_price": "collections",
		"/store/product-categories?fields=*products":                              "product_categories",
	} {
		status, body := get(t, h, path, handles["pk_none"])
		var answer map[string]any
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK {
			t.Errorf("GET %s = %d %s, want a list", path, status, body)
			continue
		}
		things, _ := answer[list].([]any)
		if len(things) == 0 || slices.ContainsFunc(things, func(c any) bool { p, ok := at(c, "products").([]any); return !ok || len(p) > 0 }) {
			t.Errorf("GET %s = %.300s, want things without products", path, body)
		}
	}
	if status, body := get(t, h, "/store/products", handles["pk_none"]); status != http.StatusBadRequest {
		t.Errorf("GET /store/products = %d %s, want 400", status, body)
	}
}

// TestWildcards asks with * for what is no relation. It holds D66 of DEVIATIONS.md.
func TestWildcards(t *testing.T) {
	t.Parallel()
	h, handles := newHandler(t, dbtest.ReadShop(t), nil), dbtest.Handles(t)
	product, region, order := handles["prod_classic_tee"], handles["reg_eu"], handles["order_anna1"]
	for _, tc := range []struct{ path, at, want string }{
		{"/store/orders/" + order + "?fields=id,*summary", "order.summary.paid_total", "number"},
		{"/store/orders/" + order + "?fields=id,summary.*", "order.summary.paid_total", "number"},
		{"/store/products/" + product + "?fields=*title", "product.title", "nothing"},
		{"/store/products/" + product + "?fields=title.*", "product.title", "nothing"},
		{"/store/products/" + product + "?fields=id,title,*title", "product.title", "nothing"},
		{"/store/products/" + product + "?fields=id,metadata,*metadata", "product.metadata", "nothing"},
		{"/store/products/" + product + "?fields=id,*collection.metadata", "product.collection.metadata", "object"},
		{"/store/products/" + product + "?fields=id,*collection.metadata", "product.collection.title", "nothing"},
		{"/store/regions/" + region + "?fields=id,*countries.name", "region.countries.0.name", "text"},
		{"/store/regions/" + region + "?fields=id,countries.iso_2,*countries.name", "region.countries.0.name", "nothing"},
		{"/store/orders/" + order + "?fields=id,*items.quantity", "order.items.0.quantity", "number"},
		{"/store/currencies/usd?fields=*name", "currency.name", "nothing"},
		{"/store/currencies/usd?fields=*name", "currency.code", "text"},
	} {
		status, body := get(t, h, tc.path, handles["pk_web"])
		var answer any
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK {
			t.Errorf("GET %s = %d %s", tc.path, status, body)
			continue
		}
		got := map[string]string{"<nil>": "nothing", "string": "text", "float64": "number", "map[string]interface {}": "object"}[fmt.Sprintf("%T", at(answer, tc.at))]
		if got != tc.want {
			t.Errorf("GET %s: %s is %s, want %s: %.200s", tc.path, tc.at, got, tc.want, body)
		}
	}
}

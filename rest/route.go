package rest

import (
	"slices"
	"strings"
)

// A route is one endpoint: where it is, the GraphQL field it asks for, and what may be asked of it.
type route struct {
	method, path string // the parts of the path in braces have the names of the GraphQL arguments
	field        string // of the query type
	envelope     string // the key of the answer
	list         bool
	limit        int                    // of a list, unless said otherwise
	params       []param                // besides those that all lists or all single things share
	defaults     []string               // the fields selected if nothing is said
	extra        []string               // further fields that may be selected
	missing      string                 // what a 404 says; % is the path's last argument. Empty answers an empty object
	prices       string                 // the path of prices, which a region_id selects by itself
	stock        string                 // the path of stock quantities
	relations    int                    // how many relations a path of fields may pass; 0 means 3
	within       string                 // the part of the field on which fields are selected; empty for the field itself
	beside       func(*selector) string // what is selected besides that part, in GraphQL
	prepare      func(q *request)       // rewrites what is asked for before it is selected
	finish       func(s *selector, root *node, q *request)
	body         []field                                // what is sent, as the mutation's input; nil if nothing is
	read         func(sent any) (map[string]any, error) // how a body that is no object of fields becomes the operation's arguments
	who          who
	// shape turns the data of the operation into the answer where that is more than the envelope. The caller is the customer
	// who asks, the id the path's last argument.
	shape func(caller, id string, data []byte) []byte
}

// who may ask for a route.
type who uint8

const (
	anybody    who = iota
	registrant     // a customer, or who has the token to become one
	customer
)

var productDefaults = strings.Fields(`id title subtitle description handle is_giftcard discountable thumbnail collection_id type_id weight length
height width hs_code origin_country mid_code material created_at updated_at *type *collection *options *options.values *tags *images
*variants *variants.options`)

var productExtra = strings.Fields(`metadata categories status external_id deleted_at variants.calculated_price variants.inventory_quantity
variants.manage_inventory variants.allow_backorder variants.images variants.thumbnail variants.options.option variants.inventory_items
variants.inventory_items.inventory_item_id variants.inventory_items.required_quantity variants.inventory_items.inventory
variants.inventory_items.inventory.location_levels variants.prices variants.id variants.title variants.sku variants.barcode variants.ean
variants.upc variants.hs_code variants.origin_country variants.mid_code variants.material variants.weight variants.length variants.height
variants.width variants.created_at variants.updated_at variants.deleted_at variants.options.id variants.options.value options.id
options.title options.is_exclusive options.values.id options.values.value images.id images.url images.rank type.id type.value
type.created_at type.updated_at tags.id tags.value tags.created_at tags.updated_at collection.id collection.title collection.handle
collection.created_at collection.updated_at collection.deleted_at collection.metadata`)

// below returns paths, without their stars, below a relation.
func below(relation string, lists ...[]string) []string {
	var out []string
	for _, l := range lists {
		for _, f := range l {
			out = append(out, relation+"."+strings.TrimSuffix(strings.TrimPrefix(f, "*"), ".*"))
		}
	}
	return out
}

var ofProducts = append(below("products", productDefaults, productExtra), "products")

var variantDefaults = strings.Fields(`id title sku barcode ean upc allow_backorder manage_inventory variant_rank product_id thumbnail hs_code
origin_country mid_code material weight length height width created_at updated_at metadata *options *images product.id product.type_id`)

var categoryColumns = strings.Fields(`id name description handle rank external_id parent_category_id created_at updated_at deleted_at`)

// categoryTree are the paths of a category's relatives, three steps away at the most.
func categoryTree() []string {
	var out []string
	prefixes := []string{"parent_category", "category_children"}
	for level := range 3 {
		var next []string
		for _, p := range prefixes {
			if level > 0 {
				out = append(out, p)
			}
			out = append(out, below(p, categoryColumns)...)
			next = append(next, p+".parent_category", p+".category_children")
		}
		prefixes = next
	}
	return out
}

var (
	pricingParams = params("region_id country_code province cart_id")
	stampParams   = params("created_at~ updated_at~ deleted_at~")
	optionParam   = param{name: "options", kind: within, of: params("value option_id")}

	variantsOfProduct = append(append(params("q id* sku* ean* upc* barcode*"), optionParam), stampParams...)
	productFilters    = append(params(`q id* title* handle* is_giftcard? category_id* option_id* option_value_id* external_id* collection_id*
tag_id* type_id*`), stampParams...)
	productParams = slices.Concat(pricingParams, params("sales_channel_id*"),
		[]param{{name: "variants", kind: within, of: grouped(variantsOfProduct)}}, grouped(productFilters))
	variantFilters = slices.Concat(params("q id* sku* product_id*"), []param{optionParam}, params("allow_backorder? manage_inventory?"), stampParams)
	wordParams     = grouped(append(params("q id* value* external_id*"), stampParams...))
	treeParams     = params("include_ancestors_tree? include_descendants_tree?")
)

// routes are the endpoints of the store, but for those of signing in.
var routes = slices.Concat(catalogueRoutes, customerRoutes, cartRoutes, shippingRoutes, paymentRoutes, orderRoutes, returnRoutes)

// catalogueRoutes are the endpoints that read the catalogue.
var catalogueRoutes = []route{
	{
		method: "GET", path: "/store/currencies", field: "currencies", envelope: "currencies", list: true, limit: 50,
		params:   grouped(params("q code*")),
		defaults: strings.Fields("code name symbol symbol_native decimal_digits rounding"), extra: strings.Fields("created_at updated_at deleted_at"),
	},
	{
		method: "GET", path: "/store/currencies/{code}", field: "currency", envelope: "currency",
		defaults: strings.Fields("code name symbol symbol_native decimal_digits rounding"), extra: strings.Fields("created_at updated_at deleted_at"),
		missing: "Currency with code: % was not found",
	},
	{
		method: "GET", path: "/store/regions", field: "regions", envelope: "regions", list: true, limit: 50,
		params: grouped(params("q id* currency_code* name*")), defaults: regionDefaults, extra: regionExtra,
	},
	{
		method: "GET", path: "/store/regions/{id}", field: "region", envelope: "region",
		defaults: regionDefaults, extra: regionExtra, missing: "Region with id: % was not found",
	},
	{
		method: "GET", path: "/store/payment-providers", field: "paymentProviders", envelope: "payment_providers", list: true, limit: 20,
		params: params("region_id!"), defaults: []string{"id", "is_enabled"},
	},
	{
		method: "GET", path: "/store/return-reasons", field: "returnReasons", envelope: "return_reasons", list: true, limit: 20,
		defaults: returnReasonDefaults,
	},
	{
		method: "GET", path: "/store/return-reasons/{id}", field: "returnReason", envelope: "return_reason",
		defaults: returnReasonDefaults,
	},
	{
		method: "GET", path: "/store/collections", field: "collections", envelope: "collections", list: true, limit: 10,
		params:   grouped(append(params("q id* title* handle* external_id*"), params("created_at~ updated_at~")...)),
		defaults: collectionDefaults, extra: collectionExtra,
	},
	{
		method: "GET", path: "/store/collections/{id}", field: "collection", envelope: "collection",
		defaults: collectionDefaults, extra: collectionExtra, missing: "Collection with id: % was not found",
	},
	{
		method: "GET", path: "/store/product-tags", field: "productTags", envelope: "product_tags", list: true, limit: 50,
		params: wordParams, defaults: wordDefaults, extra: ofProducts,
	},
	{
		method: "GET", path: "/store/product-tags/{id}", field: "productTag", envelope: "product_tag",
		defaults: wordDefaults, extra: ofProducts, missing: "Product tag with id: % was not found",
	},
	{
		method: "GET", path: "/store/product-types", field: "productTypes", envelope: "product_types", list: true, limit: 50,
		params: wordParams, defaults: wordDefaults, extra: ofProducts,
	},
	{
		method: "GET", path: "/store/product-types/{id}", field: "productType", envelope: "product_type",
		params: append(slices.Clone(find[1:]), wordParams...), defaults: wordDefaults, extra: ofProducts,
		missing: "Product type with id: % was not found",
	},
	{
		method: "GET", path: "/store/product-categories", field: "productCategories", envelope: "product_categories", list: true, limit: 50,
		params:   grouped(slices.Concat(params("q id* name* description* handle* parent_category_id*0 external_id*"), treeParams, stampParams)),
		defaults: categoryDefaults, extra: categoryExtra, finish: finishCategories,
	},
	{
		method: "GET", path: "/store/product-categories/{id}", field: "productCategory", envelope: "product_category",
		params: treeParams, defaults: categoryDefaults, extra: categoryExtra, finish: finishCategories,
	},
	{
		method: "GET", path: "/store/products", field: "products", envelope: "products", list: true, limit: 50, relations: 4,
		params: productParams, defaults: productDefaults, extra: productExtra,
		prices: "variants.calculated_price", stock: "variants.inventory_quantity",
	},
	{
		method: "GET", path: "/store/products/{id}", field: "product", envelope: "product", relations: 4,
		params: append(slices.Clone(find[1:]), productParams...), defaults: productDefaults, extra: productExtra,
		prices: "variants.calculated_price", stock: "variants.inventory_quantity",
		missing: "Product with id: % was not found", finish: finishProduct,
	},
	{
		method: "GET", path: "/store/product-variants", field: "productVariants", envelope: "variants", list: true, limit: 20,
		params:   slices.Concat(pricingParams, params("sales_channel_id*"), grouped(variantFilters)),
		defaults: variantDefaults, extra: variantExtra, prices: "calculated_price", stock: "inventory_quantity", finish: finishVariant,
	},
	{
		method: "GET", path: "/store/product-variants/{id}", field: "productVariant", envelope: "variant",
		params:   append(slices.Clone(pricingParams), params("sales_channel_id*")...),
		defaults: variantDefaults, extra: variantExtra, prices: "calculated_price", stock: "inventory_quantity",
		missing: "Product variant with id: % was not found", finish: finishVariant,
	},
	{
		method: "GET", path: "/store/product-options", field: "productOptions", envelope: "product_options", list: true, limit: 50,
		params:   grouped(append(params("q id* title* is_exclusive?"), stampParams...)),
		defaults: optionDefaults, extra: []string{"values.id", "values.value"},
	},
	{
		method: "GET", path: "/store/product-options/{id}", field: "productOption", envelope: "product_option",
		defaults: optionDefaults, extra: []string{"values.id", "values.value"}, missing: "Product option with id: % was not found",
	},
}

var (
	regionDefaults = strings.Fields("id name currency_code created_at updated_at deleted_at metadata *countries")
	regionExtra    = strings.Fields(`countries.id countries.iso_2 countries.iso_3 countries.num_code countries.name countries.display_name
payment_providers payment_providers.id payment_providers.is_enabled`)
	returnReasonDefaults = strings.Fields(`id value label parent_return_reason_id description created_at updated_at deleted_at
*parent_return_reason *return_reason_children`)
	collectionDefaults = strings.Fields("id title handle external_id created_at updated_at")
	collectionExtra    = append([]string{"metadata", "deleted_at"}, ofProducts...)
	wordDefaults       = strings.Fields("id value external_id created_at updated_at metadata *products")
	categoryDefaults   = strings.Fields(`id name description handle rank external_id parent_category_id created_at updated_at metadata
*parent_category *category_children`)
	categoryExtra = append(strings.Fields(`products deleted_at products.title products.variants products.options products.images
category_children.products.title`), categoryTree()...)
	variantExtra   = strings.Fields("deleted_at calculated_price inventory_quantity options.id options.value images.id images.url images.rank")
	optionDefaults = strings.Fields("id title is_exclusive values.* created_at updated_at metadata")
)

// finishProduct adds that a single product always tells which of its categories are internal. If its categories were
// asked for, only those are told of that are not.
func finishProduct(s *selector, root *node, _ *request) {
	if root.child("categories") == nil {
		root.fields = append(root.fields, &selected{name: "categories", field: "allCategories", below: &node{typ: "ProductCategory"}})
	}
	s.add(root.child("categories").below, "is_internal")
}

// finishVariant adds what the reference writes of a variant's expanded pictures: their product, and the variants that
// picked them.
func finishVariant(s *selector, root *node, q *request) {
	images := root.child("images")
	if images == nil || !slices.Contains(q.stars, "images") {
		return
	}
	product := func(of *node) {
		n := s.add(of, "product").below
		if p := root.child("product"); p != nil {
			for _, f := range p.below.fields {
				s.add(n, f.name)
			}
			if n.child("type_id") != nil {
				s.add(s.add(n, "type").below, "id")
			}
			return
		}
		s.columns(n, "", nil)
	}
	product(images.below)
	variants := s.add(images.below, "variants").below
	for _, c := range columns["ProductVariant"] {
		s.add(variants, c)
	}
	product(variants)
	if options := root.child("options"); options != nil {
		variants.fields = append(variants.fields, &selected{name: "options", field: "loadedOptions", below: options.below})
	}
}

// treeDepth is how deep a category tree is written where the whole of it is asked for.
const treeDepth = 12

// finishCategories expands the tree above or below a category. Unlike a single relation, a tree holds only what is shown.
// Where the other direction is expanded by one step too, the reference leaves columns out at the tree's ends: it
// selects them only of what that step reaches.
func finishCategories(s *selector, root *node, q *request) {
	grow := func(relation, field, ends string) {
		n := root
		for level := range treeDepth {
			n = s.addAs(n, relation, field).below
			n.fields = nil
			for _, c := range columns["ProductCategory"] {
				if ends != "" && (ends != "branch_" || level > 0) && (c == "is_active" || c == "is_internal" || c == "deleted_at") {
					n.fields = append(n.fields, &selected{name: c, field: camel(ends + c)})
					continue
				}
				s.add(n, c)
			}
			if ends == "nested_" {
				s.columns(s.add(n, "category_children").below, "ProductCategory", nil)
			}
		}
	}
	if q.flags["include_descendants_tree"] && (root.child("category_children") != nil || slices.Contains(q.plain, "category_children")) {
		ends := ""
		if slices.Contains(q.stars, "parent_category") {
			ends = "branch_"
		}
		grow("category_children", "categoryChildren", ends)
	}
	if q.flags["include_ancestors_tree"] && root.child("parent_category") != nil {
		ends := ""
		if slices.Contains(q.stars, "category_children") {
			ends = "nested_"
		}
		grow("parent_category", "parentCategory", ends)
	}
}

package rest

import (
	"slices"
	"strings"
)

// catalogueRoutes are the endpoints that read the catalogue.
var catalogueRoutes = []route{
	{
		method: "GET", path: "/store/currencies", field: "currencies", envelope: "currencies", list: true, limit: 50,
		query:    grouped(words, texts("code").Absent("null")),
		defaults: strings.Fields("code name symbol symbol_native decimal_digits rounding"), extra: strings.Fields("created_at updated_at deleted_at"),
	},
	{
		method: "GET", path: "/store/currencies/{code}", field: "currency", envelope: "currency",
		defaults: strings.Fields("code name symbol symbol_native decimal_digits rounding"), extra: strings.Fields("created_at updated_at deleted_at"),
		missing: "Currency with code: % was not found",
	},
	{
		method: "GET", path: "/store/regions", field: "regions", envelope: "regions", list: true, limit: 50,
		query: grouped(words, ids, texts("currency_code"), texts("name")), defaults: regionDefaults, extra: regionExtra,
	},
	{
		method: "GET", path: "/store/regions/{id}", field: "region", envelope: "region",
		defaults: regionDefaults, extra: regionExtra, missing: "Region with id: % was not found",
	},
	{
		method: "GET", path: "/store/payment-providers", field: "paymentProviders", envelope: "payment_providers", list: true, limit: 20,
		query: fields{text("region_id").Required().Argument()}, defaults: []string{"id", "is_enabled"},
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
		query:    grouped(words, ids, texts("title"), handles, texts("external_id").Null(), instant("created_at"), instant("updated_at")),
		defaults: collectionDefaults, extra: collectionExtra,
	},
	{
		method: "GET", path: "/store/collections/{id}", field: "collection", envelope: "collection",
		defaults: collectionDefaults, extra: collectionExtra, missing: "Collection with id: % was not found",
	},
	{
		method: "GET", path: "/store/product-tags", field: "productTags", envelope: "product_tags", list: true, limit: 50,
		query: wordQuery, defaults: wordDefaults, extra: ofTagged, sorts: ofProducts,
	},
	{
		method: "GET", path: "/store/product-tags/{id}", field: "productTag", envelope: "product_tag",
		defaults: wordDefaults, extra: ofTagged, missing: "Product tag with id: % was not found",
	},
	{
		method: "GET", path: "/store/product-types", field: "productTypes", envelope: "product_types", list: true, limit: 50,
		query: wordQuery, defaults: wordDefaults, extra: ofProducts,
	},
	{
		method: "GET", path: "/store/product-types/{id}", field: "productType", envelope: "product_type",
		query: slices.Concat(page, wordQuery), defaults: wordDefaults, extra: ofProducts,
		missing: "Product type with id: % was not found",
	},
	{
		method: "GET", path: "/store/product-categories", field: "productCategories", envelope: "product_categories", list: true, limit: 50,
		query: grouped(slices.Concat(fields{
			words, ids, texts("name"), texts("description"), handles, texts("parent_category_id").Null().Filtering("parentId"), texts("external_id").Null(),
		}, treeParameters, stamps)...),
		defaults: categoryDefaults, extra: categoryExtra, steps: []step{selectFields, endRelations, growTrees},
	},
	{
		method: "GET", path: "/store/product-categories/{id}", field: "productCategory", envelope: "product_category",
		query: treeParameters, defaults: categoryDefaults, extra: categoryExtra, steps: []step{selectFields, endRelations, growTrees},
	},
	{
		method: "GET", path: "/store/products", field: "products", envelope: "products", list: true, limit: 50, relations: 4,
		query: productQuery, defaults: productDefaults, extra: productExtra,
		prices: "variants.calculated_price", stock: "variants.inventory_quantity",
	},
	{
		method: "GET", path: "/store/products/{id}", field: "product", envelope: "product", relations: 4,
		query: slices.Concat(page, productQuery.dropping("id")), defaults: productDefaults, extra: productExtra,
		prices: "variants.calculated_price", stock: "variants.inventory_quantity",
		missing: "Product with id: % was not found", steps: []step{selectFields, tellInternalCategories},
	},
	{
		method: "GET", path: "/store/product-variants", field: "productVariants", envelope: "variants", list: true, limit: 20,
		query:    slices.Concat(pricing, fields{channels}, grouped(variantFilters...)),
		defaults: variantDefaults, extra: variantExtra, prices: "calculated_price", stock: "inventory_quantity", steps: []step{selectFields, expandPictures},
	},
	{
		method: "GET", path: "/store/product-variants/{id}", field: "productVariant", envelope: "variant",
		query:    slices.Concat(pricing, fields{channels}),
		defaults: variantDefaults, extra: variantExtra, prices: "calculated_price", stock: "inventory_quantity",
		missing: "Product variant with id: % was not found", steps: []step{selectFields, expandPictures},
	},
	{
		method: "GET", path: "/store/product-options", field: "productOptions", envelope: "product_options", list: true, limit: 50,
		query:    grouped(slices.Concat(fields{words, ids, texts("title"), flag("is_exclusive")}, stamps)...),
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

var ofProducts = append(below("products", productDefaults, productExtra), "products")

// ofTagged are the fields of the products of a tag, which do not name their tags again.
var ofTagged = slices.DeleteFunc(slices.Clone(ofProducts), func(f string) bool {
	return strings.HasPrefix(strings.TrimPrefix(f, "*"), "products.tags")
})

var variantDefaults = strings.Fields(`id title sku barcode ean upc allow_backorder manage_inventory variant_rank product_id thumbnail hs_code
origin_country mid_code material weight length height width created_at updated_at metadata *options *images product.id product.type_id`)

var categoryColumns = strings.Fields(`id name description handle rank external_id parent_category_id created_at updated_at deleted_at`)

// categoryTree are the paths of the ancestors and descendants of a category, at most three levels away.
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
	words   = text("q").Absent("null")
	ids     = texts("id").Absent("null")
	handles = texts("handle").Absent("null")

	pricing = fields{
		text("region_id").Pricing("region").Absent("", "null"), text("country_code").Pricing("country").Absent("", "null"), text("province").Pricing("province").Absent("", "null"),
		text("cart_id").Pricing("cart").Absent("", "null"),
	}
	channels  = texts("sales_channel_id").ArgumentNamed("salesChannelIds")
	stamps    = fields{instant("created_at"), instant("updated_at"), instant("deleted_at").NeverSet()}
	ofOptions = object("options", text("value"), text("option_id")).Lenient()

	// treeParameters expand the tree of a category.
	treeParameters = fields{
		flag("include_ancestors_tree").SelectingBy("ancestors"), flag("include_descendants_tree").SelectingBy("descendants"),
	}

	variantsOfProduct = slices.Concat(fields{
		words, texts("id"), texts("sku").Null(), texts("ean").Null(), texts("upc").Null(), texts("barcode").Null(), ofOptions,
	}, stamps)
	productFilters = slices.Concat(fields{
		words, texts("id").Absent("", "null"), texts("title"), handles, flag("is_giftcard"), texts("category_id").Null().Absent("").Filtering("directCategoryId"), texts("option_id").Absent(""),
		texts("option_value_id").Absent(""), texts("external_id").Null(), texts("collection_id").Null(), texts("tag_id").Null().Absent(""), texts("type_id").Null(),
	}, stamps)
	productQuery = slices.Concat(pricing, fields{channels}, productFilters, fields{object("variants", grouped(variantsOfProduct...)...).Lenient()},
		alternatives(productFilters))
	variantFilters = slices.Concat(fields{
		words, ids, texts("sku").Null(), texts("product_id"), ofOptions, flag("allow_backorder"),
		flag("manage_inventory"),
	}, stamps)
	wordQuery = grouped(slices.Concat(fields{words, ids, texts("value"), texts("external_id").Null()}, stamps)...)
)

// tellInternalCategories adds is_internal of all categories, which the reference includes in every single product. If
// categories are selected, in whatever way, only those that are not internal are listed.
func tellInternalCategories(sel *selection) {
	root := sel.root
	switch {
	case root.child("categories") != nil:
	case slices.Contains(sel.plain, "categories"):
		sel.add(root, "categories")
	default:
		root.fields = append(root.fields, &selected{name: "categories", field: "allCategories", below: &node{typ: "ProductCategory"}})
	}
	sel.add(root.child("categories").below, "is_internal")
}

// expandPictures adds what the reference includes in the expanded images of a variant: their product, and the variants
// that use them.
func expandPictures(sel *selection) {
	root := sel.root
	images := root.child("images")
	if images == nil || !slices.Contains(sel.stars, "images") {
		return
	}
	product := func(of *node) {
		n := sel.add(of, "product").below
		if p := root.child("product"); p != nil {
			for _, f := range p.below.fields {
				sel.add(n, f.name)
			}
			if n.child("type_id") != nil {
				sel.add(sel.add(n, "type").below, "id")
			}
			return
		}
		sel.addColumns(n, "", nil)
	}
	product(images.below)
	variants := sel.add(images.below, "variants").below
	for _, c := range columns["ProductVariant"] {
		sel.add(variants, c)
	}
	product(variants)
	if options := root.child("options"); options != nil {
		variants.fields = append(variants.fields, &selected{name: "options", field: "loadedOptions", below: options.below})
	}
}

package rest

import "strings"

// columns are what the reference writes of a thing whose relation is expanded.
var columns = map[string][]string{
	"Product": strings.Fields(`id title handle subtitle description is_giftcard status thumbnail weight length height width origin_country
hs_code mid_code material discountable external_id metadata type_id collection_id created_at updated_at deleted_at`),
	"ProductVariant": strings.Fields(`id title sku barcode ean upc allow_backorder manage_inventory hs_code origin_country mid_code material
weight length height width metadata variant_rank thumbnail product_id created_at updated_at deleted_at`),
	"ProductOption":      strings.Fields(`id title is_exclusive metadata created_at updated_at deleted_at`),
	"ProductOptionValue": strings.Fields(`id value rank metadata option_id created_at updated_at deleted_at`),
	"ProductImage":       strings.Fields(`id url metadata rank product_id created_at updated_at deleted_at`),
	"ProductTag":         strings.Fields(`id value external_id metadata created_at updated_at deleted_at`),
	"ProductType":        strings.Fields(`id value external_id metadata created_at updated_at deleted_at`),
	"Collection":         strings.Fields(`id title handle external_id metadata created_at updated_at deleted_at`),
	"ProductCategory": strings.Fields(`id name description handle mpath is_active is_internal rank external_id metadata parent_category_id
created_at updated_at deleted_at`),
	"Country": strings.Fields(`iso_2 iso_3 num_code name display_name region_id metadata created_at updated_at deleted_at`),
	"CustomerAddress": strings.Fields(`id address_name is_default_shipping is_default_billing company first_name last_name address_1 address_2 city
country_code province postal_code phone metadata customer_id created_at updated_at deleted_at`),
	"PaymentProvider": strings.Fields(`id is_enabled created_at updated_at deleted_at`),
	"ReturnReason":    strings.Fields(`id value label description metadata parent_return_reason_id created_at updated_at deleted_at`),
	"CalculatedPrice": strings.Fields(`id is_calculated_price_price_list is_calculated_price_tax_inclusive calculated_amount raw_calculated_amount
is_original_price_price_list is_original_price_tax_inclusive original_amount raw_original_amount currency_code
calculated_amount_with_tax calculated_amount_without_tax original_amount_with_tax original_amount_without_tax`),
	"AppliedPrice":         strings.Fields(`id price_list_id price_list_type min_quantity max_quantity`),
	"VariantInventoryItem": strings.Fields(`variant_id inventory_item_id id required_quantity created_at updated_at deleted_at`),
	"InventoryItem": strings.Fields(`id sku origin_country hs_code mid_code material unit_of_measure weight length height width requires_shipping
description title thumbnail metadata created_at updated_at deleted_at reserved_quantity stocked_quantity`),
	"InventoryLevel": strings.Fields(`id location_id metadata inventory_item_id raw_stocked_quantity raw_reserved_quantity raw_incoming_quantity
created_at updated_at deleted_at available_quantity stocked_quantity reserved_quantity incoming_quantity`),
	"Price": strings.Fields(`id title currency_code rules_count price_set_id price_list_id raw_amount raw_min_quantity raw_max_quantity
created_at updated_at deleted_at amount min_quantity max_quantity`),
}

// stubs are the single things that an expanded thing names by their id, unless it stands below such a thing itself.
var stubs = map[string][]string{
	"Product":            {"type", "collection"},
	"ProductVariant":     {"product"},
	"ProductOptionValue": {"option"},
	"ProductCategory":    {"parent_category"},
	"Price":              {"price_list"},
}

// whole are the relations that are part of an expanded thing.
var whole = map[string][]string{"CalculatedPrice": {"calculated_price", "original_price"}}

// alwaysSelected are the keys that a thing carries wherever it stands below another.
var alwaysSelected = map[string][]string{
	"Product":              {"id"},
	"ProductVariant":       {"id"},
	"VariantInventoryItem": {"variant_id", "inventory_item_id"},
	"InventoryItem":        {"id"},
}

// renamed are the GraphQL fields whose names are not those of REST in camelCase: there they hide what REST shows.
var renamed = map[string]string{
	"ProductCategory.parent_category":   "anyParent",
	"ProductCategory.category_children": "allChildren",
	"Product.categories":                "listedCategories",
}

package rest

import "strings"

// columns are the fields that the reference includes in an expanded relation, by GraphQL type, or by parent type and type
// if they depend on the parent.
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
	"CompletionError": strings.Fields("message name type"),
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
	"LineItem": strings.Fields(`id title subtitle thumbnail quantity variant_id product_id product_title product_description product_subtitle product_type
product_type_id product_collection product_handle variant_sku variant_barcode variant_title variant_option_values requires_shipping
is_discountable is_giftcard is_tax_inclusive is_custom_price metadata cart_id raw_compare_at_unit_price raw_unit_price created_at updated_at
deleted_at compare_at_unit_price unit_price`),
	"ShippingMethod": strings.Fields(`id name description is_tax_inclusive shipping_option_id data metadata cart_id raw_amount created_at updated_at
deleted_at amount`),
	"TaxLine": strings.Fields(`id description code rate provider_id metadata data tax_rate_id item_id shipping_method_id created_at updated_at
deleted_at`),
	"Adjustment": strings.Fields(`id description code is_tax_inclusive provider_id promotion_id metadata item_id shipping_method_id raw_amount created_at
updated_at deleted_at amount`),
	"CreditLine":   strings.Fields(`id cart_id reference reference_id metadata raw_amount created_at updated_at deleted_at amount`),
	"CartCustomer": strings.Fields(`id company_name first_name last_name email phone has_account metadata created_by created_at updated_at deleted_at`),
	"CartAddress": strings.Fields(`id customer_id company first_name last_name address_1 address_2 city country_code province postal_code phone metadata
created_at updated_at deleted_at`),
	"Region": strings.Fields(`id name currency_code automatic_taxes metadata created_at updated_at deleted_at`),
	"PaymentCollection": strings.Fields(`id currency_code completed_at status metadata raw_amount raw_authorized_amount raw_captured_amount
raw_refunded_amount created_at updated_at deleted_at amount authorized_amount captured_amount refunded_amount`),
	"PaymentSession": strings.Fields(`id currency_code provider_id data context status authorized_at payment_collection_id metadata raw_amount created_at
updated_at deleted_at amount`),
	"Order": strings.Fields(`id display_id custom_display_id region_id customer_id version sales_channel_id status is_draft_order email currency_code locale
no_notification metadata canceled_at created_at updated_at deleted_at shipping_address_id billing_address_id`),
	"OrderItem": strings.Fields(`id title subtitle thumbnail variant_id product_id product_title product_description product_subtitle product_type
product_type_id product_collection product_handle variant_sku variant_barcode variant_title variant_option_values requires_shipping
is_giftcard is_discountable is_tax_inclusive is_custom_price metadata raw_compare_at_unit_price raw_unit_price created_at updated_at
deleted_at compare_at_unit_price unit_price quantity raw_quantity line_item_metadata`),
	"OrderItemDetail": strings.Fields(`id version metadata order_id raw_unit_price raw_compare_at_unit_price raw_quantity raw_fulfilled_quantity
raw_delivered_quantity raw_shipped_quantity raw_return_requested_quantity raw_return_received_quantity raw_return_dismissed_quantity
raw_written_off_quantity created_at updated_at deleted_at item_id unit_price compare_at_unit_price quantity fulfilled_quantity
delivered_quantity shipped_quantity return_requested_quantity return_received_quantity return_dismissed_quantity written_off_quantity`),
	"OrderItem.TaxLine": strings.Fields(`id description tax_rate_id code provider_id metadata data item_id raw_rate created_at updated_at deleted_at rate`),
	"OrderItem.Adjustment": strings.Fields(`id version description promotion_id code provider_id is_tax_inclusive item_id raw_amount created_at updated_at
deleted_at amount`),
	"OrderShippingMethod": strings.Fields(`id name description is_tax_inclusive is_custom_amount shipping_option_id data metadata raw_amount created_at
updated_at deleted_at amount order_id`),
	"OrderShippingDetail": strings.Fields(`id version order_id return_id exchange_id claim_id created_at updated_at deleted_at shipping_method_id`),
	"OrderShippingMethod.TaxLine": strings.Fields(`id description tax_rate_id code provider_id metadata data shipping_method_id raw_rate created_at
updated_at deleted_at rate`),
	"OrderShippingMethod.Adjustment": strings.Fields(`id version description promotion_id code provider_id shipping_method_id raw_amount created_at
updated_at deleted_at amount`),
	"OrderCreditLine": strings.Fields(`id version reference reference_id raw_amount metadata order_id created_at updated_at deleted_at amount`),
	"OrderAddress": strings.Fields(`id customer_id company first_name last_name address_1 address_2 city country_code province postal_code phone metadata
created_at updated_at deleted_at`),
	"Promotion": strings.Fields(`id code is_automatic is_tax_inclusive limit used type status campaign_id metadata created_at updated_at deleted_at`),
	"OrderPaymentCollection": strings.Fields(`id currency_code completed_at status metadata raw_amount raw_authorized_amount raw_captured_amount
raw_refunded_amount created_at updated_at deleted_at amount authorized_amount captured_amount refunded_amount`),
	"OrderPayment": strings.Fields(`id currency_code provider_id data metadata captured_at canceled_at payment_collection_id raw_amount created_at updated_at
deleted_at payment_session_id amount`),
	"Fulfillment": strings.Fields(`id location_id packed_at shipped_at marked_shipped_by created_by delivered_at canceled_at data requires_shipping
shipping_option_id metadata created_at updated_at deleted_at provider_id delivery_address_id`),
	"Price": strings.Fields(`id title currency_code rules_count price_set_id price_list_id raw_amount raw_min_quantity raw_max_quantity
created_at updated_at deleted_at amount min_quantity max_quantity`),
	"PriceCondition":      strings.Fields(`id attribute value operator priority price_id created_at updated_at deleted_at`),
	"ShippingOptionType":  strings.Fields(`id label description code created_at updated_at deleted_at`),
	"FulfillmentProvider": strings.Fields(`id is_enabled created_at updated_at deleted_at`),
	"ServiceZone":         strings.Fields(`id name metadata fulfillment_set_id created_at updated_at deleted_at`),
	"FulfillmentSet":      strings.Fields(`id name type metadata created_at updated_at deleted_at`),
	"StockLocation":       strings.Fields(`id name address_id metadata created_at updated_at deleted_at`),
	"StockLocationAddress": strings.Fields(`id address_1 address_2 company city country_code phone province postal_code metadata created_at updated_at
deleted_at`),
}

// stubs are the relations of an expanded type that are included with their id only, unless the parent is of that type.
var stubs = map[string][]string{
	"Product":            {"type", "collection"},
	"ProductVariant":     {"product"},
	"ProductOptionValue": {"option"},
	"ProductCategory":    {"parent_category"},
	"Price":              {"price_list"},
	"PaymentSession":     {"payment"},
	"Order":              {"shipping_address", "billing_address"},
	"Promotion":          {"campaign", "application_method"},
	"OrderPayment":       {"payment_session"},
	"Fulfillment":        {"provider", "shipping_option", "delivery_address"},
}

// whole are the relations that are expanded together with a type.
var whole = map[string][]string{
	"CalculatedPrice":     {"calculated_price", "original_price"},
	"OrderItem":           {"detail"},
	"OrderShippingMethod": {"detail"},
}

// alwaysSelected are the keys of a type that are included wherever it is nested.
var alwaysSelected = map[string][]string{
	"Product":              {"id"},
	"ProductVariant":       {"id"},
	"VariantInventoryItem": {"variant_id", "inventory_item_id"},
	"InventoryItem":        {"id"},
	"CartCustomer":         {"id"},
	"OrderCustomer":        {"id"},
	"Promotion":            {"id"},
	"Region":               {"id"},
	"ShippingMethod":       {"id"},
	"ServiceZone":          {"id"},
	"FulfillmentSet":       {"id"},
}

// renamed are the GraphQL fields behind REST names whose camelCase twin shows less than REST does.
var renamed = map[string]string{
	"ProductCategory.parent_category":   "anyParent",
	"ProductCategory.category_children": "allChildren",
	"Product.categories":                "listedCategories",
	"Product.options":                   "storedOptions",
	"ProductVariant.options":            "storedOptions",
	"Collection.products":               "allProducts",
	"ProductCategory.products":          "allProducts",
	"ProductTag.products":               "allProducts",
	"ProductType.products":              "allProducts",
	"Order.summary":                     "storedSummary",
	"Customer.orders":                   "allOrders",
	"ShippingOption.amount":             "price",
	"ShippingOption.is_tax_inclusive":   "taxIncluded",
}

// totals are where the totals of the reference are below the field totals of a cart, an order, a line or a shipping method.
var totals = map[string]string{
	"total": "total", "subtotal": "subtotal", "tax_total": "tax", "discount_total": "discount", "discount_subtotal": "discountSubtotal",
	"discount_tax_total": "discountTax", "original_total": "original", "original_subtotal": "originalSubtotal", "original_tax_total": "originalTax",

	"item_total": "items.total", "item_subtotal": "items.subtotal", "item_tax_total": "items.tax", "item_discount_total": "items.discount",
	"original_item_total": "items.original", "original_item_subtotal": "items.originalSubtotal", "original_item_tax_total": "items.originalTax",

	"shipping_total": "shipping.total", "shipping_subtotal": "shipping.subtotal", "shipping_tax_total": "shipping.tax",
	"shipping_discount_total": "shipping.discount", "original_shipping_total": "shipping.original",
	"original_shipping_subtotal": "shipping.originalSubtotal", "original_shipping_tax_total": "shipping.originalTax",

	"credit_line_total": "credit", "credit_line_subtotal": "creditSubtotal", "credit_line_tax_total": "creditTax",
}

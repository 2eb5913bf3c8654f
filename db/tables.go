package db

import "github.com/storegraph/storegraph/model"

// The reference's tables, with the aliases that queries call them by. Where two tables keep things of one type, each leaves out
// the columns that only the other has.
var (
	productTable    = tableOf[model.Product]("product", "p")
	variantTable    = tableOf[model.ProductVariant]("product_variant", "pv")
	optionTable     = tableOf[model.ProductOption]("product_option", "o")
	valueTable      = tableOf[model.ProductOptionValue]("product_option_value", "o")
	imageTable      = tableOf[model.ProductImage]("image", "i")
	tagTable        = tableOf[model.ProductTag]("product_tag", "o")
	typeTable       = tableOf[model.ProductType]("product_type", "o")
	collectionTable = tableOf[model.Collection]("product_collection", "o")
	categoryTable   = tableOf[model.ProductCategory]("product_category", "c")

	// Of a price that decides what something costs no more is read than that takes.
	decidingPriceTable = tableOf[model.Price]("price", "p", "title", "raw_min_quantity", "raw_max_quantity", "created_at", "updated_at")
	priceTable         = tableOf[model.Price]("price", "p")
	priceRuleTable     = tableOf[model.PriceCondition]("price_rule", "r")

	variantItemTable    = tableOf[model.VariantInventoryItem]("product_variant_inventory_item", "l")
	inventoryItemTable  = tableOf[model.InventoryItem]("inventory_item", "i")
	inventoryLevelTable = tableOf[model.InventoryLevel]("inventory_level", "l")

	currencyTable        = tableOf[model.Currency]("currency", "currency")
	regionTable          = tableOf[model.Region]("region", "region")
	countryTable         = tableOf[model.Country]("region_country", "region_country")
	paymentProviderTable = tableOf[model.PaymentProvider]("payment_provider", "p")
	returnReasonTable    = tableOf[model.ReturnReason]("return_reason", "return_reason")

	customerTable        = tableOf[model.Customer]("customer", "customer")
	customerAddressTable = tableOf[model.CustomerAddress]("customer_address", "customer_address")

	cartTable           = tableOf[model.Cart]("cart", "c")
	lineItemTable       = tableOf[model.LineItem]("cart_line_item", "i")
	shippingMethodTable = tableOf[model.ShippingMethod]("cart_shipping_method", "m")
	// What is on lines and what is on shipping methods are of one type, in two tables.
	cartTaxTable        = tableOf[model.TaxLine]("", "t", "raw_rate")
	cartAdjustmentTable = tableOf[model.Adjustment]("", "a", "version")
	cartTaxTables       = [...]*table[model.TaxLine]{
		ofItem:           tableOf[model.TaxLine]("cart_line_item_tax_line", "t", "raw_rate", "shipping_method_id"),
		ofShippingMethod: tableOf[model.TaxLine]("cart_shipping_method_tax_line", "t", "raw_rate", "item_id"),
	}
	cartAdjustmentTables = [...]*table[model.Adjustment]{
		ofItem:           tableOf[model.Adjustment]("cart_line_item_adjustment", "a", "version", "shipping_method_id"),
		ofShippingMethod: tableOf[model.Adjustment]("cart_shipping_method_adjustment", "a", "version", "is_tax_inclusive", "item_id"),
	}
	creditLineTable      = tableOf[model.CreditLine]("credit_line", "l")
	cartCustomerTable    = tableOf[model.CartCustomer]("customer", "u")
	cartAddressTable     = tableOf[model.CartAddress]("cart_address", "a")
	promotionTable       = tableOf[model.Promotion]("promotion", "p")
	promotionMethodTable = tableOf[model.PromotionMethod]("promotion_application_method", "m")

	paymentCollectionTable = tableOf[model.PaymentCollection]("payment_collection", "p")
	paymentSessionTable    = tableOf[model.PaymentSession]("payment_session", "s")
	paymentTable           = tableOf[model.OrderPayment]("payment", "p")
	paymentRecordTable     = tableOf[model.PaymentRecord]("payment", "p")
	captureTable           = tableOf[model.OrderCapture]("capture", "c")

	orderTable            = tableOf[model.Order]("order", "o")
	newOrderTable         = tableOf[model.Order]("order", "o", "display_id") // the database numbers orders
	orderItemTable        = tableOf[model.OrderItem]("order_line_item", "i")
	orderDetailTable      = tableOf[model.OrderItemDetail]("order_item", "d")
	orderMethodTable      = tableOf[model.OrderShippingMethod]("order_shipping_method", "m")
	orderShippingTable    = tableOf[model.OrderShippingDetail]("order_shipping", "d")
	orderTransactionTable = tableOf[model.OrderTransaction]("order_transaction", "t")
	orderCreditTable      = tableOf[model.OrderCreditLine]("order_credit_line", "l")
	orderAddressTable     = tableOf[model.OrderAddress]("order_address", "a")
	orderTaxTables        = [...]*table[model.TaxLine]{
		ofItem:           tableOf[model.TaxLine]("order_line_item_tax_line", "t", "shipping_method_id", "data", "metadata"),
		ofShippingMethod: tableOf[model.TaxLine]("order_shipping_method_tax_line", "t", "item_id", "data", "metadata"),
	}
	orderAdjustmentTables = [...]*table[model.Adjustment]{
		ofItem:           tableOf[model.Adjustment]("order_line_item_adjustment", "a", "shipping_method_id", "metadata"),
		ofShippingMethod: tableOf[model.Adjustment]("order_shipping_method_adjustment", "a", "is_tax_inclusive", "item_id", "metadata"),
	}

	orderChangeTable       = tableOf[model.OrderChange]("order_change", "c")
	orderChangeActionTable = tableOf[model.OrderChangeAction]("order_change_action", "a")

	returnTable     = tableOf[model.Return]("return", "r")
	newReturnTable  = tableOf[model.Return]("return", "r", "display_id") // the database numbers returns
	returnItemTable = tableOf[model.ReturnItem]("return_item", "i")
	parcelTable     = tableOf[model.Fulfillment]("fulfillment", "f")
	parcelItemTable = tableOf[model.FulfillmentItem]("fulfillment_item", "i")
	labelTable      = tableOf[model.FulfillmentLabel]("fulfillment_label", "b")

	shippingOptionTable       = tableOf[model.ShippingOption]("shipping_option", "o")
	shippingTypeTable         = tableOf[model.ShippingOptionType]("shipping_option_type", "t")
	carrierTable              = tableOf[model.FulfillmentProvider]("fulfillment_provider", "p")
	serviceZoneTable          = tableOf[model.ServiceZone]("service_zone", "z")
	fulfillmentSetTable       = tableOf[model.FulfillmentSet]("fulfillment_set", "f")
	stockLocationTable        = tableOf[model.StockLocation]("stock_location", "l")
	stockLocationAddressTable = tableOf[model.StockLocationAddress]("stock_location_address", "a")
)

// What a tax line or an adjustment is on.
const (
	ofItem = iota
	ofShippingMethod
)

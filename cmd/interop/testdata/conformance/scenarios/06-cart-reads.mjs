import { suite, get } from "./_dsl.mjs"
const s = suite("carts")
// What two carts show that became orders long ago: one with a promotion, one with prices that include tax.
const SELECTIONS = [
  "id",
  "-items",
  "id,*items",
  "id,total,*items",
  "id,*items.tax_lines",
  "+items.total,+items.tax_total",
  "id,*region",
  "id,*customer",
  "id,total,*shipping_methods,*shipping_methods.tax_lines,*shipping_methods.adjustments",
  "total,*items.adjustments",
  "*items,*items.adjustments,*items.tax_lines",
  "id,*billing_address,*shipping_address",
  "id,*payment_collection",
  "id,total,items.title,items.quantity",
  "id,tax_total",
  "id,*sales_channel",
  "id,customer.email",
  "id,items.product.title,items.variant.sku",
  "+original_subtotal",
  "id,email,*payment_collection,*payment_collection.payment_sessions",
  "id,promotions.code",
  "+shipping_methods.name",
  "id,region.name",
  "id,shipping_address.city",
  "id,promotions.application_method.value",
  "*items",
  "*shipping_methods,*customer",
  "id,items.tax_lines.code",
  "id,items.adjustments.amount",
  "id,total,*credit_lines",
  "id,item_total,*shipping_methods",
  "id,items.id",
  "id,shipping_methods.amount",
  "id,total,shipping_methods.amount",
]
const reads = (name, cart) => [
  get(`${name}: defaults`, `/store/carts/{{${cart}}}`),
  ...SELECTIONS.map((fields) => get(`${name}: ${fields}`, `/store/carts/{{${cart}}}?fields=${fields.replaceAll("+", "%2B")}`)),
]
s.scenario("read", reads("promoted", "ordercart_ret4"), get("promoted: unknown", "/store/carts/cart_unknown"), reads("tax included", "ordercart_anna1"))
export default s

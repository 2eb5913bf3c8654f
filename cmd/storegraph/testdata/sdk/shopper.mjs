// Goes a shopper's whole way with the reference's own client: node shopper.mjs jwt|cookies. It promises to exit with 0 only if
// every answer was what the client's user expects. BASE_URL is the server, HANDLES the file of the recorded shop's names.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import Medusa from "@medusajs/js-sdk"

const mode = process.argv[2]
assert.ok(["jwt", "cookies"].includes(mode), "usage: node shopper.mjs jwt|cookies")
const h = JSON.parse(readFileSync(process.env.HANDLES, "utf8"))
// Each mode has its own part of the shop, so that both can go their way at once.
const mine = {
  jwt: { email: "jwt@sdk.example", claimed: h.order_gt7, returned: "order_ret3", product: "classic-tee" },
  cookies: { email: "cookies@sdk.example", claimed: h.order_gt8, returned: "order_ret4", product: "stone-mug" },
}[mode]
const password = "Sup3r-secret"
const address = { first_name: "Cal", last_name: "West", address_1: "1 Market St", city: "San Francisco", country_code: "us", province: "us-ca", postal_code: "94105" }

// A browser keeps cookies; Node does not.
const jar = new Map()
const plainFetch = globalThis.fetch
globalThis.fetch = async (url, init = {}) => {
  const headers = new Headers(init.headers)
  const keeps = init.credentials === "include"
  if (keeps && jar.size) headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "))
  const res = await plainFetch(url, { ...init, headers })
  for (const line of keeps ? res.headers.getSetCookie() : []) {
    const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(line)
    if (/max-age=0|expires=thu, 01 jan 1970/i.test(rest) || value === "") jar.delete(name)
    else jar.set(name, value)
  }
  return res
}

const sdk = new Medusa({
  baseUrl: process.env.BASE_URL,
  publishableKey: h.pk_web,
  auth: mode === "jwt" ? { type: "jwt", jwtTokenStorageMethod: "memory" } : { type: "session" },
  globalHeaders: { "x-forwarded-proto": "https" }, // what the proxy in front of a shop says; a session needs it
})

const { store, auth } = sdk
const fails = (status, message) => (err) => {
  assert.equal(err.constructor.name, "FetchError", String(err))
  assert.equal(err.status, status, err.message)
  if (message) assert.match(err.message, message)
  return true
}
const close = (got, want, what) => assert.ok(Math.abs(got - want) < 1e-6, `${what} = ${got}, want ${want}`)

// Look around.
const { regions } = await store.region.list({ fields: "id,currency_code,*countries" })
const region = regions.find((r) => r.countries.some((c) => c.iso_2 === "us"))
assert.equal(region.id, h.reg_us)
assert.equal((await store.region.retrieve(region.id)).region.currency_code, "usd")
assert.ok((await store.collection.list()).collections.length > 0)
assert.ok((await store.category.list({ include_descendants_tree: true })).product_categories.length > 0)
const page = await store.product.list({ limit: 5, region_id: region.id, fields: "*variants.calculated_price" })
assert.deepEqual([page.products.length, page.limit, page.offset], [5, 5, 0])
assert.ok(page.count > 5)
const { products: [product] } = await store.product.list({ handle: mine.product, region_id: region.id, fields: "*variants.calculated_price,+variants.inventory_quantity" })
assert.equal(product.handle, mine.product)
const variant = product.variants.find((v) => v.calculated_price?.calculated_amount > 0 && v.inventory_quantity > 5)
assert.equal(variant.calculated_price.currency_code, "usd")
assert.equal((await store.product.retrieve(product.id, { fields: "title" })).product.title, product.title)
await assert.rejects(store.product.retrieve("prod_none"), fails(404, /prod_none/))

// Make an account, with an address book.
await assert.rejects(store.customer.retrieve(), fails(401))
const proof = await auth.register("customer", "emailpass", { email: mine.email, password })
const { customer: made } = await store.customer.create({ email: mine.email, first_name: "Ada" }, {}, { Authorization: `Bearer ${proof}` })
assert.match(made.id, /^cus_/)
await assert.rejects(auth.login("customer", "emailpass", { email: mine.email, password: "wrong" }), fails(401))
assert.equal(typeof (await auth.login("customer", "emailpass", { email: mine.email, password })), "string")
assert.equal(jar.size, mode === "jwt" ? 0 : 1)
const { customer } = await store.customer.retrieve()
assert.deepEqual([customer.id, customer.email, customer.has_account], [made.id, mine.email, true])
assert.equal((await store.customer.update({ last_name: "Byron" })).customer.last_name, "Byron")
const { customer: { addresses: [home] } } = await store.customer.createAddress({ ...address, address_name: "home", is_default_shipping: true })
assert.equal(home.is_default_shipping, true)
const { customer: { addresses: [moved] } } = await store.customer.updateAddress(home.id, { address_1: "2 Market St" })
assert.equal(moved.address_1, "2 Market St")
assert.equal((await store.customer.retrieveAddress(home.id)).address.id, home.id)
assert.equal((await store.customer.createAddress({ ...address, city: "Oakland" })).customer.addresses.length, 2)
const { addresses, count } = await store.customer.listAddress({ city: "Oakland" })
assert.equal(count, 1)
const removed = await store.customer.deleteAddress(addresses[0].id)
assert.deepEqual([removed.deleted, removed.parent.addresses.length], [true, 1])
if (mode === "jwt") assert.equal(typeof (await auth.refresh()).token, "string")

// Fill a cart.
let { cart } = await store.cart.create({ region_id: region.id, items: [{ variant_id: variant.id, quantity: 1 }] })
assert.deepEqual([cart.customer_id, cart.email, cart.currency_code], [customer.id, mine.email, "usd"])
close(cart.item_subtotal, variant.calculated_price.calculated_amount, "item_subtotal")
;({ cart } = await store.cart.createLineItem(cart.id, { variant_id: h.var_lamp, quantity: 1, metadata: { gift: true } }))
assert.equal(cart.items.length, 2)
const lamp = cart.items.find((i) => i.variant_id === h.var_lamp)
assert.deepEqual(lamp.metadata, { gift: true })
const { deleted, parent } = await store.cart.deleteLineItem(cart.id, lamp.id)
assert.equal(deleted, true)
assert.equal(parent.items.length, 1)
;({ cart } = await store.cart.updateLineItem(cart.id, parent.items[0].id, { quantity: 2 }))
close(cart.item_subtotal, 2 * variant.calculated_price.calculated_amount, "item_subtotal of two")
;({ cart } = await store.cart.update(cart.id, { shipping_address: address, billing_address: address, metadata: { from: "sdk" } }))
assert.equal(cart.shipping_address.city, "San Francisco")
assert.ok(cart.tax_total > 0)
;({ cart } = await store.cart.addPromotions(cart.id, { promo_codes: ["WELCOME10"] }))
const promotions = () => cart.promotions.map((p) => p.code)
assert.ok(promotions().includes("WELCOME10"))
assert.ok(cart.discount_total > 0)
;({ cart } = await store.cart.removePromotions(cart.id, { promo_codes: ["WELCOME10"] }))
assert.ok(!promotions().includes("WELCOME10"))
close(cart.discount_total, 0, "discount_total")
;({ cart } = await store.cart.addPromotions(cart.id, { promo_codes: ["WELCOME10"] }))
await assert.rejects(store.cart.addPromotions(cart.id, { promo_codes: ["NOSUCHCODE"] }), fails(400, /NOSUCHCODE/))

// Have it sent and pay for it.
const { shipping_options } = await store.fulfillment.listCartOptions({ cart_id: cart.id })
const ground = shipping_options.find((o) => o.id === h.so_us_ground)
assert.ok(ground.amount > 0)
await assert.rejects(store.fulfillment.calculate(ground.id, { cart_id: cart.id }), fails(400))
;({ cart } = await store.cart.addShippingMethod(cart.id, { option_id: ground.id }))
close(cart.shipping_subtotal, ground.amount, "shipping_subtotal")
const { payment_providers } = await store.payment.listPaymentProviders({ region_id: region.id })
assert.ok(payment_providers.some((p) => p.id === "pp_system_default"))
const incomplete = await store.cart.complete(cart.id).catch((err) => err)
assert.ok(incomplete.type === "cart" || incomplete.status === 400, JSON.stringify(incomplete))
;({ cart } = await store.cart.retrieve(cart.id))
const { payment_collection } = await store.payment.initiatePaymentSession(cart, { provider_id: "pp_system_default" })
assert.equal(payment_collection.payment_sessions.length, 1)
close(payment_collection.amount, cart.total, "amount to pay")

// Order it, once.
const done = await store.cart.complete(cart.id)
assert.equal(done.type, "order", JSON.stringify(done))
close(done.order.total, cart.total, "order.total")
assert.equal((await store.cart.complete(cart.id)).order.id, done.order.id)
await assert.rejects(store.cart.createLineItem(cart.id, { variant_id: h.var_lamp, quantity: 1 }), fails(400, /already completed/))
const { orders, count: ordered } = await store.order.list({ fields: "id,display_id,total,payment_status" })
assert.deepEqual([ordered, orders[0].id, orders[0].payment_status], [1, done.order.id, "authorized"])
const { order } = await store.order.retrieve(done.order.id, { fields: "display_id,currency_code,total,*items,*items.adjustments,*shipping_methods,*shipping_address,payment_status,fulfillment_status" })
assert.deepEqual([order.items.length, order.items[0].quantity, order.fulfillment_status], [1, 2, "not_fulfilled"])
assert.equal(order.items[0].adjustments[0].code, "WELCOME10")
assert.equal(order.shipping_address.address_1, address.address_1)
close(order.total, cart.total, "total of the order")

// A guest's order becomes one's own by the token that is mailed.
const { order: claimed } = await store.order.requestTransfer(mine.claimed, { description: "it is mine" })
assert.equal(claimed.id, mine.claimed)
await assert.rejects(store.order.acceptTransfer(mine.claimed, { token: "wrong" }), fails(400))
assert.equal((await store.order.cancelTransfer(mine.claimed)).order.id, mine.claimed)
if (mode === "jwt") {
  assert.equal((await store.order.acceptTransfer(h.order_gt1, { token: h.transfer_token_gt1 })).order.id, h.order_gt1)
} else {
  assert.equal((await store.order.declineTransfer(h.order_gt4, { token: h.transfer_token_gt4 })).order.id, h.order_gt4)
}
assert.equal((await store.order.list({ fields: "id" })).count, 1) // neither is this customer's

// Send something back. The client has no method for it.
const back = await sdk.client.fetch("/store/returns", {
  method: "POST",
  body: { order_id: h[mine.returned], items: [{ id: h[`${mine.returned}_item1`], quantity: 1, reason_id: h.reason_damaged, note: "torn" }], return_shipping: { option_id: h.so_us_return } },
})
assert.deepEqual([back.return.order_id, back.return.status, back.return.items.length], [h[mine.returned], "requested", 1])

// A guest's cart becomes the customer's.
await auth.logout()
assert.equal(jar.size, 0)
await assert.rejects(store.customer.retrieve(), fails(401))
await assert.rejects(store.order.list(), fails(401))
const { cart: guest } = await store.cart.create({ region_id: region.id })
assert.equal(guest.email, null)
await auth.login("customer", "emailpass", { email: mine.email, password })
const { cart: taken } = await store.cart.transferCart(guest.id)
assert.deepEqual([taken.customer_id, taken.email], [customer.id, mine.email])
console.log(`${mode}: order ${order.display_id}, ${order.total} ${order.currency_code}`)

// What needs a provider that only the reference has is asked of our server, over REST and in GraphQL, while the provider works, fails and
// hangs. It promises to exit with 1 if an answer is not what it should be.
import { writeFileSync } from "node:fs"
import { address, db, h, need, ours, password, sql, theirs } from "./lib.mjs"

const faults = []
const want = (ok, what) => (console.log(`${ok ? "ok  " : "FAIL"} ${what}`), ok || faults.push(what))
const now = { payment: "ok", carrier: "ok", tax: "ok", auth: "ok", authorized: false, price: 5, rate: 10 }
const set = (change) => writeFileSync(need("FAR_STATE"), JSON.stringify(Object.assign(now, change)))
set({})
const refused = async (what, ask, status) => {
  try {
    await ask()
    want(false, `${what}: it was answered`)
  } catch (err) {
    want(err.message.includes(` ${status} `), `${what}: ${err.message.slice(0, 200)}`)
  }
}
const graph = async (query, token) => (await ours.post("/graphql", { query }, token)).data
const admin = await theirs.logIn("admin@test.com", "supersecret", "user")

// The merchant offers the providers.
await theirs.post(`/admin/regions/${h.reg_us}`, { payment_providers: ["pp_system_default", "pp_far_far"] }, admin)
await sql(`INSERT INTO shipping_option (id, name, price_type, service_zone_id, shipping_profile_id, provider_id, data, shipping_option_type_id)
SELECT 'so_far', 'Far', 'calculated', service_zone_id, shipping_profile_id, 'far_far', '{}', shipping_option_type_id FROM shipping_option WHERE id = $1`, h.so_us_ground)
await sql(`INSERT INTO shipping_option_rule (id, attribute, operator, value, shipping_option_id)
SELECT 'sorul_far_' || attribute, attribute, operator, value, 'so_far' FROM shipping_option_rule WHERE shipping_option_id = $1 AND deleted_at IS NULL`, h.so_us_ground)
const us = { region: "us", address: address.ca, lines: [["mug_moss", 2]], options: ["us_ground"] }
const stamp = Date.now().toString(36)

// Payment.
{
  const cart = await ours.begin({ ...us, email: `pay.${stamp}@interop.example` })
  await ours.ship(cart, "us_ground")
  const collection = await ours.pay(cart, undefined, false)
  const choose = (provider_id) => ours.post(`/store/payment-collections/${collection}/payment-sessions`, { provider_id, data: { from: "us" } })
  set({ payment: "fail" })
  await refused("a payment whose provider fails", () => choose("pp_far_far"), 503)
  set({ payment: "hang" })
  await refused("a payment whose provider hangs", () => choose("pp_far_far"), 503)
  want((await ours.cart(cart)).items.length === 1, "the cart can be read meanwhile")
  await ours.post(`/store/carts/${cart}/line-items`, { variant_id: h.var_lamp, quantity: 1 })
  want((await choose("pp_system_default")).payment_collection.payment_sessions.length === 1, "another way to pay can be chosen meanwhile")
  set({ payment: "ok" })
  const done = await graph(`mutation { createPaymentSession(input: {paymentCollectionId: "${collection}", providerId: "pp_far_far"}) { paymentCollection { id } userErrors { message } } }`)
  want(done?.createPaymentSession?.userErrors?.length === 0, `a payment is begun in GraphQL: ${JSON.stringify(done)}`)
  const sessions = async () => sql(`SELECT provider_id, data, amount::float8 FROM payment_session WHERE payment_collection_id = $1 AND deleted_at IS NULL`, collection)
  const [session, ...others] = await sessions()
  want(session?.provider_id === "pp_far_far" && session.data.far && others.length === 0, `its session is the provider's: ${JSON.stringify(session)}`)
  const answer = (s) => s.post(`/store/carts/${cart}/complete`).then((a) => JSON.stringify([a.type, a.error]), (err) => err.message.replace(s.name, ""))
  const early = [await answer(ours), await answer(theirs)]
  want(early[0] === early[1] && /authori[sz]ed/.test(early[0]), `what is not authorised is no order: ${early.join(" · ")}`)
  set({ authorized: true, payment: "fail" })
  const failed = await answer(ours)
  want(failed === (await answer(theirs)) && !failed.startsWith('["order"'), `what a provider that fails says is what the reference says: ${failed}`)
  set({ payment: "ok" })
  const order = await ours.complete(cart)
  want((await ours.complete(cart)).id === order.id && (await theirs.get(`/store/orders/${order.id}`)).order.total === order.total, "it becomes one order, which both know")
  const paid = await sql(`SELECT count(*)::int AS n FROM payment WHERE payment_collection_id = $1 AND provider_id = 'pp_far_far'`, collection)
  want(paid[0].n === 1, `it is paid ${paid[0].n} times`)
}

// A changed cart: the payment that was begun there is begun anew.
{
  const cart = await ours.begin({ ...us, email: `change.${stamp}@interop.example` })
  await ours.ship(cart, "us_ground")
  const collection = await ours.pay(cart, undefined, false)
  await ours.post(`/store/payment-collections/${collection}/payment-sessions`, { provider_id: "pp_far_far" })
  const changed = (await ours.post(`/store/carts/${cart}/line-items?fields=total,payment_collection.amount,*payment_collection.payment_sessions`, { variant_id: h.var_lamp, quantity: 1 })).cart
  want(Math.abs(changed.payment_collection.amount - changed.total) < 1e-9, `the payment follows the total: ${changed.payment_collection.amount}, ${changed.total}`)
}

// What a customer has saved at the provider.
{
  const [token, other] = [await ours.signUp(`saved.${stamp}@interop.example`), await ours.signUp(`other.${stamp}@interop.example`)]
  const saved = async (token) => (await graph(`{ paymentMethods(providerId: "pp_far_far") { id data } }`, token))?.paymentMethods
  want((await saved(token))?.length === 0, "nothing is saved by who has never paid there")
  const cart = await ours.begin({ ...us, email: `saved.${stamp}@interop.example`, token })
  const collection = await ours.pay(cart, token, false)
  await ours.post(`/store/payment-collections/${collection}/payment-sessions`, { provider_id: "pp_far_far" }, token)
  const customer = (await ours.get("/store/customers/me", token)).customer.id
  const listed = await saved(token)
  want(listed?.length === 1 && listed[0].id === `card_of_far_of_${customer}` && listed[0].data.last4 === "4242", `what is saved is listed: ${JSON.stringify(listed)}`)
  const [{ id }] = await sql(`SELECT id FROM account_holder WHERE external_id = $1`, `far_of_${customer}`)
  const path = `/store/payment-methods/${id}`
  want((await ours.get(path, token)).payment_methods[0].id === listed[0].id, "the same over REST")
  await refused("another customer", () => ours.get(path, other), 404)
  await refused("a guest", () => ours.get(path), 401)
  set({ payment: "fail" })
  want(!(await saved(token)), "nothing is listed while the provider fails")
  set({ payment: "ok" })
  want((await saved(token))?.length === 1, "it is listed again")
}

// A return by the carrier.
{
  await sql(`UPDATE shipping_option SET provider_id = 'far_far' WHERE id = $1`, h.so_us_return)
  const id = await ours.order({ ...us, email: `back.${stamp}@interop.example` })
  const [line] = (await theirs.get(`/admin/orders/${id}`, admin)).order.items
  await theirs.post(`/admin/orders/${id}/fulfillments`, { location_id: h.loc_us, items: [{ id: line.id, quantity: 2 }] }, admin)
  const body = { order_id: id, items: [{ id: line.id, quantity: 1 }], return_shipping: { option_id: h.so_us_return } }
  const back = () => sql(`SELECT r.id, f.provider_id, f.data, f.location_id FROM return r JOIN return_fulfillment l ON l.return_id = r.id JOIN fulfillment f ON f.id = l.fulfillment_id
WHERE r.order_id = $1 ORDER BY r.id`, id)
  set({ carrier: "fail" })
  await refused("a return whose carrier fails", () => ours.post("/store/returns", body), 503)
  want((await back()).length === 0, "nothing is kept of it")
  set({ carrier: "ok" })
  const made = (await ours.post("/store/returns", body)).return
  const data = await graph(`mutation { requestReturn(input: {orderId: "${id}", items: [{id: "${line.id}", quantity: "1"}], returnShipping: {optionId: "${h.so_us_return}"}}) { return { id items { quantity } } userErrors { code } } }`)
  const asked = data?.requestReturn?.return
  const kept = await back()
  want(asked?.items.length === 1 && kept.map((r) => r.id).join() === [made.id, asked.id].join(), `over REST and in GraphQL it is made: ${JSON.stringify(data)}`)
  want(kept.every((r) => r.provider_id === "far_far" && r.data.far === true && r.location_id === h.loc_us), `the carrier has sent for it: ${JSON.stringify(kept)}`)
  const shown = (await theirs.get(`/admin/orders/${id}?fields=version,*items.detail,*returns`, admin)).order
  want(shown.items[0].detail.return_requested_quantity === 2 && shown.version === 4, `both come back in the admin: version ${shown.version}`)
  await refused("what has come back already", () => ours.post("/store/returns", body), 400)
  await sql(`UPDATE shipping_option SET provider_id = 'manual_manual' WHERE id = $1`, h.so_us_return)
}

// The carrier.
{
  const cart = await ours.begin({ ...us, email: `ship.${stamp}@interop.example` })
  const price = async () => (await ours.post("/store/shipping-options/so_far/calculate", { cart_id: cart, data: {} })).shipping_option.amount
  want((await price()) === 7, "a price is calculated")
  set({ carrier: "fail" })
  await refused("a carrier that fails", price, 503)
  set({ carrier: "ok" })
  const chosen = (await ours.post(`/store/carts/${cart}/shipping-methods`, { option_id: "so_far", data: { floor: 3 } })).cart
  want(chosen.shipping_methods.length === 1 && chosen.shipping_methods[0].amount === 7, `it is chosen: ${JSON.stringify(chosen.shipping_methods[0]?.amount)}`)
  const more = (await ours.post(`/store/carts/${cart}/line-items`, { variant_id: h.var_mug_moss, quantity: 3 })).cart
  want(more.shipping_methods[0]?.amount === 10, `its price follows the cart: ${more.shipping_methods[0]?.amount}`)
  set({ carrier: "fail" })
  const data = await graph(`mutation { addLineItems(input: {cartId: "${cart}", items: [{variantId: "${h.var_mug_moss}", quantity: 1}]}) { userErrors { code } warnings { code } } }`)
  want(data?.addLineItems?.warnings?.some((w) => w.code === "NOT_CALCULATED") && data.addLineItems.userErrors.length === 0, `a change without the carrier is kept: ${JSON.stringify(data)}`)
  await ours.pay(cart)
  await refused("an order at an old price", () => ours.complete(cart), 503)
  set({ carrier: "ok", price: 6 })
}

// The tax service.
{
  await sql(`UPDATE tax_region SET provider_id = 'tp_far_far' WHERE country_code = 'us' AND parent_id IS NULL`)
  const cart = await ours.begin({ ...us, email: `tax.${stamp}@interop.example` })
  await ours.ship(cart, "us_ground")
  const shown = await ours.cart(cart, undefined, "?fields=total,*items.tax_lines,*shipping_methods.tax_lines")
  const rates = [...shown.items, ...shown.shipping_methods].map((i) => i.tax_lines.map((t) => t.rate).join())
  want(rates.length === 2 && rates.every((r) => r === "10"), `taxes are the service's: ${rates}`)
  want(Math.abs(shown.total - (await theirs.cart(cart)).total) < 1e-9, "both say the same total")
  await ours.pay(cart)
  const order = await ours.complete(cart)
  want(Math.abs(order.total - shown.total) < 1e-9, "the order costs what the cart did")
}

// The log-in.
{
  const email = `far.${stamp}@interop.example`
  const { token } = await ours.post("/auth/customer/far/register", { email, password })
  const { customer } = await ours.post("/store/customers", { email, first_name: "Far" }, token)
  await refused("a wrong word", () => ours.post("/auth/customer/far", { email, password: "wrong" }), 401)
  const again = (await ours.post("/auth/customer/far", { email, password: "sesame" })).token
  want((await ours.get("/store/customers/me", again)).customer.id === customer.id, "who logs in there is the customer here")
  const data = await graph(`mutation { logIn(input: {provider: "far", email: "${email}", password: "sesame"}) { authentication { token } } }`)
  want(data?.logIn?.authentication?.token, `they log in in GraphQL, too: ${JSON.stringify(data).slice(0, 60)}`)
  set({ auth: "fail" })
  await refused("a log-in that fails", () => ours.post("/auth/customer/far", { email, password: "sesame" }), 401)
}

await db.end()
process.exit(faults.length ? 1 : 0)

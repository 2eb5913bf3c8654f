// A payment by Stripe is begun at one server and completed at either; what is written must be the same whoever does what. Then the admin captures
// and refunds it. It promises to exit with 1 if something differs.
import { createHmac } from "node:crypto"
import { address, db, h, need, ours, sql, theirs } from "./lib.mjs"

const faults = []
const want = (ok, what) => (console.log(`${ok ? "ok  " : "FAIL"} ${what}`), ok || faults.push(what))
const stripe = need("STRIPE_URL")
const provider_id = "pp_stripe_stripe"
const admin = await theirs.logIn("admin@test.com", "supersecret", "user")
await theirs.post(`/admin/regions/${h.reg_us}`, { payment_providers: ["pp_system_default", provider_id] }, admin)
const stamp = Date.now().toString(36)
const us = { region: "us", address: address.ca, lines: [["mug_moss", 2]] }
const objects = async () => (await fetch(stripe + "/objects")).json()
const move = (intent, status) => fetch(`${stripe}/intents/${intent}/${status}`, { method: "PUT" })
const choose = (server, collection, token) => server.post(`/store/payment-collections/${collection}/payment-sessions`, { provider_id }, token)
const sessions = (collection) => sql(`SELECT id, data->>'id' AS intent, status, deleted_at FROM payment_session WHERE payment_collection_id = $1 AND deleted_at IS NULL ORDER BY id`, collection)

// begun is a cart whose payment a server has begun.
async function begun(server, email, token) {
  const cart = await ours.begin({ ...us, email, token })
  await ours.ship(cart, "us_ground", token)
  const collection = await ours.pay(cart, token, false)
  await choose(server, collection, token)
  const [session, ...others] = await sessions(collection)
  if (!session?.intent || others.length) throw new Error(`${server.name} has begun ${JSON.stringify([session, ...others])}`)
  return { cart, collection, ...session }
}

// written is what the database has of a payment, with names in the place of ids and times.
async function written({ collection, cart }) {
  const rows = {
    collection: `SELECT status, amount::text, authorized_amount::text, captured_amount::text, currency_code, completed_at IS NOT NULL AS completed, raw_amount, raw_authorized_amount FROM payment_collection WHERE id = $1`,
    session: `SELECT status, amount::text, raw_amount, currency_code, provider_id, data, context, authorized_at IS NOT NULL AS authorized FROM payment_session WHERE payment_collection_id = $1 AND deleted_at IS NULL`,
    payment: `SELECT amount::text, raw_amount, currency_code, provider_id, data, captured_at IS NOT NULL AS captured, canceled_at IS NOT NULL AS canceled FROM payment WHERE payment_collection_id = $1`,
    captures: `SELECT c.amount::text, c.raw_amount FROM capture c JOIN payment p ON p.id = c.payment_id WHERE p.payment_collection_id = $1`,
    transactions: `SELECT t.amount::text, t.currency_code, t.reference FROM order_transaction t JOIN order_cart o ON o.order_id = t.order_id JOIN cart_payment_collection c ON c.cart_id = o.cart_id WHERE c.payment_collection_id = $1`,
    order: `SELECT o.status, o.currency_code, s.totals->'paid_total' AS paid, s.totals->'pending_difference' AS pending FROM "order" o JOIN order_cart c ON c.order_id = o.id JOIN order_summary s ON s.order_id = o.id AND s.version = o.version JOIN cart_payment_collection p ON p.cart_id = c.cart_id WHERE p.payment_collection_id = $1`,
  }
  const out = {}
  for (const [name, text] of Object.entries(rows)) out[name] = await sql(text, collection)
  const names = new Map()
  const plain = JSON.stringify(out, null, 1).replace(/\b(pi|payses|cus|acchld|cart|pay_col|cuaddr|caaddr)_\w+/g, (id, kind) => {
    if (!names.has(id)) names.set(id, `${kind}_${[...names.keys()].filter((k) => k.startsWith(kind)).length}`)
    return names.get(id)
  })
  return plain.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "a time").replaceAll(cart, "cart").replace(/\w+\.\w+@interop\.example/g, "somebody")
}

const pairs = [[theirs, theirs], [theirs, ours], [ours, theirs], [ours, ours]]
const short = (text) => text.split("\n")
for (const paid of ["requires_capture", "succeeded"]) {
  for (const known of [false, true]) {
    let first
    for (const [n, [begin, end]] of pairs.entries()) {
      const email = `${paid[0]}${n}.${stamp}${known}@interop.example`
      const token = known ? await ours.signUp(email) : undefined
      const what = await begun(begin, email, token)
      await move(what.intent, paid)
      const order = await end.complete(what.cart, token)
      const again = await (end === ours ? theirs : ours).complete(what.cart, token)
      const has = await written(what)
      first ??= has
      const differ = short(has).filter((line, n) => line !== short(first)[n]).length
      want(has === first && again.id === order.id, `${paid}, ${known ? "a customer" : "a guest"}: begun by ${begin.name}, completed by ${end.name}: ${differ} lines differ`)
      if (has !== first) console.log(short(has).map((line, n) => (line === short(first)[n] ? "" : `       ${short(first)[n]}\n    => ${line}\n`)).join(""))
      if (paid === "succeeded") continue
      const { payment_collections } = (await theirs.get(`/admin/orders/${order.id}?fields=*payment_collections.payments`, admin)).order
      const [{ id, amount }] = payment_collections[0].payments
      await theirs.post(`/admin/payments/${id}/capture`, {}, admin)
      await theirs.post(`/admin/payments/${id}/refund`, { amount: 1 }, admin)
      const intent = (await objects())[what.intent]
      const shown = (await theirs.get(`/admin/orders/${order.id}?fields=payment_status`, admin)).order
      want(intent.status === "succeeded" && shown.payment_status === "partially_refunded", `  the admin captures ${amount} and refunds 1: ${intent.status}, ${shown.payment_status}`)
    }
  }
}

// A customer is one at Stripe, whoever has made them known.
for (const [begin, then] of [[ours, theirs], [theirs, ours]]) {
  const email = `one.${stamp}${begin.name}@interop.example`
  const token = await ours.signUp(email)
  const intents = [(await begun(begin, email, token)).intent, (await begun(then, email, token)).intent]
  const all = await objects()
  const customers = Object.values(all).filter((o) => o.id.startsWith("cus_") && o.email === email)
  want(customers.length === 1 && intents.every((id) => all[id].customer === customers[0].id), `a customer that ${begin.name} made known pays at ${then.name}: ${customers.length} at Stripe`)
}

// A session gives way to one that the other server begins, and its intent is cancelled.
for (const [begin, then] of [[ours, theirs], [theirs, ours]]) {
  const before = await begun(begin, `again.${stamp}@interop.example`)
  await choose(then, before.collection)
  const left = await sessions(before.collection)
  for (const end = Date.now() + 60_000; Date.now() < end && (await objects())[before.intent].status !== "canceled"; ) await new Promise((done) => setTimeout(done, 100))
  const was = (await objects())[before.intent].status
  want(left.length === 1 && left[0].id !== before.id && was === "canceled", `what ${begin.name} has begun gives way to what ${then.name} begins: ${left.length} session, the intent before is ${was}`)
  await move(left[0].intent, "requires_capture")
  want((await begin.complete(before.cart)).id, `  and ${begin.name} completes it`)
}

// Stripe tells either server of what the other has begun.
for (const [begin, told] of [[ours, theirs], [theirs, ours]]) {
  const what = await begun(begin, `hook.${stamp}@interop.example`)
  await move(what.intent, "requires_capture")
  const time = Math.floor(Date.now() / 1000)
  const body = JSON.stringify({ id: `evt_${what.intent}`, object: "event", type: "payment_intent.amount_capturable_updated", data: { object: (await objects())[what.intent] } })
  const signature = createHmac("sha256", need("STRIPE_WEBHOOK_SECRET")).update(`${time}.${body}`).digest("hex")
  const res = await fetch(`${told.base}/hooks/payment/stripe_stripe`, { method: "POST", body, headers: { "content-type": "application/json", "stripe-signature": `t=${time},v1=${signature}` } })
  let orders = []
  for (const end = Date.now() + 60_000; Date.now() < end && orders.length === 0; await new Promise((done) => setTimeout(done, 100))) orders = await sql(`SELECT order_id FROM order_cart WHERE cart_id = $1`, what.cart)
  want(res.ok && orders.length === 1, `${told.name} is told that what ${begin.name} has begun is paid: ${orders.length} order`)
}

await db.end()
process.exit(faults.length ? 1 : 0)

// What happens at our server comes to a subscriber of the reference's event bus, under the names that the reference has for it; what is not
// signed does not. With ONE_ORDER an order is placed and nothing more, with SHOPPERS as many shoppers place orders until our server is gone. It
// promises to exit with 1 if an event lacks or is one too many.
import { createHmac } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { address, db, h, need, ours, password, sql, theirs } from "./lib.mjs"

const faults = []
const want = (ok, what) => (console.log(`${ok ? "ok  " : "FAIL"} ${what}`), ok || faults.push(what))
const recorded = () => readFileSync(need("EVENTS"), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line))
const eventually = async (holds) => {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) if (holds()) return true
  return false
}
const stamp = Date.now().toString(36)
const us = { region: "us", address: address.ca, lines: [["mug_moss", 2]], options: ["us_ground"] }
const ordered = (id) => recorded().filter((e) => e.name === "order.placed" && e.data.id === id).length

// shop does what makes events, and returns the ids of what it is about.
async function shop(server, email) {
  const token = await server.signUp(email)
  await server.post("/store/customers/me", { first_name: "Ada" }, token)
  const customer = (await server.get("/store/customers/me", token)).customer.id
  const home = { first_name: "Ada", last_name: "West", address_1: "1 Market St", city: "San Francisco", country_code: "us", postal_code: "94105" }
  const saved = (await server.post("/store/customers/me/addresses", home, token)).customer.addresses[0].id
  await server.post(`/store/customers/me/addresses/${saved}`, { city: "Oakland" }, token)
  await server.ask("DELETE", `/store/customers/me/addresses/${saved}`, undefined, token)
  await server.post("/auth/customer/emailpass/reset-password", { identifier: email }).catch(() => {}) // it is answered without a body
  const cart = await server.begin({ ...us, email: `guest.${email}` })
  await server.post(`/store/carts/${cart}`, { region_id: h.reg_de })
  await server.post(`/store/carts/${cart}`, { region_id: h.reg_us, shipping_address: address.ca })
  await server.post(`/store/carts/${cart}/customer`, {}, token)
  await server.ship(cart, "us_ground", token)
  await server.pay(cart, token)
  const order = (await server.complete(cart, token)).id
  const reservations = (await sql(`SELECT r.id FROM reservation_item r JOIN order_item i ON i.item_id = r.line_item_id WHERE i.order_id = $1`, order)).map((r) => r.id)
  return { customer, address: saved, cart, order, reservations, email }
}

// about is what is known of the bus's events that are about these ids: their names and the keys of their data.
function about(ids) {
  const known = new Set(Object.values(ids).flat())
  const rows = recorded().flatMap((e) => [e.data].flat().map((data) => ({ name: e.name, data })))
  const found = rows.filter(({ data }) => known.has(data?.id) || known.has(data?.entity_id))
  return new Set(found.map(({ name, data }) => `${name} ${Object.keys(data).sort()}`))
}

async function names() {
  const [here, there] = [await shop(ours, `here.${stamp}@interop.example`), await shop(theirs, `there.${stamp}@interop.example`)]
  want(await eventually(() => ordered(here.order) && ordered(there.order)), "a subscriber sees orders of both servers")
  // What modules say of rows comes from Medusa's own writes only; cart.customer_transferred lacks the customer there.
  const has = (name) => [...about(here)].some((own) => own === name || own.startsWith(name.replace(/ .*/, " customer_id,")))
  const missing = () => [...about(there)].filter((name) => !/^(customer\.customer|cart\.cart|order\.order|inventory\.reservation-item)\./.test(name) && !has(name))
  await eventually(() => missing().length === 0)
  want(missing().length === 0, `no event of the reference's lacks: ${missing().join("; ")}`)
  const bare = (names) => new Set([...names].map((name) => name.split(" ")[0]))
  const foreign = [...bare(about(here))].filter((name) => !bare(about(there)).has(name))
  want(foreign.length === 0, `no event has a name of ours alone: ${foreign.join("; ")}`)
  console.log(`     ${[...about(here)].sort().join("\n     ")}`)
}

if (process.env.ONE_ORDER) {
  console.log(`     ${await ours.order({ ...us, email: `late.${stamp}@interop.example` })} is placed`)
} else if (process.env.SHOPPERS) {
  await Promise.all(Array.from({ length: Number(process.env.SHOPPERS) }, shopping))
} else {
  await names()
  await delegated()
  await forged()
}
await db.end()
if (faults.length) console.log(`${faults.length} faults`)
process.exit(faults.length ? 1 : 0)

// shopping places orders until our server does not answer any more.
async function shopping(_, shopper) {
  for (let n = 0; ; n++) {
    try {
      await ours.order({ ...us, email: `shopper${shopper}.${n}.${stamp}@interop.example` })
    } catch (err) {
      if (!(err instanceof TypeError)) throw err // that is fetch's, of a connection
      return
    }
  }
}

// An order that the reference makes for us has one event, which is the reference's.
async function delegated() {
  writeFileSync(need("FAR_STATE"), JSON.stringify({ payment: "ok", carrier: "ok", tax: "ok", auth: "ok", authorized: true, price: 5, rate: 10 }))
  await sql(`INSERT INTO region_payment_provider (region_id, payment_provider_id, id) VALUES ($1, 'pp_far_far', 'regpp_far')`, h.reg_us)
  const cart = await ours.begin({ ...us, email: `far.${stamp}@interop.example` })
  await ours.ship(cart, "us_ground")
  const collection = await ours.pay(cart, undefined, false)
  await ours.post(`/store/payment-collections/${collection}/payment-sessions`, { provider_id: "pp_far_far" })
  const { id } = await ours.complete(cart)
  const after = (await ours.order({ ...us, email: `after.${stamp}@interop.example` }))
  want(await eventually(() => ordered(id) && ordered(after)), "a subscriber sees an order that is delegated, and one after it")
  const own = await sql(`SELECT count(*)::int AS n FROM storegraph.outbox WHERE name = 'order.placed' AND payload->>'id' = $1`, id)
  want(ordered(id) === 1 && own[0].n === 0, `the delegated one has ${ordered(id)} event, and ${own[0].n} of ours`)
}

// What is not signed, or long ago, is refused.
async function forged() {
  const secret = Buffer.from(need("EVENT_WEBHOOK_SECRET").replace("whsec_", ""), "base64")
  const send = async (id, { time = Math.floor(Date.now() / 1000), key = secret, change = (s) => s, body = JSON.stringify({ type: "order.placed", data: { id } }), sent = body } = {}) => {
    const signature = change("v1," + createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64"))
    const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": String(time), "webhook-signature": signature }
    return (await fetch(`${theirs.base}/hooks/storegraph`, { method: "POST", headers, body: sent })).status
  }
  const refused = {
    "another secret": { key: Buffer.alloc(32) },
    "no signature": { change: () => "" },
    "a signature of another version": { change: (s) => s.replace("v1", "v2") },
    "half a signature": { change: (s) => s.slice(0, 20) },
    "an old one": { time: Math.floor(Date.now() / 1000) - 3600 },
    "one of the future": { time: Math.floor(Date.now() / 1000) + 3600 },
    "no time": { time: "" },
    "another body": { body: JSON.stringify({ type: "order.placed", data: { id: "true" } }), sent: JSON.stringify({ type: "order.placed", data: { id: "forged" } }) },
    "the same body, otherwise written": { sent: `{ "type": "order.placed", "data": { "id": "forged" } }` },
  }
  for (const [what, how] of Object.entries(refused)) want((await send("forged", how)) === 401, `refused: ${what}`)
  want((await send("true", { change: (s) => `v1,AAAA ${s}` })) === 204, "taken: one of two signatures")
  want((await eventually(() => ordered("true"))) && ordered("forged") === 0, "a subscriber sees what is signed and nothing else")
}

// Lets both servers work on one database in turn and compares what they say. It promises to print a table of all checks and to
// exit with 1 if an answer was an error or two answers that should be equal are not.
import { address, db, h, ours, password, sql, theirs } from "./lib.mjs"

const stamp = Date.now().toString(36)
const mail = (name) => `${name}.${stamp}@interop.example`

const table = [] // rows of { what, cells }
const faults = []
// check runs one step and notes how it went; what comes after a failed one still runs.
async function check(row, step, run) {
  let verdict = "ok"
  try {
    await run()
  } catch (err) {
    verdict = "FAIL"
    faults.push(`${row.what} / ${step}: ${err.message}`)
  }
  row.cells.push([step, verdict])
}
const row = (what) => (table.push({ what, cells: [] }), table.at(-1))

// Two answers are equal if they are but for the order of lists whose order nobody promises, the last digit of a double, and what an
// exact value has beyond its twelfth decimal place, where the reference writes what divisions leave.
const exact = (path, v) => /(^|\.)raw_\w+\.value$/.test(path) && typeof v === "string"
const key = (v) => v?.id ?? JSON.stringify(v)
function differ(a, b, path = "", out = []) {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) out.push(`${path}: ${a.length} and ${b.length} of them`)
    const sorted = [a, b].map((list) => [...list].sort((x, y) => (key(x) < key(y) ? -1 : 1)))
    sorted[0].forEach((v, i) => i < b.length && differ(v, sorted[1][i], `${path}[${i}]`, out))
  } else if (a && b && typeof a === "object" && typeof b === "object") {
    for (const k of new Set([...Object.keys(a), ...Object.keys(b)])) differ(a[k], b[k], path ? `${path}.${k}` : k, out)
  } else if (exact(path, a) && exact(path, b)) {
    differ(Number(a), Number(b), path, out)
  } else if (typeof a === "number" && typeof b === "number") {
    if (Math.abs(a - b) > 1e-9 * Math.max(1, Math.abs(a))) out.push(`${path}: ${a} and ${b}`)
  } else if (a !== b && !(JSON.stringify(a) === JSON.stringify(b))) {
    out.push(`${path}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`)
  }
  return out
}
function same(a, b, what) {
  const found = differ(a, b)
  if (found.length) throw new Error(`${what} (ours and theirs): ${found.slice(0, 6).join("; ")}${found.length > 6 ? `; and ${found.length - 6} more` : ""}`)
}
const want = (ok, what) => {
  if (!ok) throw new Error(what)
}

const admin = await theirs.logIn("admin@test.com", "supersecret", "user")
const ask = (path) => theirs.get("/admin" + path, admin)
const tell = (path, body = {}) => theirs.post("/admin" + path, body, admin)
const inAdmin = async (id, fields = "") => (await ask(`/orders/${id}${fields && "?fields=" + fields}`)).order

const totals = /(^|_)(total|subtotal)$/
const pick = (o, re) => Object.fromEntries(Object.entries(o).filter(([k]) => re.test(k)))

// equalOrder compares what the two Store APIs say of an order, and the totals with the Admin API's.
async function equalOrder(id, token) {
  const path = `/store/orders/${id}`
  const mine = (await ours.get(path, token)).order
  same(mine, (await theirs.get(path, token)).order, "order")
  const full = await inAdmin(id)
  same(pick(mine, totals), { ...pick(mine, totals), ...pick(full, totals) }, "totals")
  same(mine.summary, full.summary, "summary")
  for (const [list, what] of [["items", "line"], ["shipping_methods", "shipping method"]]) {
    for (const line of mine[list]) {
      const there = full[list].find((l) => l.id === line.id)
      want(there, `the admin has no ${what} ${line.id}`)
      same(pick(line, totals), { ...pick(line, totals), ...pick(there, totals) }, `${what}'s totals`)
    }
  }
  const wide = path + "?fields=id,status,payment_status,fulfillment_status,*fulfillments,*items.detail,*shipping_methods"
  same((await ours.get(wide, token)).order, (await theirs.get(wide, token)).order, "states")
}

// rowsOf are the rows that an action wrote, without what has to differ: ids, times, running numbers, salted hashes,
// counts of stock and of uses. Which of several locations gives the stock depends on the order of rows in the reference.
async function rowsOf(action) {
  const [{ before }] = await sql("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS before")
  await action()
  await new Promise((done) => setTimeout(done, 1500)) // what runs in the background
  const tables = await sql(`SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
  const rows = []
  for (const { name } of tables.filter((t) => !/^(mikro_orm|workflow_execution|notification$|index_|auth_|search_)/.test(t.name))) {
    for (const { row } of await sql(`SELECT to_jsonb(t) AS row FROM "${name}" t WHERE t.xmin::text::bigint >= $1::bigint`, before)) {
      if (name === "inventory_level") for (const k of ["reserved", "stocked"]) for (const raw of ["", "raw_"]) delete row[`${raw}${k}_quantity`]
      if (name === "provider_identity") delete row.provider_metadata
      if (name === "promotion" || name === "promotion_campaign_budget") for (const k of ["used", "raw_used"]) delete row[k]
      const text = JSON.stringify(row, Object.keys(flat(row)).sort())
      rows.push(`${name} ` + text
        .replace(/"((?:[a-z]+_)+)01[0-9A-HJKMNP-TV-Z]{24}"/g, '"$1#"')
        .replace(/"01[0-9A-HJKMNP-TV-Z]{24}"/g, '"#"')
        .replace(/"[0-9a-f-]{36}"/g, '"#"')
        .replace(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"T"')
        .replace(/"(display_id|ordering)":\d+/, '"$1":#')
        .replace(/[a-z]+\.[a-z0-9]+@interop\.example/g, "@"))
    }
  }
  return rows.sort()
}
// flat lists every key at any depth: JSON.stringify takes them as the ones to write.
function flat(v, keys = {}) {
  if (v && typeof v === "object") for (const k of Object.keys(v)) (Array.isArray(v) || (keys[k] = 1), flat(v[k], keys))
  return keys
}
function sameRows(a, b) {
  const left = [...b]
  const extra = a.filter((r) => (left.includes(r) ? (left.splice(left.indexOf(r), 1), false) : true))
  if (extra.length || left.length) throw new Error(`rows only ours: ${extra.join(" · ") || "none"}\n    rows only theirs: ${left.join(" · ") || "none"}`)
}

const us = { region: "us", address: address.ca }
const eu = { region: "eu", address: address.de }
const customer = { email: mail("customer"), token: await ours.signUp(mail("customer")) }
const kinds = {
  guest: { ...us, email: mail("guest"), lines: [["tee_xl_black", 2], ["lamp", 1]], options: ["us_ground"] },
  customer: { ...eu, address: address.fr, token: customer.token, lines: [["mug_ink", 3]], options: ["eu_exp"] },
  kit: { ...eu, email: mail("kit"), lines: [["giftbox", 1]], options: ["eu_std"] },
  promotion: { ...us, email: mail("promotion"), lines: [["mug_moss", 2], ["lamp", 1]], codes: ["WELCOME10", "THREEUSD"], options: ["us_ground"] },
  "free shipping": { ...us, email: mail("free"), lines: [["mug_moss", 1]], codes: ["FREESHIP"], options: ["us_exp"] },
  "tax-inclusive": { ...eu, email: mail("tax"), lines: [["merino_s_grey", 1], ["novel_pape", 1]], codes: ["TAXINC10"], options: ["eu_std"] },
  "zero total": { ...us, address: address.or, email: mail("zero"), lines: [["catalog", 2]], options: ["us_pickup"], free: true },
  "two profiles": { ...eu, email: mail("two"), lines: [["mug_moss", 1], ["chair_oak", 1]], options: ["eu_std", "eu_bulky"] },
}
const back = { us: "us_return", eu: "eu_return" }

// locationOf is where an order's stock is reserved. One that reserves nothing is sent from where its region is.
const locationOf = async (order) => {
  const { reservations } = await ask(`/reservations?${order.items.map((i) => `line_item_id[]=${i.id}`).join("&")}&limit=100`)
  return reservations[0]?.location_id ?? (order.currency_code === "usd" ? h.loc_us : h.loc_nl)
}
async function fulfil(id) {
  const order = await inAdmin(id, "id,currency_code,*items,*items.product.shipping_profile,*shipping_methods,*shipping_methods.shipping_option")
  const location_id = await locationOf(order)
  const profileOf = (i) => i.product?.shipping_profile?.id
  for (const profile of new Set(order.items.map(profileOf))) {
    const items = order.items.filter((i) => profileOf(i) === profile)
    const method = order.shipping_methods.find((m) => m.shipping_option?.shipping_profile_id === profile) ?? order.shipping_methods[0]
    await tell(`/orders/${id}/fulfillments`, { location_id, shipping_option_id: method.shipping_option_id, items: items.map((i) => ({ id: i.id, quantity: i.quantity })) })
  }
}
const parcels = async (id) => (await inAdmin(id, "*fulfillments,*fulfillments.items")).fulfillments
const lines = (f) => f.items.map((i) => ({ id: i.line_item_id, quantity: i.quantity }))
const payments = async (id) => (await inAdmin(id, "*payment_collections.payments")).payment_collections.flatMap((c) => c.payments)

// The shop has three kits, which is too few.
for (const item of (await ask("/inventory-items?q=KIT&fields=id,*location_levels")).inventory_items) {
  for (const level of item.location_levels) await tell(`/inventory-items/${item.id}/location-levels/${level.location_id}`, { stocked_quantity: 50 })
}

// What the reference does with our orders.
for (const [name, kind] of Object.entries(kinds)) {
  const r = row(`ours: ${name}`)
  let id
  await check(r, "place", async () => (id = await ours.order(kind)))
  if (!id) continue
  await check(r, "equal", () => equalOrder(id, kind.token))
  await check(r, "list", async () => {
    const listed = (await ask(`/orders?id=${id}&fields=id,total,payment_status,fulfillment_status,*customer,*sales_channel`)).orders
    want(listed.length === 1, "the admin does not list it")
    same((await ours.get(`/store/orders/${id}`)).order.total, listed[0].total, "total")
    const email = kind.email ?? customer.email
    want((await ask(`/orders?q=${encodeURIComponent(email)}`)).orders.some((o) => o.id === id), "the admin does not find it by the e-mail address")
  })
  await check(r, "preview", async () => same((await ours.get(`/store/orders/${id}`)).order.total, (await ask(`/orders/${id}/preview`)).order.total, "total"))
  await check(r, "capture", async () => {
    const due = await payments(id)
    want(kind.free || due.length === 1, `${due.length} payments`)
    for (const p of due) await tell(`/payments/${p.id}/capture`)
    await equalOrder(id, kind.token)
  })
  await check(r, "fulfil", async () => (await fulfil(id), await equalOrder(id, kind.token)))
  await check(r, "ship", async () => {
    for (const f of (await parcels(id)).filter((f) => f.requires_shipping !== false)) {
      await tell(`/orders/${id}/fulfillments/${f.id}/shipments`, { items: lines(f), labels: [{ tracking_number: "T1", tracking_url: "https://track.example/1", label_url: "https://track.example/l/1" }] })
    }
    await equalOrder(id, kind.token)
  })
  await check(r, "deliver", async () => {
    for (const f of await parcels(id)) await tell(`/orders/${id}/fulfillments/${f.id}/mark-as-delivered`)
    await equalOrder(id, kind.token)
  })
  let ret
  const location_id = kind.region === "eu" ? h.loc_nl : undefined
  const item = (await ours.get(`/store/orders/${id}`)).order.items[0]
  await check(r, "return", async () => {
    const body = { order_id: id, items: [{ id: item.id, quantity: 1, reason_id: h.reason_damaged }], return_shipping: { option_id: h[`so_${back[kind.region]}`] }, note: "torn", location_id }
    ret = (await ours.post("/store/returns", body, kind.token)).return
    const shown = (await ask(`/returns/${ret.id}?fields=id,status,order_id,display_id,*items,location_id`)).return
    same({ id: ret.id, status: ret.status, order_id: id, items: 1 }, { id: shown.id, status: shown.status, order_id: shown.order_id, items: shown.items.length }, "return")
    want((await ask(`/orders/${id}/changes`)).order_changes.length > 0, "the admin lists no change")
    await equalOrder(id, kind.token)
  })
  await check(r, "receive", async () => {
    await tell(`/returns/${ret.id}/receive`)
    if (!location_id) await tell(`/returns/${ret.id}`, { location_id: h.loc_us }) // without one nothing can be received
    await tell(`/returns/${ret.id}/receive-items`, { items: [{ id: item.id, quantity: 1 }] })
    await tell(`/returns/${ret.id}/receive/confirm`)
    want((await ask(`/returns/${ret.id}`)).return.status === "received", "it is not received")
    await equalOrder(id, kind.token)
  })
  await check(r, "refund", async () => {
    for (const p of await payments(id)) {
      const owed = -(await inAdmin(id)).summary.pending_difference
      await tell(`/payments/${p.id}/refund`, { amount: owed > 0 ? owed : 0.5 }) // a return that costs more than it brings leaves nothing owed
    }
    await equalOrder(id, kind.token)
  })
}
for (const [name, kind] of Object.entries(kinds)) {
  const r = row(`ours, cancelled: ${name}`)
  let id
  await check(r, "place", async () => (id = await ours.order(kind)))
  if (!id) continue
  if (name === "promotion") await check(r, "capture", async () => {
    for (const p of await payments(id)) await tell(`/payments/${p.id}/capture`)
  })
  if (name === "guest") await check(r, "fulfil", async () => {
    await fulfil(id)
    for (const f of await parcels(id)) await tell(`/orders/${id}/fulfillments/${f.id}/cancel`)
    await equalOrder(id, kind.token)
  })
  await check(r, "cancel", async () => {
    await tell(`/orders/${id}/cancel`)
    await equalOrder(id, kind.token)
    const [{ n }] = await sql(`SELECT count(*)::int AS n FROM reservation_item r JOIN order_item i ON i.item_id = r.line_item_id WHERE i.order_id = $1 AND r.deleted_at IS NULL`, id)
    want(n === 0, `${n} reservations stay`)
  })
}

// Rows of the same thing done by each.
for (const [name, kind] of Object.entries(kinds)) {
  await check(row(`rows: ${name}`), "rows", async () => {
    const carts = [await ours.ready(kind), await ours.ready(kind)]
    sameRows(await rowsOf(() => ours.complete(carts[0], kind.token)), await rowsOf(() => theirs.complete(carts[1], kind.token)))
  })
}
await check(row("rows: cart"), "rows", async () => {
  const one = (s, name) => () => s.ready({ ...kinds.promotion, email: mail(name) })
  sameRows(await rowsOf(one(ours, "three")), await rowsOf(one(theirs, "four")))
})
await check(row("rows: account"), "rows", async () => {
  const one = (s, name) => async () => {
    const token = await s.signUp(mail(name))
    await s.post("/store/customers/me/addresses", address.ca, token)
  }
  sameRows(await rowsOf(one(ours, "one")), await rowsOf(one(theirs, "two")))
})

// Transfers, begun by either and ended by the other.
const tokenOf = async (order) => (await sql(`SELECT a.details->>'token' AS token FROM order_change_action a JOIN order_change c ON c.id = a.order_change_id
WHERE c.order_id = $1 AND c.status IN ('requested', 'pending') AND a.action = 'TRANSFER_CUSTOMER'`, order))[0]?.token
for (const [asked, ended] of [[ours, theirs], [theirs, ours]]) {
  const r = row(`transfer: asked for at the ${asked.name}`)
  for (const end of ["accept", "decline", "cancel"]) {
    await check(r, end, async () => {
      const id = await ours.order(kinds.guest)
      await asked.post(`/store/orders/${id}/transfer/request`, { description: "mine" }, customer.token)
      const token = await tokenOf(id)
      want(token, "there is no token")
      want((await ask(`/orders/${id}/changes`)).order_changes.some((c) => c.change_type === "transfer"), "the admin does not list it")
      await ended.post(`/store/orders/${id}/transfer/${end}`, end === "cancel" ? {} : { token }, end === "cancel" ? customer.token : undefined)
      await equalOrder(id)
      const owner = (await inAdmin(id, "email,customer.email")).customer.email
      want(owner === (end === "accept" ? customer.email : kinds.guest.email), `it is ${owner}'s`)
      const mine = await Promise.all([ours, theirs].map((s) => s.get(`/store/orders?fields=id&id=${id}`, customer.token)))
      same(mine[0], mine[1], "list")
    })
  }
}
await check(row("transfer: asked for by the admin"), "accept", async () => {
  const id = await ours.order(kinds.guest)
  const { id: customer_id } = (await ours.get("/store/customers/me", customer.token)).customer
  await tell(`/orders/${id}/transfer`, { customer_id })
  await ours.post(`/store/orders/${id}/transfer/accept`, { token: await tokenOf(id) })
  await equalOrder(id, customer.token)
})

// Returns: cancelled by the admin, and what our shop returns of the reference's orders.
async function delivered(id) {
  await fulfil(id)
  for (const f of await parcels(id)) await tell(`/orders/${id}/fulfillments/${f.id}/mark-as-delivered`)
}
const giveBack = async (server, id, extra) => {
  const { items } = (await ours.get(`/store/orders/${id}`)).order
  const item = items.reduce((a, b) => (b.quantity > a.quantity ? b : a))
  return (await server.post("/store/returns", { order_id: id, items: [{ id: item.id, quantity: 1 }], return_shipping: { option_id: h.so_us_return }, ...extra })).return
}
{
  const r = row("returns")
  await check(r, "cancel", async () => {
    const id = await ours.order(kinds.guest)
    await delivered(id)
    const ret = await giveBack(ours, id)
    for (const f of (await ask(`/returns/${ret.id}?fields=*fulfillments`)).return.fulfillments) await tell(`/fulfillments/${f.id}/cancel`)
    await tell(`/returns/${ret.id}/cancel`)
    await equalOrder(id)
    await giveBack(theirs, id)
    await equalOrder(id)
  })
  await check(r, "rows", async () => {
    const ids = [await ours.order(kinds.guest), await ours.order(kinds.guest)]
    for (const id of ids) await delivered(id)
    // The reference also writes the new way of shipping into the summary of the version before, which is over.
    const now = (rows) => rows.filter((r) => !r.startsWith("order_summary") || !r.endsWith('"version":3}'))
    sameRows(now(await rowsOf(() => giveBack(ours, ids[0]))), now(await rowsOf(() => giveBack(theirs, ids[1]))))
  })
  await check(r, "received at once", async () => {
    const id = await ours.order({ ...kinds.guest, lines: [["lamp", 1]] })
    await delivered(id)
    await giveBack(ours, id, { receive_now: true })
    await equalOrder(id)
  })
}

// What ours does with the reference's.
const cartFields = "?fields=%2B*payment_collection.payment_sessions,%2Bpromotions.code,%2B*shipping_methods.adjustments"
async function equalCart(id, token) {
  same(await ours.cart(id, token), await theirs.cart(id, token), "cart")
  same(await ours.cart(id, token, cartFields), await theirs.cart(id, token, cartFields), "cart with more")
}
const theirToken = await theirs.signUp(mail("theirs"))
{
  const r = row("their account")
  let token
  await check(r, "log in", async () => (token = await ours.logIn(mail("theirs"), password)))
  await check(r, "equal", async () => {
    for (const t of [token, theirToken]) same(await ours.get("/store/customers/me", t), await theirs.get("/store/customers/me", t), "customer")
  })
  await check(r, "change", async () => {
    await ours.post("/store/customers/me", { phone: "123", metadata: { a: 1 } }, theirToken)
    const { customer: c } = await ours.post("/store/customers/me/addresses", { ...address.ca, is_default_billing: true }, theirToken)
    await theirs.post(`/store/customers/me/addresses/${c.addresses[0].id}`, { city: "Oakland" }, token)
    same(await ours.get("/store/customers/me", token), await theirs.get("/store/customers/me", token), "customer")
    same((await ours.get("/store/customers/me", token)).customer.addresses[0].city, "Oakland", "city")
  })
  const s = row("our account")
  await check(s, "log in", async () => (token = await theirs.logIn(customer.email, password)))
  await check(s, "equal", async () => same(await ours.get("/store/customers/me", token), await theirs.get("/store/customers/me", token), "customer"))
  await check(s, "list", async () => want((await ask(`/customers?q=${encodeURIComponent(customer.email)}`)).customers[0]?.has_account, "the admin does not list it"))
}
for (const [name, kind] of Object.entries(kinds)) {
  for (const [first, second] of [[theirs, ours], [ours, theirs]]) {
    const r = row(`cart begun at the ${first.name}: ${name}`)
    const token = kind.token && theirToken
    let cart, id
    await check(r, "begin", async () => {
      cart = await first.begin({ ...kind, token })
      await equalCart(cart, token)
    })
    await check(r, "change", async () => {
      const line = (await second.cart(cart, token)).items[0]
      await second.post(`/store/carts/${cart}/line-items`, { variant_id: line.variant_id, quantity: 1 }, token)
      await equalCart(cart, token)
      await first.post(`/store/carts/${cart}/line-items/${line.id}`, { quantity: line.quantity }, token)
      await second.post(`/store/carts/${cart}`, { metadata: { by: second.name } }, token)
      if (kind.codes) await second.promote(cart, kind.codes, token)
      await equalCart(cart, token)
    })
    await check(r, "ship", async () => {
      for (const option of kind.options) await second.ship(cart, option, token)
      await equalCart(cart, token)
    })
    await check(r, "pay", async () => {
      await first.pay(cart, token, !kind.free)
      await equalCart(cart, token)
    })
    await check(r, "place", async () => (id = (await second.complete(cart, token)).id))
    if (id) await check(r, "equal", () => equalOrder(id, token))
    if (id && name === "guest") await check(r, "return", async () => {
      await delivered(id)
      await giveBack(first, id)
      await equalOrder(id)
      await giveBack(second, id)
      await equalOrder(id)
    })
    if (id && token) await check(r, "list", async () => same(await ours.get("/store/orders", token), await theirs.get("/store/orders", token), "orders"))
  }
}

// Nothing is promised that is not reserved, and the other way round.
await check(row("stock"), "equal", async () => {
  const off = await sql(`SELECT l.inventory_item_id, l.location_id, l.reserved_quantity, coalesce(r.sum, 0) AS sum FROM inventory_level l
    LEFT JOIN (SELECT inventory_item_id, location_id, sum(quantity) FROM reservation_item WHERE deleted_at IS NULL GROUP BY 1, 2) r USING (inventory_item_id, location_id)
    WHERE l.deleted_at IS NULL AND l.reserved_quantity <> coalesce(r.sum, 0)`)
  want(off.length === 0, JSON.stringify(off))
})

const steps = [...new Set(table.flatMap((r) => r.cells.map(([step]) => step)))]
const width = Math.max(...table.map((r) => r.what.length))
console.log(`\n${"".padEnd(width)}  ${steps.join("  ")}`)
for (const r of table) {
  const cells = new Map(r.cells)
  console.log(`${r.what.padEnd(width)}  ${steps.map((s) => (cells.get(s) ?? "·").padEnd(s.length)).join("  ")}`.trimEnd())
}
const all = table.flatMap((r) => r.cells)
console.log(`\n${all.length} checks, ${faults.length} failed`)
for (const f of faults) console.log(`- ${f}`)
await db.end()
process.exit(faults.length ? 1 : 0)

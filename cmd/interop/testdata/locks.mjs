// Races with half of the requests at each server, which share the locks of one provider. It promises to exit with 1 if anything was sold
// that is not there, ordered twice, used beyond its limit, or lost from a cart.
import { address, db, h, need, ours, sql, theirs } from "./lib.mjs"

const servers = [ours, theirs]
const faults = []
const want = (ok, what) => ok || faults.push(what)
const one = async (text, ...args) => Object.values((await sql(text, ...args))[0])[0]
const stamp = Date.now().toString(36)
const eu = (n) => ({ region: "eu", address: address.de, email: `race${n}.${stamp}@interop.example`, options: ["eu_std"] })

// settled asks until the answer is not that somebody else is busy with the same: of the reference that is an error of its locks or of a
// workflow that runs already.
async function settled(ask) {
  for (let tries = 0; ; tries++) {
    try {
      return { value: await ask() }
    } catch (err) {
      const busy = / (409|500) /.test(err.message) || /lock|conflict/i.test(err.message)
      if (!busy || tries === 40) return { error: err.message }
      await new Promise((done) => setTimeout(done, 100 + Math.random() * 200))
    }
  }
}
// half runs a task for each of a list, half of them at each server, all at once.
const half = (list, task) => Promise.all(list.map((v, n) => settled(() => task(servers[n % 2], v, n))))
// inTurn is half for one cart: with its Postgres provider the reference lets in all of its own requests that want a lock at the same moment,
// so that it loses what they write even alone. There its requests follow each other, and ours come all at once.
let before = Promise.resolve()
const inTurn = (list, task) =>
  need("LOCKING") === "redis"
    ? half(list, task)
    : half(list, (s, v, n) => (s === ours ? task(s, v, n) : (before = before.catch(() => {}).then(() => task(s, v, n)))))
const report = (name, results) => {
  const done = results.filter((r) => !r.error)
  const refused = [...new Set(results.filter((r) => r.error).map((r) => r.error.replace(/cart_\w+|cali_\w+/g, "#").slice(0, 160)))]
  console.log(`${name}: ${done.length} of ${results.length} done${refused.length ? `; refused: ${refused.join(" · ")}` : ""}`)
  return done.length
}
const numbers = (n) => Array.from({ length: n }, (_, i) => i)

// Oversell: five records, and more who want one.
{
  const carts = []
  for (const n of numbers(14)) carts.push(await servers[(n >> 1) % 2].ready({ ...eu(n), lines: [["vinyl", 1]] }))
  const item = await one(`SELECT inventory_item_id FROM product_variant_inventory_item WHERE variant_id = $1`, h.var_vinyl)
  const left = () => one(`SELECT coalesce(sum(stocked_quantity - reserved_quantity), 0)::int FROM inventory_level WHERE inventory_item_id = $1 AND deleted_at IS NULL`, item)
  const before = await left()
  const done = report("oversell", await half(carts, (s, cart) => s.complete(cart)))
  want(done > 0 && done <= before, `${done} carts became orders, there were ${before}`)
  want((await left()) === before - done, `${await left()} are left of ${before} after ${done} orders`)
  const wrong = await one(`SELECT count(*)::int FROM inventory_level l WHERE l.inventory_item_id = $1 AND l.deleted_at IS NULL AND (l.reserved_quantity > l.stocked_quantity
OR l.reserved_quantity <> coalesce((SELECT sum(quantity) FROM reservation_item r WHERE r.inventory_item_id = l.inventory_item_id AND r.location_id = l.location_id AND r.deleted_at IS NULL), 0))`, item)
  want(wrong === 0, `${wrong} levels promise more than there is, or something else than their reservations`)
}

// Exactly once: several ask for the order of one cart.
for (const n of numbers(4)) {
  const cart = await servers[n % 2].ready({ ...eu(`once${n}`), lines: [["mug_ink", 2]] })
  const results = await half(numbers(6), (s) => s.complete(cart))
  const orders = new Set(results.map((r) => r.value?.id))
  report(`one cart at both, ${n + 1}`, results)
  want(orders.size === 1 && !orders.has(undefined), `a cart became the orders ${[...orders].join(", ")}: ${results.map((r) => r.error).filter(Boolean).slice(0, 1)}`)
  const counted = await sql(`SELECT (SELECT count(*) FROM order_cart WHERE cart_id = $1 AND deleted_at IS NULL)::int AS orders,
(SELECT count(*) FROM payment p JOIN cart_payment_collection c ON c.payment_collection_id = p.payment_collection_id WHERE c.cart_id = $1 AND p.deleted_at IS NULL)::int AS payments,
(SELECT coalesce(sum(r.quantity), 0) FROM reservation_item r JOIN order_item i ON i.item_id = r.line_item_id JOIN order_cart c ON c.order_id = i.order_id WHERE c.cart_id = $1 AND r.deleted_at IS NULL)::int AS reserved`, cart)
  want(JSON.stringify(counted[0]) === JSON.stringify({ orders: 1, payments: 1, reserved: 2 }), `a cart became ${JSON.stringify(counted[0])}`)
}

// Limits: a code that may be used once.
{
  const us = (n) => ({ region: "us", address: address.ca, email: `limit${n}.${stamp}@interop.example`, options: ["us_ground"], lines: [["mug_moss", 1]], codes: ["LIMIT1B"] })
  const carts = []
  for (const n of numbers(6)) carts.push(await servers[(n >> 1) % 2].ready(us(n)))
  const before = await one(`SELECT used FROM promotion WHERE code = 'LIMIT1B'`)
  const done = report("a code for one order", await half(carts, (s, cart) => s.complete(cart)))
  const used = await one(`SELECT used FROM promotion WHERE code = 'LIMIT1B'`)
  want(done === 1 && used === 1 && before === 0, `${done} orders used the code, which says ${before} and ${used}`)
}

// Carts: both put lines into one cart.
for (const n of numbers(3)) {
  const cart = await servers[n % 2].begin({ ...eu(`lines${n}`), lines: [] })
  const results = await inTurn(numbers(12), (s, i) => s.post(`/store/carts/${cart}/line-items`, { variant_id: h.var_lamp, quantity: 1, metadata: { i } }))
  const added = report(`lines of one cart, ${n + 1}`, results)
  const lines = await one(`SELECT count(*)::int FROM cart_line_item WHERE cart_id = $1 AND deleted_at IS NULL`, cart)
  want(added === 12 && lines === 12, `${added} of 12 lines were put into a cart, which has ${lines}`)
  const [a, b] = [(await ours.cart(cart)).total, (await theirs.cart(cart)).total]
  want(Math.abs(a - b) < 1e-9, `the cart's total is ${a} and ${b}`)
}
// Units: both raise the quantity of one line.
{
  const cart = await ours.begin({ ...eu("units"), lines: [["lamp", 1]] })
  const added = report("units of one line", await inTurn(numbers(12), (s) => s.post(`/store/carts/${cart}/line-items`, { variant_id: h.var_lamp, quantity: 1 })))
  const units = (await ours.cart(cart)).items.reduce((sum, i) => sum + i.quantity, 0)
  want(added === 12 && units === 13, `${added} of 12 units were added, the cart has ${units} instead of 13`)
}

if (need("LOCKING") === "postgres") want((await one(`SELECT count(*)::int FROM locking WHERE owner_id IS NOT NULL`)) === 0, "rows of our locks are left")
await db.end()
for (const f of faults) console.error("FAIL " + f)
process.exit(faults.length ? 1 : 0)

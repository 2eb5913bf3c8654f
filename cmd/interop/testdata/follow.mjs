// The catalogue is changed in the reference's admin API while our server holds it in memory, and answers what is kept: index, ETag and answer follow
// each change. PLAIN is a server of ours that keeps nothing: what it says is right. Then the same while our server is stopped.
import { Server, need, h, db } from "./lib.mjs"

const theirs = new Server("theirs", need("THEIRS"))
const token = await theirs.logIn("admin@test.com", "supersecret", "user")
const admin = (path, body = {}, method = "POST") => theirs.ask(method, "/admin" + path, method === "POST" ? body : undefined, token)
const one = async (path, body, name) => (await admin(path, body))[name]

const region = `region_id=${h.reg_eu}`
const gql = (text) => "/graphql?query=" + encodeURIComponent(text)
const facets = "facets { categories { label count } collections { label count } tags { label count } types { label count } options { name values { label count } } priceRange { min { amount } max { amount } } }"
const listed = (args, more = "") => gql(`query @inContext(region: "${h.reg_eu}") { products(first: 100${args}) { totalCount ${more} nodes { id title } } }`)
// What depends on the catalogue: lists by all that they are sorted and filtered by, facets, counts, and things.
const requests = [
  listed(", sort: {key: PRICE}", facets), listed(", sort: {key: PRICE, direction: DESC}"), listed(", sort: {key: TITLE}"), listed(", sort: {key: CREATED_AT}"), listed(", filter: {inStock: true}", facets),
  listed(`, filter: {price: {gte: "50"}}`), listed(`, query: "followed"`), gql(`{ search(query: "followed") { products { nodes { title } } categories { name } collections { title } } }`),
  `/store/products?${region}&limit=100&fields=*variants.calculated_price,+tags,+categories,+collection,+type,+metadata,*options.values`, `/store/products?limit=100&order=-title&fields=id,title,handle`,
  "/store/product-categories?limit=100", "/store/collections?limit=100", "/store/product-tags?limit=100", "/store/product-types?limit=100", "/store/regions?limit=100", "/store/product-options?limit=100&fields=*values",
  gql(`{ regions { id name currency { code } } }`), `/store/product-variants?${region}&limit=100&fields=*calculated_price`, `/store/products?limit=100&fields=id,*variants,+variants.inventory_quantity`,
]
const ask = async (base, path, tag) => {
  const headers = { "x-publishable-api-key": h.pk_web, ...(tag && { "if-none-match": tag }) }
  const res = await fetch(base + path, { headers })
  return { status: res.status, tag: res.headers.get("etag"), text: await res.text() }
}
const askAll = (base, tags) => Promise.all(requests.map((path, i) => ask(base, path, tags?.[i])))
const faults = []
const fail = (text) => (faults.push(text), console.log("  " + text))
const dataOf = (text) => text.replace(/,"extensions":.*$/, "")
const equal = (a, b) => a.status === b.status && dataOf(a.text) === dataOf(b.text)
const now = () => performance.now()

// settled waits until ours says what is right, and returns its answers and how long that took.
async function settled(what) {
  const began = now()
  for (;;) {
    const [ours, right] = [await askAll(need("OURS")), await askAll(need("PLAIN"))]
    const wrong = requests.filter((_, i) => !equal(ours[i], right[i]))
    if (!wrong.length) return { ours, took: now() - began }
    if (now() - began > 20_000) {
      wrong.forEach((path) => fail(`${what}: ${decodeURIComponent(path).slice(0, 200)} does not follow\n${dataOf(ours[requests.indexOf(path)].text).slice(0, 300)}\n${dataOf(right[requests.indexOf(path)].text).slice(0, 300)}`))
      return { ours, took: now() - began }
    }
    await new Promise((done) => setTimeout(done, 10))
  }
}
let longest = 0
let tested = 0

// follow makes a change and looks at all answers. Each that changes has another ETag, and who has the old one gets the new answer.
async function follow(what, change) {
  const { ours: before } = await settled(`before ${what}`)
  await change()
  const { ours: after, took } = await settled(what)
  longest = Math.max(longest, took)
  const held = await askAll(need("OURS"), before.map((a) => a.tag))
  const changed = requests.filter((path, i) => {
    if (equal(before[i], after[i])) return false
    if (before[i].tag && before[i].tag === after[i].tag) fail(`${what}: ${path} has the ETag of before`)
    if (held[i].status === 304) fail(`${what}: ${path} is said to hold`)
    return true
  })
  tested++
  if (!changed.length) fail(`${what}: no answer has changed`)
}

const channel = h.sc_web
const made = {}
const run = Date.now().toString(36) // so that names are new
const prices = (eur) => [{ currency_code: "eur", amount: eur }, { currency_code: "usd", amount: eur + 1 }]
const variant = (of) => `/products/${made.product.id}/variants/${made.product.variants[of].id}`
const changes = [
  ["a product", async () => {
    const body = { title: `Followed lamp ${run}`, status: "published", sales_channels: [{ id: channel }], options: [{ title: "Shade", values: ["Paper", "Glass", "Linen"] }],
      variants: ["Paper", "Glass"].map((v, i) => ({ title: v, sku: `FOLLOWED-${v}-${run}`, options: { Shade: v }, manage_inventory: true, prices: prices(60 + i) })) }
    made.product = (await admin("/products?fields=id,*variants,*variants.inventory_items,*options", body)).product
  }],
  ["its title", () => admin(`/products/${made.product.id}`, { title: "A followed light" })],
  ["its metadata", () => admin(`/products/${made.product.id}`, { metadata: { care: "dust" } })],
  ["a variant's title", () => admin(variant(0), { title: "Rice paper" })],
  ["another variant", async () => { made.third = (await admin(`/products/${made.product.id}/variants`, { title: "Linen", sku: `FOLLOWED-LINEN-${run}`, options: { Shade: "Linen" }, manage_inventory: false, prices: prices(1) })).product }],
  ["a price", () => admin(variant(0), { prices: prices(3) })],
  ["a price that goes", () => admin(variant(1), { prices: [{ currency_code: "usd", amount: 9 }] })],
  ["the option's name", () => admin(`/product-options/${made.product.options[0].id}`, { title: "Cover" })],
  ["a category", async () => { made.category = (await one("/product-categories", { name: `Followed lights ${run}`, is_active: true }, "product_category")).id }],
  ["what is in it", () => admin(`/product-categories/${made.category}/products`, { add: [made.product.id] })],
  ["its name", () => admin(`/product-categories/${made.category}`, { name: "Followed lighting" })],
  ["that it is internal", () => admin(`/product-categories/${made.category}`, { is_internal: true })],
  ["that it is not", () => admin(`/product-categories/${made.category}`, { is_internal: false })],
  ["a collection", async () => { made.collection = (await one("/collections", { title: `Followed autumn ${run}` }, "collection")).id }],
  ["what is in that", () => admin(`/collections/${made.collection}/products`, { add: [made.product.id] })],
  ["its title", () => admin(`/collections/${made.collection}`, { title: "Followed winter" })],
  ["a tag", async () => { made.tag = (await one("/product-tags", { value: `followed ${run}` }, "product_tag")).id }],
  ["what has it", () => admin(`/products/${made.product.id}`, { tags: [{ id: made.tag }] })],
  ["its value", () => admin(`/product-tags/${made.tag}`, { value: `followed on ${run}` })],
  ["a type", async () => { made.type = (await one("/product-types", { value: `Followed type ${run}` }, "product_type")).id }],
  ["what is of it", () => admin(`/products/${made.product.id}`, { type_id: made.type })],
  ["its value", () => admin(`/product-types/${made.type}`, { value: `Followed kind ${run}` })],
  ["a price list", async () => {
    const body = { title: "Followed", description: "x", status: "active", type: "sale", prices: [{ variant_id: made.product.variants[0].id, currency_code: "eur", amount: 2 }] }
    made.list = (await one("/price-lists", body, "price_list")).id
  }],
  ["that it is a draft", () => admin(`/price-lists/${made.list}`, { status: "draft" })],
  ["that it is active", () => admin(`/price-lists/${made.list}`, { status: "active" })],
  ["whom it is for", () => admin(`/price-lists/${made.list}`, { rules: { "customer.groups.id": [h.grp_vip] } })],
  ["that it is for all", () => admin(`/price-lists/${made.list}`, { rules: {} })],
  ["that it is deleted", () => admin(`/price-lists/${made.list}`, undefined, "DELETE")],
  ["stock", () => admin(`/inventory-items/${made.product.variants[0].inventory_items[0].inventory_item_id}/location-levels`, { location_id: h.loc_nl, stocked_quantity: 5 })],
  ["that it is sold out", () => admin(`/inventory-items/${made.product.variants[0].inventory_items[0].inventory_item_id}/location-levels/${h.loc_nl}`, { stocked_quantity: 0 })],
  ["a channel that it leaves", () => admin(`/sales-channels/${channel}/products`, { remove: [made.product.id] })],
  ["the channel that it is in again", () => admin(`/sales-channels/${channel}/products`, { add: [made.product.id] })],
  ["the region's name", () => admin(`/regions/${h.reg_eu}`, { name: `Followed region ${run}` })],
  ["the region's currency", () => admin(`/regions/${h.reg_eu}`, { currency_code: "usd" })],
  ["the currency of before", () => admin(`/regions/${h.reg_eu}`, { currency_code: "eur" })],
  ["that it is a draft", () => admin(`/products/${made.product.id}`, { status: "draft" })],
  ["that it is published", () => admin(`/products/${made.product.id}`, { status: "published" })],
  ["the variant that goes", () => admin(variant(1), undefined, "DELETE")],
  ["the product that goes", () => admin(`/products/${made.product.id}`, undefined, "DELETE")],
]
for (const deadline = now() + 60_000; !(await fetch(need("OURS") + "/health/ready").then((r) => r.text())).includes("of memory"); ) if (now() > deadline) throw new Error("there is no index")
for (const [what, change] of changes) await follow(what, change)
console.log(`follow: ${tested} changes in the reference's admin API, followed within ${Math.round(longest)} ms, ${requests.length} requests each way included`)

// While our server stands still, everything that can be seen of a list changes. When it goes on, its first answers already show nothing that
// does not belong there, and soon all is right. An answer that is kept holds for a second without asking: after a longer pause none does, and
// after a shorter one lists that are not kept are asked for.
const kept = 1000
const lists = requests.filter((path) => path.includes("products") && path.includes("nodes"))
const askList = (path, anew) => {
  if (!anew) return ask(need("OURS"), path)
  const body = JSON.stringify({ query: decodeURIComponent(path.split("query=")[1]) })
  return fetch(need("OURS") + "/graphql", { method: "POST", headers: { "x-publishable-api-key": h.pk_web, "content-type": "application/json" }, body }).then(async (r) => ({ status: r.status, text: await r.text() }))
}
await settled("before the pause")
for (const round of [1, 2, 3, 4]) {
  const anew = round % 2 === 1
  process.kill(Number(need("OURS_PID")), "SIGSTOP")
  const stopped = now()
  const first = Promise.all(lists.map((path) => askList(path, anew))) // which wait for it
  const all = (await theirs.get("/admin/products?limit=100&fields=id,title,status,*variants", token)).products
  const shown = JSON.parse((await ask(need("PLAIN"), listed(", sort: {key: PRICE}"))).text).data.products.nodes.map((p) => p.id)
  const gone = all.filter((p) => shown.includes(p.id)).slice(0, 2)
  for (const p of gone) await admin(`/products/${p.id}`, { status: "draft" })
  const changed = all.find((p) => shown.includes(p.id) && !gone.includes(p) && p.variants?.length)
  await admin(`/products/${changed.id}/variants/${changed.variants[0].id}`, { prices: prices(1000 + round) })
  await admin(`/products/${changed.id}`, { title: `Paused ${round}` })
  while (!anew && now() - stopped <= kept) await new Promise((done) => setTimeout(done, 20))
  process.kill(Number(need("OURS_PID")), "SIGCONT")
  const began = now()
  for (const answers of [await first, await Promise.all(lists.map((path) => askList(path, anew)))]) {
    for (const [i, { status, text }] of answers.entries()) {
      if (status !== 200 || gone.some((p) => text.includes(`{"id":"${p.id}"`))) fail(`pause ${round}: ${decodeURIComponent(lists[i]).slice(0, 160)} = ${status}, and shows a draft`)
    }
  }
  await settled(`pause ${round}`)
  console.log(`follow: a pause of ${Math.round(began - stopped)} ms; all is right ${Math.round(now() - began)} ms after it, ${4 * requests.length} requests included`)
}
await db.end()
process.exit(faults.length ? 1 : 0)

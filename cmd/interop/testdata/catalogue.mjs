// Compares all routes of the catalogue of both servers, the order of every list included, on a shop as the Next.js starter's. What
// differs on purpose is allowed by its id in rest/DEVIATIONS.md; anything else is printed, and the exit status is 1.
import { Server, need, sql, db } from "./lib.mjs"
import { makeShop } from "./starter.mjs"

const ours = new Server("ours", need("OURS"))
const theirs = new Server("theirs", need("THEIRS"))
const admin = await theirs.logIn("admin@test.com", "supersecret", "user")
const shop = await makeShop((path, body = {}) => theirs.post("/admin" + path, body, admin), (path) => theirs.get("/admin" + path, admin))

// What the reference reads without ORDER BY comes as PostgreSQL finds it. With plans that read tables as they lie it comes as it was
// made. The reference also writes to categories when it reads their trees, and loses parents by that; they are kept as they are.
for (const plan of ["indexscan", "indexonlyscan", "hashjoin", "mergejoin"]) await sql(`ALTER ROLE CURRENT_USER IN DATABASE "${(await sql("SELECT current_database() AS name"))[0].name}" SET enable_${plan} = off`)
await sql(`CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`)
await sql("CREATE TRIGGER kept BEFORE UPDATE ON product_category FOR EACH ROW EXECUTE FUNCTION kept()")
await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")

const rank = new Map()
for (const [table, column] of [["product_variant", "variant_rank"], ["product_option_value", "rank"], ["product_category", "rank"], ["image", "rank"]]) {
  for (const row of await sql(`SELECT id, ${column} AS rank FROM ${table}`)) rank.set(row.id, row.rank)
}
const byRank = (list) => list.every((v, i) => i === 0 || rank.get(list[i - 1].id) <= rank.get(v.id)) && new Set(list.map((v) => rank.get(v.id))).size > 1

// The deviations: what may differ in the order of a list at a path, and what else may.
const order = [
  ["D55", /^\$\.product_categories$/, (list) => list.every((v) => !("rank" in v))],
  ["D60", /\.variants$|\.values$/, (list) => byRank(list) || !list[0]?.id],
  ["D60", /^\$\.(?!products?\b).*\.products\[\]\.(images|options\[\]\.values)$/, () => true],
  ["D60", /(tags?|types?|collections?|categor(y|ies))(\[\])?\.products$/, () => true],
  ["D60", /\.products\[\]\.tags$/, () => true], // with a filter the reference's plan begins elsewhere
  ["D61", /\.options$|images\[\]\.variants$/, () => true],
  ["D62", /\.countries$/, () => true],
  ["D63", /^\$\.variants?(\[\])?\.images$/, () => true],
  ["D64", /\.category_children$/, (list) => list.every((v) => !v?.id || rank.has(v.id)) ],
]
const other = [
  ["D7", /^\$\.products\[\]\.categories/],
  ["D65", /\.parent_category(_id)?$/],
  ["D66", /\.category_children\[\]$/],
  ["D67", /\.categories\[\]\.parent_category\./],
  ["D68", /^\$\.product_tag\.products\[\]\.options\[\]\.values$/],
  ["D69", /^\$\.product_category\..*\.(is_active|is_internal|deleted_at)$/],
]
const used = {}
const allow = (id) => (used[id] = (used[id] ?? 0) + 1)

const key = (v) => (v && typeof v === "object" ? v.id ?? v.iso_2 ?? JSON.stringify(v) : v)
function differ(a, b, path, out) {
  const differs = (text) => {
    const named = other.find(([, at]) => at.test(path))
    if (named) allow(named[0])
    else out.add(`${path}: ${text}`)
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return differs(`${a.length} and ${b.length} of them`)
    const keys = [a, b].map((list) => list.map(key))
    if (String(keys[0]) !== String(keys[1]) && String(keys[0].toSorted()) === String(keys[1].toSorted())) {
      const named = order.find(([, at, right]) => at.test(path) && right(a))
      if (named) allow(named[0])
      else out.add(`${path}: other order: ${keys[0]} and ${keys[1]}`)
      b = keys[0].map((k) => b[keys[1].indexOf(k)])
    }
    a.forEach((v, i) => differ(v, b[i], path + "[]", out))
  } else if (a && b && typeof a === "object" && typeof b === "object") {
    for (const k of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const named = (k in a) === (k in b) ? undefined : other.find(([, at]) => at.test(`${path}.${k}`))
      if (named) allow(named[0])
      else differ(a[k], b[k], `${path}.${k}`, out)
    }
  } else if (typeof a === "number" && typeof b === "number" ? Math.abs(a - b) > 1e-9 * Math.max(1, Math.abs(a)) : a !== b) {
    differs(`${JSON.stringify(a)} and ${JSON.stringify(b)}`)
  }
}

const answer = async (server, path, token) => {
  const res = await fetch(server.base + path, { headers: { "x-publishable-api-key": token } })
  return { status: res.status, body: await res.json().catch(() => null) }
}
let requests = 0
const faults = []
for (const [path, token] of requestsOf(shop)) {
  const [a, b] = await Promise.all([answer(ours, path, token), answer(theirs, path, token)])
  requests++
  const out = new Set()
  if (a.status !== b.status) out.add(`status ${a.status} and ${b.status}`)
  else differ(a.body, b.body, "$", out)
  if (out.size) faults.push(`${path}\n    ${[...out].slice(0, 5).join("\n    ")}`)
}
console.log(`catalogue: ${requests} requests, ${faults.length} differ (ours and the reference)${faults.map((f) => "\n  " + f).join("")}`)
console.log("  on purpose:", Object.entries(used).sort().map(([id, n]) => `${id} ${n} times`).join(", "))
await db.end()
process.exit(faults.length ? 1 : 0)

// requestsOf are the paths with the key for each: what has products is asked with a key that sees all of them (D5).
function requestsOf(s) {
  const out = []
  const ask = (route, queries, token = s.token) => queries.forEach((q) => out.push([`/store/${route}${q && "?" + q}`, token]))
  const region = `region_id=${s.regions[0]}`
  const c = s.categories
  const productFields = [
    "", "fields=*variants.calculated_price,+variants.inventory_quantity,*variants.images,+metadata,+tags,", "fields=*variants.images", "fields=*categories",
    "fields=+categories", "fields=id,title,*options,*options.values", "fields=id,*variants,*variants.options,*variants.options.option",
    "fields=*variants.inventory_items,*variants.inventory_items.inventory,*variants.inventory_items.inventory.location_levels",
    "fields=id,variants.id,variants.options.value,images.url,tags.value,options.id,options.values.value", "fields=*images,*collection,*type", "fields=*title,*metadata",
  ]
  ask("products", productFields.flatMap((f) => [`${region}&limit=100&${f}`, `${region}&limit=5&offset=3&order=-created_at&${f}`]))
  ask("products", [`handle=starter-t-shirt&${region}&fields=*variants.calculated_price`, "order=title", "order=-title", `category_id[]=${c.Tees}`,
    `category_id[]=${c.Merch}&category_id[]=${c.Pants}`, `collection_id[]=${s.collections[0]}`, `tag_id[]=${s.tags[0]}`, `type_id[]=${s.types[0]}`, "q=starter",
    "q=sock 2", "q=T_Shirt", "q=t%25shirt", "q=50%25", "order=handle", "is_giftcard=true"])
  for (const id of s.products) ask(`products/${id}`, productFields.map((f) => `${region}&${f}`))
  const trees = ["", "include_descendants_tree=true", "include_ancestors_tree=true", "include_ancestors_tree=true&include_descendants_tree=true"]
  const categoryFields = ["", "fields=id,name,rank", "fields=*category_children, *products, *parent_category, *parent_category.parent_category",
    "fields=id,name,handle,rank,*category_children", "fields=id,category_children.name", "fields=name,parent_category.name", "fields=-category_children",
    "fields=-parent_category", "fields=name,*category_children.category_children"]
  const pages = ["limit=100", "order=-created_at&limit=7", "order=name&limit=100", "parent_category_id=null", "handle=starter-shirts", "handle=starter-long-tees", `parent_category_id=${c.Shirts}`, "q=tees"]
  ask("product-categories", pages.flatMap((p) => trees.flatMap((t) => categoryFields.map((f) => [p, t, f].filter(Boolean).join("&")))), s.all)
  for (const name of ["Shirts", "Tees", "Plain", "White", "Pants", "Below Old", "Old", "Staff"]) {
    ask(`product-categories/${c[name]}`, trees.flatMap((t) => categoryFields.slice(0, 3).map((f) => [t, f].filter(Boolean).join("&"))), s.all)
  }
  ask("collections", ["", "limit=100", "fields=*products", "fields=id,title,*products,*products.variants,*products.options,*products.images", "order=title", "order=-title",
    "limit=1&offset=1", "handle=starter-latest-drops&fields=*products", "fields=id,products.title,products.variants.title", "q=weekly"], s.all)
  for (const id of s.collections) ask(`collections/${id}`, ["", "fields=*products", "fields=*products.variants,*products.images,*products.options.values,*products.options"], s.all)
  for (const [route, ids] of [["product-tags", s.tags], ["product-types", s.types]]) {
    ask(route, ["", "limit=100", "order=value", "order=-value", "fields=id,value,products.title,products.handle", "fields=*products,*products.variants,*products.images", "q=starter", "limit=2&offset=1"], s.all)
    for (const id of ids) ask(`${route}/${id}`, ["", "fields=*products", "fields=value", "fields=*products.options,*products.options.values,*products.images"], s.all)
  }
  const variantFields = ["", "fields=*images", "fields=*options", "fields=*options.option", "fields=*product", "fields=*calculated_price", "fields=+inventory_quantity", "fields=id,title,options.value,images.url"]
  ask("product-variants", variantFields.flatMap((f) => [`limit=200&${region}&${f}`, `${region}&order=sku&${f}`, `${region}&product_id=${s.products[0]}&${f}`]))
  for (const id of s.variants) ask(`product-variants/${id}`, variantFields.map((f) => `${region}&${f}`))
  ask("product-options", ["", "limit=100", "fields=*values", "fields=id,title,values.value", "is_exclusive=false"])
  for (const id of s.options) ask(`product-options/${id}`, ["", "fields=*values", "fields=id,values.value"])
  ask("regions", ["", "limit=1", "order=name", "fields=*countries", "fields=id,countries.iso_2,countries.name", "fields=*payment_providers", "q=iberia", "fields=*name"])
  for (const id of s.regions) ask(`regions/${id}`, ["", "fields=*countries", "fields=id,countries.iso_2"])
  ask("currencies", ["", "limit=5&offset=10", "order=name", "order=-code", "q=dollar", "fields=code", "fields=*name"])
  ask("payment-providers", [region])
  return out
}

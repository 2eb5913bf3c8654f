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

// What the database says of how things are ordered: as the merchant made them, or as PostgreSQL finds them. Nothing changes any more.
const made = "created_at, ctid"
const placesOf = async (table, by = made, id = "id") => new Map((await sql(`SELECT ${id} AS key FROM ${table} ORDER BY ${by}`)).map((row, i) => [row.key, i]))
const placesOfImages = async (by) => {
  const table = "product_variant v JOIN image i USING (product_id) LEFT JOIN product_variant_product_image l ON l.image_id = i.id AND l.variant_id = v.id"
  return new Map([...await placesOf(table, by, "v.id || i.id"), ...await placesOf(table, by, "v.id || i.url")])
}
const places = {
  variant: await placesOf("product_variant", `variant_rank, ${made}`),
  value: await placesOf("product_option_value", `rank, ${made}`), image: await placesOf("image", `rank, ${made}`),
  category: await placesOf("product_category", "rank, id"), country: await placesOf("region_country", made, "iso_2"),
  product: await placesOf("product"),
  tag: await placesOf("product_tags", "ctid", "product_id || product_tag_id"),
  inCategory: await placesOf("product_category_product", "ctid", "product_category_id || product_id"),
  option: await placesOf("product_product_option", made, "product_id || product_option_id"),
  optionLink: await placesOf("product_product_option", "id", "product_id || product_option_id"),
  picked: await placesOf("product_variant_product_image", made, "image_id || variant_id"),
  pickedLink: await placesOf("product_variant_product_image", "id", "image_id || variant_id"),
  variantImage: await placesOfImages("l.id IS NOT NULL, i.rank, i.created_at, i.ctid"),
  imageID: await placesOfImages("i.id"),
}
const valueOf = new Map((await sql("SELECT id, option_id, value FROM product_option_value WHERE deleted_at IS NULL")).map((v) => [v.option_id + v.value, v.id]))
const categories = new Map((await sql("SELECT * FROM product_category")).map((c) => [c.id, c]))
const named = new Map([...categories.values()].map((c) => [c.name, c.id]))
const offers = new Set((await sql(`SELECT o.product_id || v.product_option_value_id AS id FROM product_product_option o
  JOIN product_product_option_value v ON v.product_product_option_id = o.id WHERE v.deleted_at IS NULL`)).map((v) => v.id))

// by says that a list is sorted by the places of its things, or of their links with what the list is of.
const by = (place) => (list) => sorted(list.map((v) => place.get(v.id)))
const linked = (place) => (list, of) => sorted(list.map((v) => place.get(of + (v.id ?? v.url))))
const sorted = (numbers) => numbers.every((n, i) => n !== undefined && (i === 0 || numbers[i - 1] < n))
const anyhow = () => true

// The deviations in the order of a list at a path: how ours has it, and how the reference has it if that can be told.
const order = [
  ["D55", /^\$\.product_categories$/, (list) => list.every((v) => !("rank" in v)), anyhow],
  ["D60", /(^\$\.product|\.products\[\])\.variants$/, by(places.variant), anyhow],
  ["D60", /(^\$\.product|\.products\[\]|^\$)\.(options|product_options)\[\]\.values$|^\$\.product_option\.values$/,
    (list, option) => sorted(list.map((v) => places.value.get(v.id ?? valueOf.get(option + v.value)))), anyhow],
  ["D60", /^\$\.(?!products?\b).*\.products\[\]\.images$/, by(places.image), anyhow],
  ["D60", /^\$\.product_tags?(\[\])?\.products$/, (list, tag) => sorted(list.map((v) => places.tag.get(v.id + tag))), anyhow],
  ["D60", /^\$\.(product_types?|collections?)(\[\])?\.products$/, by(places.product), anyhow],
  ["D60", /^\$\.product_categor(y|ies\[\])(\.category_children\[\]|\.parent_category)*\.products$/, linked(places.inCategory), anyhow],
  ["D60", /^\$\.products\[\]\.tags$/, linked(places.tag), anyhow],
  ["D60", /^\$\.products\[\]\.categories$/, (list, product) => sorted(list.map((v) => places.inCategory.get(v.id + product))), anyhow],
  ["D61", /(^\$\.product|\.products\[\])\.options$/, linked(places.option), linked(places.optionLink)],
  ["D61", /\.images\[\]\.variants$/, linked(places.picked), linked(places.pickedLink)],
  ["D62", /^\$\.regions?(\[\])?\.countries$/, (list) => sorted(list.map((v) => places.country.get(v.iso_2))), anyhow],
  ["D63", /^\$\.variants?(\[\])?\.images$/, linked(places.variantImage), linked(places.imageID)],
  ["D64", /\.category_children$/, (list) => sorted(list.map((v) => places.category.get(v.id ?? named.get(v.name)))), anyhow],
]
// The deviations in what a list holds: what the reference has too much.
const surplus = [
  ["D7", /^\$\.products\[\]\.categories$/, (v) => categories.get(v.id).is_internal],
  ["D68", /^\$\.product_(tag|type)s?(\[\])?\.products\[\]\.options\[\]\.values$/, (v, product) => !offers.has(product + v.id)],
]
// The deviations in a field of a category at a path that only one of the servers has, or fills: its name, and what ours and the reference say.
const shown = (c) => c.is_active && !c.is_internal
const tree = /^\$\.product_categor(y|ies\[\])(\.parent_category)*$/
const fields = [
  // The parent is hidden, or does not match the filter of the list.
  ["D65", tree, (name, a, b, at) => at.up && name === "parent_category" && a === null && b === undefined && lost(at)],
  ["D65", tree, (name, a, b, at) => at.up && name === "parent_category_id" && a === at.row.parent_category_id && b === undefined && lost(at)],
  // A root, where both trees are wanted.
  ["D65", tree, (name, a, b, at) => at.up && at.down && name === "parent_category" && a === undefined && b === null && !at.row.parent_category_id],
  // A node whose own relation the reference cuts, where both trees are wanted but nothing else of it.
  ["D66", /^\$\.product_categories\[\]\.category_children\[\]$/, (name, a, b, at) => at.up && at.down && name === "id" && b === undefined && String(Object.keys(at.ours).toSorted()) === "category_children,id"],
  ["D67", /^\$\.products?(\[\])?\.categories\[\]\.parent_category$/,
    (name, a, b, at) => a === undefined && name in at.row && (at.answer.match(new RegExp(`"id":"${at.row.id}"`, "g")) ?? []).length > 1],
  ["D69", /^\$\.product_category\..*(parent_category|category_children\[\])$/, (name, a, b, at) => ["is_active", "is_internal", "deleted_at"].includes(name) && (a === undefined || b === undefined)],
  ["D86", /^\$\.product_categories\[\]$/, (name, a, b, at) => !at.up && name === "parent_category" && a && b === null && at.query.get("q") && lost(at)],
]
// lost says that the parent of a category cannot stand in its tree.
function lost({ row, query }) {
  const up = categories.get(row.parent_category_id)
  return up && (!shown(up) || (query.get("q") && ![up.name, up.description, up.handle].some((text) => text?.toLowerCase().includes(query.get("q")))))
}
const used = {}
const allow = (id) => (used[id] = (used[id] ?? 0) + 1)

const key = (v) => (v && typeof v === "object" ? v.id ?? v.iso_2 ?? JSON.stringify(v) : v)
// differ collects how the answers a of ours and b of the reference differ at a path. The request is told, and the ids on the way.
function differ(a, b, path, out, request, ids = []) {
  if (Array.isArray(a) && Array.isArray(b)) {
    b = aligned(a, b, path, out, ids)
    if (a.length !== b.length) return out.add(`${path}: ${a.length} and ${b.length} of them`)
    a.forEach((v, i) => differ(v, b[i], path + "[]", out, request, ids))
  } else if (a && b && typeof a === "object" && typeof b === "object") {
    if (a.id) ids = [...ids, a.id]
    const at = { row: categories.get(a.id), ours: a, ...request }
    for (const k of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const known = (k in a) === (k in b) && (a[k] === null) === (b[k] === null) ? undefined : at.row && fields.find(([, where, right]) => where.test(path) && right(k, a[k], b[k], at))
      if (known) allow(known[0])
      else differ(a[k], b[k], `${path}.${k}`, out, request, ids)
    }
  } else if (onlyID(a) && b === null && /^\$\.product_categories\[\]\.category_children\[\]$/.test(path)) {
    allow("D66")
  } else if (typeof a === "number" && typeof b === "number" ? Math.abs(a - b) > 1e-9 * Math.max(1, Math.abs(a)) : a !== b) {
    out.add(`${path}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`)
  }
}
const onlyID = (v) => v && Object.keys(v).join() === "id" && categories.has(v.id)

// aligned returns the reference's list without what it may have too much, and in the order of ours if it may be in another.
function aligned(a, b, path, out, ids) {
  const more = surplus.find(([, where]) => where.test(path))
  const kept = more ? b.filter((v) => !more[2](v, ids.at(-2))) : b
  if (kept.length < b.length) allow(more[0])
  const keys = [a, kept].map((list) => list.map(key))
  if (String(keys[0]) === String(keys[1]) || String(keys[0].toSorted()) !== String(keys[1].toSorted())) return kept
  const known = order.find(([, where, ours, theirs]) => where.test(path) && ours(a, ids.at(-1)) && theirs(kept, ids.at(-1)))
  if (known) allow(known[0])
  else out.add(`${path}: other order: ${keys[0]} and ${keys[1]}`)
  return keys[0].map((k) => kept[keys[1].indexOf(k)])
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
  else {
    const query = new URL(path, ours.base).searchParams
    differ(a.body, b.body, "$", out, { query, answer: JSON.stringify(b.body), up: query.has("include_ancestors_tree"), down: query.has("include_descendants_tree") })
  }
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
    "fields=id,variants.id,variants.options.value,images.url,tags.value,options.id,options.values.value", "fields=*images,*collection,*type", "fields=*title,*metadata", "fields=id,*variants.prices",
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

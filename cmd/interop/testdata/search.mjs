// Compares POST /store/search of both servers on the indexes in search/: written cases, which RECORD=<file> writes down with the reference's
// answers, and RANDOM=<number> random ones. What differs on purpose is allowed by its id in rest/DEVIATIONS.md; anything else is printed,
// and the exit status is 1.
import { readFileSync, writeFileSync } from "node:fs"
import { cases } from "./search/cases.js"

const need = (name) => process.env[name] || (console.error(`set ${name}`), process.exit(2))
const h = JSON.parse(readFileSync(need("HANDLES"), "utf8"))

const ask = async (base, { key = "pk_web", body }) => {
  const headers = { "content-type": "application/json" }
  if (key) headers["x-publishable-api-key"] = h[key]
  const res = await fetch(base + "/store/search", { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) })
  const answer = await res.json().catch(() => null)
  for (const r of answer?.results ?? []) delete r.metadata.processing_time_ms
  return { status: res.status, answer }
}

// Random requests, of the same seed each time.
let seed = Number(process.env.SEED ?? 1)
const random = () => {
  let n = (seed = (seed + 0x6d2b79f5) | 0)
  n = Math.imul(n ^ (n >>> 15), n | 1)
  n ^= n + Math.imul(n ^ (n >>> 7), n | 61)
  return ((n ^ (n >>> 14)) >>> 0) / 2 ** 32
}
const below = (n) => Math.floor(random() * n)
const one = (list) => list[below(list.length)]
const some = (list) => list.filter(() => random() < 0.4)
const often = (share, make) => (random() < share ? make() : undefined)

const fields = ["id", "status", "sales_channel_ids", "title", "subtitle", "description", "handle", "brand", "tags", "price", "stock", "sizes", "on_sale", "made_at", "secret", "plain", "details.material", "details.it's",
  "variants.title", "variants.color", "variants.weight"]
const filterable = fields.filter((f) => !["subtitle", "description", "plain", "variants.title"].includes(f))
const usually = (list) => (random() < 0.02 ? one(["nothing", "details", "variants", "", ...fields]) : one(list))
const words = ["jacket", "jackets", "linen", "run", "running", "runner", "cafe", "Straße", "street", "the", "mug", "wool", "kestrel", "sport", "crem", "naive", "jaket", "lin", "50%", "it's", "x:y&z|w!", "& | !", "book"]
const values = ["doc_01", "published", "draft", "Linen jacket", "Nordlys", "Kestrel", "summer", "sport", "odd", "linen", "cut", "blue", "red", "50%", "a_b", "it's", "", "true", "false", "12", "x", 0, 1, 2, 4, 12, 38, 41, 0.4, 89, 99, 129.5, 1e6, 1e21, -3,
  1736467200000, true, false, null]
const condition = (depth) => {
  const list = () => some(values).slice(0, 3)
  return one([
    () => one(values), list, () => ({ $eq: one(values) }), () => ({ $ne: one(values) }), () => ({ $in: list() }), () => ({ $nin: list() }), () => ({ $gt: one(values) }), () => ({ $gte: one(values), $lt: one(values) }),
    () => ({ $lte: one(values) }), () => ({ $exists: random() < 0.5 }), () => ({ $contains: one(values) }), () => ({ $contains: list() }), () => ({ $overlaps: list() }), () => ({ $prefix: String(one(values)) }),
    () => ({ $like: `%${one(values)}%` }), () => (depth < 1 ? {} : one(values)), () => (depth < 1 ? { $odd: 1 } : one(values)),
  ])()
}
const filter = (depth = 0) => {
  const out = {}
  for (let n = below(3); n >= 0; n--) {
    const kind = depth < 2 ? random() : 0
    if (kind < 0.7) out[usually(filterable)] = condition(depth + 1)
    else if (kind < 0.8) out.$and = [filter(depth + 1), filter(depth + 1)]
    else if (kind < 0.92) out.$or = [filter(depth + 1), filter(depth + 1)]
    else out.$not = filter(depth + 1)
  }
  return out
}
const facet = () => one([
  () => usually(["handle", "brand", "tags", "on_sale", "details.material", "variants.color", "sizes"]),
  () => ({ field: usually(["brand", "tags", "price", "variants.color"]), limit: often(0.5, () => 1 + below(4)), sort: often(0.5, () => one(["count", "alpha"])), query: often(0.4, () => one(["s", "K", "a_", "50%", "it's"])) }),
  () => ({ field: usually(["price", "stock", "made_at"]), type: "range", ranges: [{ to: 50 }, { from: "50", to: 100 }, { key: "many", from: 100 }].slice(below(3)) }),
  () => ({ field: "price", type: "stats" }),
])()
const sorted = ["id", "title", "handle", "brand", "price", "stock", "on_sale", "made_at", "details.material", "_score"]
const search = () => {
  const filters = { ...often(0.5, filter), q: often(0.6, () => [one(words), ...(random() < 0.4 ? [one(words)] : [])].join(" ")) }
  const options = {
    attributes_to_search_on: often(0.15, () => some(["title", "subtitle", "description", "brand", "tags", "variants.title"])), match_strategy: often(0.5, () => one(["all", "any", "last"])),
    typo_tolerance: often(0.3, () => random() < 0.8), facets: often(0.4, () => [facet(), facet()]), disjunctive_facets: often(0.4, () => random() < 0.8), distinct: often(0.15, () => usually(["brand", "price", "on_sale", "details.material"])),
    min_score: often(0.15, () => one([0, 0.1, 0.3, 1])), include_score: often(0.4, () => true), count: often(0.2, () => one(["estimated", "exact", "none"])),
  }
  return {
    entity: random() < 0.97 ? "product" : one(["guide", "number", "internal"]), fields: often(0.3, () => some(fields.filter((f) => !["sales_channel_ids", "secret"].includes(f) || random() < 0.02))), filters, search_options: options,
    // What is equal by all that it is sorted by comes by its id.
    pagination: often(0.7, () => ({ skip: often(0.4, () => below(6)), take: often(0.7, () => below(12)), order: often(0.5, () => ({ [usually(sorted)]: one(["ASC", "DESC"]), id: one(["ASC", "DESC"]) })) })),
  }
}
const requests = [...cases]
for (let n = Number(process.env.RANDOM ?? 0); n > 0; n--) {
  requests.push({ key: one(["pk_web", "pk_web", "pk_b2b", "pk_both"]), body: random() < 0.8 ? search() : { queries: [search(), search()] } })
}

// The deviations in an answer: their ids, and whether a request with these answers, ours first, is one.
const deviations = [
  ["D93", (r, a, b) => b.status === 500 && a.status === 400], // the request is wrong, and we say how
]
const used = {}
const faults = []
const recorded = []
let found = 0
for (const r of requests) {
  const [a, b] = await Promise.all([ask(need("OURS"), r), ask(need("THEIRS"), r)])
  if (process.env.RECORD && recorded.length < cases.length) recorded.push({ ...r, ...b })
  if (b.answer?.results?.some((r) => r.hits.length)) found++
  if (same(a, b)) continue
  const known = r.deviates ?? deviations.find(([, right]) => right(r, a, b))?.[0]
  if (known) used[known] = (used[known] ?? 0) + 1
  else faults.push(`${JSON.stringify(r)}\n    ${JSON.stringify(a).slice(0, 1500)}\n    ${JSON.stringify(b).slice(0, 1500)}`)
}
if (process.env.RECORD) writeFileSync(process.env.RECORD, "[\n" + recorded.map((r) => JSON.stringify(r)).join(",\n") + "\n]\n")
console.log(`search: ${requests.length} requests, ${found} find something, ${faults.length} differ (ours and the reference)${faults.slice(0, 20).map((f) => "\n  " + f).join("")}`)
console.log("  on purpose:", Object.entries(used).sort().map(([id, n]) => `${id} ${n} times`).join(", "))
process.exit(faults.length ? 1 : 0)

// same reports whether two values are equal, but for the order of members and what numbers lose in single precision.
function same(a, b) {
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a))
  if (!a || !b || typeof a !== "object" || typeof b !== "object") return a === b
  const keys = Object.keys(a)
  return Array.isArray(a) === Array.isArray(b) && keys.length === Object.keys(b).length && keys.every((k) => k in b && same(a[k], b[k]))
}

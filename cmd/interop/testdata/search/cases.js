// The cases that are compared and recorded: a body, and the handle of a key; pk_web unless another is said. Those that deviate on purpose have
// the id in rest/DEVIATIONS.md.
const product = (more = {}) => ({ entity: "product", ...more })
const q = (text, options, filters) => product({ filters: { q: text, ...filters }, search_options: { include_score: true, ...options } })
const where = (filters) => product({ filters, fields: ["id"] })
const facets = (...list) => product({ pagination: { take: 0 }, search_options: { facets: list } })
const paged = (pagination, more = {}) => product({ pagination, fields: ["id"], ...more })
const options = (search_options, more = {}) => product({ search_options, fields: ["id"], ...more })

const bodies = [
  // Shapes of the body.
  {}, [], "", "[1]", { queries: [] }, { queries: {} }, { queries: null }, { queries: "x" }, { queries: [1] }, { queries: [{}] }, { queries: [{ entity: 5 }] }, { entity: 5 }, { entity: "" }, { entity: null },
  product({ x: 1 }), { queries: [product({ y: 1 })] }, { queries: [product()], entity: "product" }, { queries: Array(21).fill(product()) }, { queries: [product(), {}] },
  product({ fields: "id" }), product({ fields: [1] }), product({ fields: [] }), product({ fields: null }), product({ fields: ["id", "id", "variants.color", "details.material"] }), product({ fields: ["variants.color", "variants.title"] }),
  product({ fields: ["details"] }), product({ fields: ["secret"] }), product({ fields: ["secret", "x"] }),
  ...[101, 1.5, -1, null, "5", 1e20, 100, 0].flatMap((take) => [paged({ take }), { queries: [paged({ take })] }]), paged({ skip: -1 }), paged({ skip: 2.5 }), paged({ skip: 5000000000 }), paged({ skip: 3, take: 2 }), paged([]), paged({ limit: 1 }),
  paged({ order: { title: "up" } }), paged({ order: [] }), paged({ cursor: "x" }), paged({ cursor: 5 }),
  product({ filters: null }), product({ filters: [] }), product({ filters: "x" }), product({ filters: { title: [[1]] } }), product({ search_options: [] }), options({ x: 1 }), options({ match_strategy: "most" }), options({ count: "some" }),
  options({ typo_tolerance: "yes" }), options({ facets: "brand" }), options({ facets: [1] }), options({ facets: [{ field: "brand", limit: 0 }] }), options({ facets: [{ field: "brand", limit: 1.5 }] }), options({ facets: [{ field: "price", type: "stats", limit: 1 }] }),
  options({ facets: [{ field: "price", type: "range" }] }), options({ facets: [{ field: "price", type: "range", ranges: [{ from: null }] }] }), options({ facets: [{ type: "value" }] }), options({ facets: [{ field: "brand", sort: "x" }] }),
  options({ min_score: "x" }), options({ vector: { semantic_ratio: 2 } }), options({ vector: { semantic_ratio: -1 } }), options({ vector: { x: 1 } }), options({ highlight: {} }), options({ highlight: { fields: ["title"], snippet: { length: 0 } } }),
  options({ provider_options: {} }), options({ locales: "de" }), options({ attributes_to_search_on: "title" }),
  // Indexes.
  { entity: "internal" }, { entity: "missing" }, { entity: "nothing" }, { entity: "constructor" }, { queries: [product({ fields: ["id"], pagination: { take: 1 } }), { entity: "nothing" }] }, { queries: [product({ fields: ["x"] }), { entity: "nothing" }] },
  { entity: "guide" }, { entity: "guide", filters: { public: false } }, { entity: "guide", filters: { q: "linen" } }, { entity: "guide", filters: { q: "care" }, search_options: { distinct: "slug" } }, { entity: "guide", search_options: { distinct: "" } },
  { entity: "guide", filters: { q: "lnien" }, search_options: { typo_tolerance: true } }, { entity: "guide", pagination: { order: { topic: "DESC" } } }, { entity: "number" }, { entity: "number", filters: { q: "x" } }, { entity: "number", filters: { q: " " } },
  { entity: "number", pagination: { order: { n: "DESC" } } }, { entity: "number", filters: { n: { $gt: 1 } } }, product(),
  // Texts.
  ...["jacket", "jackets linen", "LINEN", " running ", "cafe", "café", "strasse", "straße", "street", "bucher", "the", "the jacket", "", " ", "x", "it's", "50%", "x:y&z|w!", "a'b\"c\\d", "jacket -linen", "crème brulee", "doc_01", "nordlys", "outdoor", "large"].map((t) => q(t)),
  ...["linen jac", "jac", "runn", "the j", "nor", "crem", "it'"].map((t) => q(t, { match_strategy: "last" })), ...["linen mug", "wool x", "the", "running shoe cap"].map((t) => q(t, { match_strategy: "any" })), q("linen mug", { match_strategy: "all" }),
  ...["jaket", "jackt lnien", "snekaer", "zzz", "kestral"].flatMap((t) => [q(t, { typo_tolerance: true }), q(t, { typo_tolerance: false }), q(t, { typo_tolerance: true, attributes_to_search_on: ["title", "brand"] })]),
  ...[["title"], ["subtitle", "description"], ["brand"], ["tags"], ["variants.title"], [], ["title", "title"], ["brand", "description", "subtitle", "tags", "title", "variants.title"], ["price"], ["x"], ["variants"]].map((on) => q("linen small", { match_strategy: "any", attributes_to_search_on: on })),
  ...[0, 0.5, 1, 5].map((min_score) => q("jacket", { min_score })), options({ min_score: 0.1 }), q("jacket", { include_score: false }), options({ include_score: true }),
  q("jacket", { highlight: true }), options({ highlight: true }), q("jacket", { highlight: false }), q("jacket", { highlight: { fields: ["title"], snippet: true } }), options({ locales: ["de"] }), options({ locales: [] }),
  options({ vector: {} }), options({ vector: { field: "title" } }), options({ vector: { field: "x", value: [1] } }), options({ vector: { value: [1, 2] } }), { queries: [q("jacket", { highlight: true }), options({ distinct: "x" })] }, q(null), q(5), q(true), q(["a"]), q({ a: 1 }),
  // Filters.
  ...["doc_01", ["doc_01", "doc_02", "doc_06", "doc_07"], [], null, { $eq: "doc_03" }, { $ne: "doc_03" }, { $in: [] }, { $nin: [] }, { $nin: ["doc_01"] }, { $in: "doc_01" }, { $prefix: "doc_0" }, { $like: "%1" }, { $like: "doc\\_01" }, { $like: "doc_0\\" }, { $prefix: "doc\\" }, {}, { x: 1 },
    { $x: 1 }, { $eq: ["doc_01"] }, { $eq: {} }, { $gt: "doc_09" }, { $gte: "doc_09", $lt: "doc_11" }, { $contains: "doc_01" }, { $overlaps: ["doc_01"] }, { $prefix: 5 }, 5, true, [{}], [null, "doc_02"], { $eq: "doc_01", x: 2 }].map((id) => where({ id })),
  ...[129.5, "129.5", [89, "99"], null, { $ne: null }, { $eq: null }, { $gt: 99 }, { $lte: 99, $gt: "12" }, { $gt: null }, { $lt: "x" }, "x", "", true, [], { $exists: true }, { $exists: false }, { $exists: "false" }, { $prefix: "12" }, { $like: "%.%" }, { $ne: 99 }, { $in: [0, 1e6] }, { $gt: { a: 1 } }, { $eq: [89] }].map((price) => where({ price })),
  ...[true, false, "true", "false", "yes", "", 0, 1, null, [true, null], { $ne: true }, { $gt: false }, { $lte: "false" }, { $exists: false }, { $nin: [true] }].map((on_sale) => where({ on_sale })),
  ...[1736467200000, { $gt: 1736467200000 }, { $gte: "1736467200000" }, "2025-01-10", { $lt: "2025-01-10" }, { $exists: false }].map((made_at) => where({ made_at })),
  ...["sport", ["sport", "trade"], [], null, { $contains: "summer" }, { $contains: ["summer", "outdoor"] }, { $contains: [] }, { $contains: [null] }, { $overlaps: ["trade", "home"] }, { $overlaps: [] }, { $exists: true }, { $exists: false }, { $ne: "sport" }, { $nin: ["sport", "summer"] }, { $gt: "a" },
    { $prefix: "s" }, { $like: "s" }, { $eq: "it's" }, "50%"].map((tags) => where({ tags })),
  ...[38, "38", [36, 42], { $contains: [38, 40] }, { $overlaps: ["x"] }, { $gt: 1 }].map((sizes) => where({ sizes })), ...["blue", { $contains: ["blue", "red"] }, { $ne: "red" }].map((color) => where({ "variants.color": color })), where({ "variants.weight": 0.4 }), where({ "variants.weight": { $overlaps: [0.31, 0.5] } }),
  where({ "details.material": "linen" }), where({ "details.it's": { $prefix: "c" } }), where({ details: "linen" }), where({ variants: "x" }), where({ plain: "p" }), where({ nothing: 1 }), where({ "": 1 }), where({ "title'": 1 }), where({ secret: "even" }), where({ subtitle: "x" }),
  where({ status: "draft" }), where({ status: { $ne: "published" } }), where({ sales_channel_ids: [] }), where({ sales_channel_ids: { $exists: true } }), where({ $or: [{ status: "draft" }, { id: "doc_01" }] }), where({ $not: { status: "published" } }),
  where({ $and: [] }), where({ $or: [] }), where({ $or: [{}] }), where({ $not: {} }), where({ $and: null }), where({ $and: [{ brand: "Nordlys" }, { $or: [{ price: { $gt: 150 } }, { on_sale: false }] }] }), where({ $not: { brand: ["Nordlys", "Kestrel"] } }), where({ $not: { price: { $gt: 50 }, on_sale: true } }),
  where({ $or: [{ $and: [{ id: "doc_01" }, { id: "doc_02" }] }, { $not: { $or: [{ stock: { $gt: 0 } }, { stock: null }] } }] }), where({ $and: [{ q: "a" }] }), where({ $and: {} }), where({ $or: 5 }), where({ $not: null }),
  where({ brand: "Nordlys", price: { $lt: 150 }, tags: "summer" }),
  // Orders and pages.
  ...["title", "handle", "brand", "price", "stock", "on_sale", "made_at", "details.material", "_score"].flatMap((f) => [paged({ order: { [f]: "ASC", id: "ASC" } }), paged({ order: { [f]: "DESC", id: "DESC" } })]), paged({ order: {} }), paged({ order: { description: "ASC" } }), paged({ order: { tags: "ASC" } }),
  paged({ order: { x: "ASC" } }), paged({ order: { details: "ASC" } }), paged({ order: { _score: "ASC", id: "DESC" } }, { filters: { q: "jacket" } }), paged({ order: { brand: "DESC", price: "ASC", id: "ASC" }, skip: 2, take: 4 }),
  // What is told apart.
  ...["brand", "price", "on_sale", "details.material", "tags", "description", "secret", "x", "details", ""].map((distinct) => options({ distinct })), options({ distinct: "brand" }, { pagination: { order: { price: "DESC", id: "ASC" } } }), q("jacket", { distinct: "price", min_score: 0.5 }), options({ distinct: "brand", min_score: 1 }),
  options({ count: "none" }), options({ count: "exact" }), options({ count: "estimated" }, { pagination: { take: 0 } }),
  // Facets.
  facets("brand"), facets("brand", "tags", "on_sale", "details.material", "variants.color", "handle"), facets("price"), facets("stock"), facets("sizes"), facets("secret"), facets("plain"), facets("x"), facets("details"), facets({ field: "price" }), facets({ field: "made_at", type: "stats" }),
  facets({ field: "price", type: "stats" }), facets({ field: "price", type: "range", ranges: [{ to: 50 }, { from: 50, to: 100 }, { from: "100", key: "much" }, {}] }), facets({ field: "price", type: "range", ranges: [] }), facets({ field: "price", type: "range", ranges: [{ from: "x" }] }), facets({ field: "brand", type: "range", ranges: [] }),
  facets({ field: "price", type: "range", ranges: [{ from: 1e21, to: 0.5 }, { from: "50.0" }, { from: -1e-7 }] }), facets({ field: "made_at", type: "range", ranges: [{ from: 1736467200000 }] }), facets({ field: "stock", type: "range", ranges: [{ from: 0, to: 10 }] }),
  facets({ field: "sizes", type: "range", ranges: [{ from: 38 }] }), facets({ field: "sizes", type: "value" }), facets({ field: "sizes", type: "stats" }), facets({ field: "brand", limit: 2 }), facets({ field: "brand", sort: "alpha" }), facets({ field: "brand", sort: "count", limit: 3 }), facets({ field: "brand", query: "K" }),
  facets({ field: "tags", query: "s" }), facets({ field: "tags", query: "50%" }), facets({ field: "tags", query: "a_" }), facets({ field: "tags", query: "\\" }), facets({ field: "tags", query: "" }), facets({ field: "price", type: "value" }), facets("brand", { field: "brand", limit: 1 }), facets(),
  ...[true, false].flatMap((disjunctive_facets) => [
    product({ fields: ["id"], filters: { brand: "Nordlys" }, search_options: { facets: ["brand", "tags"], disjunctive_facets } }), product({ fields: ["id"], filters: { q: "jacket", brand: "Nordlys", tags: "summer" }, search_options: { facets: ["brand", "tags", "on_sale"], disjunctive_facets } }),
    product({ fields: ["id"], filters: { $and: [{ brand: ["Nordlys", "Kestrel"] }, { price: { $gt: 90 } }], $not: { brand: "x" } }, search_options: { facets: ["brand", { field: "price", type: "stats" }, { field: "price", type: "range", ranges: [{ to: 100 }] }], disjunctive_facets, count: "none" } }),
    q("jacket", { distinct: "brand", min_score: 0.5, facets: ["brand"], disjunctive_facets }),
  ]),
  { queries: [q("jacket"), facets("brand"), { entity: "guide" }, paged({ order: { price: "ASC", id: "ASC" } })] },
]

// Where there is no filter the reference fails, or takes the letters of a text for names of fields.
const wrong = [where({ $or: ["x"] }), where({ $not: "x" }), where({ $not: [{ id: "doc_01" }] }), where({ $not: 5 })]
// The condition on the status is the shop's.
const guarded = [product({ fields: ["id"], search_options: { facets: ["status"], disjunctive_facets: true } })]

export const cases = [
  ...bodies.map((body) => ({ body })),
  ...wrong.map((body) => ({ body, deviates: "D93" })),
  ...guarded.map((body) => ({ body, deviates: "D94" })),
  ...["pk_b2b", "pk_both", "pk_none", "pk_revoked", ""].flatMap((key) => [product({ fields: ["id"] }), { entity: "guide" }, { entity: "internal" }, {}].map((body) => ({ key, body }))),
]

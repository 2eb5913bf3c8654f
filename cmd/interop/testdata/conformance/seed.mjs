// Builds the recorded shop through the HTTP APIs of a freshly migrated Medusa 2.21.2, and writes the names of what it made:
//   DATABASE_URL=postgres://… BASE=http://localhost:9000 node seed.mjs handles.json
// The server runs on the same, otherwise empty, database, with one administrator (ADMIN_EMAIL, ADMIN_PASSWORD) and the JWT
// secret "supersecret". Everything is written by the API, but for one statement at the end, which pins the secrets of three
// tokens to reset passwords so that they can be replayed.
import { writeFileSync } from "node:fs"
import { createHmac, createHash } from "node:crypto"
import { execFileSync } from "node:child_process"

const BASE = process.env.BASE ?? "http://localhost:9000"
const OUT = process.argv[2] ?? "handles.json"
const SECRET = process.env.JWT_SECRET ?? "supersecret"

let admin
async function call(method, path, body, headers = {}) {
  const res = await fetch(BASE + path, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await res.text()
  let json
  try { json = JSON.parse(text) } catch { json = text }
  if (!res.ok) throw new Error(`${method} ${path} -> ${res.status} ${text}\n${JSON.stringify(body)}`)
  return json
}
const A = (method, path, body) => call(method, "/admin" + path, body, { authorization: "Bearer " + admin })
const post = (p, b) => A("POST", p, b ?? {})
const get = (p) => A("GET", p)
const b64 = (v) => Buffer.from(typeof v === "string" ? v : JSON.stringify(v)).toString("base64url")
function jwt(claims, secret = SECRET) {
  const head = b64({ alg: "HS256", typ: "JWT" }) + "." + b64(claims)
  return head + "." + createHmac("sha256", secret).update(head).digest("base64url")
}

const H = {} // handles
admin = (await call("POST", "/auth/user/emailpass", {
  email: process.env.ADMIN_EMAIL ?? "admin@test.com",
  password: process.env.ADMIN_PASSWORD ?? "supersecret",
})).token

// ---------------------------------------------------------------- store
const store = (await get("/stores")).stores[0]
const scWeb = (await post("/sales-channels", { name: "Web Store", description: "The public storefront" })).sales_channel.id
const scB2b = (await post("/sales-channels", { name: "Wholesale", description: "Trade customers" })).sales_channel.id
const scOutlet = (await post("/sales-channels", { name: "Outlet", description: "No key uses this channel alone" })).sales_channel.id
const scDisabled = (await post("/sales-channels", { name: "Closed pop-up", is_disabled: true })).sales_channel.id
Object.assign(H, { sc_web: scWeb, sc_b2b: scB2b, sc_outlet: scOutlet, sc_disabled: scDisabled })

async function key(title, channels) {
  const k = (await post("/api-keys", { title, type: "publishable" })).api_key
  if (channels.length) await post(`/api-keys/${k.id}/sales-channels`, { add: channels })
  return k
}
const kWeb = await key("Web storefront", [scWeb])
const kB2b = await key("Wholesale portal", [scB2b])
const kBoth = await key("Mobile app", [scWeb, scB2b])
const kNone = await key("Unassigned", [])
const kRevoked = await key("Old storefront", [scWeb])
await post(`/api-keys/${kRevoked.id}/revoke`)
Object.assign(H, { pk_web: kWeb.token, pk_b2b: kB2b.token, pk_both: kBoth.token, pk_none: kNone.token, pk_revoked: kRevoked.token })

const CUR = ["usd", "eur", "gbp", "jpy", "dkk", "sek", "kwd"]
await post(`/stores/${store.id}`, {
  name: "Nordwind Supply Co.",
  supported_currencies: CUR.map((c) => ({ currency_code: c, is_default: c === "usd", is_tax_inclusive: c === "gbp" })),
  default_sales_channel_id: scWeb,
  metadata: { vat_number: "DE123456789", support_email: "help@nordwind.example" },
})

// ---------------------------------------------------------------- regions
async function region(key, b) {
  const r = (await post("/regions", { payment_providers: ["pp_system_default"], ...b })).region
  H["reg_" + key] = r.id
  return r.id
}
const rEU = await region("eu", { name: "Europe", currency_code: "eur", countries: ["de", "fr", "it", "es", "nl", "at", "be"], automatic_taxes: true, is_tax_inclusive: true, metadata: { shipping_note: "Duties included" } })
const rUS = await region("us", { name: "United States", currency_code: "usd", countries: ["us"], automatic_taxes: true, is_tax_inclusive: false })
const rJP = await region("jp", { name: "Japan", currency_code: "jpy", countries: ["jp"], automatic_taxes: false })
const rUK = await region("uk", { name: "United Kingdom", currency_code: "gbp", countries: ["gb"], automatic_taxes: true })
const rDK = await region("dk", { name: "Denmark", currency_code: "dkk", countries: ["dk"], automatic_taxes: true, is_tax_inclusive: false })
const rSE = await region("se", { name: "Sweden", currency_code: "sek", countries: ["se"], automatic_taxes: true, payment_providers: [] })
const rKW = await region("kw", { name: "Kuwait", currency_code: "kwd", countries: ["kw"], automatic_taxes: false })
await post(`/stores/${store.id}`, { default_region_id: rUS })

// ---------------------------------------------------------------- customers groups
async function group(key, name, metadata) {
  const g = (await post("/customer-groups", { name, metadata })).customer_group
  H["grp_" + key] = g.id
  return g.id
}
const gVip = await group("vip", "VIP", { tier: "gold" })
const gTrade = await group("trade", "Trade")
const gStaff = await group("staff", "Staff")

// ---------------------------------------------------------------- shipping profiles, locations
const defProfile = (await get("/shipping-profiles")).shipping_profiles.find((p) => p.type === "default").id
const bulkyProfile = (await post("/shipping-profiles", { name: "Bulky goods", type: "bulky" })).shipping_profile.id
const freshProfile = (await post("/shipping-profiles", { name: "Chilled food", type: "chilled" })).shipping_profile.id
Object.assign(H, { prof_default: defProfile, prof_bulky: bulkyProfile, prof_fresh: freshProfile })

async function location(key, name, address, channels) {
  const l = (await post("/stock-locations", { name, address })).stock_location.id
  await post(`/stock-locations/${l}/sales-channels`, { add: channels })
  await post(`/stock-locations/${l}/fulfillment-providers`, { add: ["manual_manual"] })
  H["loc_" + key] = l
  return l
}
const lNL = await location("nl", "Rotterdam Warehouse", { address_1: "Waalhaven 12", city: "Rotterdam", country_code: "nl", postal_code: "3088 HH" }, [scWeb, scB2b])
const lUS = await location("us", "New Jersey Warehouse", { address_1: "400 Port Street", city: "Newark", province: "us-nj", country_code: "us", postal_code: "07114" }, [scWeb, scB2b])
const lJP = await location("jp", "Tokyo Depot", { address_1: "2-1 Ariake", city: "Koto-ku", country_code: "jp", postal_code: "135-0063" }, [scWeb])
const lBER = await location("berlin", "Berlin Shop", { address_1: "Torstraße 99", address_2: "Hof 2", city: "Berlin", country_code: "de", postal_code: "10119", phone: "+49 30 555 01 23", company: "Nordwind Supply Co." }, [scWeb])
const lOut = await location("outlet", "Outlet Storage", { address_1: "Hall 7", city: "Antwerp", country_code: "be", postal_code: "2000" }, [scOutlet])

async function fset(loc, name, type) {
  const l = (await post(`/stock-locations/${loc}/fulfillment-sets?fields=*fulfillment_sets`, { name, type })).stock_location
  return l.fulfillment_sets.find((s) => s.name === name).id
}
async function zone(set, key, name, geo_zones) {
  const s = (await post(`/fulfillment-sets/${set}/service-zones?fields=*service_zones`, { name, geo_zones })).fulfillment_set
  const z = s.service_zones.find((z) => z.name === name).id
  H["zone_" + key] = z
  return z
}
const C = (...cs) => cs.map((country_code) => ({ type: "country", country_code }))
const fsNL = await fset(lNL, "Rotterdam shipping", "shipping")
const fsUS = await fset(lUS, "Newark shipping", "shipping")
const fsJP = await fset(lJP, "Tokyo shipping", "shipping")
const fsBER = await fset(lBER, "Berlin pickup", "pickup")
const fsUSP = await fset(lUS, "Newark pickup", "pickup")
const zEU = await zone(fsNL, "eu", "Eurozone", C("de", "fr", "it", "es", "nl", "at", "be"))
const zUK = await zone(fsNL, "uk", "British Isles", C("gb"))
const zNO = await zone(fsNL, "nordics", "Nordics", C("dk", "se"))
const zUS = await zone(fsUS, "us", "Contiguous US", C("us"))
const zCA = await zone(fsUS, "us_ca", "California", [{ type: "province", country_code: "us", province_code: "us-ca" }])
const zNYC = await zone(fsUS, "us_nyc", "New York City", [{ type: "city", country_code: "us", province_code: "us-ny", city: "New York" }])
const zJP = await zone(fsJP, "jp", "Japan", C("jp"))
const zBER = await zone(fsBER, "berlin", "Berlin pickup zone", C("de"))
const zUSP = await zone(fsUSP, "us_pickup", "Newark pickup zone", C("us"))

const typeStd = (await post("/shipping-option-types", { label: "Standard", code: "standard", description: "3-5 days" })).shipping_option_type.id
const typeExp = (await post("/shipping-option-types", { label: "Express", code: "express", description: "Next day" })).shipping_option_type.id
async function option(key, name, zoneId, prices, o = {}) {
  const { rules = [], ...rest } = o
  const base = [{ attribute: "enabled_in_store", operator: "eq", value: "true" }, { attribute: "is_return", operator: "eq", value: "false" }]
  const merged = [...base.filter((b) => !rules.some((r) => r.attribute === b.attribute)), ...rules]
  const so = (await post("/shipping-options", {
    name, service_zone_id: zoneId, shipping_profile_id: defProfile, price_type: "flat", provider_id: "manual_manual",
    type_id: typeStd, prices, rules: merged, data: { id: "manual-fulfillment" }, ...rest,
  })).shipping_option
  H["so_" + key] = so.id
  return so.id
}
const cur = (currency_code, amount, rules) => ({ currency_code, amount, ...(rules ? { rules } : {}) })
const reg = (region_id, amount, rules) => ({ region_id, amount, ...(rules ? { rules } : {}) })
const over = (value) => [{ attribute: "item_total", operator: "gte", value }]
await option("eu_std", "Standard Europe", zEU, [cur("eur", 6.95), reg(rEU, 5.95), cur("eur", 0, over(100)), cur("usd", 7.5)], { metadata: { carrier: "DHL" } })
await option("eu_exp", "Express Europe", zEU, [cur("eur", 14.9)], { type_id: typeExp })
await option("eu_bulky", "Freight Europe", zEU, [cur("eur", 49)], { shipping_profile_id: bulkyProfile })
await option("eu_fresh", "Chilled Europe", zEU, [cur("eur", 12.5)], { shipping_profile_id: freshProfile })
await option("eu_return", "Return parcel Europe", zEU, [cur("eur", 4.5)], { rules: [{ attribute: "is_return", operator: "eq", value: "true" }] })
await option("eu_staff", "Courier (staff only)", zEU, [cur("eur", 1)], { rules: [{ attribute: "enabled_in_store", operator: "eq", value: "false" }] })
await option("eu_tiered", "Economy Europe", zEU, [cur("eur", 8), cur("eur", 4, [{ attribute: "item_total", operator: "gte", value: 30 }, { attribute: "item_total", operator: "lt", value: 80 }]), cur("eur", 2, over(80))])
await option("berlin_pickup", "Pick up in Berlin", zBER, [cur("eur", 0)], {})
await option("uk_std", "Royal Mail", zUK, [cur("gbp", 3.99), cur("gbp", 0, over(50))])
await option("no_std", "PostNord", zNO, [cur("dkk", 49), cur("sek", 69)])
await option("us_ground", "Ground", zUS, [cur("usd", 7.5), cur("usd", 0, over(75))])
await option("us_exp", "Express US", zUS, [cur("usd", 19.99)], { type_id: typeExp })
await option("us_ca_same", "Same day California", zCA, [cur("usd", 24)], { type: { label: "Same day", code: "same-day", description: "Before 20:00" }, type_id: undefined })
await option("us_nyc_bike", "NYC bike courier", zNYC, [cur("usd", 9.25)])
await option("us_bulky", "Freight US", zUS, [cur("usd", 89)], { shipping_profile_id: bulkyProfile })
await option("us_return", "Return label US", zUS, [cur("usd", 4.99)], { rules: [{ attribute: "is_return", operator: "eq", value: "true" }] })
await option("us_free_return", "Free return US", zUS, [cur("usd", 0)], { rules: [{ attribute: "is_return", operator: "eq", value: "true" }] })
await option("us_pickup", "Pick up in Newark", zUSP, [cur("usd", 0)])
await option("us_eur_only", "Priced in euro only", zUS, [cur("eur", 5)])
await option("jp_std", "Yamato", zJP, [cur("jpy", 800), cur("jpy", 0, over(10000))])

// ---------------------------------------------------------------- taxonomy
async function mk(path, prop, prefix, k, body) {
  const r = (await post(path, body))[prop]
  H[prefix + k] = r.id
  return r.id
}
const T = {}, G = {}, COL = {}, CAT = {}
for (const [k, value, metadata] of [["apparel", "Apparel", { size_chart: "eu" }], ["footwear", "Footwear"], ["book", "Book"], ["home", "Home"], ["food", "Food"], ["electronics", "Electronics"], ["giftcard", "Gift Card"], ["furniture", "Furniture"], ["unused", "Unused type"]])
  T[k] = await mk("/product-types", "product_type", "type_", k, { value, metadata })
for (const [k, value, metadata] of [["summer", "summer"], ["winter", "winter"], ["organic", "organic", { certified_by: "GOTS" }], ["bestseller", "bestseller"], ["new", "new"], ["limited", "limited"], ["vegan", "vegan"], ["unused", "unused"]])
  G[k] = await mk("/product-tags", "product_tag", "tag_", k, { value, metadata })
for (const [k, title, handle, metadata] of [["spring", "Spring Essentials", "spring-essentials", { season: "SS26" }], ["winter", "Winter Warmers", "winter-warmers"], ["limited", "Limited Edition", undefined], ["desk", "Desk & Study", "desk-and-study"], ["empty", "Coming Soon", "coming-soon"], ["maker", "Maker’s Choice Ünïcode", "makers-choice"]])
  COL[k] = await mk("/collections", "collection", "col_", k, { title, handle, metadata })
async function cat(k, name, parent, o = {}) {
  CAT[k] = await mk("/product-categories", "product_category", "cat_", k, { name, is_active: true, parent_category_id: parent ? CAT[parent] : null, ...o })
}
await cat("clothing", "Clothing", null, { description: "Everything to wear", metadata: { banner: "clothing.jpg" } })
await cat("men", "Men", "clothing", { handle: "men" })
await cat("women", "Women", "clothing", { handle: "women" })
await cat("men_tees", "T-Shirts", "men", { handle: "men-t-shirts", description: "Short sleeves" })
await cat("men_knit", "Knitwear", "men", { handle: "men-knitwear" })
await cat("women_tees", "Tops", "women", { handle: "women-tops" })
await cat("women_dress", "Dresses", "women", { handle: "women-dresses" })
await cat("shoes", "Shoes", "clothing")
await cat("home", "Home", null, { description: "For the house" })
await cat("kitchen", "Kitchen", "home")
await cat("mugs", "Mugs & Cups", "kitchen", { handle: "mugs" })
await cat("furniture", "Furniture", "home", { external_id: "erp-furn-1" })
await cat("books", "Books", null)
await cat("fiction", "Fiction", "books")
await cat("children", "Children’s Books", "books", { handle: "childrens-books" })
await cat("food", "Food & Drink", null, { rank: 1 })
await cat("staff", "Staff picks", null, { is_internal: true })
await cat("archive", "Archive", null, { is_active: false })
await cat("archive_sub", "Archive 2019", "archive", { is_active: true })
await cat("inactive_child", "Retired lines", "clothing", { is_active: false })
await cat("internal_child", "Buyers’ notes", "home", { is_internal: true })

// ---------------------------------------------------------------- products
const fx = { usd: 1.1, eur: 1, gbp: 0.85, jpy: 160, dkk: 7.5, sek: 11.4, kwd: 0.34 }
const round = (c, v) => (c === "jpy" ? Math.round(v / 10) * 10 : c === "kwd" ? Math.round(v * 1000) / 1000 : c === "dkk" || c === "sek" ? Math.round(v) : Math.round(v * 20) / 20)
const prices = (eur, curs = CUR) => curs.map((c) => ({ currency_code: c, amount: c === "eur" ? eur : round(c, eur * fx[c]) }))
const IMG = (h, n) => Array.from({ length: n }, (_, i) => ({ url: `https://cdn.nordwind.example/products/${h}-${i + 1}.jpg` }))
const P = {}
const variantsOf = {}
async function product(k, b, o = {}) {
  const { channels = [scWeb, scB2b], images = 2, profile = defProfile } = o
  const handle = b.handle ?? k.replaceAll("_", "-")
  const body = {
    status: "published", handle, shipping_profile_id: profile,
    sales_channels: channels.map((id) => ({ id })),
    ...(images ? { images: IMG(handle, images), thumbnail: `https://cdn.nordwind.example/products/${handle}-thumb.jpg` } : {}),
    ...b,
  }
  for (const f of ["categories", "tags"]) if (body[f]) body[f] = body[f].map((id) => ({ id }))
  const p = (await post("/products?fields=*variants,*variants.inventory_items,*variants.inventory_items.inventory,*images,*options,*options.values", body)).product
  P[k] = p
  H["prod_" + k] = p.id
  H["handle_" + k] = p.handle
  variantsOf[k] = p.variants
  for (const v of p.variants) if (v.sku) H["var_" + v.sku.toLowerCase().replaceAll("-", "_")] = v.id
  return p
}
const one = (sku, eur, v = {}) => [{ title: v.title ?? "Default", sku, options: v.options ?? { Default: "Default" }, prices: v.prices ?? prices(eur), manage_inventory: v.manage_inventory ?? true, ...v }]
const DEF = [{ title: "Default", values: ["Default"] }]
const SIZES = ["S", "M", "L", "XL"]
function matrix(prefix, sizes, colours, eur, f = () => ({})) {
  const out = []
  for (const s of sizes) for (const c of colours) {
    out.push({
      title: `${s} / ${c}`, sku: `${prefix}-${s}-${c}`.toUpperCase().replaceAll(" ", ""),
      options: { Size: s, Color: c }, prices: prices(typeof eur === "function" ? eur(s, c) : eur), manage_inventory: true,
      weight: 180 + sizes.indexOf(s) * 20, ...f(s, c),
    })
  }
  return out
}
const SC = (sizes, colours) => [{ title: "Size", values: sizes }, { title: "Color", values: colours }]

// apparel -----------------------------------------------------------------
await product("classic_tee", {
  title: "Classic Cotton Tee", subtitle: "Everyday essential", description: "A soft, heavyweight organic cotton T-shirt that keeps its shape wash after wash.",
  type_id: T.apparel, collection_id: COL.spring, tags: [G.summer, G.organic, G.bestseller], categories: [CAT.men_tees, CAT.women_tees],
  weight: 200, length: 30, width: 25, height: 2, hs_code: "610910", origin_country: "pt", mid_code: "PTORG123", material: "Organic cotton",
  metadata: { care: "30C", fit: "regular", gsm: 220 }, options: SC(SIZES, ["Black", "White", "Navy"]),
  variants: matrix("tee", SIZES, ["Black", "White", "Navy"], (s) => (s === "XL" ? 22 : 20), (s, c) => ({
    hs_code: "610910", origin_country: "pt", ...(s === "S" && c === "Black" ? { ean: "4006381333931", upc: "036000291452", barcode: "TEE-BC-1", metadata: { first: true } } : {}),
  })),
}, { images: 4 })
await product("linen_shirt", {
  title: "Linen Shirt", description: "Breathable European linen.", type_id: T.apparel, collection_id: COL.spring, tags: [G.summer, G.new], categories: [CAT.men],
  material: "Linen", options: SC(["M", "L"], ["Sand", "Sky"]), variants: matrix("linen", ["M", "L"], ["Sand", "Sky"], 59.9),
})
await product("merino_sweater", {
  title: "Merino Sweater", subtitle: "Fine knit", description: "Extra-fine merino wool crew neck.", type_id: T.apparel, collection_id: COL.winter, tags: [G.winter, G.bestseller], categories: [CAT.men_knit],
  material: "Merino wool", weight: 420, options: SC(["S", "M", "L"], ["Grey", "Green"]), variants: matrix("merino", ["S", "M", "L"], ["Grey", "Green"], 89),
  metadata: { care: "hand wash" },
}, { images: 3 })
await product("wrap_dress", {
  title: "Wrap Dress", description: "Midi wrap dress in recycled viscose.", type_id: T.apparel, tags: [G.summer, G.new], categories: [CAT.women_dress],
  options: SC(["36", "38", "40"], ["Rust"]), variants: matrix("dress", ["36", "38", "40"], ["Rust"], 74.5),
})
await product("winter_parka", {
  title: "Winter Parka", description: "Waterproof down parka for arctic days.", type_id: T.apparel, collection_id: COL.winter, tags: [G.winter], categories: [CAT.men, CAT.women],
  options: SC(["M", "L"], ["Olive"]), variants: matrix("parka", ["M", "L"], ["Olive"], 249),
})
await product("wool_beanie", {
  title: "Wool Beanie", type_id: T.apparel, collection_id: COL.winter, tags: [G.winter], categories: [CAT.men_knit], options: [{ title: "Color", values: ["Red", "Grey"] }],
  variants: ["Red", "Grey"].map((c) => ({ title: c, sku: `BEANIE-${c.toUpperCase()}`, options: { Color: c }, prices: prices(17.99), manage_inventory: true })),
})
await product("running_shoe", {
  title: "Trail Running Shoe", description: "Grippy outsole, 6 mm drop.", type_id: T.footwear, tags: [G.vegan], categories: [CAT.shoes],
  weight: 640, options: [{ title: "EU size", values: ["40", "41", "42", "43"] }],
  variants: ["40", "41", "42", "43"].map((s, i) => ({ title: `EU ${s}`, sku: `SHOE-${s}`, options: { "EU size": s }, prices: prices(119.95), manage_inventory: true, variant_rank: 3 - i })),
})
await product("leather_boot", {
  title: "Leather Boot", type_id: T.footwear, collection_id: COL.limited, tags: [G.limited], categories: [CAT.shoes],
  options: [{ title: "EU size", values: ["41", "42"] }], variants: ["41", "42"].map((s) => ({ title: `EU ${s}`, sku: `BOOT-${s}`, options: { "EU size": s }, prices: prices(199), manage_inventory: true })),
})
await product("sock_pack", {
  title: "Sock Three-Pack", type_id: T.apparel, categories: [CAT.clothing], tags: [G.bestseller], options: DEF,
  variants: one("SOCKS-3", 12, { prices: [
    ...prices(12), { currency_code: "eur", amount: 10.5, min_quantity: 3, max_quantity: 5 }, { currency_code: "eur", amount: 9, min_quantity: 6 },
    { currency_code: "usd", amount: 11.25, min_quantity: 3, max_quantity: 9 }, { currency_code: "usd", amount: 8.4, min_quantity: 10, max_quantity: 49 }, { currency_code: "usd", amount: 7, min_quantity: 50 },
  ] }),
})
// home ---------------------------------------------------------------------
await product("stone_mug", {
  title: "Stoneware Mug", subtitle: "330 ml", description: "Hand-thrown stoneware mug. Dishwasher safe.", type_id: T.home, collection_id: COL.desk, tags: [G.bestseller], categories: [CAT.mugs],
  weight: 350, height: 10, width: 9, length: 12, hs_code: "691200", origin_country: "dk", options: [{ title: "Glaze", values: ["Chalk", "Moss", "Ink"] }],
  variants: ["Chalk", "Moss", "Ink"].map((g) => ({ title: g, sku: `MUG-${g.toUpperCase()}`, options: { Glaze: g }, manage_inventory: true,
    prices: [...prices(14.5), { currency_code: "eur", amount: 13.9, rules: { region_id: rEU } }, { currency_code: "usd", amount: 15.25, rules: { region_id: rUS } }] })),
}, { images: 3 })
await product("espresso_cup", { title: "Espresso Cup", type_id: T.home, categories: [CAT.mugs], options: DEF, variants: one("CUP-ESP", 9.33) })
await product("tea_towel", { title: "Linen Tea Towel", type_id: T.home, tags: [G.organic], categories: [CAT.kitchen], options: DEF, variants: one("TOWEL", 8, { manage_inventory: false }) })
await product("oak_table", { title: "Oak Dining Table", description: "Solid oak, seats six.", type_id: T.furniture, categories: [CAT.furniture], weight: 42000, options: DEF, variants: one("TABLE-OAK", 899) }, { profile: bulkyProfile })
await product("oak_chair", { title: "Oak Chair", type_id: T.furniture, categories: [CAT.furniture], weight: 5200, options: DEF, variants: one("CHAIR-OAK", 149) }, { profile: bulkyProfile })
await product("candle", { title: "Beeswax Candle", type_id: T.home, tags: [G.organic], categories: [CAT.home], options: DEF, variants: one("CANDLE", 11.11, { allow_backorder: true }) })
await product("notebook", { title: "Dotted Notebook", type_id: T.home, collection_id: COL.desk, options: [{ title: "Format", values: ["A5", "A6"] }],
  variants: [["A5", 12.9], ["A6", 9.9]].map(([f, e]) => ({ title: f, sku: `NOTE-${f}`, options: { Format: f }, prices: prices(e), manage_inventory: true })) })
await product("desk_lamp", { title: "Desk Lamp", type_id: T.electronics, collection_id: COL.desk, tags: [G.new], options: DEF, variants: one("LAMP", 79) })
await product("headphones", { title: "Wireless Headphones", description: "Noise cancelling, 30 h battery.", type_id: T.electronics, tags: [G.new, G.bestseller], options: [{ title: "Color", values: ["Black", "Silver"] }],
  variants: ["Black", "Silver"].map((c) => ({ title: c, sku: `HEAD-${c.toUpperCase()}`, options: { Color: c }, prices: prices(229.99), manage_inventory: true })), metadata: { warranty_months: 24, specs: { anc: true, codecs: ["aac", "ldac"] } } })
await product("usb_cable", { title: "USB-C Cable", type_id: T.electronics, options: [{ title: "Length", values: ["1 m", "2 m"] }],
  variants: [["1 m", 7.99, "1M"], ["2 m", 10.49, "2M"]].map(([l, e, s]) => ({ title: l, sku: `USB-${s}`, options: { Length: l }, prices: prices(e), manage_inventory: false })) })
// books, food --------------------------------------------------------------
await product("novel", { title: "The Lighthouse Keeper", subtitle: "A novel", type_id: T.book, categories: [CAT.fiction], tags: [G.bestseller], options: [{ title: "Binding", values: ["Paperback", "Hardcover"] }],
  variants: [["Paperback", 12], ["Hardcover", 24]].map(([f, e]) => ({ title: f, sku: `NOVEL-${f.slice(0, 4).toUpperCase()}`, options: { Binding: f }, prices: prices(e), manage_inventory: true })) })
await product("picture_book", { title: "Ten Little Otters", type_id: T.book, categories: [CAT.children], options: DEF, variants: one("OTTERS", 15) })
await product("cookbook", { title: "Nordic Cookbook", type_id: T.book, categories: [CAT.books, CAT.kitchen], options: DEF, variants: one("COOKBOOK", 34.99) })
await product("olive_oil", { title: "Olive Oil 500 ml", type_id: T.food, tags: [G.organic, G.vegan], categories: [CAT.food], options: DEF, variants: one("OIL-500", 13.45, { origin_country: "gr" }) })
await product("green_tea", { title: "Sencha Green Tea", type_id: T.food, tags: [G.vegan], categories: [CAT.food], options: [{ title: "Weight", values: ["100 g", "250 g"] }],
  variants: [["100 g", 8.75, "100"], ["250 g", 19.25, "250"]].map(([l, e, s]) => ({ title: l, sku: `TEA-${s}`, options: { Weight: l }, prices: prices(e), manage_inventory: true })) })
await product("cheese", { title: "Alpine Cheese", type_id: T.food, categories: [CAT.food], options: DEF, variants: one("CHEESE", 16.8) }, { profile: freshProfile })
// special cases ---------------------------------------------------------------
await product("gift_card", { title: "Gift Card", is_giftcard: true, discountable: false, type_id: T.giftcard, options: [{ title: "Amount", values: ["25", "50"] }],
  variants: [25, 50].map((a) => ({ title: `${a}`, sku: `GIFT-${a}`, options: { Amount: `${a}` }, prices: CUR.map((c) => ({ currency_code: c, amount: c === "jpy" ? a * 100 : a })), manage_inventory: false })) })
await product("no_discount", { title: "Fixed Price Vase", discountable: false, type_id: T.home, categories: [CAT.home], options: DEF, variants: one("VASE", 45) })
await product("draft_jacket", { title: "Prototype Jacket", status: "draft", type_id: T.apparel, collection_id: COL.spring, tags: [G.new], categories: [CAT.men], options: DEF, variants: one("PROTO", 100) })
await product("proposed_bag", { title: "Proposed Bag", status: "proposed", options: DEF, variants: one("BAG-PROP", 60) })
await product("rejected_hat", { title: "Rejected Hat", status: "rejected", options: DEF, variants: one("HAT-REJ", 15) })
await product("b2b_crate", { title: "Trade Crate (24 mugs)", type_id: T.home, categories: [CAT.mugs], options: DEF, variants: one("CRATE", 240) }, { channels: [scB2b] })
await product("web_only", { title: "Web-Only Poster", categories: [CAT.home], tags: [G.limited], options: DEF, variants: one("POSTER", 19) }, { channels: [scWeb] })
await product("outlet_only", { title: "Outlet Remnant", options: DEF, variants: one("REMNANT", 5) }, { channels: [scOutlet] })
await product("no_channel", { title: "Unlisted Sample", options: DEF, variants: one("SAMPLE", 3) }, { channels: [] })
await product("eur_only", { title: "Euro-Only Magazine", categories: [CAT.books], options: DEF, variants: one("MAG", 6.5, { prices: [{ currency_code: "eur", amount: 6.5 }] }) })
await product("no_price", { title: "Price on Request Sculpture", categories: [CAT.home], options: DEF, variants: one("SCULPT", 0, { prices: [] }) })
await product("zero_price", { title: "Free Catalogue", categories: [CAT.books], options: DEF, variants: one("CATALOG", 0) })
await product("last_one", { title: "One-Off Print", collection_id: COL.limited, tags: [G.limited], options: DEF, variants: one("LAST-ONE", 120) })
await product("last_one_b", { title: "One-Off Sketch", collection_id: COL.limited, options: DEF, variants: one("LAST-ONE-B", 80) })
await product("sold_out", { title: "Sold-Out Scarf", collection_id: COL.winter, options: DEF, variants: one("SOLDOUT", 39) })
await product("scarce", { title: "Scarce Vinyl Record", tags: [G.limited], options: DEF, variants: one("VINYL", 27.5) })
await product("internal_pick", { title: "Staff Pick Pen", categories: [CAT.staff, CAT.home], options: DEF, variants: one("PEN", 4.2) })
await product("archived_item", { title: "Archived Calendar", categories: [CAT.archive], options: DEF, variants: one("CAL-2019", 9) })
await product("unicode", { title: "Crème Brûlée Set — “Été” 夏", description: "Ünïcödé & <b>markup</b> \"quotes\" 😀", handle: "creme-brulee-set", collection_id: COL.maker, options: [{ title: "Größe", values: ["klein", "groß"] }], external_id: "erp-9001",
  variants: ["klein", "groß"].map((g, i) => ({ title: g, sku: `BRULEE-${i + 1}`, options: { "Größe": g }, prices: prices(29.9 + i * 10), manage_inventory: true })) }, { images: 0 })
await product("fraction", { title: "Fabric by the Metre", options: DEF, variants: one("FABRIC", 3.335, { prices: [{ currency_code: "eur", amount: 3.335 }, { currency_code: "usd", amount: 3.667 }, { currency_code: "kwd", amount: 1.235 }] , manage_inventory: false }) })
await product("no_variants", { title: "Placeholder Without Variants", options: DEF })

// inventory kit: one box = 2 mugs (own stock item) + 1 oil
const kitMug = (await post("/inventory-items", { sku: "KIT-MUG", title: "Kit mug" })).inventory_item.id
const kitOil = (await post("/inventory-items", { sku: "KIT-OIL", title: "Kit oil" })).inventory_item.id
await product("gift_box", { title: "Breakfast Gift Box", description: "Two mugs and a bottle of oil.", options: DEF, variants: one("GIFTBOX", 39, { inventory_items: [{ inventory_item_id: kitMug, required_quantity: 2 }, { inventory_item_id: kitOil, required_quantity: 1 }] }) })

// shared (non exclusive) option reused by two products
const mat = (await post("/product-options", { title: "Material", values: ["Oak", "Ash", "Walnut"], is_exclusive: false })).product_option
H.opt_material = mat.id
for (const [k, title, vals, sku, e] of [["tray", "Serving Tray", ["Oak", "Walnut"], "TRAY", 32], ["board", "Cutting Board", ["Oak", "Ash"], "BOARD", 28]])
  await product(k, { title, categories: [CAT.kitchen], options: [{ id: mat.id, value_ids: mat.values.filter((v) => vals.includes(v.value)).map((v) => v.id) }],
    variants: vals.map((v) => ({ title: v, sku: `${sku}-${v.toUpperCase()}`, options: { Material: v }, prices: prices(e), manage_inventory: true })) })

H.opt_tee_size = P.classic_tee.options.find((o) => o.title === "Size").id
H.opt_tee_color = P.classic_tee.options.find((o) => o.title === "Color").id
H.optval_tee_black = P.classic_tee.options.find((o) => o.title === "Color").values.find((v) => v.value === "Black").id

// variant images and thumbnails
{
  const imgs = P.classic_tee.images
  const v = variantsOf.classic_tee.filter((v) => v.title.endsWith("Black"))
  for (const x of v) await post(`/products/${P.classic_tee.id}/variants/${x.id}/images/batch`, { add: [imgs[1].id, imgs[2].id] })
  await post(`/products/${P.classic_tee.id}/variants/${v[0].id}`, { thumbnail: imgs[1].url })
}

// ---------------------------------------------------------------- stock
const special = { "LAST-ONE": { nl: 1 }, "LAST-ONE-B": { us: 1 }, SOLDOUT: { nl: 0 }, VINYL: { nl: 3, us: 2 }, "TEE-L-NAVY": { us: 4 }, "OTTERS": { nl: 100 }, CRATE: { nl: 12 }, "SHOE-43": {}, CANDLE: { nl: 0 }, REMNANT: { outlet: 9 }, "BOOT-42": { nl: 2 } }
const locs = { nl: lNL, us: lUS, jp: lJP, berlin: lBER, outlet: lOut }
const levels = []
for (const k of Object.keys(P)) for (const v of variantsOf[k]) {
  if (!v.manage_inventory || k === "gift_box") continue
  const q = special[v.sku] ?? { nl: 200, us: 150, jp: 80, ...(k === "classic_tee" ? { berlin: 10 } : {}) }
  for (const [l, n] of Object.entries(q)) levels.push({ inventory_item_id: v.inventory_items[0].inventory_item_id, location_id: locs[l], stocked_quantity: n })
}
for (const [i, n] of [[kitMug, 9], [kitOil, 3]]) levels.push({ inventory_item_id: i, location_id: lNL, stocked_quantity: n })
await post("/inventory-items/location-levels/batch", { create: levels })

// ---------------------------------------------------------------- taxes
async function taxRegion(k, b) {
  const t = (await post("/tax-regions", { ...(b.parent_id ? {} : { provider_id: "tp_system" }), ...b })).tax_region
  H["tax_" + k] = t.id
  return t.id
}
const rate = (tax_region_id, name, code, r, o = {}) => post("/tax-rates", { tax_region_id, name, code, rate: r, ...o })
const DR = (rate, code, name, o = {}) => ({ default_tax_rate: { rate, code, name, ...o } })
const tDE = await taxRegion("de", { country_code: "de", ...DR(19, "DE19", "MwSt.") })
await rate(tDE, "MwSt. ermäßigt", "DE7", 7, { rules: [{ reference: "product_type", reference_id: T.book }, { reference: "product_type", reference_id: T.food }] })
const tFR = await taxRegion("fr", { country_code: "fr", ...DR(20, "FR20", "TVA") })
await rate(tFR, "TVA livres", "FR5.5", 5.5, { rules: [{ reference: "product_type", reference_id: T.book }] })
await rate(tFR, "TVA livraison express", "FR10", 10, { rules: [{ reference: "shipping_option", reference_id: H.so_eu_exp }] })
await taxRegion("it", { country_code: "it", ...DR(22, "IT22", "IVA") })
await taxRegion("nl", { country_code: "nl", ...DR(21, "NL21", "BTW") })
await taxRegion("at", { country_code: "at" }) // no default rate
const tGB = await taxRegion("gb", { country_code: "gb", ...DR(20, "GB20", "VAT") })
await rate(tGB, "VAT zero", "GB0", 0, { rules: [{ reference: "product", reference_id: P.picture_book.id }] })
await taxRegion("dk", { country_code: "dk", ...DR(25, "DK25", "Moms") })
const tJP = await taxRegion("jp", { country_code: "jp", ...DR(10, "JP10", "消費税") })
await rate(tJP, "軽減税率", "JP8", 8, { rules: [{ reference: "product_type", reference_id: T.food }] })
const tUS = await taxRegion("us", { country_code: "us", ...DR(0, "US0", "No federal sales tax") })
await taxRegion("us_ca", { country_code: "us", province_code: "us-ca", parent_id: tUS, ...DR(7.25, "CA", "California sales tax") })
const tNY = await taxRegion("us_ny", { country_code: "us", province_code: "us-ny", parent_id: tUS, ...DR(4, "NY", "New York state tax", { is_combinable: true }) })
await rate(tNY, "NY apparel surcharge", "NYA", 4.875, { is_combinable: true, rules: [{ reference: "product_type", reference_id: T.apparel }] })
await rate(tNY, "NY express levy", "NYX", 1.5, { rules: [{ reference: "shipping_option", reference_id: H.so_us_exp }] })
const tTX = await taxRegion("us_tx", { country_code: "us", province_code: "us-tx", parent_id: tUS, ...DR(6.25, "TX", "Texas sales tax") })
await rate(tTX, "TX groceries", "TX0", 0, { rules: [{ reference: "product_type", reference_id: T.food }] })
await rate(tTX, "TX mug", "TXM", 8.25, { rules: [{ reference: "product", reference_id: P.stone_mug.id }] })
await taxRegion("us_or", { country_code: "us", province_code: "us-or", parent_id: tUS })
await taxRegion("kw", { country_code: "kw", ...DR(5, "KW5", "VAT") })

// ---------------------------------------------------------------- price lists
const V = (sku) => H["var_" + sku.toLowerCase().replaceAll("-", "_")]
async function plist(k, b) {
  const p = (await post("/price-lists", { status: "active", ...b })).price_list
  H["pl_" + k] = p.id
}
const PP = (sku, c, amount, o = {}) => ({ variant_id: V(sku), currency_code: c, amount, ...o })
await plist("sale", { title: "Mid-season sale", description: "Selected knitwear", type: "sale", prices: ["MERINO-S-GREY", "MERINO-M-GREY", "MERINO-L-GREY"].flatMap((s) => [PP(s, "eur", 69), PP(s, "usd", 75), PP(s, "gbp", 59.5), PP(s, "jpy", 11000)]) })
await plist("trade", { title: "Trade prices", description: "Trade accounts", type: "override", rules: { "customer.groups.id": [gTrade] }, prices: [PP("MUG-CHALK", "eur", 8), PP("MUG-CHALK", "usd", 9), PP("MUG-CHALK", "eur", 7, { min_quantity: 12 }), PP("TEE-M-BLACK", "usd", 14), PP("TEE-M-BLACK", "eur", 13), PP("CRATE", "eur", 180)] })
await plist("vip", { title: "VIP sale", description: "VIP customers", type: "sale", rules: { "customer.groups.id": [gVip] }, prices: [PP("HEAD-BLACK", "eur", 179), PP("HEAD-BLACK", "usd", 199), PP("TEE-M-BLACK", "usd", 18.5), PP("LAMP", "eur", 95)] })
await plist("expired", { title: "Black Friday 2020", description: "Over", type: "sale", starts_at: "2020-11-27T00:00:00Z", ends_at: "2020-11-30T23:59:59Z", prices: [PP("LAMP", "eur", 1), PP("LAMP", "usd", 1)] })
await plist("future", { title: "Jubilee 2099", description: "Not yet", type: "override", starts_at: "2099-01-01T00:00:00Z", prices: [PP("LAMP", "eur", 2), PP("LAMP", "usd", 2)] })
await plist("draft", { title: "Draft list", description: "Draft", type: "sale", status: "draft", prices: [PP("LAMP", "eur", 3), PP("LAMP", "usd", 3)] })
await plist("region", { title: "US region sale", description: "Region price in list", type: "sale", prices: [PP("NOVEL-PAPE", "usd", 9.5, { rules: { region_id: rUS } }), PP("NOVEL-PAPE", "eur", 10, { rules: { region_id: rEU } })] })
await plist("dearer", { title: "Override above base", description: "Override that raises the price", type: "override", prices: [PP("CUP-ESP", "eur", 12), PP("CUP-ESP", "usd", 13)] })
await plist("tiers", { title: "Bulk beanies", description: "Tiered sale", type: "sale", starts_at: "2020-01-01T00:00:00Z", ends_at: "2099-12-31T00:00:00Z", prices: [PP("BEANIE-RED", "eur", 15, { min_quantity: 2, max_quantity: 4 }), PP("BEANIE-RED", "eur", 12, { min_quantity: 5 }), PP("BEANIE-RED", "usd", 16, { min_quantity: 2 })] })

// ---------------------------------------------------------------- customers
const PK = { "x-publishable-api-key": kWeb.token }
const S = (method, path, body, token) => call(method, "/store" + path, body, { ...PK, ...(token ? { authorization: "Bearer " + token } : {}) })
const TOK = {}, CUS = {}
async function account(k, first_name, last_name, extra = {}) {
  const email = `${k}@customers.example`, password = `${k}-Secret-123`
  const reg = (await call("POST", "/auth/customer/emailpass/register", { email, password })).token
  const c = (await S("POST", "/customers", { email, first_name, last_name, ...extra }, reg)).customer
  TOK[k] = (await call("POST", "/auth/customer/emailpass", { email, password })).token
  CUS[k] = c.id
  Object.assign(H, { ["cus_" + k]: c.id, ["email_" + k]: email, ["pass_" + k]: password })
}
await account("anna", "Anna", "Schmidt", { phone: "+49 170 1234567", metadata: { newsletter: true } })
await account("bob", "Bob", "Trader", { company_name: "Bob & Sons Ltd" })
await account("carla", "Carla", "Rossi")
await account("dmitri", "Dmitri", "Ivanov")
await account("eve", "Eve", "Moneypenny")
await account("frank", "Frank", "Ocean")
await account("grace", "Grace", "Hopper")
await account("heidi", "Heidi", "Klum")
await account("ivan", "Ivan", "Petrov")
await account("judy", "Judy", "Dench")
// an auth identity without a customer
H.email_orphan = "orphan@customers.example"; H.pass_orphan = "orphan-Secret-123"
await call("POST", "/auth/customer/emailpass/register", { email: H.email_orphan, password: H.pass_orphan })
// customers without accounts, made by staff
for (const k of ["walkin", "phone"]) H["cus_" + k] = (await post("/customers", { email: `${k}@guests.example`, first_name: k, last_name: "Guest" })).customer.id
await post(`/customer-groups/${gVip}/customers`, { add: [CUS.anna, CUS.heidi] })
await post(`/customer-groups/${gTrade}/customers`, { add: [CUS.bob, CUS.ivan] })

const ADDR = {
  de: { first_name: "Anna", last_name: "Schmidt", address_1: "Kastanienallee 1", city: "Berlin", country_code: "de", postal_code: "10435", phone: "+49 30 1234" },
  fr: { first_name: "Luc", last_name: "Martin", address_1: "5 rue de Rivoli", city: "Paris", country_code: "fr", postal_code: "75001" },
  ca: { first_name: "Bob", last_name: "Trader", address_1: "1 Market St", city: "San Francisco", country_code: "us", province: "us-ca", postal_code: "94105" },
  ny: { first_name: "Carla", last_name: "Rossi", address_1: "350 5th Ave", city: "New York", country_code: "us", province: "us-ny", postal_code: "10118" },
  tx: { first_name: "Frank", last_name: "Ocean", address_1: "100 Congress Ave", city: "Austin", country_code: "us", province: "us-tx", postal_code: "78701" },
  gb: { first_name: "Judy", last_name: "Dench", address_1: "10 Strand", city: "London", country_code: "gb", postal_code: "WC2N 5HR" },
}
async function address(k, name, a, o = {}) {
  const c = (await S("POST", "/customers/me/addresses", { ...a, address_name: name, ...o }, TOK[k])).customer
  const full = (await S("GET", "/customers/me/addresses", undefined, TOK[k])).addresses
  H[`addr_${k}_${name.toLowerCase()}`] = full.find((x) => x.address_name === name).id
}
await address("anna", "Home", ADDR.de, { is_default_shipping: true, is_default_billing: true })
await address("anna", "Work", { ...ADDR.de, address_1: "Friedrichstraße 100", company: "Nordwind GmbH", postal_code: "10117" })
await address("anna", "Paris", ADDR.fr)
await address("bob", "Home", ADDR.ca, { is_default_shipping: true, metadata: { dock: "B" } })
await address("eve", "Home", ADDR.gb, { is_default_billing: true })
await address("grace", "Home", ADDR.ny)
await address("grace", "Lab", ADDR.tx, { is_default_shipping: true })
await address("heidi", "Home", ADDR.de, { is_default_shipping: true })

// ---------------------------------------------------------------- promotions
async function campaign(k, b) {
  const c = (await post("/campaigns", { name: k, campaign_identifier: k, ...b })).campaign
  H["camp_" + k.replaceAll("-", "_")] = c.id
  return c.id
}
const cmpSpend = await campaign("spend-budget", { budget: { type: "spend", limit: 20, currency_code: "usd" }, starts_at: "2020-01-01T00:00:00Z", ends_at: "2099-01-01T00:00:00Z" })
const cmpSpend2 = await campaign("spend-budget-b", { budget: { type: "spend", limit: 6, currency_code: "usd" } })
const cmpUsage = await campaign("usage-budget", { budget: { type: "usage", limit: 2 } })
const cmpUsage2 = await campaign("usage-budget-b", { budget: { type: "usage", limit: 1 } })
const cmpExpired = await campaign("expired", { starts_at: "2019-01-01T00:00:00Z", ends_at: "2020-01-01T00:00:00Z" })
const cmpFuture = await campaign("future", { starts_at: "2099-01-01T00:00:00Z" })
const cmpPer = await campaign("per-customer", { budget: { type: "use_by_attribute", limit: 1, attribute: "customer_email" } })
async function promo(code, am, o = {}) {
  const p = (await post("/promotions", { code, type: "standard", status: "active", application_method: { allocation: "across", ...am }, ...o })).promotion
  H["promo_" + code.toLowerCase()] = p.id
}
const rule = (attribute, values, operator = "in") => ({ attribute, operator, values: [].concat(values) })
const pct = (value, target_type, o = {}) => ({ type: "percentage", value, target_type, ...o })
const fix = (value, currency_code, target_type, o = {}) => ({ type: "fixed", value, currency_code, target_type, ...o })
await promo("WELCOME10", pct(10, "items"))
await promo("EACH15", pct(15, "items", { allocation: "each", max_quantity: 2 }))
await promo("ORDER20", pct(20, "order"))
await promo("FIXED5EUR", fix(5, "eur", "order"))
await promo("FIXED8USD", fix(8, "usd", "items"))
await promo("THREEUSD", fix(3, "usd", "items", { allocation: "each", max_quantity: 3 }))
await promo("FREESHIP", pct(100, "shipping_methods"))
await promo("SHIP2", fix(2, "usd", "shipping_methods", { allocation: "each", max_quantity: 1 }))
await promo("SHIPHALF", pct(50, "shipping_methods", { allocation: "each", max_quantity: 1 }))
await promo("ONCE50", pct(50, "items", { allocation: "once", max_quantity: 1 }))
await promo("B2G1TEE", pct(100, "items", { allocation: "each", max_quantity: 1, apply_to_quantity: 1, buy_rules_min_quantity: 2, buy_rules: [rule("items.product.id", P.classic_tee.id)], target_rules: [rule("items.product.id", P.stone_mug.id)] }), { type: "buyget" })
await promo("B2G1SAME", pct(100, "items", { allocation: "each", max_quantity: 2, apply_to_quantity: 1, buy_rules_min_quantity: 2, buy_rules: [rule("items.product.id", P.wool_beanie.id, "eq")], target_rules: [rule("items.product.id", P.wool_beanie.id, "eq")] }), { type: "buyget" })
await promo("AUTOPARKA", pct(5, "items", { target_rules: [rule("items.product.id", [P.winter_parka.id], "eq")] }), { is_automatic: true })
await promo("AUTOBIG", fix(25, "usd", "order"), { is_automatic: true, rules: [rule("item_total", "500", "gte"), rule("currency_code", "usd", "eq")] })
await promo("SPEND20", pct(10, "items"), { campaign_id: cmpSpend })
await promo("SPEND6B", pct(50, "items"), { campaign_id: cmpSpend2 })
await promo("USAGE2", pct(10, "items"), { campaign_id: cmpUsage })
await promo("USAGE1B", pct(10, "items"), { campaign_id: cmpUsage2 })
await promo("PERCUST", pct(12, "items"), { campaign_id: cmpPer })
await promo("LIMIT1", pct(30, "items"), { limit: 1 })
await promo("LIMIT1B", fix(4, "usd", "items"), { limit: 1 })
await promo("VIPONLY", pct(25, "items"), { rules: [rule("customer.groups.id", gVip)] })
await promo("EUONLY", pct(7.5, "items"), { rules: [rule("region_id", rEU)] })
await promo("USDONLY", pct(11, "items"), { rules: [rule("currency_code", "usd", "eq")] })
await promo("GERMANY", pct(6, "items"), { rules: [rule("shipping_address.country_code", "de", "eq")] })
await promo("WHOLESALE", pct(9, "items"), { rules: [rule("sales_channel_id", scB2b)] })
await promo("EXPIRED1", pct(50, "items"), { campaign_id: cmpExpired })
await promo("FUTURE1", pct(50, "items"), { campaign_id: cmpFuture })
await promo("DRAFT1", pct(50, "items"), { status: "draft" })
await promo("INACTIVE1", pct(50, "items"), { status: "inactive" })
await promo("TAXINC10", fix(10, "eur", "items"), { is_tax_inclusive: true })
await promo("TAXINC12USD", fix(12, "usd", "items"), { is_tax_inclusive: true })
await promo("BOOKS20", pct(20, "items", { target_rules: [rule("items.product.type_id", T.book)] }))
await promo("SUMMERTAG", pct(8, "items", { target_rules: [rule("items.product.tags.id", G.summer)] }))
await promo("MUGCAT", fix(1, "usd", "items", { allocation: "each", max_quantity: 5, target_rules: [rule("items.product.categories.id", CAT.mugs)] }))
await promo("WINTERCOL", pct(15, "items", { target_rules: [rule("items.product.collection_id", COL.winter)] }))
await promo("EXPRESSOFF", pct(100, "shipping_methods", { target_rules: [rule("shipping_methods.shipping_option.shipping_option_type_id", typeExp)] }))
await promo("BIGFIXED", fix(500, "usd", "order"))
await promo("MIXCASE", pct(5, "items"), { code: "MixCase5" })
await promo("JPY300", fix(300, "jpy", "order"))

// ---------------------------------------------------------------- reasons
const rr = async (k, value, label, o = {}) => { H["reason_" + k] = (await post("/return-reasons", { value, label, ...o })).return_reason.id }
await rr("size", "wrong_size", "Wrong size", { description: "The item does not fit" })
await rr("small", "too_small", "Too small", { parent_return_reason_id: H.reason_size })
await rr("large", "too_large", "Too large", { parent_return_reason_id: H.reason_size })
await rr("damaged", "damaged", "Damaged", { description: "Broken on arrival", metadata: { photo: true } })
await rr("mind", "changed_mind", "Changed my mind")
for (const [code, label] of [["goodwill", "Goodwill"], ["defect", "Defect"]]) await post("/refund-reasons", { code, label, description: label + " refund" })

// ---------------------------------------------------------------- orders
async function place(k, { region_id, items, address, email, token, option = "us_ground", promo_codes, metadata, pk }) {
  const hdr = pk ? { "x-publishable-api-key": pk, ...(token ? { authorization: "Bearer " + token } : {}) } : undefined
  const s = (m, p, b) => (hdr ? call(m, "/store" + p, b, hdr) : S(m, p, b, token))
  const cart = (await s("POST", "/carts", { region_id, items: [], shipping_address: address, billing_address: address, ...(email ? { email } : {}), metadata })).cart
  // one request per line keeps the order of the lines determined
  for (const [sku, quantity] of items) await s("POST", `/carts/${cart.id}/line-items`, { variant_id: V(sku), quantity })
  if (promo_codes) await s("POST", `/carts/${cart.id}/promotions`, { promo_codes })
  await s("POST", `/carts/${cart.id}/shipping-methods`, { option_id: H["so_" + option] })
  const pc = (await s("POST", "/payment-collections", { cart_id: cart.id })).payment_collection
  await s("POST", `/payment-collections/${pc.id}/payment-sessions`, { provider_id: "pp_system_default" })
  const r = await s("POST", `/carts/${cart.id}/complete`)
  if (r.type !== "order") throw new Error("not completed: " + JSON.stringify(r))
  H["order_" + k] = r.order.id
  H["ordercart_" + k] = cart.id
  r.order.items.forEach((it, i) => { H[`order_${k}_item${i + 1}`] = it.id })
  const byTitle = [...r.order.items]
  return { ...r.order, items: byTitle }
}
async function capture(o) {
  const ord = (await get(`/orders/${o.id}?fields=*payment_collections.payments`)).order
  for (const pc of ord.payment_collections) for (const p of pc.payments) await post(`/payments/${p.id}/capture`)
}
async function deliver(o, loc, ship = true, delivered = true) {
  await post(`/orders/${o.id}/fulfillments`, { items: o.items.map((i) => ({ id: i.id, quantity: i.quantity })), location_id: loc })
  if (!ship) return
  const f = (await get(`/orders/${o.id}?fields=*fulfillments`)).order.fulfillments[0]
  await post(`/orders/${o.id}/fulfillments/${f.id}/shipments`, { items: o.items.map((i) => ({ id: i.id, quantity: i.quantity })), labels: [{ tracking_number: "TRK" + o.display_id, tracking_url: "https://track.example/" + o.display_id, label_url: "https://track.example/l/" + o.display_id }] })
  if (delivered) await post(`/orders/${o.id}/fulfillments/${f.id}/mark-as-delivered`)
}
// registered customer orders
await place("anna1", { region_id: rEU, items: [["TEE-M-WHITE", 2], ["MUG-MOSS", 1]], address: ADDR.de, token: TOK.anna, option: "eu_std", metadata: { gift: true } })
await place("anna2", { region_id: rEU, items: [["NOVEL-HARD", 1], ["HEAD-SILVER", 1]], address: ADDR.fr, token: TOK.anna, option: "eu_exp", promo_codes: ["WELCOME10"] })
const anna3 = await place("anna3", { region_id: rEU, items: [["LINEN-M-SAND", 1]], address: ADDR.de, token: TOK.anna, option: "eu_std" })
await post(`/orders/${anna3.id}/cancel`)
await place("bob1", { region_id: rUS, items: [["MUG-CHALK", 12], ["TEE-M-BLACK", 3]], address: ADDR.ca, token: TOK.bob, promo_codes: ["FIXED8USD"] })
const grace1 = await place("grace1", { region_id: rUS, items: [["TEE-S-BLACK", 2], ["LAMP", 1]], address: ADDR.ny, token: TOK.grace, option: "us_exp", promo_codes: ["FREESHIP"] })
await capture(grace1)
await place("judy1", { region_id: rUK, items: [["OTTERS", 2], ["MERINO-M-GREY", 1]], address: ADDR.gb, token: TOK.judy, option: "uk_std" })
await place("jp1", { region_id: rJP, items: [["TEA-100", 3]], address: { first_name: "Aiko", last_name: "Sato", address_1: "1-1 Marunouchi", city: "Tokyo", country_code: "jp", postal_code: "100-0005" }, email: "aiko@guests.example", option: "jp_std" })
// guest orders; gt* are for transfers, gr* are delivered and can be returned
await place("guest1", { region_id: rUS, items: [["CANDLE", 2], ["TOWEL", 1]], address: ADDR.tx, email: "guest1@guests.example" })
const guest2 = await place("guest2", { region_id: rUS, items: [["SHOE-41", 1]], address: ADDR.ca, email: "guest2@guests.example" })
await deliver(guest2, lUS, true, false) // shipped, not delivered
const guest3 = await place("guest3", { region_id: rUS, items: [["NOTE-A5", 4]], address: ADDR.tx, email: "guest3@guests.example" })
await deliver(guest3, lUS, false) // fulfilled only
for (let i = 1; i <= 8; i++) {
  const o = await place("ret" + i, { region_id: rUS, items: [["TEE-L-WHITE", 3], ["NOTE-A6", 2]], address: i % 2 ? ADDR.ca : ADDR.ny, email: `ret${i}@guests.example`, ...(i % 4 === 0 ? { promo_codes: ["WELCOME10"] } : {}) })
  await capture(o)
  await deliver(o, lUS)
}
{
  const o = await place("reteu", { region_id: rEU, items: [["MERINO-S-GREEN", 2], ["OIL-500", 1]], address: ADDR.de, token: TOK.heidi, option: "eu_std" })
  await capture(o)
  await deliver(o, lNL)
}
for (let i = 1; i <= 10; i++) await place("gt" + i, { region_id: rUS, items: [["BEANIE-GREY", i % 3 + 1]], address: ADDR.tx, email: `gt${i}@guests.example` })
// transfers 1-6 are requested: by frank (1, 2, 3), by heidi (4, 5, 6)
for (let i = 1; i <= 6; i++) {
  const id = H["order_gt" + i]
  await S("POST", `/orders/${id}/transfer/request`, { description: "I ordered this before signing up" }, i <= 3 ? TOK.frank : TOK.heidi)
  const changes = (await get(`/orders/${id}/changes?fields=*actions`)).order_changes
  for (const c of changes) for (const a of c.actions) if (a.details?.token) H["transfer_token_gt" + i] = a.details.token
}

// ---------------------------------------------------------------- tokens
// Password reset: the API writes the row, then the secret and expiry are pinned.
const far = 4102444800
const resets = ["dmitri", "ivan", "judy"]
const sql = []
for (const k of resets) {
  const res = await fetch(`${BASE}/auth/customer/emailpass/reset-password`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ identifier: H["email_" + k] }) })
  if (res.status !== 201) throw new Error("reset " + res.status)
  const jti = `conformance-reset-${k}-0000000000000000`
  sql.push(`update auth_password_reset_token set token_hash='${createHash("sha256").update(jti).digest("hex")}', expires_at='2099-12-31T00:00:00Z' where entity_id='${H["email_" + k]}';`)
  H["reset_token_" + k] = jwt({ entity_id: H["email_" + k], provider: "emailpass", actor_type: "customer", purpose: "reset", iat: 1700000000, exp: far, jti })
}
sql.push("delete from notification;", "delete from workflow_execution;")
execFileSync("psql", [process.env.DATABASE_URL, "-v", "ON_ERROR_STOP=1", "-c", sql.join("\n")], { stdio: ["ignore", "ignore", "inherit"] })
const claims = JSON.parse(Buffer.from(TOK.carla.split(".")[1], "base64url"))
H.jwt_carla_valid = jwt({ ...claims, iat: 1700000000, exp: far })
H.jwt_carla_expired = jwt({ ...claims, iat: 1600000000, exp: 1600086400 })
H.jwt_carla_wrong_secret = jwt({ ...claims, iat: 1700000000, exp: far }, "not-the-secret")
H.jwt_carla_none = b64({ alg: "none", typ: "JWT" }) + "." + b64({ ...claims, iat: 1700000000, exp: far }) + "."
H.jwt_ghost = jwt({ ...claims, actor_id: "cus_01NOTEXISTING0000000000000", auth_identity_id: "authid_01NOTEXISTING00000000", iat: 1700000000, exp: far })
H.jwt_admin = jwt({ ...claims, actor_type: "user", iat: 1700000000, exp: far })

H.max_display_id = (await get("/orders?limit=1&order=-display_id&fields=display_id")).orders[0].display_id
H.seeded_at = new Date(Date.now() + 1).toISOString()
writeFileSync(OUT, JSON.stringify(H, null, 2) + "\n")
console.log(`${Object.keys(P).length} products, ${Object.keys(H).length} handles -> ${OUT}`)

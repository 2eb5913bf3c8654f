// makeShop makes a shop as that of Medusa's Next.js starter through the reference's admin API, beside the recorded one: with its own
// sales channel, key, region and products. Things of one request get ids of one millisecond, whose order is random, and the
// merchant's order is none that sorting by name or size would give.
export async function makeShop(post, get) {
  const one = async (path, body, name) => (await post(path, body))[name]
  const channel = (await one("/sales-channels", { name: "Starter" }, "sales_channel")).id
  const key = await one("/api-keys", { title: "Starter", type: "publishable" }, "api_key")
  await post(`/api-keys/${key.id}/sales-channels`, { add: [channel] })
  const location = (await one("/stock-locations", { name: "European Warehouse", address: { address_1: "", city: "Copenhagen", country_code: "DK" } }, "stock_location")).id
  await post(`/stock-locations/${location}/sales-channels`, { add: [channel] })
  const { sales_channels } = await get("/sales-channels?limit=100&fields=id")
  const all = await one("/api-keys", { title: "All channels", type: "publishable" }, "api_key")
  await post(`/api-keys/${all.id}/sales-channels`, { add: sales_channels.map((c) => c.id) })
  const providers = { payment_providers: ["pp_system_default"] }
  const europe = await one("/regions", { name: "Northern Europe", currency_code: "eur", countries: ["no", "fi", "is", "ee", "lv", "ch", "ad"], ...providers }, "region")
  const other = await one("/regions", { name: "Iberia", currency_code: "eur", countries: ["pt"], ...providers }, "region")
  // Countries that came later, and one that moved.
  await post(`/regions/${other.id}`, { countries: ["pt", "gr", "bg", "mt", "cy"] })
  await post("/tax-regions", { country_code: "no", provider_id: "tp_system", default_tax_rate: { name: "VAT", code: "NO25", rate: 25 } })

  const tags = []
  for (const value of ["summer", "new", "bestseller", "organic", "archive", "cotton"]) tags.push((await one("/product-tags", { value: `starter-${value}` }, "product_tag")).id)
  const types = []
  for (const value of ["Starter Shirt", "Starter Bottom"]) types.push((await one("/product-types", { value }, "product_type")).id)
  const collections = []
  for (const title of ["Latest Drops", "Weekly Picks", "Sale"]) collections.push((await one("/collections", { title, handle: `starter-${title.toLowerCase().replace(" ", "-")}`, metadata: { title } }, "collection")).id)

  const categories = await makeCategories(post, one)
  const shared = await one("/product-options", { title: "Starter Fabric", is_exclusive: false, values: ["Wool", "Cotton", "Linen", "Silk"] }, "product_option")
  const ranked = await one("/product-options", { title: "Starter Fit", is_exclusive: false, values: ["Slim", "Wide", "Regular"], ranks: { Slim: 3, Wide: 1, Regular: 2 } }, "product_option")
  const products = await makeProducts({ post, get, one, channel, tags, types, collections, categories, shared, ranked })
  await stock(post, get, location, products)
  await priceLists(post, get, products)
  const { product } = await get(`/products/${products[0]}?fields=id,*variants`)
  const variants = product.variants.slice(0, 4).map((v) => v.id)
  return {
    token: key.token, all: all.token, channel, variants, regions: [europe.id, other.id], tags, types, collections, categories, options: [shared.id, ranked.id],
    products: products.slice(0, -1), // the last is a draft
  }
}

// makeCategories makes three trees whose siblings have other ranks than they were made in, with internal and inactive nodes.
async function makeCategories(post, one) {
  const ids = {}
  const make = async (name, parent, more = {}) => {
    const made = await one("/product-categories", {
      name: `Starter ${name}`, description: `All ${name}`, is_active: true, ...(parent && { parent_category_id: ids[parent] }), ...more,
    }, "product_category")
    ids[name] = made.id
  }
  for (const name of ["Shirts", "Sweatshirts", "Pants", "Merch"]) await make(name)
  await make("First of all", "", { rank: 0 })
  await make("Tees", "Shirts", { metadata: { icon: "tee" } })
  await make("Polos", "Shirts", { rank: 0 })
  await make("Blouses", "Shirts", { rank: 1 })
  await make("Staff", "Shirts", { is_internal: true })
  await make("Old", "Shirts", { is_active: false })
  for (const name of ["Long", "Short", "Sleeveless"]) await make(`${name} Tees`, "Tees", { rank: 0 })
  await make("Hidden Tees", "Tees", { is_internal: true })
  await make("Printed", "Long Tees")
  await make("Plain", "Long Tees", { rank: 0 })
  await make("White", "Plain")
  await make("Jeans", "Pants")
  await make("Shorts", "Pants", { rank: 0 })
  await make("Below Old", "Old")
  await make("Root Staff", "", { is_internal: true })
  await make("Below Staff", "Root Staff")
  // One that was moved below another, and one whose rank was changed.
  await make("Chinos", "Merch")
  await post(`/product-categories/${ids.Chinos}`, { parent_category_id: ids.Pants, rank: 1 })
  await post(`/product-categories/${ids.Merch}`, { rank: 1 })
  return ids
}

const prices = (eur) => [{ currency_code: "eur", amount: eur }, { currency_code: "usd", amount: eur + 5 }]
const images = (name, n) => Array.from({ length: n }, (_, i) => ({ url: `https://img.example/${name}-${i % 2 ? "back" : "front"}-${n - i}.png` }))

// combine returns a variant for each combination of values, in the order of the values.
function combine(options, name, price) {
  let rows = [{}]
  for (const { title, values } of options) rows = rows.flatMap((row) => values.map((v) => ({ ...row, [title]: v })))
  return rows.map((row, i) => ({
    title: Object.values(row).join(" / "), sku: `STARTER-${name}-${Object.values(row).join("-")}`.toUpperCase(), options: row, manage_inventory: true,
    prices: prices(price + i),
  }))
}

async function makeProducts(shop) {
  const { post, get, one, channel, tags, types, collections, categories: c, shared, ranked } = shop
  const size = { title: "Size", values: ["XL", "S", "L", "M"] }
  const color = { title: "Color", values: ["White", "Black", "Azure"] }
  const made = []
  const make = async (name, options, more = {}) => {
    const body = {
      title: `Starter ${name}`, handle: `starter-${name.toLowerCase().replaceAll(" ", "-")}`, description: `The ${name}.`, status: "published", weight: 400,
      sales_channels: [{ id: channel }], options, variants: more.variants ?? combine(options, name.replaceAll(" ", ""), 10), images: images(name.replaceAll(" ", ""), 4), ...more,
    }
    const product = await one("/products", body, "product")
    made.push(product.id)
    return get(`/products/${product.id}`).then((r) => r.product)
  }
  const in_ = (...names) => names.map((n) => ({ id: c[n] }))
  const tagged = (...n) => n.map((i) => ({ id: tags[i] }))
  const shirt = await make("T-Shirt", [size, color], { categories: in_("Tees", "Shirts", "Merch", "Staff", "Old"), tags: tagged(3, 0, 5, 1), type_id: types[0], collection_id: collections[0] })
  await make("Sweatshirt", [size], { categories: in_("Sweatshirts", "Merch"), tags: tagged(2, 1), type_id: types[0], collection_id: collections[0], metadata: { care: { wash: 30 } } })
  await make("Sweatpants", [size], { categories: in_("Pants"), type_id: types[1], collection_id: collections[1], subtitle: "Warm" })
  const shorts = await make("Shorts", [size], { categories: in_("Shorts", "Pants"), tags: tagged(5, 4, 3, 2, 1, 0), type_id: types[1], collection_id: collections[1] })
  await make("Cap", [{ title: "Finish", values: ["Matte", "Gloss"] }, { title: "Color", values: ["Red", "Green", "Blue"] }, { title: "Band", values: ["Wide", "Thin"] }], { collection_id: collections[2] })
  await make("Poster", [{ title: "Format", values: ["A2", "A0", "A3", "A1"] }], { variants: combine([{ title: "Format", values: ["A1", "A3", "A0", "A2"] }], "Poster", 5).map((v, i) => ({ ...v, variant_rank: [2, 0, 3, 1][i] })) })
  await make("Mug", [{ title: "Colour", values: ["Blue"] }], { images: images("Mug", 7) })
  await make("Scarf", [{ id: shared.id, value_ids: shared.values.slice(1).map((v) => v.id).reverse() }], {
    variants: [shared.values[3], shared.values[1], shared.values[2]].map((v, i) => ({ title: v.value, sku: `STARTER-SCARF-${v.value}`, options: { [shared.title]: v.value }, prices: prices(30 - i) })),
    tags: tagged(4, 0),
  })
  await make("Coat", [{ id: shared.id }, { id: ranked.id }], {
    variants: ["Slim", "Regular", "Wide"].map((fit, i) => ({ title: fit, sku: `STARTER-COAT-${fit}`, options: { [shared.title]: ["Silk", "Wool", "Cotton"][i], [ranked.title]: fit }, prices: prices(99 + i) })),
    collection_id: collections[2],
  })
  for (const n of [1, 2, 3]) await make(`Sock ${n}`, [{ title: "Size", values: ["39-42", "35-38", "43-46"] }], { categories: in_("Merch"), tags: tagged(n, 0) })
  await make("Card", [{ title: "Value", values: ["100", "20", "50"] }], { is_giftcard: true, variants: combine([{ title: "Value", values: ["100", "20", "50"] }], "Card", 20).map((v) => ({ ...v, manage_inventory: false })) })
  await make("No price", [{ title: "Cut", values: ["B", "A"] }], { variants: ["B", "A"].map((v) => ({ title: v, options: { Cut: v }, manage_inventory: false, prices: [] })) })
  await make("Draft", [size], { status: "draft", collection_id: collections[0], categories: in_("Tees"), tags: tagged(0) })
  await changes({ post, get, one }, shirt, shorts, c, tags)
  return made
}

// changes are what a merchant does later: pictures for variants, further variants and values, other ranks, another order of pictures.
async function changes({ post, get, one }, shirt, shorts, c, tags) {
  const [a, b, d] = shirt.variants
  const [front, back, detail] = shirt.images
  await post(`/products/${shirt.id}/variants/${a.id}/images/batch`, { add: [detail.id, front.id] })
  await post(`/products/${shirt.id}/variants/${b.id}/images/batch`, { add: [back.id] })
  await post(`/products/${shirt.id}/images/${detail.id}/variants/batch`, { add: [d.id, b.id] })
  await post(`/products/${shirt.id}/variants/${d.id}`, { title: "Renamed", thumbnail: front.url })
  const option = shorts.options[0]
  await post(`/product-options/${option.id}`, { values: ["XL", "S", "XS", "L", "M"] })
  const { product_option } = await get(`/product-options/${option.id}?fields=*values`)
  const value = product_option.values.find((v) => v.value === "XS")
  await post(`/products/${shorts.id}/options/batch`, { update: [{ product_option_id: option.id, add: [value.id] }] })
  await one(`/products/${shorts.id}/variants`, { title: "XS", sku: "STARTER-SHORTS-XS", options: { Size: "XS" }, prices: prices(9) }, "product")
  await post(`/products/${shorts.id}`, { images: [shorts.images[2], shorts.images[0], { url: "https://img.example/added.png" }, shorts.images[1]].map(({ id, url }) => ({ id, url })) })
  await post(`/products/${shorts.id}`, { categories: [{ id: c.Merch }, { id: c.Shorts }], tags: [{ id: tags[4] }, { id: tags[0] }, { id: tags[2] }] })
}

// stock puts units of managed variants in the warehouse, and makes one variant a kit.
async function stock(post, get, location, products) {
  for (const [n, id] of products.entries()) {
    const { product } = await get(`/products/${id}?fields=id,variants.id,variants.sku,*variants.inventory_items`)
    const items = product.variants.flatMap((v) => v.inventory_items ?? [])
    for (const [i, link] of items.entries()) {
      await post(`/inventory-items/${link.inventory_item_id}/location-levels`, { location_id: location, stocked_quantity: (n * 7 + i * 3) % 40 })
    }
    if (n === 0) {
      const [first, second, third] = product.variants
      for (const v of [third, second]) await post(`/products/${id}/variants/${first.id}/inventory-items`, { inventory_item_id: v.inventory_items[0].inventory_item_id, required_quantity: 2 })
    }
  }
}

// priceLists makes a running sale, a running override, a draft, and one to come, each with prices of variants of three products.
async function priceLists(post, get, products) {
  const variants = []
  for (const id of products.slice(0, 3)) variants.push(...(await get(`/products/${id}?fields=id,*variants`)).product.variants)
  const list = (title, more, amount) => post("/price-lists", {
    title, description: title, status: "active", type: "sale", ...more,
    prices: variants.map((v, i) => ({ variant_id: v.id, currency_code: "eur", amount: amount + i })),
  })
  await list("Starter sale", {}, 7)
  await list("Starter override", { type: "override", ends_at: "2099-01-01T00:00:00Z" }, 8)
  await list("Starter draft", { status: "draft" }, 1)
  await list("Starter future", { starts_at: "2098-01-01T00:00:00Z" }, 2)
}

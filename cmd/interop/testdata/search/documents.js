// The documents of the indexes in src/search.
const { readFileSync } = require("node:fs")
const h = JSON.parse(readFileSync(process.env.HANDLES, "utf8"))

const web = [h.sc_web], b2b = [h.sc_b2b], both = [h.sc_web, h.sc_b2b]
const row = (n, title, brand, price, more = {}) => ({
  id: `doc_${String(n).padStart(2, "0")}`, status: "published", sales_channel_ids: web, title, handle: title.toLowerCase().replace(/[^a-z0-9]+/g, "-"), brand, price, secret: n % 2 ? "odd" : "even", plain: "p", ...more,
})

exports.documents = [
  row(1, "Linen jacket", "Nordlys", 129.5, { subtitle: "Light and cool", description: "A jacket for warm evenings, cut from linen.", tags: ["summer", "outdoor"], stock: 4, sizes: [36, 38, 40], on_sale: false, made_at: "2025-01-10T00:00:00.000Z", details: { material: "linen", "it's": "cut" }, variants: [{ title: "Small", color: "blue", weight: 0.4 }, { title: "Large", color: "red", weight: 0.5 }] }),
  row(2, "Running jackets, set", "Kestrel", 89, { description: "Two jackets for runners.", tags: ["sport"], stock: 0, sizes: [38], on_sale: true, made_at: "2025-02-10T12:30:00.000Z", details: { material: "nylon" }, variants: [{ title: "Small", color: "red" }] }),
  row(3, "Café mug", "Maison", 12, { description: "Crème brûlée in a mug. Naïve façade.", tags: ["home", "summer"], stock: 120, on_sale: true, details: { material: "clay" } }),
  row(4, "Wool jacket", "Nordlys", 199, { subtitle: "Warm linen lining", description: "", tags: [], stock: 7, sizes: [], on_sale: false, variants: [] }),
  row(5, "Running shoe", "Kestrel", 129.5, { description: "For runners who ran and run.", tags: ["sport", "outdoor"], stock: 33, sizes: [40, 41, 42, 42], made_at: "2024-12-31T23:59:59.999Z", variants: [{ title: "Wide", color: "green", weight: 0.31 }, { color: "blue" }] }),
  row(6, "Trail runner's cap", "Kestrel", 24.95, { status: "draft", tags: ["sport"], stock: 5 }),
  row(7, "Trade jacket", "Nordlys", 99, { sales_channel_ids: b2b, tags: ["trade"], stock: 2 }),
  row(8, "Shared jacket", "Åkerlund", 99, { sales_channel_ids: both, tags: ["trade", "summer"], stock: 2, on_sale: false }),
  row(9, "50% off_bag", "Maison", 0, { description: "A % and an _ and a \\ and 'quotes' and \"more\".", tags: ["50%", "a_b", "it's", "x:y&z|w!"], stock: -3 }),
  row(10, "Jacket of jackets: jacket", null, 1e6, { description: "jacket jacket jacket", stock: null, tags: null }),
  row(11, "Bücher und Straßen", "verlag", 30, { description: "Über die Straße gehen; the streets of cities", tags: ["Book"], on_sale: true, made_at: "2023-06-01" }),
  row(12, "sneaker", "kestrel", 59, { tags: ["sport"], subtitle: "Sneakers for streets", stock: 12, sizes: [41], made_at: "not a date" }),
  row(13, "The and of", "Maison", 7.25, { description: "Stop words only", extra: "not declared", variants: { title: "One", color: "grey" } }),
]

exports.guides = [
  { slug: "care-linen", name: "How to care for linen", topic: "care", public: true },
  { slug: "care-wool", name: "How to care for wool", topic: "care", public: true },
  { slug: "sizes", name: "Which size fits", topic: "fit", public: true },
  { slug: "staff", name: "What staff should know of linen", topic: "fit", public: false },
  { slug: "none", name: "A linen guide without a topic", public: true },
]

// Asks a server in front of a Medusa that a shop has extended, and compares with what Medusa itself answers. It promises to print each check and
// to exit with 1 if one fails.
import { readFileSync } from "node:fs"
import { db, h, need, ours, sql, theirs } from "./lib.mjs"

let failed = 0
async function check(what, run) {
  try {
    await run()
    console.log(`ok    ${what}`)
  } catch (err) {
    failed++
    console.log(`FAIL  ${what}: ${err.message}`)
  }
}
const want = (ok, what) => {
  if (!ok) throw new Error(what)
}
// ask is over TLS, as a proxy in front says, and keeps cookies.
const jar = new Map()
async function ask(method, path, { body, headers = {}, cookies = true, raw, base = ours.base } = {}) {
  const sent = { "x-publishable-api-key": h.pk_web, "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7", ...headers }
  if (body !== undefined) sent["content-type"] = "application/json"
  if (cookies && jar.size) sent.cookie = [...jar].map(([k, v]) => `${k}=${v}`).join("; ")
  const res = await fetch(base + path, { method, headers: sent, body: raw ?? (body === undefined ? undefined : JSON.stringify(body)), redirect: "manual" })
  for (const line of res.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
    if (value) jar.set(name, value)
    else jar.delete(name)
  }
  const text = await res.text()
  let json
  try { json = JSON.parse(text) } catch { /* not JSON */ }
  return { status: res.status, headers: res.headers, text, json }
}
const ready = async () => (await (await fetch(ours.base + "/health/ready")).text())

const [{ id: product }] = await sql(`SELECT id FROM product WHERE handle = 'classic-tee'`)
await sql(`INSERT INTO brand (id, name) VALUES ('brand_1', 'Moss') ON CONFLICT DO NOTHING`)
await sql(`INSERT INTO product_product_brand_brand (id, product_id, brand_id) VALUES ('ppbb_1', $1, 'brand_1') ON CONFLICT DO NOTHING`, product)

await check("custom route", async () => {
  const { json } = await ask("GET", "/store/brands")
  want(json?.brands?.[0]?.name === "Moss", JSON.stringify(json))
  want(json.ip === "203.0.113.7" && json.protocol === "https", `the client is ${json.ip} over ${json.protocol}`)
})
await check("custom route, POST", async () => {
  const { json } = await ask("POST", "/store/brands", { body: { a: [1, "ü"] } })
  want(JSON.stringify(json) === '{"got":{"a":[1,"ü"]}}', JSON.stringify(json))
})
await check("CORS of a custom route is Medusa's, once", async () => {
  for (const [method, headers] of [["GET", {}], ["OPTIONS", { "access-control-request-method": "GET" }]]) {
    const { headers: got } = await ask(method, "/store/brands", { headers: { origin: "https://shop.example", ...headers } })
    want(got.get("access-control-allow-origin") === "https://shop.example", `${method}: ${got.get("access-control-allow-origin")}`)
  }
})
await check("field of a module link", async () => {
  const path = `/store/products/${product}?fields=id,title,brand.name`
  const [a, b] = [await ask("GET", path), await ask("GET", path, { base: theirs.base })]
  want(a.json?.product?.brand?.name === "Moss", a.text.slice(0, 300))
  want(a.text === b.text, `ours ${a.text.slice(0, 200)}, theirs ${b.text.slice(0, 200)}`)
})
await check("the same route without it is ours", async () => {
  const before = await ready()
  const { json } = await ask("GET", `/store/products/${product}?fields=id,title`)
  want(json.product.id === product, JSON.stringify(json))
  want(before === (await ready()), `${before} became ${await ready()}`)
})
await check("admin log-in with a cookie", async () => {
  const { json } = await ask("POST", "/auth/user/emailpass", { body: { email: "admin@test.com", password: "supersecret" } })
  want(json?.token, JSON.stringify(json))
  const session = await ask("POST", "/auth/session", { headers: { authorization: `Bearer ${json.token}` } })
  want(session.status === 200 && jar.has("connect.sid"), `${session.status} ${session.text}`)
  const me = await ask("GET", "/admin/users/me")
  want(me.json?.user?.email === "admin@test.com", `${me.status} ${me.text}`)
})
await check("an admin's session leaves the store to us", async () => {
  const { json, headers } = await ask("GET", `/store/products/${product}?fields=id`)
  want(json?.product?.id === product && !headers.has("x-powered-by"), "Medusa answered")
  want((await ask("GET", "/store/customers/me")).status === 401, "an admin is a customer")
})
await check("20 MB to /admin/uploads", async () => {
  const bytes = Buffer.alloc(20 << 20, "storegraph ")
  const form = new FormData()
  form.append("files", new Blob([bytes], { type: "text/csv" }), "large.csv")
  const { status, json, text } = await ask("POST", "/admin/uploads", { raw: form })
  want(status === 200 && json.files.length === 1, `${status} ${text.slice(0, 300)}`)
  const back = await fetch(ours.base + new URL(json.files[0].url).pathname)
  want(Buffer.from(await back.arrayBuffer()).equals(bytes), `it comes back as ${back.status}, ${back.headers.get("content-length")} bytes`)
})
await check("admin log-out", async () => {
  const out = await ask("DELETE", "/auth/session")
  want(out.status === 200, `${out.status} ${out.text}`)
  want((await ask("GET", "/admin/users/me")).status === 401, "the admin is still logged in")
})
await check("a customer's session of ours on a custom route", async () => {
  jar.clear()
  const email = `front.${Date.now()}@interop.example`
  const token = await ours.signUp(email)
  await ask("POST", "/auth/session", { headers: { authorization: `Bearer ${token}` } })
  const { customer } = (await ask("GET", "/store/customers/me")).json
  want(customer.email === email, JSON.stringify(customer))
  const { json } = await ask("GET", "/store/brands")
  want(json.customer === customer.id, `Medusa sees ${json.customer}, want ${customer.id}`)
})
await check("a customer's session of Medusa's on our routes", async () => {
  jar.clear()
  const email = `theirs.${Date.now()}@interop.example`
  const token = await theirs.signUp(email)
  await ask("POST", "/auth/session", { base: theirs.base, headers: { authorization: `Bearer ${token}` } })
  const { json, headers } = await ask("GET", "/store/customers/me")
  want(json?.customer?.email === email, "the customer is not known")
  want(!headers.has("x-powered-by"), "Medusa answered")
  const { data } = (await ask("POST", "/graphql", { body: { query: "{ customer { email } }" } })).json
  want(data.customer?.email === email, "the customer is not known in GraphQL")
  const out = await ask("DELETE", "/auth/session")
  want(out.status === 200 && out.headers.has("x-powered-by"), `the log-out is Medusa's: ${out.status}`)
  jar.clear()
})
await check("named route, with our lines in the cart", async () => {
  const cart = await ours.ready({ region: "us", address: { first_name: "Cal", last_name: "West", address_1: "1 Market St", city: "San Francisco", country_code: "us", province: "us-ca", postal_code: "94105" }, email: "named@interop.example", lines: [["mug_moss", 1]], options: ["us_ground"] })
  const { json, headers, text } = await ask("POST", `/store/carts/${cart}/complete`, { cookies: false })
  want(json?.type === "order" && json.order.items.length === 1, text.slice(0, 300))
  want(headers.get("x-powered-by") === "Express", "Medusa did not answer")
})
await check("shadow finds the planted difference and invents none", async () => {
  const us = `region_id=${h.reg_us}`
  const reads = [
    "/store/currencies?limit=3", "/store/regions", `/store/regions/${h.reg_eu}`, "/store/collections?limit=3&fields=id,handle,title", "/store/product-tags", "/store/product-types",
    "/store/product-categories?fields=*category_children", "/store/return-reasons", `/store/payment-providers?${us}`,
    `/store/products?limit=12&${us}&fields=*variants.calculated_price,%2Bvariants.inventory_quantity,*variants.images,%2Bmetadata,%2Btags,`,
    `/store/products/${product}?${us}`, `/store/products?limit=5&offset=10&fields=id,title,handle`, "/store/products?handle=classic-tee", "/store/products/prod_none", "/store/regions?limit=x",
  ]
  for (const path of reads) {
    const count = async () => /shadow: (.*)/.exec(await ready())[1].match(/\d+/g).reduce((a, b) => a + Number(b), 0)
    const before = await count()
    await ask("GET", path, { cookies: false })
    for (let n = 0; (await count()) === before; n++) {
      want(n < 600, `${path} is not compared`)
      await new Promise((done) => setTimeout(done, 50))
    }
  }
  const found = await sql("SELECT route, kind, path, deviation, example FROM storegraph.shadow_difference WHERE deviation = ''")
  want(found.length === 1 && found[0].path === "$.planted" && found[0].kind === "missing" && found[0].route === "GET /store/currencies", JSON.stringify(found))
})
await check("nothing of it is held against the storefront", async () => {
  const lines = readFileSync(need("OURS_LOG"), "utf8").split("\n").filter((line) => /level=(WARN|ERROR)/.test(line))
  const others = lines.filter((line) => !line.includes("Medusa's locks: not shared")) // the recorded shop has no locking provider
  want(others.length === 0, others.join("\n"))
})
await db.end()
process.exit(failed ? 1 : 0)

// What both scripts need: requests to either server, carts on the way to orders, and the reference's own driver for Postgres.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

export const need = (name) => process.env[name] || (console.error(`set ${name}`), process.exit(2))
export const h = JSON.parse(readFileSync(need("HANDLES"), "utf8"))
const { Client } = createRequire(need("MEDUSA_DIR") + "/package.json")("pg")
export const db = new Client({ connectionString: need("DATABASE_URL"), application_name: "interop" })
await db.connect()
export const sql = async (text, ...args) => (await db.query(text, args)).rows

// A server answers with the body, or throws what it said.
export class Server {
  constructor(name, base) {
    Object.assign(this, { name, base })
  }
  async ask(method, path, body, token) {
    const headers = { "x-publishable-api-key": h.pk_web }
    if (body !== undefined) headers["content-type"] = "application/json"
    if (token) headers.authorization = `Bearer ${token}`
    const res = await fetch(this.base + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    const text = await res.text()
    if (!res.ok) throw new Error(`${this.name}: ${method} ${path}: ${res.status} ${text.slice(0, 400)}`)
    return JSON.parse(text)
  }
  get(path, token) {
    return this.ask("GET", path, undefined, token)
  }
  post(path, body, token) {
    return this.ask("POST", path, body, token)
  }
  async logIn(email, password, actor = "customer") {
    return (await this.post(`/auth/${actor}/emailpass`, { email, password })).token
  }
  async signUp(email) {
    const { token } = await this.post("/auth/customer/emailpass/register", { email, password })
    await this.post("/store/customers", { email, first_name: "Ida", last_name: "Frank" }, token)
    return this.logIn(email, password)
  }
  async cart(id, token, query = "") {
    return (await this.get(`/store/carts/${id}${query}`, token)).cart
  }
  async begin({ region, address, email, token, lines }) {
    const { cart } = await this.post("/store/carts", { region_id: h[`reg_${region}`], shipping_address: address, email, items: [] }, token)
    for (const [sku, quantity] of lines) await this.post(`/store/carts/${cart.id}/line-items`, { variant_id: h[`var_${sku}`], quantity }, token)
    return cart.id
  }
  promote(cart, codes, token) {
    return this.post(`/store/carts/${cart}/promotions`, { promo_codes: codes }, token)
  }
  ship(cart, option, token) {
    return this.post(`/store/carts/${cart}/shipping-methods`, { option_id: h[`so_${option}`] }, token)
  }
  async pay(cart, token, session = true) {
    const { payment_collection } = await this.post("/store/payment-collections", { cart_id: cart }, token)
    if (session) await this.post(`/store/payment-collections/${payment_collection.id}/payment-sessions`, { provider_id: "pp_system_default" }, token)
    return payment_collection.id
  }
  async complete(cart, token) {
    const done = await this.post(`/store/carts/${cart}/complete`, undefined, token)
    if (done.type !== "order") throw new Error(`${this.name}: complete ${cart}: ${JSON.stringify(done.error)}`)
    return done.order
  }
  // ready is a cart that has all it needs to become an order.
  async ready(kind) {
    const cart = await this.begin(kind)
    if (kind.codes) await this.promote(cart, kind.codes, kind.token)
    for (const option of kind.options) await this.ship(cart, option, kind.token)
    await this.pay(cart, kind.token, !kind.free)
    return cart
  }
  async order(kind) {
    return (await this.complete(await this.ready(kind), kind.token)).id
  }
}

export const password = "Sup3r-secret"
export const address = {
  de: { first_name: "Jana", last_name: "Keller", address_1: "Kastanienallee 7", city: "Berlin", country_code: "de", postal_code: "10435" },
  fr: { first_name: "Luc", last_name: "Martin", address_1: "5 rue de Rivoli", city: "Paris", country_code: "fr", postal_code: "75001" },
  ca: { first_name: "Cal", last_name: "West", address_1: "1 Market St", city: "San Francisco", country_code: "us", province: "us-ca", postal_code: "94105" },
  or: { first_name: "Ora", last_name: "Gon", address_1: "1 Burnside", city: "Portland", country_code: "us", province: "us-or", postal_code: "97201" },
}

export const ours = new Server("storegraph", need("OURS"))
export const theirs = new Server("reference", need("THEIRS"))

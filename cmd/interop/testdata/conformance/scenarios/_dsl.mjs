// The words in which scenarios are written. A step is { name, method, path, headers, body | raw, capture, check, ignore } with
// {{name}} placeholders. Its options:
//   pk       the name of a publishable key, null for none; below /store it is pk_web unless said otherwise
//   token    the name of a captured token, sent as Bearer
//   headers  further headers
//   raw      a body that is text
//   capture  { name: path }: what later steps need of the answer
//   check    headers of the answer to compare besides content-type
//   ignore   paths of the body not to compare
//   expect   the status that recording insists on; expect5xx lets it be an internal error
export function suite(section) {
  const scenarios = []
  return {
    section, scenarios,
    scenario(name, ...steps) {
      const list = steps.flat(4)
      const seen = new Map()
      for (const s of list) {
        const n = (seen.get(s.name) ?? 0) + 1
        seen.set(s.name, n)
        if (n > 1) s.name += ` (${n})`
      }
      scenarios.push({ name, steps: list })
    },
  }
}
function step(method, name, path, body, o = {}) {
  const headers = { ...o.headers }
  const pk = o.pk === undefined ? (path.startsWith("/store") ? "pk_web" : null) : o.pk
  if (pk) headers["x-publishable-api-key"] = `{{${pk}}}`
  if (o.token) headers.authorization = `Bearer {{${o.token}}}`
  const s = { name, method, path, headers: Object.keys(headers).length ? headers : undefined, body: o.raw === undefined ? body : undefined, raw: o.raw, capture: o.capture, check: o.check, ignore: o.ignore, expect: o.expect, expect5xx: o.expect5xx }
  return s
}
export const get = (name, path, o) => step("GET", name, path, undefined, o)
export const post = (name, path, body, o) => step("POST", name, path, body, o)
export const del = (name, path, o) => step("DELETE", name, path, o?.body, o)
export const req = (method, name, path, o) => step(method, name, path, o?.body, o)

export const login = (who, as = "tok") => post(`log in ${who}`, "/auth/customer/emailpass", { email: `{{email_${who}}}`, password: `{{pass_${who}}}` }, { capture: { [as]: "token" }, expect: 200 })
export const signup = (email, as = "tok", o = {}) => [
  post(`register ${email}`, "/auth/customer/emailpass/register", { email, password: "Sup3r-secret" }, { capture: { reg_token: "token" }, expect: 200 }),
  post(`create ${email}`, "/store/customers", { email, first_name: "Test", last_name: "Person", ...o }, { token: "reg_token", capture: { [as + "_customer"]: "customer.id" }, expect: 200 }),
  post(`log in ${email}`, "/auth/customer/emailpass", { email, password: "Sup3r-secret" }, { capture: { [as]: "token" }, expect: 200 }),
]
export const ADDR = {
  de: { first_name: "Jana", last_name: "Keller", address_1: "Kastanienallee 7", city: "Berlin", country_code: "de", postal_code: "10435", phone: "+49 30 1234" },
  fr: { first_name: "Luc", last_name: "Martin", address_1: "5 rue de Rivoli", city: "Paris", country_code: "fr", postal_code: "75001" },
  it: { first_name: "Gio", last_name: "Verdi", address_1: "Via Roma 3", city: "Milano", country_code: "it", postal_code: "20121" },
  at: { first_name: "Max", last_name: "Moser", address_1: "Ring 1", city: "Wien", country_code: "at", postal_code: "1010" },
  es: { first_name: "Pau", last_name: "Gil", address_1: "Gran Via 1", city: "Madrid", country_code: "es", postal_code: "28013" },
  nl: { first_name: "Sanne", last_name: "Bos", address_1: "Damrak 1", city: "Amsterdam", country_code: "nl", postal_code: "1012" },
  ca: { first_name: "Cal", last_name: "West", address_1: "1 Market St", city: "San Francisco", country_code: "us", province: "us-ca", postal_code: "94105" },
  ny: { first_name: "Ned", last_name: "York", address_1: "350 5th Ave", city: "New York", country_code: "us", province: "us-ny", postal_code: "10118" },
  tx: { first_name: "Tex", last_name: "Lone", address_1: "100 Congress Ave", city: "Austin", country_code: "us", province: "us-tx", postal_code: "78701" },
  or: { first_name: "Ora", last_name: "Gon", address_1: "1 Burnside", city: "Portland", country_code: "us", province: "us-or", postal_code: "97201" },
  gb: { first_name: "Ben", last_name: "Hill", address_1: "10 Strand", city: "London", country_code: "gb", postal_code: "WC2N 5HR" },
  dk: { first_name: "Mads", last_name: "Holm", address_1: "Nyhavn 1", city: "Kobenhavn", country_code: "dk", postal_code: "1051" },
  se: { first_name: "Elsa", last_name: "Berg", address_1: "Kungsgatan 1", city: "Stockholm", country_code: "se", postal_code: "11143" },
  jp: { first_name: "Aiko", last_name: "Sato", address_1: "1-1 Marunouchi", city: "Tokyo", country_code: "jp", postal_code: "100-0005" },
}
// creates a cart with a region, optional address, then adds lines one by one
export const cart = (region, lines = [], { address, email, token, pk, promo_codes, as = "cart", billing, extra } = {}) => [
  post(`create cart ${region}`, "/store/carts", {
    region_id: `{{reg_${region}}}`,
    ...(address ? { shipping_address: ADDR[address] ?? address } : {}), ...(billing ? { billing_address: ADDR[billing] } : {}),
    ...(email ? { email } : {}), ...(promo_codes ? { promo_codes } : {}), ...extra,
  }, { token, pk, capture: { [as]: "cart.id" }, expect: 200 }),
  ...lines.map(([sku, quantity, cap]) => line(sku, quantity, { as, token, pk, cap })),
]
export const line = (sku, quantity, { as = "cart", token, pk, cap, expect = 200 } = {}) =>
  post(`add ${quantity} x ${sku}`, `/store/carts/{{${as}}}/line-items`, { variant_id: `{{var_${sku}}}`, quantity }, { token, pk, expect, ...(cap ? { capture: { [cap]: `cart.items[variant_id={{var_${sku}}}].id` } } : {}) })
export const promos = (codes, { as = "cart", expect = 200, token } = {}) => post(`add promotions ${codes.join(" ")}`, `/store/carts/{{${as}}}/promotions`, { promo_codes: codes }, { expect, token })
export const ship = (option, { as = "cart", expect = 200, token } = {}) => post(`choose ${option}`, `/store/carts/{{${as}}}/shipping-methods`, { option_id: `{{so_${option}}}` }, { expect, token })
export const pay = ({ as = "cart", token } = {}) => [
  post("create payment collection", "/store/payment-collections", { cart_id: `{{${as}}}` }, { token, capture: { paycol: "payment_collection.id" }, expect: 200 }),
  post("initialise payment session", "/store/payment-collections/{{paycol}}/payment-sessions", { provider_id: "pp_system_default" }, { token, expect: 200 }),
]
export const complete = ({ as = "cart", token, order = "order", expect = 200 } = {}) => post("complete", `/store/carts/{{${as}}}/complete`, undefined, { token, expect, capture: order ? { [order]: "order.id" } : undefined })
export const view = (as = "cart", q = "") => get("read cart" + (q ? " " + q : ""), `/store/carts/{{${as}}}${q}`)

// What all clients share: the server at BASE_URL with its key, and the operations of the playground by their names.
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"

export const url = process.env.BASE_URL + "/graphql"
export const headers = { "x-publishable-api-key": process.env.KEY }

const texts = readdirSync("operations").map((file) => readFileSync(`operations/${file}`, "utf8"))

// operation returns the text of an operation.
export function operation(name) {
  const text = texts.find((t) => new RegExp(`^(query|mutation|subscription) ${name}\\b`, "m").test(t))
  if (!text) throw new Error(`no operation is called ${name}`)
  return text
}

export const sha256 = (text) => createHash("sha256").update(text).digest("hex")

// plain runs an operation without any client's cache.
export async function plain(query, variables) {
  const response = await fetch(url, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify({ query, variables }) })
  const { data, errors } = await response.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

// shop returns what the shop has to try with: two regions with their currencies, a product and a variant of it.
export async function shop() {
  const { regions, productCategories } = await plain(operation("Home"))
  const [here, there] = regions.nodes
  const [{ handle, products }] = productCategories.nodes
  const [product] = products.nodes
  return { here, there, category: handle, product, variant: product.defaultVariant.id }
}

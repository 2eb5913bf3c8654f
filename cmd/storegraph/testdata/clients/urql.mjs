// urql with its normalised cache: one client for each context, pages, mutations and subscriptions.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { Client, fetchExchange, gql, subscriptionExchange } from "@urql/core"
import { cacheExchange } from "@urql/exchange-graphcache"
import { relayPagination } from "@urql/exchange-graphcache/extras"
import { createClient } from "graphql-sse"
import { headers, operation, plain, shop, url } from "./lib.mjs"

const schema = JSON.parse(readFileSync("introspection.json", "utf8"))

// What has no id is a part of what it belongs to.
const keys = Object.fromEntries(
  schema.__schema.types.filter((t) => t.kind === "OBJECT" && !t.fields.some((f) => f.name === "id")).map((t) => [t.name, () => null]),
)

let requests = 0
const events = createClient({ url, headers })
const client = () =>
  new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers },
    fetch: (...args) => {
      requests++
      return fetch(...args)
    },
    exchanges: [
      cacheExchange({ schema, keys, resolvers: { Query: { products: relayPagination() }, ProductCategory: { products: relayPagination() } } }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({ subscribe: (sink) => ({ unsubscribe: events.subscribe({ query, variables }, sink) }) }),
      }),
    ],
  })

async function ask(of, query, variables) {
  const { data, error } = await of.query(query, variables).toPromise()
  if (error) throw error
  return data
}

const { here, there, product, variant, category } = await shop()

// Two contexts in turn: each has its own client, and its own prices.
const clients = new Map([here, there].map((region) => [region, client()]))
const currency = async (region) => {
  const data = await ask(clients.get(region), operation("Product"), { handle: product.handle, region: region.id, country: region.countries[0].iso2 })
  return data.product.defaultVariant.price.amount.currencyCode
}
for (const region of [here, there, here, there]) assert.equal(await currency(region), region.currencyCode)
assert.equal(requests, 2, "what is in the cache is asked for again")

const urql = clients.get(here)
const list = gql`query List($category: String!, $after: String) {
  productCategory(by: { handle: $category }) { id products(first: 2, after: $after) { edges { cursor node { id title } } pageInfo { hasNextPage endCursor } } }
}`
const first = (await ask(urql, list, { category })).productCategory.products
const both = (await ask(urql, list, { category, after: first.pageInfo.endCursor })).productCategory.products
assert.equal(both.edges.length, 4)

const created = await urql.mutation(operation("CreateCart"), { input: { regionId: here.id, items: [{ variantId: variant, quantity: 1 }] } }).toPromise()
assert.ifError(created.error)
const { cart } = created.data.createCart
const small = gql`query Small($id: ID!) { cart(id: $id) { id items { id quantity } } }`
const quantity = async () => (await ask(urql, small, { id: cart.id })).cart.items[0].quantity
assert.equal(await quantity(), 1)
await urql.mutation(operation("UpdateLineItems"), { input: { cartId: cart.id, items: [{ lineId: cart.items[0].id, quantity: 3 }] } }).toPromise()
assert.equal(await quantity(), 3)

await new Promise((resolve, reject) => {
  let states = 0
  const { unsubscribe } = urql.subscription(operation("FollowCart"), { id: cart.id }).subscribe(({ data, error }) => {
    if (error) return reject(error)
    if (++states === 1) plain(operation("UpdateLineItems"), { input: { cartId: cart.id, items: [{ lineId: cart.items[0].id, quantity: 2 }] } }).catch(reject)
    if (data.cartUpdated.items[0].quantity === 2) {
      setTimeout(() => unsubscribe())
      resolve()
    }
  })
})
assert.equal(await quantity(), 2)
console.log("urql: ok")
process.exit(0)

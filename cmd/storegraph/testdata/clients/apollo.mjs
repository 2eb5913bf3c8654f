// Apollo Client 4: automatic persisted queries, pages, a cache that shows each context its own prices, mutations and subscriptions.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, Observable, gql } from "@apollo/client"
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries"
import { print, relayStylePagination } from "@apollo/client/utilities"
import { createClient } from "graphql-sse"
import { headers, operation, plain, sha256, shop, url } from "./lib.mjs"

// The context is part of the key of whatever depends on it, so that one cache holds several. All operations name its variables alike.
const inContext = (args, { fieldName, variables }) => {
  const { first, after, last, before, ...others } = args ?? {}
  return `${fieldName}:${JSON.stringify([others, variables?.region, variables?.country, variables?.locale])}`
}
const priced = { keyArgs: inContext }
const pages = relayStylePagination(inContext)

export const cache = () =>
  new InMemoryCache({
    possibleTypes: JSON.parse(readFileSync("possible-types.json", "utf8")),
    typePolicies: {
      Query: { fields: { products: pages } },
      ProductCategory: { fields: { products: pages } },
      Collection: { fields: { products: pages } },
      Product: { fields: { priceRange: priced } },
      ProductVariant: { fields: { price: priced } },
    },
  })

// Subscriptions come as an event stream.
class EventLink extends ApolloLink {
  constructor() {
    super()
    this.client = createClient({ url, headers })
  }
  request({ query, variables, operationName }) {
    return new Observable((sink) => this.client.subscribe({ query: print(query), variables, operationName }, sink))
  }
}

const sent = [] // requests, by method, with or without their text
const counted = (input, init) => {
  sent.push(`${init.method}${/"query":|[?&]query=/.test(input + (init.body ?? "")) ? " with text" : ""}`)
  return fetch(input, init)
}

export const client = () =>
  new ApolloClient({
    cache: cache(),
    link: ApolloLink.split(
      ({ query }) => query.definitions.some((d) => d.operation === "subscription"),
      new EventLink(),
      ApolloLink.from([new PersistedQueryLink({ sha256, useGETForHashedQueries: true }), new HttpLink({ uri: url, headers, fetch: counted })]),
    ),
  })

const { here, there, product, variant, category } = await shop()
const apollo = client()
const country = (region) => region.countries[0].iso2
const page = (region, fetchPolicy) =>
  apollo.query({ query: gql(operation("Product")), variables: { handle: product.handle, region: region.id, country: country(region) }, fetchPolicy }).then(({ data }) => data.product)
const currency = (p) => p.defaultVariant.price.amount.currencyCode

// Two contexts in turn: each shows its own prices, from the server and from the cache.
assert.equal(currency(await page(here)), here.currencyCode)
assert.equal(currency(await page(there)), there.currencyCode)
const requests = sent.length
assert.equal(currency(await page(here)), here.currencyCode)
assert.equal(currency(await page(there, "cache-only")), there.currencyCode)
assert.equal(sent.length, requests, "what is in the cache is asked for again")

// Persisted: the hash by GET, once the text, and from then on the hash alone.
assert.deepEqual(sent, ["GET", "POST with text", "GET"])

// Pages of a list are put together.
const list = { query: gql`query List($category: String!, $first: Int!, $after: String) {
  productCategory(by: { handle: $category }) { id products(first: $first, after: $after) { edges { cursor node { id title } } pageInfo { hasNextPage endCursor } } }
}`, variables: { category, first: 2 } }
const pageOne = (await apollo.query(list)).data.productCategory.products
const watched = apollo.watchQuery(list)
const stop = watched.subscribe(() => {})
await watched.fetchMore({ variables: { after: pageOne.pageInfo.endCursor } })
const both = apollo.readQuery(list).productCategory.products.edges
assert.equal(both.length, 4)
assert.equal(new Set(both.map((e) => e.node.id)).size, 4)
stop.unsubscribe()

// A mutation's cart is the one that a query watches.
const created = await apollo.mutate({ mutation: gql(operation("CreateCart")), variables: { input: { regionId: here.id, items: [{ variantId: variant, quantity: 1 }] } } })
const { cart, userErrors } = created.data.createCart
assert.deepEqual(userErrors, [])
const small = gql`query Small($id: ID!) { cart(id: $id) { id items { id quantity } } }`
const read = () => apollo.query({ query: small, variables: { id: cart.id } }).then(({ data }) => data.cart.items)
assert.equal((await read())[0].quantity, 1)
const change = { input: { cartId: cart.id, items: [{ lineId: cart.items[0].id, quantity: 3 }] } }
await apollo.mutate({ mutation: gql(operation("UpdateLineItems")), variables: change })
assert.equal((await read())[0].quantity, 3)

// An error of the user is data, and names the field.
const refused = await apollo.mutate({ mutation: gql(operation("AddPromotions")), variables: { input: { cartId: cart.id, promoCodes: ["NONE"] } } })
assert.equal(refused.data.addPromotions.userErrors[0].code, "PROMOTION_NOT_FOUND")
assert.equal(refused.data.addPromotions.userErrors[0].field[0], "promoCodes")

// A subscription brings what somebody else changes, into the cache too.
const states = []
await new Promise((resolve, reject) => {
  const follow = apollo.subscribe({ query: gql(operation("FollowCart")), variables: { id: cart.id } }).subscribe({
    next({ data, error }) {
      if (error) return reject(error)
      states.push(data.cartUpdated.items[0].quantity)
      if (states.length === 1) plain(operation("UpdateLineItems"), { input: { cartId: cart.id, items: [{ lineId: cart.items[0].id, quantity: 2 }] } }).catch(reject)
      if (data.cartUpdated.items[0].quantity === 2) {
        follow.unsubscribe()
        resolve()
      }
    },
    error: reject,
  })
})
assert.equal((await read())[0].quantity, 2)
console.log("apollo: ok")
process.exit(0)

// Relay: an environment for each context, fragments that are fetched again by node, pages, mutations and subscriptions, and the
// documents that its compiler has persisted.
import assert from "node:assert/strict"
import { createClient } from "graphql-sse"
import relay from "relay-runtime"
import { headers, plain, operation, shop, url } from "./lib.mjs"

const { Environment, Network, Observable, RecordSource, Store, commitMutation, createOperationDescriptor, fetchQuery, getSelector, requestSubscription } = relay
const artifact = async (name, from = "relay-texts") => (await import(`./${from}/${name}.graphql.js`)).default

// The queries that the compiler makes to fetch fragments again have no directive of their own: the network gives them the context.
const inContext = (text, { region, country }) =>
  text.replace(/^(query \w+(?:\([\s\S]*?\n\))?) \{/, `$1 @inContext(region: ${JSON.stringify(region)}, country: ${country}) {`)

const events = createClient({ url, headers })
const environment = (context) =>
  new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      async ({ text, name }, variables) => {
        const body = JSON.stringify({ query: inContext(text, context), operationName: name, variables })
        const response = await fetch(url, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body })
        return response.json()
      },
      ({ text, name }, variables) => Observable.create((sink) => events.subscribe({ query: text, operationName: name, variables }, sink)),
    ),
  })

const { here, there, product, variant, category } = await shop()
const country = (region) => JSON.stringify(region.countries[0].iso2)
const of = new Map([here, there].map((region) => [region, environment({ region: region.id, country: country(region) })]))
const read = async (env, fragment, ref) => env.lookup(getSelector(await artifact(fragment), ref)).data
const run = async (env, query, variables) => fetchQuery(env, await artifact(query), variables).toPromise()

// Two contexts in turn, and the fragment fetched again in each.
for (const region of [here, there, here]) {
  const env = of.get(region)
  const data = await run(env, "pagesProductQuery", { handle: product.handle, region: region.id, country: region.countries[0].iso2 })
  const shown = await read(env, "pages_product", data.product)
  assert.equal(shown.priceRange.min.currencyCode, region.currencyCode)
  const { metadata } = await artifact("pages_product")
  assert.equal(metadata.refetch.identifierInfo.identifierField, "id")
  const again = await run(env, "pagesProductRefetchQuery", { id: shown.id, like: 1 })
  const anew = await read(env, "pages_product", again.node)
  assert.equal(anew.related.length, 1)
  assert.equal(anew.priceRange.min.currencyCode, region.currencyCode)
}

// Pages.
const env = of.get(here)
const listed = await run(env, "pagesCategoryQuery", { handle: category })
const pageOne = await read(env, "pages_category", listed.productCategory)
assert.equal(pageOne.products.edges.length, 2)
await run(env, "pagesCategoryNextQuery", { id: pageOne.id, first: 2, after: pageOne.products.pageInfo.endCursor })
assert.equal((await read(env, "pages_category", listed.productCategory)).products.edges.length, 4)

// Mutations change the cart that a fragment reads; so does fetching it again.
const mutate = async (name, input) =>
  new Promise((onCompleted, onError) => artifact(name).then((mutation) => commitMutation(env, { mutation, variables: { input }, onCompleted, onError })))
const { createCart } = await mutate("pagesCreateCartMutation", { regionId: here.id, items: [{ variantId: variant, quantity: 1 }] })
assert.deepEqual(createCart.userErrors, [])
const cart = async () => read(env, "pages_cart", createCart.cart)
const line = (await cart()).items[0].id
await mutate("pagesUpdateLinesMutation", { cartId: createCart.cart.id, items: [{ lineId: line, quantity: 3 }] })
assert.equal((await cart()).items[0].quantity, 3)
const change = (quantity) => plain(operation("UpdateLineItems"), { input: { cartId: createCart.cart.id, items: [{ lineId: line, quantity }] } })
await change(2)
await run(env, "pagesCartRefetchQuery", { id: createCart.cart.id })
assert.equal((await cart()).items[0].quantity, 2)

// A subscription.
const subscription = await artifact("pagesCartSubscription")
await new Promise((resolve, reject) => {
  let states = 0
  const { dispose } = requestSubscription(env, {
    subscription,
    variables: { id: createCart.cart.id },
    onNext: async () => {
      if (++states === 1) change(4).catch(reject)
      if ((await cart()).items[0].quantity === 4) {
        dispose()
        resolve()
      }
    },
    onError: reject,
  })
})

// A server that knows the compiler's documents, and no others, runs them by their ids.
const trusted = async (body) =>
  (await fetch(process.env.DOCUMENTS_URL + "/graphql", { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) })).json()
const { params } = await artifact("pagesCartQuery", "relay-persisted")
assert.equal(params.text, null)
const answer = await trusted({ documentId: params.id, variables: { id: createCart.cart.id } })
assert.equal(answer.data.cart.items[0].quantity, 4)
assert.equal((await trusted({ query: "{ __typename }" })).errors.length, 1)
console.log("relay: ok")
process.exit(0)

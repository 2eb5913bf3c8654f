// What code generation gives: documents whose results and variables have types, also by hand without any client.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core"
import { print } from "graphql"
import { CreateCartDocument, ProductDocument } from "./generated/graphql.js"

async function run<Result, Variables>(document: TypedDocumentNode<Result, Variables>, variables: Variables): Promise<Result> {
  const response = await fetch("/graphql", { method: "POST", body: JSON.stringify({ query: print(document), variables }) })
  return ((await response.json()) as { data: Result }).data
}

export async function page(handle: string, region: string, country: string): Promise<string> {
  const { product } = await run(ProductDocument, { handle, region, country })
  const price = product?.defaultVariant?.price
  if (!product || !price) return "not for sale here"
  const amount: string = price.withTax?.amount ?? price.amount.amount
  return `${product.title}: ${amount} ${price.amount.currencyCode}`
}

export async function begin(regionId: string, variantId: string): Promise<string> {
  const { createCart } = await run(CreateCartDocument, { input: { regionId, items: [{ variantId, quantity: 1 }] } })
  for (const { code, field } of createCart?.userErrors ?? []) {
    if (code === "OUT_OF_STOCK") return `sold out: ${field?.join(".")}`
    // @ts-expect-error there is no such code
    if (code === "SOLD_OUT") return ""
  }
  // @ts-expect-error the cart is null if it was refused
  return createCart.cart.id
}

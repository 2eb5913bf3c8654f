// graphql-eslint's recommended rules for the operations, and those for schemas, with Relay's, for the schema. It exits with 0 only if they
// find nothing but the exceptions below, and all of those.
import { readFileSync } from "node:fs"
import path from "node:path"
import graphql from "@graphql-eslint/eslint-plugin"
import { ESLint } from "eslint"
import { buildSchema } from "graphql"

const values = [ // which have no id: they are parts of what they belong to, and some depend on the context
  "Authentication", "AuthFactorEnrollment", "CartProblem", "CartTotals", "CartWarning", "Facet", "OptionFacet", "OrderItemDetail", "OrderSummary", "PriceRange", "ProductFacets",
  "QuantityBreak", "SelectableOption", "SelectableOptionValue", "SelectedOption", "Seo", "Session", "Totals", "UserError", "VariantPrice", "Money", "PageInfo",
  "TextPart", "SearchResults", "Suggestions", "SuggestedTerm", "SuggestedProduct", "SuggestedCategory", "SuggestedCollection",
  "DocumentResults", "DocumentFacet", "DocumentFacetValue", "DocumentFacetRange", "DocumentFacetStats",
  "Country", "Currency", "Locale", // the id of these is their code
]

// Findings that stay, and why.
const exceptions = {
  "naming-convention": {
    'Type "ProductType" should not have "Type" suffix': "the type of a product is what shops call it",
    'Type "ShippingOptionType" should not have "Type" suffix': "and the type of a shipping option",
  },
  "relay-arguments": {
    "A field that returns a Connection type must include forward pagination arguments (`first` and `after`), backward pagination arguments (`last` and `before`), or both.":
      "the arguments of search are those of the products that it finds",
  },
  "relay-edge-types": {
    "Edge type's field `node` must implement `Node` interface. (CurrencyEdge)": "a currency is known by its code",
    "Edge type's field `node` must implement `Node` interface. (PaymentProviderEdge)": "a payment provider is shown in a region only",
  },
}

const config = {
  languageOptions: {
    parser: graphql.parser,
    parserOptions: { graphQLConfig: { schema: path.resolve("schema.graphql"), documents: path.resolve("operations/*.graphql") } },
  },
  plugins: { "@graphql-eslint": graphql },
}
const rules = { ...graphql.configs["flat/schema-recommended"].rules, ...graphql.configs["flat/schema-relay"].rules }
const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [
    { ...config, files: ["operations/*.graphql"], rules: graphql.configs["flat/operations-recommended"].rules },
    {
      ...config,
      files: ["schema.graphql"],
      rules: {
        ...rules,
        "@graphql-eslint/strict-id-in-types": ["error", { exceptions: { types: values, suffixes: ["Payload", "Connection", "Edge"] } }],
        // What is bounded by nature, such as the lines of a cart, is a plain list; only what grows has pages.
        "@graphql-eslint/relay-edge-types": ["error", { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false }],
      },
    },
  ],
})

const found = []
const types = buildSchema(readFileSync("schema.graphql", "utf8")).getTypeMap()
for (const name of values) {
  if (!types[name] || types[name].getFields().id) found.push(`${name} is no value without an id`)
}
for (const { filePath, messages, source } of await eslint.lintFiles(["schema.graphql", "operations/*.graphql"])) {
  const lines = source?.split("\n") ?? []
  for (const { ruleId, line, message } of messages) {
    const rule = ruleId?.replace("@graphql-eslint/", "")
    const type = /^type (\w+)/.exec(lines.slice(0, line).findLast((text) => text.startsWith("type ")) ?? "")?.[1]
    const text = rule === "relay-edge-types" ? `${message} (${type})` : message
    if (exceptions[rule]?.[text]) {
      delete exceptions[rule][text]
      continue
    }
    found.push(`${path.basename(filePath)}:${line} ${rule}: ${text}`)
  }
}
const unused = Object.values(exceptions).flatMap(Object.keys)
console.log([...found, ...unused.map((text) => `not found any more: ${text}`)].join("\n") || "lint: ok")
process.exit(found.length || unused.length ? 1 : 0)

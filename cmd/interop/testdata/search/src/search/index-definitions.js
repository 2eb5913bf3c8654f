// The search indexes that both servers are compared on. The documents are written by hand, to have what indexes may have: accents,
// missing values, lists within lists, numbers that are equal, products that are drafts or in other channels.
const { defineSearchIndex, search } = require("@medusajs/framework/utils")
const { documents, guides } = require("../../documents.js")

const seed = (all) =>
  async function* () {
    yield [{ action: "upsert", documents: all }]
  }

defineSearchIndex({
  name: "product",
  entity: "product",
  fields: search.define({
    id: search.keyword().filterable().sortable(),
    status: search.keyword().filterable().facetable(),
    sales_channel_ids: search.keyword().array().filterable().retrievable(false),
    title: search.text().searchable({ weight: 3 }).filterable().sortable(),
    subtitle: search.text().searchable({ weight: 2 }),
    description: search.text().searchable(),
    handle: search.keyword().filterable().sortable().facetable(),
    brand: search.keyword().searchable({ weight: 1.5 }).filterable().facetable().sortable(),
    tags: search.keyword().array().searchable().filterable().facetable(),
    price: search.float().filterable().sortable().facetable({ types: ["range", "stats", "value"] }),
    stock: search.integer().filterable().sortable().facetable(),
    sizes: search.integer().array().filterable().facetable({ types: ["value", "range"] }),
    on_sale: search.boolean().filterable().sortable().facetable(),
    made_at: search.date().filterable().sortable().facetable(),
    secret: search.keyword().filterable().retrievable(false),
    plain: search.keyword(),
    details: search.object({ material: search.keyword().filterable().sortable().facetable(), "it's": search.text().filterable() }),
    variants: search.object({
      title: search.text().searchable(),
      color: search.keyword().filterable().facetable(),
      weight: search.float().filterable(),
    }).array(),
  }),
  seed: seed(documents),
})

defineSearchIndex({
  name: "guide",
  entity: "guide",
  primary_key: "slug",
  fields: search.define({
    slug: search.keyword().filterable(),
    name: search.text().searchable().sortable(),
    topic: search.keyword().filterable().facetable().sortable(),
    public: search.boolean().filterable(),
  }),
  settings: { distinct_attribute: "topic", typo_tolerance: { enabled: false } },
  seed: seed(guides),
})

// An index of things that cannot be searched by text.
defineSearchIndex({ name: "number", entity: "number", fields: search.define({ id: search.keyword(), n: search.integer().filterable().sortable() }), seed: seed([{ id: "1", n: 1 }, { id: "2", n: 2 }]) })

// An index that is not for shoppers.
defineSearchIndex({ name: "internal", entity: "internal", fields: search.define({ id: search.keyword(), note: search.text().searchable() }), seed: seed([{ id: "1", note: "secret" }]) })

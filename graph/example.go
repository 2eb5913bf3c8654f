package graph

import "storegraph/graph/playground"

// Examples are operations to begin with, for the playground. They run on any shop.
func Examples() []playground.Example {
	return []playground.Example{
		{
			Name: "Products with prices",
			Query: `# The first products with what they cost and whether they can be bought.
# Without a region or a currency, prices are those of the shop's default region.
query Products($first: Int = 6, $pricing: PricingInput) {
  products(first: $first, pricing: $pricing) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      title
      handle
      thumbnail
      priceRange { min max currencyCode }
      variants {
        sku
        inStock
        inventoryQuantity
        calculatedPrice {
          calculatedAmount
          originalAmount
          currencyCode
        }
      }
    }
  }
}`,
			Variables: "{ \"first\": 6 }",
		},
		{
			Name: "Search and narrow",
			Query: `# Products that match a search, cheapest first, with the counts
# by which a shopper can narrow them further.
query Search($filter: ProductFilter) {
  products(first: 10, filter: $filter, order: { field: PRICE }) {
    totalCount
    nodes { title priceRange { min max currencyCode } }
  }
  productFacets(filter: $filter) {
    categories { label count }
    options { title values { label count } }
    priceRange { min max currencyCode }
  }
}`,
			Variables: "{ \"filter\": { \"inStock\": true, \"price\": { \"lte\": \"100\" } } }",
		},
		{
			Name: "Categories",
			Query: `# The tree of categories, from its roots.
query Categories {
  productCategories(filter: { parentCategoryId: { isNull: true } }, order: { field: RANK }) {
    nodes {
      name
      handle
      categoryChildren {
        name
        categoryChildren { name }
      }
    }
  }
}`,
		},
		{
			Name: "Regions",
			Query: `# Where the shop sells, in which currency, and how to pay there.
query Regions {
  regions {
    nodes {
      id
      name
      currencyCode
      countries { iso2 displayName }
      paymentProviders { id }
    }
  }
}`,
		},
	}
}

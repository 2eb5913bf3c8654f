// What the components of a shop ask for. Relay's compiler reads these texts; nothing runs them.
import { graphql } from "relay-runtime"

graphql`
  fragment pages_product on Product @refetchable(queryName: "pagesProductRefetchQuery") @argumentDefinitions(like: { type: "Int", defaultValue: 2 }) {
    id
    title
    priceRange {
      min {
        amount
        currencyCode
      }
    }
    related(first: $like) {
      id
      title
    }
  }
`
graphql`
  query pagesProductQuery($handle: String!, $region: ID!, $country: CountryCode!) @inContext(region: $region, country: $country) {
    product(by: { handle: $handle }) {
      ...pages_product
    }
  }
`
graphql`
  fragment pages_cart on Cart @refetchable(queryName: "pagesCartRefetchQuery") {
    id
    items {
      id
      quantity
    }
    totals {
      total {
        amount
        currencyCode
      }
    }
  }
`
graphql`
  query pagesCartQuery($id: ID!) {
    cart(id: $id) {
      ...pages_cart
    }
  }
`
graphql`
  mutation pagesCreateCartMutation($input: CreateCartInput!) {
    createCart(input: $input) {
      cart {
        id
        ...pages_cart
      }
      userErrors {
        code
        field
      }
    }
  }
`
graphql`
  mutation pagesUpdateLinesMutation($input: UpdateLineItemsInput!) {
    updateLineItems(input: $input) {
      cart {
        ...pages_cart
      }
      userErrors {
        code
        field
      }
    }
  }
`
graphql`
  subscription pagesCartSubscription($id: ID!) {
    cartUpdated(id: $id) {
      ...pages_cart
    }
  }
`
graphql`
  fragment pages_category on ProductCategory
  @refetchable(queryName: "pagesCategoryNextQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 2 }, after: { type: "String" }) {
    id
    products(first: $first, after: $after) @connection(key: "pages_products") {
      edges {
        node {
          id
          title
        }
      }
    }
  }
`
graphql`
  query pagesCategoryQuery($handle: String!) {
    productCategory(by: { handle: $handle }) {
      ...pages_category
    }
  }
`

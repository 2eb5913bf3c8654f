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
        id
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
		{
			Name: "Begin a cart",
			Query: `# A cart with a variant of the products above, for a region of those above.
mutation CreateCart($input: CreateCartInput!) {
  createCart(input: $input) {
    id
    total
    taxTotal
    items { id title quantity unitPrice total }
  }
}`,
			Variables: "{ \"input\": { \"regionId\": \"PASTE-A-REGION\", \"email\": \"ada@example.com\", \"items\": [{ \"variantId\": \"PASTE-A-VARIANT\", \"quantity\": 2 }], \"shippingAddress\": { \"address1\": \"Hauptstraße 1\", \"city\": \"Berlin\", \"countryCode\": \"de\" } } }",
		},
		{
			Name: "How to ship and to pay",
			Query: `# The ways of shipping that fit the cart, at their prices for it, and what stands in its way.
query Checkout($cartId: ID!) {
  shippingOptions(cartId: $cartId) { id name amount }
  cart(id: $cartId) {
    problems { kind message }
    region { paymentProviders { id } }
  }
}`,
			Variables: "{ \"cartId\": \"PASTE-THE-CART\" }",
		},
		{
			Name: "Ship",
			Query: `mutation Ship($cartId: ID!, $optionId: ID!) {
  addShippingMethods(cartId: $cartId, input: [{ optionId: $optionId }]) {
    shippingTotal
    total
  }
}`,
			Variables: "{ \"cartId\": \"PASTE-THE-CART\", \"optionId\": \"PASTE-AN-OPTION\" }",
		},
		{
			Name: "Pay: begin",
			Query: `# Two steps: what is to be paid, and by whom it is taken.
mutation Pay($cartId: ID!) {
  createPaymentCollection(input: { cartId: $cartId }) { id amount currencyCode }
}`,
			Variables: "{ \"cartId\": \"PASTE-THE-CART\" }",
		},
		{
			Name: "Pay: choose how",
			Query: `mutation PayBy($id: ID!, $providerId: ID!) {
  createPaymentSession(id: $id, input: { providerId: $providerId }) {
    paymentSessions { id status data }
  }
}`,
			Variables: "{ \"id\": \"PASTE-THE-COLLECTION\", \"providerId\": \"pp_system_default\" }",
		},
		{
			Name: "Complete the cart",
			Query: `# Makes an order of the cart, once: sent again it gives the same order.
mutation Complete($cartId: ID!) {
  completeCart(cartId: $cartId) {
    order { id displayId total accessToken }
    error { type message }
  }
}`,
			Variables: "{ \"cartId\": \"PASTE-THE-CART\" }",
		},
		{
			Name: "The order",
			Query: `query Order($id: ID!) {
  order(id: $id) {
    displayId
    status
    paymentStatus
    fulfillmentStatus
    items { title quantity total }
    total
  }
}`,
			Variables: "{ \"id\": \"PASTE-THE-ORDER\" }",
		},
		{
			Name: "Follow a cart",
			Query: `# The cart as it is, and again whenever anybody changes it: try addLineItem in another tab.
subscription FollowCart($id: ID!) {
  cartUpdated(id: $id) {
    total
    items { title quantity total }
  }
}`,
			Variables: "{ \"id\": \"PASTE-THE-CART\" }",
		},
		{
			Name: "Register",
			Query: `# The first of two steps to an account: an identity that can prove who it is.
# Its token goes into the header Authorization of the second, which makes the customer.
mutation RegisterIdentity($email: String!, $password: String!) {
  registerIdentity(input: { email: $email, password: $password }) { token }
}`,
			Variables: "{ \"email\": \"ada@example.com\", \"password\": \"correct horse battery staple\" }",
		},
		{
			Name: "Become a customer",
			Query: `# The second step. Put the token of the first into the headers below.
mutation RegisterCustomer($input: RegisterCustomerInput!) {
  registerCustomer(input: $input) { id email hasAccount }
}`,
			Variables: "{ \"input\": { \"email\": \"ada@example.com\", \"firstName\": \"Ada\" } }",
			Headers:   withToken,
		},
		{
			Name: "Log in",
			Query: `# A token for a day. With a second factor it is good only for verifyAuthChallenge,
# whose token is that of the whole log-in.
mutation LogIn($email: String!, $password: String!) {
  logIn(input: { email: $email, password: $password }) {
    token
    mfaRequired
    mfaChallenge { id methods expiresAt }
  }
}`,
			Variables: "{ \"email\": \"ada@example.com\", \"password\": \"correct horse battery staple\" }",
		},
		{
			Name: "My account",
			Query: `# Who is asking, by the token in the headers below.
query Account {
  customer {
    email
    firstName
    addresses { id address1 city countryCode isDefaultShipping }
  }
}`,
			Headers: withToken,
		},
		{
			Name: "Add an address",
			Query: `mutation AddAddress($input: CustomerAddressInput!) {
  addCustomerAddress(input: $input) { addresses { id city isDefaultShipping } }
}`,
			Variables: "{ \"input\": { \"firstName\": \"Ada\", \"address1\": \"1 Main Street\", \"city\": \"London\", \"countryCode\": \"gb\", \"isDefaultShipping\": true } }",
			Headers:   withToken,
		},
		{
			Name: "Refresh the token",
			Query: `# A new token for the one in the headers below. After registerCustomer it names the customer.
mutation RefreshToken {
  refreshToken { token mfaRequired }
}`,
			Headers: withToken,
		},
		{
			Name: "A second factor",
			Query: `# What an authenticator app needs. verifyAuthFactor with a one-time password of it enables it,
# and from then on each log-in asks for one. The shop must have a key for it.
mutation CreateAuthFactor {
  createAuthFactor(input: { provider: "totp", label: "ada@example.com" }) {
    factor { id status }
    secret
    otpauthUrl
  }
}`,
			Headers: withToken,
		},
	}
}

// withToken are the headers of an operation of somebody who has logged in.
var withToken = map[string]string{"Authorization": "Bearer PASTE-THE-TOKEN"}

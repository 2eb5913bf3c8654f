// Package graph is the API: everything the shop can do, as one GraphQL schema and the executor that runs it.
//
// Its rooms, from the outside in, each of which calls those below it:
//
//	transport    GraphQL over HTTP: GET and POST, event streams, WebSockets. It knows an Executor and nothing else.
//	graph        Server: what composes the rest. Two surfaces of one schema, the public one for transport and the full one for
//	             package rest; limits; how errors are shown.
//	schema       the contract, one file a domain. exec is generated from it, and schema.graphql, which is what clients see of it.
//	validate     whether a document can run against the schema, in linear time.
//	plan         what a selection wants, and compiled plans that write answers from structs.
//	resolver     a line or two for each field: reads go to db, writes to shop.
//	cache        finished answers to GET requests, in memory and at clients and proxies. kept.txt says which may be kept.
//	watch        which carts and orders have changed, for subscriptions.
//	playground   a page with the schema and examples, which stands alone.
//	shop         the application: one method a use case. Its transactions, locks, providers and events are nowhere else.
//	shop/…       its parts: auth, payment, fulfillment, idempotency, locking, medusa, outbox, work.
//
// A query goes transport → graph → plan → resolver → db, and back as JSON that plan has written. A mutation goes transport → graph →
// resolver → shop → db, and its answer is read like a query's. A request to the Store API is compiled to an operation by package rest,
// and enters at Server.Run. What nobody waits for is leased work: shop's payments run in Server.Work, the outbox beside it.
package graph

// Package transport serves GraphQL over HTTP: a query or mutation by GET or POST, any operation as an event stream (graphql-sse),
// and queries and subscriptions over a WebSocket (graphql-transport-ws). It keeps a register of the connections that stay open, so
// that they can be limited and closed.
//
// It knows what runs the operations only as an Executor. It knows neither the schema nor the shop nor how callers are identified.
package transport

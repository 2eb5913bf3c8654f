// Package shop is what the store does: one method per use case. Transactions, locks, providers and events are here and
// nowhere else. It knows neither GraphQL nor HTTP.
package shop

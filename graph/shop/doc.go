// Package shop is the application: one method per use case. A use case is lock, load, decide, save, commit; its transaction lives inside
// the method. Decisions are pure functions of package model.
//
// Its parts are below it: auth (callers, tokens, passwords), payment and fulfillment (providers), idempotency, outbox (events, webhooks,
// mails) and work (leased work). They do not import it. It knows neither GraphQL nor HTTP.
package shop

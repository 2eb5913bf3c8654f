// Package shop is the application: one method per use case. A use case is lock, load, decide, save, commit; its transaction lives inside
// the method. Decisions are pure functions of package model.
//
// Transactions that lock several things do so in one order, and things of one kind in the order of their ids, so that none waits in a
// circle:
//
//	cart, customer, identity, order, inventory levels, promotions, budgets of campaigns, payment collection, payment session,
//	payment task, request with an Idempotency-Key
//
// What belongs to one of them is written under its lock. Before a cart, and before two that are merged, its name is taken in this process.
//
// Its parts are below it: auth (callers, tokens, passwords), payment and fulfillment (providers), idempotency, outbox (events, webhooks,
// mails) and work (leased work). They do not import it. It knows neither GraphQL nor HTTP.
package shop

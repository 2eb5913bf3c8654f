// Package shop is the application: one method per use case. A use case is lock, load, decide, save, commit; its transaction lives inside
// the method. Decisions are pure functions of package model.
//
// Transactions that lock several things do so in one order, and things of one kind in the order of their ids, so that none waits in a
// circle:
//
//	Medusa's lock of a cart or order, cart, customer, identity, order, Medusa's locks of stock, inventory levels, promotions, budgets of
//	campaigns, payment collection, payment session, payment task, request with an Idempotency-Key
//
// What belongs to one of them is written under its lock. Before a cart, and before two that are merged, its name is taken in this process.
//
// Medusa's locks are those of its locking module, by which a Medusa beside this server excludes itself, if it has a provider that both can
// reach. Two carts, which are locked one after the other, each have theirs just before them. With its Postgres provider package db takes them in
// the transaction. With its Redis provider package locking takes them: that of a cart or order before the transaction begins, those of stock
// within it. A lock that Medusa has is waited for without holding what Medusa may want, and at last the request fails with a conflict.
//
// Its parts are below it: auth (callers, tokens, passwords), payment and fulfillment (providers), idempotency, locking
// (Medusa's locks), medusa (its Store API, for what needs a provider of its own), outbox (events, webhooks, mails) and work (leased work). They do not import it. It knows neither GraphQL nor HTTP.
package shop

// Package payment defines payment providers, and implements Stripe and payment outside of the shop. A Provider begins a payment,
// reports how it stands and voids it; it knows no database. What is written down of a payment, and when, is for package shop.
package payment

// Package model defines the terms of commerce, as types, and the rules on them. It does no I/O: it calls no database and no
// clock. Its sub-packages calculate prices, promotions, taxes and totals.
//
// The relations of a type, which are tagged bun:"-", are filled by a load that wants them and are nil otherwise.
//
// Glossary, in the terms of the Medusa 2 schema that this server works on; "the reference" is Medusa:
//
//   - A product is what a shopper looks at; a variant is what they buy. Options (Size, Colour) have values,
//     and a variant carries one value of each option of its product.
//   - A collection, a category, a type and tags group products. Categories form a tree.
//   - A sales channel is a place that sells: the web shop, wholesale. A publishable key belongs to one or more
//     channels and so decides which products and which stock a request sees.
//   - A region is a currency, a set of countries and the payment providers that may be used there.
//   - A price set holds every price of one variant: per currency, per quantity, with rules and from price lists.
//     The calculated price is the one that applies in a pricing context; the original price is what it is
//     compared with.
//   - An inventory item is what stock is counted of. A variant is made of one or, as a kit, of several; a level is
//     how much of an item a stock location has and how much of that is reserved.
//   - A raw value is the exact form of an amount, {"value":"12.5","precision":20}, which the reference stores in a
//     column of its own beside the amount's double and shows over REST beside the number.
//   - A shipping option is a way of shipping that the shop offers; a shipping method is the option that a cart or an
//     order has chosen. A shipping profile says which goods an option can ship.
//   - A payment collection is what is due for a cart or an order; a payment session is one attempt to pay it, and a
//     payment is what a session authorised.
package model

// Package model is the words of commerce and the rules on them. It does no I/O: no context, no database,
// no clock. Its sub-packages hold the arithmetic of the store.
//
// Glossary, in the words of the Medusa 2 schema this server works on:
//
//   - A product is what a shopper looks at; a variant is what they buy. Options (Size, Colour) have values,
//     and a variant carries one value of each option of its product.
//   - A collection, a category, a type and tags group products. Categories form a tree.
//   - A sales channel is a place that sells: the web shop, wholesale. A publishable key stands for one or more
//     channels and so decides which products and which stock a request sees.
//   - A region is a currency, a set of countries and the payment providers that may be used there.
//   - A price set holds every price of one variant: per currency, per quantity, with rules and from price lists.
//     The calculated price is the one that applies in a pricing context; the original price is what it is
//     compared with.
//   - An inventory item is a thing on a shelf. A variant needs one or, as a kit, several; a level is how much of
//     it a stock location has and how much is reserved.
package model

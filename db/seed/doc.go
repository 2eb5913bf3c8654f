// Package seed writes the demo shop: Tarnside, a shop for hiking and for the evening after. Its catalogue is in the tables of
// catalogue.go, its regions, shipping, taxes and promotions in those of shop.go. The rest of the package makes the rows from them
// that the reference would have written for the same shop, and draws the images of products as SVG when they are requested.
//
// Fill generates as many further products as are wanted, from the words of goods.go, to see how a large shop fares.
package seed

// Package seed is the demo shop: Tarnside, which sells things for the hills and for the evening after. What it sells
// is in the tables of catalogue.go, where and how it sells in shop.go; the rest turns them into the rows that the
// reference would have written for the same shop. The pictures are drawn from shapes when they are asked for.
package seed

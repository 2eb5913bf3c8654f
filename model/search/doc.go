// Package search has the rules on texts that are searched: which words a text has, what a query asks of them, which words may be meant by
// a misspelled one, and what of a title a query matches. It has no I/O; package db keeps the words and finds by them.
package search

// Package docsearch has the rules of Medusa's search module: what an index says of its fields, which requests it can serve, and what they
// mean. It neither searches nor reads.
//
//	index.go     what an index holds, from the plan that its provider keeps
//	setting.go   which indexes shoppers may search, and how
//	search.go    a request, checked against its index in the reference's order and words
//	filter.go    filters, compiled into conditions
//	value.go     JSON whose members have an order, read as JavaScript reads it
//	project.go   the fields of a document that are wanted
package docsearch

// Package db is the store's persistence: the only room with SQL. It reads and writes the tables of a Medusa 2.21.2 database, and
// storegraph's own in the Postgres schema "storegraph". It decides nothing about commerce (package model does), and knows neither
// GraphQL nor HTTP.
//
//	               resolvers and use cases
//	                   │            │
//	 reads: Products, Cart, Order   │ writes: InTx → LockCart, LockForOrder → Writes → Send
//	                   │            │
//	                  DB: the pool, or one transaction (db.go)
//	                   │            │
//	batch: prepared queries,        │ Writes: statements of bun's builders,
//	one round trip (batch.go)       │ one round trip (writes.go)
//	                   │            │
//	                  table[T]: the columns of a row, said once (table.go, tables.go)
//	                   │
//	                  cursor: values straight from the wire (cursor.go)
//
// A read says what it wants as a set of fields (Want) and gets it with a constant number of queries: one batch for the things
// themselves and what belongs to them, one more for the products below. A write locks and reads in one batch, leaves the decision to
// its caller, and sends everything that follows in one text.
//
// Lists of products are proposed by an index of the catalogue in memory (package model/catalogue), where changes are logged:
//
//	any writer ──▶ triggers ──▶ storegraph.change (trigger.go, change.go)
//	                                   │ LISTEN, and a look four times a second
//	                            keeper: loads, then follows (index.go, index_load.go)
//	                                   │ one snapshot, replaced whole
//	filter, sort, page ──▶ proposal: ids and counts ──▶ rows by id, and whether anything has changed since (index_list.go)
//	                                   │ if so
//	                            the conditions again, in SQL, on the rows proposed
package db

// Package event delivers what has happened in the store, after the transaction in which it happened. Events wait in the
// table storegraph.outbox; any number of servers take them from there. Each comes to each destination at least once, in
// no promised order.
package event

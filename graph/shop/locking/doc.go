// Package locking takes the locks by which a Medusa beside this server excludes itself, where its locking module keeps them in Redis. They
// have Medusa's names, and an owner of their own. Those that it keeps in Postgres are taken by package db, within a transaction.
package locking

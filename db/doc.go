// Package db is the store's persistence: the only room with SQL. It reads and writes the tables of a
// Medusa 2.21.2 database, plus storegraph's own in the Postgres schema "storegraph". It decides nothing
// about commerce; the rules are in package model.
package db

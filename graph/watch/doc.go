// Package watch notifies followers of carts, orders and products when they change. It polls the database for everything that is followed
// with one query, so that it notices what other servers and other programs write, and looks at once at what this process has written. All
// that it knows of a thing is a mark that changes with it; followers read the things themselves, together where they see the same.
package watch

// Package watch notifies followers of a cart or an order when it changes. It polls the database for everything that is followed with one
// query, so that it notices what other servers and other programs write, and looks at once at what this process has written. All that it
// knows of a thing is a mark that changes with it; followers read the thing themselves.
package watch

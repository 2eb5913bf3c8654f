// Package notification tells shoppers by mail what they have to know: a link to choose a new password, a code that shows
// that an address is theirs, the wish of another customer to take over an order. What happened comes as an event; how a
// mail goes out is a Provider's affair.
package notification

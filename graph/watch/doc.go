// Package watch tells whoever follows a cart or an order when it changes. It looks at the database for all that is followed at
// once, so that what other servers and other programs write is seen too, and at once at what this process says it has written. It
// knows nothing of what it watches but a mark that differs after each change; reading the thing is the follower's business.
package watch

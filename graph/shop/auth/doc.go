// Package auth says who is asking: it reads publishable keys and tokens from a request and keeps them in its
// context.
package auth

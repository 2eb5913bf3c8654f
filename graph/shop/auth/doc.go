// Package auth authenticates callers: it reads publishable keys, tokens and session cookies from requests and keeps them in their
// contexts, signs tokens, hashes passwords, checks one-time passwords, and logs in with Google and GitHub.
package auth

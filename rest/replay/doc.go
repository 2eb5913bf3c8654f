// Package replay sends recorded requests to a handler and compares its answers with those that the reference, Medusa, has
// given. It is for tests only. What differs between any two runs is compared by its form: generated ids correspond one to
// one, times have the same layout, tokens the same claims.
package replay

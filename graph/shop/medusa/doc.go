// Package medusa asks a Medusa on the same database for one step of a use case that needs a provider which only it has: a payment begun or
// completed, shipping that a carrier calculates, taxes of a tax service, a log-in. What comes of it is read from the database.
package medusa

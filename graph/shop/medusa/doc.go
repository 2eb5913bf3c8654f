// Package medusa asks a Medusa on the same database for one step of a use case that needs a provider which only it has: a payment begun or
// completed, payment methods that are saved, shipping that a carrier calculates or sends for, taxes of a tax service, a log-in. What comes of it is
// read from the database. The directory project has what a Medusa project needs besides, to copy into it.
package medusa

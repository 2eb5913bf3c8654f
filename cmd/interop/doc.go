// Package interop proves the server beside the reference: both run on one database, each works on what the other wrote, and
// their costs are compared. It has tests only, which need the reference and so run by make interop and make compare alone.
package interop

// Package interop proves the server beside the reference: both run on one database, each works on what the other wrote, and
// their costs are compared. It also records the reference's answers for the tests of package rest. It has tests only, which
// need the reference and so run by make interop, make compare and make record alone.
package interop

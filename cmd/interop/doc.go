// Package interop tests the server beside the reference: both run on one database, each works on what the other has written, and
// the processor time that they take is compared. It has tests only. They need the reference, so that only make interop and make
// compare run them.
package interop

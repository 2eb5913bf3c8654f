// Package dbtest gives tests a database of their own, cloned from a template in about a tenth of a second.
//
// The server is the one of TEST_DATABASE_URL, otherwise a private one per test process, made for it and
// removed with it. Where there is none, tests skip, and fail if CI is set. Only tests import this package.
package dbtest

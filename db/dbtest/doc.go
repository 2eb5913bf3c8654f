// Package dbtest provides tests with databases of their own, each cloned from a template in about a tenth of a second.
//
// The server is that of TEST_DATABASE_URL, or else a private one, which is made for the test process and removed with it. If none can
// be started, tests are skipped, or fail if CI is set. Only tests import this package.
package dbtest

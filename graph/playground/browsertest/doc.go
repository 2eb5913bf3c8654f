// Package browsertest opens the playground in a real browser and uses it as a visitor would, or any other page as a test says. It is for tests, of
// this page alone and of the whole server.
package browsertest

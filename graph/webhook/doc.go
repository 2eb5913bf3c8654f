// Package webhook sends signed messages to other servers as https://www.standardwebhooks.com specifies. It tries once:
// when to try again is for who calls it.
package webhook

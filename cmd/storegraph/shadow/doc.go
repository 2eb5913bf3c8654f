// Package shadow asks Medusa what this server was asked and compares the answers. It only reads, and no client waits for it.
package shadow

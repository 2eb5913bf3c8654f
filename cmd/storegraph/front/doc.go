// Package front puts the server in front of Medusa: what this server does not answer itself goes there and back, whatever it is, as if the
// client had asked Medusa. It knows HTTP, and nothing of commerce: which requests are this server's own it is told.
package front

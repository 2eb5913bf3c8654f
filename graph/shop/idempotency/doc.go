// Package idempotency answers a request that is sent again with the same Idempotency-Key as it was answered before, without doing it
// again, for both surfaces alike. It follows the IETF's draft-ietf-httpapi-idempotency-key-header.
package idempotency

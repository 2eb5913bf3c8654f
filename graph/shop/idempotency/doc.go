// Package idempotency gives a request that is repeated with the same Idempotency-Key the answer that it was given before, without doing
// it again, over GraphQL and REST. It follows the IETF's draft-ietf-httpapi-idempotency-key-header.
package idempotency

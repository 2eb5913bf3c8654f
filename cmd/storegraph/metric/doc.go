// Package metric shows to Prometheus what the server does: requests, GraphQL operations and what they ask of the database, the pool of
// connections, the cache of answers, the index of the catalogue, the outbox, leases, subscriptions and what Medusa answers. What is counted
// elsewhere is read when Prometheus asks; only requests, operations and leases are counted here. It decides nothing.
//
// grafana.json is a board for Grafana with these metrics.
package metric

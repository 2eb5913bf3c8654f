package span

import "net/http"

// A Collector is a collector, for tests.
type Collector = collector

// NewCollector returns the collector at an address.
func NewCollector(address string, getenv func(string) string) (*Collector, error) {
	return newCollector(address, getenv)
}

// Through has the collector be reached through a transport.
func (c *collector) Through(t http.RoundTripper) { c.client.Transport = t }

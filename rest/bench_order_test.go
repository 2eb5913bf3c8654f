package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// BenchmarkOrders reads an order with everything that the reference writes of it, and the list of a customer's.
func BenchmarkOrders(b *testing.B) {
	count := &dbtest.Counter{}
	s := &shopper{t: b, h: newHandler(b, dbtest.Open(b, dbtest.ShopURL(b), db.Options{Tracer: count, MaxConns: 2}), nil), handles: dbtest.Handles(b)}
	s.auth = "Bearer " + logIn(b, s.h, "anna")
	for name, path := range map[string]string{"detail": "/store/orders/" + s.handles["order_anna2"], "list": "/store/orders"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			headers := []string{"X-Publishable-Api-Key", s.handles["pk_web"], "Authorization", s.auth}
			size, statements := 0, 0
			for b.Loop() {
				count.Reset()
				res, text := send(b, s.h, "GET", path, "", headers...)
				if res.StatusCode != http.StatusOK || !strings.Contains(text, `"items"`) {
					b.Fatalf("GET %s = %d %s", path, res.StatusCode, text)
				}
				size, statements = len(text), len(count.Statements())
			}
			b.ReportMetric(float64(statements), "statements/op")
			b.ReportMetric(float64(count.RoundTrips()), "trips/op")
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

package rest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"storegraph/db"
	"storegraph/db/dbtest"
)

func TestZZDump(t *testing.T) {
	count := &dbtest.Counter{}
	d := dbtest.Open(t, dbtest.ShopURL(t), db.Options{Tracer: count, MaxConns: 1})
	s := &shopper{t: t, h: newHandler(t, d, manyAttempts), handles: dbtest.Handles(t)}
	f, _ := os.Create("/tmp/dump.txt")
	for range 3 {
		c := s.payable(3)
		count.Reset()
		s.ask("POST", "/store/carts/"+c.ID+"/line-items/"+c.Items[0].ID, `{"quantity":3}`)
		fmt.Fprintln(f, "=== change", count.RoundTrips(), len(count.Statements()))
		for _, q := range count.Statements() {
			fmt.Fprintln(f, "--", strings.ReplaceAll(q, "\n", " ")[:min(len(q), 230)])
		}
		s.pay(c.ID)
		count.Reset()
		s.complete(c.ID)
		fmt.Fprintln(f, "=== complete", count.RoundTrips(), len(count.Statements()))
		for _, q := range count.Statements() {
			fmt.Fprintln(f, "--", strings.ReplaceAll(q, "\n", " ")[:min(len(q), 230)])
		}
	}
}

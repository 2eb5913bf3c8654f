package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// keyed sends a request with an Idempotency-Key, with names of handles in braces.
func (s *shopper) keyed(key, path, body string) (*http.Response, string) {
	s.t.Helper()
	for name, v := range s.handles {
		body = strings.ReplaceAll(body, "{"+name+"}", v)
	}
	return send(s.t, s.h, "POST", path, body, "X-Publishable-Api-Key", s.handles["pk_web"], "Authorization", s.auth, "Idempotency-Key", key)
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	url := dbtest.ShopURL(t)
	s := &shopper{t: t, h: newHandler(t, dbtest.Open(t, url, db.Options{}), nil), handles: dbtest.Handles(t)}
	c := s.cart("POST", "/store/carts", `{"region_id":"{reg_us}"}`)
	path, body := "/store/carts/"+c.ID+"/line-items", `{"variant_id":"{var_lamp}","quantity":1}`
	quantity := func() int {
		n := 0
		for _, i := range s.cart("GET", "/store/carts/"+c.ID, "").Items {
			n += i.Quantity
		}
		return n
	}
	answers := make([]string, 8)
	var wg sync.WaitGroup
	for n := range answers { // at once
		wg.Go(func() {
			res, text := s.keyed("k1", path, body)
			answers[n] = fmt.Sprint(res.StatusCode, text)
		})
	}
	wg.Wait()
	for _, a := range answers {
		if a != answers[0] || !strings.HasPrefix(a, "200") {
			t.Errorf("one answer is %.200s, another %.200s", answers[0], a)
		}
	}
	if res, text := s.keyed("k1", path, body); res.Header.Get("Idempotency-Replayed") != "true" || fmt.Sprint(res.StatusCode, text) != answers[0] {
		t.Errorf("again = %d %.200s, want the answer before", res.StatusCode, text)
	}
	if n := quantity(); n != 1 {
		t.Fatalf("the cart holds %d units, want 1", n)
	}
	if res, text := s.keyed("k1", path, `{"variant_id":"{var_lamp}","quantity":2}`); res.StatusCode != http.StatusConflict || !strings.Contains(text, "another request") {
		t.Errorf("another body = %d %s, want 409", res.StatusCode, text)
	}
	if res, _ := s.keyed("k2", path, body); res.StatusCode != http.StatusOK || quantity() != 2 {
		t.Errorf("another key = %d, %d units, want 200 and 2", res.StatusCode, quantity())
	}
	s.auth = "Bearer " + logIn(t, s.h, "anna") // who shares nothing with a guest
	if res, _ := s.keyed("k1", path, body); res.Header.Get("Idempotency-Replayed") != "" || quantity() != 3 {
		t.Errorf("another shopper's request was answered as the guest's, %d units", quantity())
	}
	mutation := `{"query":"mutation { addLineItems(input: {cartId: \"` + c.ID + `\", items: [{variantId: \"{var_lamp}\", quantity: 1}]}) { cart { id } } }"}`
	for range 3 {
		if res, text := s.keyed("k3", "/graphql", mutation); res.StatusCode != http.StatusOK || !strings.HasPrefix(text, `{"data":`) {
			t.Errorf("by GraphQL = %d %s", res.StatusCode, text)
		}
	}
	if n := quantity(); n != 4 {
		t.Errorf("the cart holds %d units, want 4", n)
	}
	if n := number(t, url, `SELECT count(*) FROM storegraph.idempotency WHERE position($1::bytea in answer) > 0 OR id LIKE '%k1%'`, []byte(c.ID)); n != 0 {
		t.Errorf("%d answers or keys are kept in clear", n)
	}
	res, _ := s.keyed(strings.Repeat("k", 300), path, body)
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("a long key = %d, want 400", res.StatusCode)
	}
	// After a server has died: a request that took effect is not repeated, and one that did not is.
	number(t, url, `WITH u AS (UPDATE storegraph.idempotency SET status = NULL, running_to = now() - interval '1 minute' WHERE status = 200 AND committed_at IS NOT NULL RETURNING 1) SELECT count(*) + length($1) FROM u`, "")
	if res, text := s.keyed("k3", "/graphql", mutation); !strings.Contains(text, "answer was lost") || quantity() != 4 {
		t.Errorf("after a crash that lost the answer = %d %s, %d units, want a conflict and 4", res.StatusCode, text, quantity())
	}
	number(t, url, `WITH u AS (UPDATE storegraph.idempotency SET committed_at = NULL WHERE status IS NULL RETURNING 1) SELECT count(*) + length($1) FROM u`, "")
	if res, text := s.keyed("k3", "/graphql", mutation); !strings.HasPrefix(text, `{"data":`) || quantity() != 5 {
		t.Errorf("after a crash before anything was done = %d %s, %d units, want it done and 5", res.StatusCode, text, quantity())
	}
}

package rest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// TestClientGone has clients leave while their requests wait in the database. Their statements end there too.
func TestClientGone(t *testing.T) {
	t.Parallel()
	const waiting = `SELECT pid::text FROM pg_locks WHERE NOT granted AND relation = 'product'::regclass`
	for name, tc := range map[string][3]string{
		"REST":    {http.MethodGet, "/store/products", ""},
		"GraphQL": {http.MethodPost, "/graphql", `{"query":"{ products { nodes { title } } }"}`},
		"a cart":  {http.MethodPost, "/store/carts", `{"region_id":"{reg_us}","items":[{"variant_id":"{var_note_a5}","quantity":1}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, handles := dbtest.ShopURL(t), dbtest.Handles(t)
			h := newHandler(t, dbtest.Open(t, url, db.Options{}), nil)
			body := strings.NewReplacer("{reg_us}", handles["reg_us"], "{var_note_a5}", handles["var_note_a5"]).Replace(tc[2])
			_, err := db.InTx(t.Context(), dbtest.Open(t, url, db.Options{}), func(tx db.DB) (struct{}, error) {
				if _, err := tx.Exec(t.Context(), `LOCK TABLE product`); err != nil {
					return struct{}{}, err
				}
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					r := httptest.NewRequestWithContext(ctx, tc[0], tc[1], strings.NewReader(body))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
					h.ServeHTTP(httptest.NewRecorder(), r)
				}()
				found, err := tx.Texts(t.Context(), waiting)
				for len(found) == 0 && err == nil { // until the statement waits
					found, err = tx.Texts(t.Context(), waiting)
				}
				leave()
				<-ended
				for len(found) > 0 && err == nil { // until the database has heard of it
					found, err = tx.Texts(t.Context(), waiting)
				}
				return struct{}{}, err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph/shop/auth"
)

// BenchmarkLogIn logs in with e-mail and password, where hashing takes nearly all the time, and refreshes a token.
// Compare statements and round trips per request, and log-in's time with the hash's alone.
func BenchmarkLogIn(b *testing.B) {
	count := &dbtest.Counter{}
	h := newHandler(b, dbtest.Open(b, dbtest.ShopURL(b), db.Options{Tracer: count, MaxConns: 2}), manyAttempts)
	handles := dbtest.Handles(b)
	email, password := handles["email_anna"], handles["pass_anna"]
	token := logIn(b, h, "anna")
	b.Run("hash", func(b *testing.B) {
		hasher := auth.NewHasher(1)
		hash, err := hasher.Hash(b.Context(), password)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if ok, err := hasher.Verify(b.Context(), hash, password); err != nil || !ok {
				b.Fatal(ok, err)
			}
		}
	})
	for _, tc := range []struct{ name, path, body string }{
		{"log in, rest", "/auth/customer/emailpass", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)},
		{"log in, graphql", "/graphql", fmt.Sprintf(`{"query":"mutation ($e: String!, $p: String!) { logIn(input: {email: $e, password: $p}) { authentication { token } } }","variables":{"e":%q,"p":%q}}`, email, password)},
		{"refresh, rest", "/auth/token/refresh", ""},
		{"refresh, graphql", "/graphql", `{"query":"mutation { refreshToken { authentication { token } } }"}`},
	} {
		b.Run(tc.name, func(b *testing.B) {
			ask := func() {
				r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, tc.path, strings.NewReader(tc.body))
				r.Header.Set("Content-Type", "application/json")
				if strings.HasPrefix(tc.name, "refresh") {
					r.Header.Set("Authorization", "Bearer "+token)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"token":"ey`) {
					b.Fatalf("%s = %d %s", tc.name, w.Code, w.Body)
				}
			}
			ask()
			count.Reset()
			n := 0
			for b.Loop() {
				ask()
				n++
			}
			b.ReportMetric(float64(len(count.Statements()))/float64(n), "statements")
			b.ReportMetric(float64(count.RoundTrips())/float64(n), "trips")
		})
	}
}

// BenchmarkMe reads the signed-in customer: by hand, in GraphQL and over REST in turn, as BenchmarkProducts does.
func BenchmarkMe(b *testing.B) {
	url := dbtest.ShopURL(b)
	count := &dbtest.Counter{}
	d := dbtest.Open(b, url, db.Options{Tracer: count, MaxConns: 2})
	h := newHandler(b, d, manyAttempts)
	key := dbtest.Handles(b)["pk_web"]
	token := logIn(b, h, "anna")
	pool, err := pgxpool.New(context.Background(), url+withSetting(url, "pool_max_conns=2"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	request := func(r *http.Request) *http.Request {
		r.Header.Set("X-Publishable-Api-Key", key)
		r.Header.Set("Authorization", "Bearer "+token)
		return r
	}
	const query = `{"query":"{ customer { id email companyName firstName lastName phone metadata hasAccount createdAt updatedAt addresses { id addressName customerId company firstName lastName address1 address2 city province postalCode countryCode phone metadata isDefaultShipping isDefaultBilling createdAt updatedAt } } }"}`
	ways := []way{
		{"hand", func(w http.ResponseWriter, _ int) { meByHand(b, w, pool, token, key) }},
		{"graphql", func(w http.ResponseWriter, _ int) {
			h.ServeHTTP(w, request(graphRequest(query, key)))
		}},
		{"rest", func(w http.ResponseWriter, _ int) {
			h.ServeHTTP(w, request(httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/store/customers/me", http.NoBody)))
		}},
	}
	sameAnswer(b, ways[0], ways[2])
	compareWays(b, d, pool, count, ways)
}

type handCustomer struct {
	ID          string         `json:"id"`
	Email       *string        `json:"email"`
	CompanyName *string        `json:"company_name"`
	FirstName   *string        `json:"first_name"`
	LastName    *string        `json:"last_name"`
	Phone       *string        `json:"phone"`
	Metadata    map[string]any `json:"metadata"`
	HasAccount  bool           `json:"has_account"`
	DeletedAt   *time.Time     `json:"deleted_at"`
	CreatedAt   handTime       `json:"created_at"`
	UpdatedAt   handTime       `json:"updated_at"`
	Addresses   []handAddress  `json:"addresses"`
}

type handAddress struct {
	ID                string         `json:"id"`
	AddressName       *string        `json:"address_name"`
	Company           *string        `json:"company"`
	CustomerID        string         `json:"customer_id"`
	FirstName         *string        `json:"first_name"`
	LastName          *string        `json:"last_name"`
	Address1          *string        `json:"address_1"`
	Address2          *string        `json:"address_2"`
	City              *string        `json:"city"`
	Province          *string        `json:"province"`
	PostalCode        *string        `json:"postal_code"`
	CountryCode       *string        `json:"country_code"`
	Phone             *string        `json:"phone"`
	Metadata          map[string]any `json:"metadata"`
	IsDefaultShipping bool           `json:"is_default_shipping"`
	IsDefaultBilling  bool           `json:"is_default_billing"`
	DeletedAt         *time.Time     `json:"deleted_at"`
	CreatedAt         handTime       `json:"created_at"`
	UpdatedAt         handTime       `json:"updated_at"`
}

type handTime struct{ time.Time }

func (t handTime) MarshalJSON() ([]byte, error) {
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// meByHand serves GET /store/customers/me as a handler written for it alone would: one batch, a struct, and JSON.
func meByHand(b *testing.B, w http.ResponseWriter, pool *pgxpool.Pool, token, key string) {
	b.Helper()
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte(secret), nil }, jwt.WithValidMethods([]string{"HS256"})); err != nil {
		b.Fatal(err)
	}
	var batch pgx.Batch
	var c handCustomer
	c.Addresses = []handAddress{}
	found := 0
	batch.Queue(`SELECT id FROM api_key WHERE token = $1 AND type = 'publishable' AND deleted_at IS NULL AND revoked_at IS NULL`, key).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			found++
		}
		return rows.Err()
	})
	batch.Queue(`SELECT id FROM auth_identity WHERE id = $1 AND deleted_at IS NULL`, claims["auth_identity_id"]).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			found++
		}
		return rows.Err()
	})
	batch.Queue(`SELECT id, email, company_name, first_name, last_name, phone, metadata, has_account, created_at, updated_at FROM customer
WHERE id = $1 AND deleted_at IS NULL`, claims["actor_id"]).QueryRow(func(row pgx.Row) error {
		return row.Scan(&c.ID, &c.Email, &c.CompanyName, &c.FirstName, &c.LastName, &c.Phone, &c.Metadata, &c.HasAccount, &c.CreatedAt.Time, &c.UpdatedAt.Time)
	})
	batch.Queue(`SELECT id, address_name, company, customer_id, first_name, last_name, address_1, address_2, city, province, postal_code, country_code,
phone, metadata, is_default_shipping, is_default_billing, created_at, updated_at FROM customer_address
WHERE customer_id = $1 AND deleted_at IS NULL ORDER BY id`, claims["actor_id"]).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var a handAddress
			if err := rows.Scan(&a.ID, &a.AddressName, &a.Company, &a.CustomerID, &a.FirstName, &a.LastName, &a.Address1, &a.Address2, &a.City, &a.Province,
				&a.PostalCode, &a.CountryCode, &a.Phone, &a.Metadata, &a.IsDefaultShipping, &a.IsDefaultBilling, &a.CreatedAt.Time, &a.UpdatedAt.Time); err != nil {
				return err
			}
			c.Addresses = append(c.Addresses, a)
		}
		return rows.Err()
	})
	if err := pool.SendBatch(context.Background(), &batch).Close(); err != nil || found != 2 {
		b.Fatal(found, err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(map[string]any{"customer": c}); err != nil {
		b.Fatal(err)
	}
}

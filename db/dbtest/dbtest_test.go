package dbtest_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

func TestShop(t *testing.T) {
	t.Parallel()
	h := dbtest.Handles(t)
	for name, url := range map[string]string{"own": dbtest.ShopURL(t), "shared": dbtest.ReadShopURL(t)} {
		var products int
		var channel string
		conn := connect(t, url)
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM product").Scan(&products); err != nil || products != 49 {
			t.Errorf("%s: %d products (%v), want 49", name, products, err)
		}
		if err := conn.QueryRow(t.Context(), "SELECT id FROM sales_channel WHERE id = $1", h["sc_web"]).Scan(&channel); err != nil {
			t.Errorf("%s: the handle sc_web names nothing: %v", name, err)
		}
		_, err := conn.Exec(t.Context(), "DELETE FROM product_tags")
		if wrote := err == nil; wrote != (name == "own") {
			t.Errorf("%s: write = %v", name, err)
		}
	}
}

func TestNewIsOneTestsOwn(t *testing.T) {
	t.Parallel()
	a, b := connect(t, dbtest.URL(t)), connect(t, dbtest.URL(t))
	if _, err := a.Exec(t.Context(), "DELETE FROM region_country"); err != nil {
		t.Fatal(err)
	}
	var countries int
	if err := b.QueryRow(t.Context(), "SELECT count(*) FROM region_country").Scan(&countries); err != nil || countries != 250 {
		t.Errorf("another test's database has %d countries (%v), want 250", countries, err)
	}
}

func TestCounter(t *testing.T) {
	t.Parallel()
	cfg, err := pgx.ParseConfig(dbtest.ReadShopURL(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &dbtest.Counter{}
	cfg.Tracer = c
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT 1").Scan(&n); err != nil {
		t.Fatal(err)
	}
	batch := &pgx.Batch{}
	batch.Queue("SELECT 2")
	batch.Queue("SELECT 3")
	if err := conn.SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Statements(), "; "); got != "SELECT 1; SELECT 2; SELECT 3" || c.RoundTrips() != 2 {
		t.Errorf("counted %q in %d round trips, want three statements in 2", got, c.RoundTrips())
	}
	c.Reset()
	if c.RoundTrips() != 0 || len(c.Statements()) != 0 {
		t.Errorf("after Reset: %v in %d", c.Statements(), c.RoundTrips())
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	if err := dbtest.Open(t, dbtest.ReadShopURL(t), db.Options{}).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A shell runs commands on one shop.
type shell struct {
	t   *testing.T
	env map[string]string
}

// run runs a command and returns what it prints, and the text of its error.
func (s shell) run(args ...string) (out, failed string) {
	s.t.Helper()
	var w strings.Builder
	if err := run(s.t.Context(), args, func(name string) string { return s.env[name] }, &w); err != nil {
		failed = err.Error()
	}
	return w.String(), failed
}

// says fails unless a command prints these texts and succeeds.
func (s shell) says(args string, want ...string) {
	s.t.Helper()
	out, failed := s.run(strings.Fields(args)...)
	if failed != "" {
		s.t.Fatalf("%s: %s", args, failed)
	}
	for _, text := range want {
		if !strings.Contains(out, text) {
			s.t.Errorf("%s prints\n%s\nwithout %q", args, out, text)
		}
	}
}

// refuses fails unless a command fails with an error that has these texts.
func (s shell) refuses(args string, want ...string) {
	s.t.Helper()
	_, failed := s.run(strings.Fields(args)...)
	if failed == "" {
		s.t.Errorf("%s succeeds", args)
	}
	for _, text := range want {
		if !strings.Contains(failed, text) {
			s.t.Errorf("%s fails with %q, want %q in it", args, failed, text)
		}
	}
}

// json reads what a command prints.
func (s shell) json(into any, args string) {
	s.t.Helper()
	out, failed := s.run(strings.Fields(args)...)
	if err := json.Unmarshal([]byte(out), into); err != nil || failed != "" {
		s.t.Fatalf("%s: %v %s\n%s", args, err, failed, out)
	}
}

// TestImportIsServed holds that what is imported is served at once by a server that has the catalogue in its index, and its answers in memory, and
// that the events of it are stored.
func TestImportIsServed(t *testing.T) {
	t.Parallel()
	s := shell{t, shopEnv(dbtest.ShopURL(t))}
	s.says("migrate --catalogue-triggers")
	base := "http://" + begin(t, maps.Clone(s.env), "serve").await(t, `address=(\S+)`)
	eventually(t, base+"/health/ready", http.StatusOK)
	h := dbtest.Handles(t)
	ask := func() string {
		return keyed(t, base+"/store/products?fields=handle,title,*variants.calculated_price&order=-created_at&limit=3&region_id="+h["reg_eu"], h["pk_web"])
	}
	before := ask()
	for round, price := range []string{"31.4159", "27.1828"} {
		file := filepath.Join(directory(t), "new.csv")
		text := "Product Handle,Product Title,Product Status,Product Sales Channel 1,Variant Sku,Variant Price EUR\nlampshade,Imported Lampshade,published,Web Store,SHADE-1," + price + "\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.says("import "+file, [2]string{"1 products created", "1 updated"}[round])
		for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			got := ask()
			found := keyed(t, base+"/store/products?fields=handle&q=lampshade", h["pk_web"])
			if strings.Contains(got, "Imported Lampshade") && strings.Contains(got, `"calculated_amount":`+price) && strings.Contains(found, `"lampshade"`) {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("the server lists\n%s\nwant the lampshade for %s; a search finds %s; before the import it listed\n%s", got, price, found, before)
			}
		}
	}
	told, err := dbtest.Open(t, s.env["DATABASE_URL"], db.Options{}).Texts(t.Context(), `SELECT name FROM storegraph.outbox ORDER BY id`)
	for _, want := range []string{"product.created", "product-variant.created", "product.updated", "product-variant.updated"} {
		if err != nil || !slices.Contains(told, want) {
			t.Errorf("told of %v (%v), want %s", told, err, want)
		}
	}
}

// keyed returns the answer to a request with a publishable key.
func keyed(t *testing.T, address, key string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Publishable-Api-Key", key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestImportAndExport(t *testing.T) {
	t.Parallel()
	s := shell{t, shopEnv(dbtest.ShopURL(t))}
	dir := directory(t)
	file := filepath.Join(dir, "products.csv")
	s.says("export --output "+file, "Exported", "without variants were left out")
	s.says("import "+file, "Imported", "0 products created, 0 updated")
	out, failed := s.run("export")
	if text, err := os.ReadFile(file); err != nil || failed != "" || out != string(text) {
		t.Errorf("the standard output has another file: %v %s", err, failed)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(dir, "changed.csv")
	if err := os.WriteFile(changed, []byte(strings.ReplaceAll(string(text), "Classic Cotton Tee", "Modern Tee")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.says("import --dry-run "+changed, "Nothing was changed. It would have imported", "1 updated")
	s.says("import "+changed, "Imported", "1 updated")
	s.says("import "+changed, "0 updated")
	if out, _ := s.run("export"); !strings.Contains(out, "Modern Tee") {
		t.Error("the changed title is not exported")
	}
	wrong := filepath.Join(dir, "wrong.csv")
	if err := os.WriteFile(wrong, []byte("Product Handle,Product Title,Variant Title,Variant Price EUR\nhat,Hat,One,much\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.refuses("import "+wrong, "2", "Variant Price EUR", "much")
	s.refuses("import "+filepath.Join(dir, "none.csv"), "no such file")
	s.refuses("import --faults 0 "+file, "--faults", "want a number from 1")
}

func TestOrdersCommand(t *testing.T) {
	t.Parallel()
	s := shell{t, shopEnv(dbtest.ShopURL(t))}
	sql := func(text string) {
		t.Helper()
		if _, err := dbtest.Open(t, s.env["DATABASE_URL"], db.Options{}).Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	s.says("orders", "NUMBER", "order_")
	s.says("orders list --limit 1 --status pending", "pending")
	s.says("orders show 1", "LINE", "PAYMENT")
	s.says("orders capture 2", "Captured")
	s.says("orders show 2", "captured", "CAPTURE")
	s.says("orders fulfil 2", "Fulfilled as ful_")
	s.refuses("orders fulfil 2")
	s.refuses("orders fulfil 1 SHIRT", `"SHIRT" is no line with a whole number of units`)
	s.refuses("orders refund 2 1000000", "not allowed to refund more")
	s.says("orders refund 2 1", "Refunded 1.")
	s.refuses("orders show 4711", "4711")
	sql(`INSERT INTO storegraph.merchant_refund SELECT 'ref_1', order_id, p.id, 12.5, now() FROM order_payment_collection l JOIN payment p USING (payment_collection_id) JOIN "order" o ON o.id = order_id WHERE display_id = 4`)
	s.says("orders --limit 50", "Order 4: a refund of 12.5 was begun")
	s.says("orders show 4", "Order 4: a refund of 12.5 was begun")
	s.says("orders show 4 --json", `"amount": "12.5"`)
	sql(`DELETE FROM storegraph.merchant_refund`)
	s.says("orders show 2", "PARCEL", "packed")
	s.refuses("orders ship 2 --tracking-url https://carrier.example/1", "--tracking")
	s.says("orders ship 2 --tracking JD0123 --tracking-url https://carrier.example/JD0123", "Shipped ful_")
	s.says("orders show 2", "shipped", "TRACKING", "JD0123")
	s.says("orders deliver 2", "Delivered ful_")
	s.refuses("orders cancel-parcel 2", "no parcel")
	s.refuses("orders archive 2", "neither completed nor canceled")
	s.says("orders complete 2", "Completed.")
	s.says("orders archive 2", "Archived.")
	s.says("orders list --status archived", "archived")
	s.refuses("orders list --status paid", "--status", "pending", "requires_action")
	s.says("orders fulfil 4 MUG-CHALK=2", "Fulfilled")
	s.says("orders cancel-parcel 4", "Cancelled ful_")
	type order struct {
		Number int
		Email  string
	}
	var listed []order
	s.json(&listed, "orders list --limit 2 --offset 1 --json")
	if len(listed) != 2 || listed[0].Number != 28 {
		t.Errorf("listed are %v, want orders 28 and 27", listed)
	}
	email := strings.ToUpper(listed[0].Email)
	s.json(&listed, "orders list --json --email "+email)
	if len(listed) == 0 || slices.ContainsFunc(listed, func(o order) bool { return !strings.EqualFold(o.Email, email) }) {
		t.Errorf("of %s are %v", email, listed)
	}
	var shown struct {
		Number  int
		Lines   []struct{ Sku, Fulfilled string }
		Parcels []struct {
			State    string
			Tracking []string
		}
	}
	s.json(&shown, "orders show 2 --json")
	if shown.Number != 2 || len(shown.Lines) != 2 || shown.Lines[0].Fulfilled != "1" || len(shown.Parcels) != 1 || shown.Parcels[0].State != "delivered" || shown.Parcels[0].Tracking[0] != "JD0123" {
		t.Errorf("order 2 is shown as %+v", shown)
	}
	s.refuses("orders cancel 2", "cancel")
	s.says("orders cancel 1", "Cancelled.")
	s.says("orders show 1", "canceled")
}

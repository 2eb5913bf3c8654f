package interop_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph/playground/browsertest"
)

// A merchant logs in to the reference's admin through our server, in a browser, and names a product anew, which storefronts see at once.
func TestInteropAdmin(t *testing.T) { //nolint:paralleltest // a browser and three servers are enough at a time
	p := prepare(t, "INTEROP")
	browsertest.Chromium(t, "the admin through the front")
	p.run(t, "migrate", "--catalogue-triggers")
	theirs := reference(t, administered(t, p.dir), p.database)
	ours := p.serve(t, "storegraph", "MEDUSA_URL="+theirs.base)
	ours.await(t, "/health/ready")
	theirs.await(t, "/health")
	handles := dbtest.Handles(t)
	product, key := handles["prod_classic_tee"], handles["pk_web"]
	before := titles(t, ours, key, product)

	page := browsertest.Open(t, ours.base+"/app/login", "the admin through the front")
	page.Type(`input[name="email"]`, "admin@test.com")
	page.Type(`input[name="password"]`, "supersecret")
	page.Click(`button[type="submit"]`)
	page.Await("the merchant to be logged in", `location.pathname.startsWith("/app/") && !location.pathname.includes("login") && text("nav") !== ""`)
	page.Click(`a[href="/app/products"]`)
	page.Await("the products", `location.pathname === "/app/products" && document.querySelectorAll("tbody tr").length >= 10`)
	page.Picture("admin-products.png")
	page.Go(ours.base + "/app/products/" + product)
	page.Await("the product", `text("h1").includes(`+before[0]+`)`)
	page.Go(ours.base + "/app/products/" + product + "/edit")
	page.Type(`input[name="title"]`, "Named in the admin")
	page.Click(`form button[type="submit"]`)
	page.Await("the product's new name", `location.pathname === "/app/products/`+product+`" && text("h1").includes("Named in the admin")`)
	page.Picture("admin-product.png")

	const want = `"Named in the admin"`
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		got := titles(t, ours, key, product)
		if got == [2]string{want, want} {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the storefront says %s, want %s", got, want)
		}
	}
	d := dbtest.Open(t, p.database, db.Options{})
	if kept, err := d.Texts(t.Context(), `SELECT title FROM product WHERE id = $1`, product); err != nil || len(kept) != 1 || kept[0] != "Named in the admin" {
		t.Errorf("the database has %q (%v)", kept, err)
	}
}

// titles returns what a product is called over REST and in GraphQL, as JSON.
func titles(t *testing.T, s *server, key, product string) [2]string {
	t.Helper()
	ask := func(method, path, body string) json.RawMessage {
		r, err := http.NewRequestWithContext(t.Context(), method, s.base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Publishable-Api-Key", key)
		r.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		var got struct {
			Product *struct{ Title json.RawMessage }
			Data    struct {
				Product *struct{ Title json.RawMessage }
			}
		}
		if err != nil || json.Unmarshal(text, &got) != nil {
			t.Fatalf("%s %s = %s (%v)", method, path, text, err)
		}
		if found := got.Product; found != nil {
			return found.Title
		}
		if got.Data.Product == nil {
			t.Fatalf("%s %s = %s, want the product", method, path, text)
		}
		return got.Data.Product.Title
	}
	return [2]string{
		string(ask(http.MethodGet, "/store/products/"+product+"?fields=title", "")),
		string(ask(http.MethodPost, "/graphql", `{"query":"{ product(by: {id: \"`+product+`\"}) { title } }"}`)),
	}
}

// administered makes a project with the admin's pages, which are built once and kept in the user's cache.
func administered(t *testing.T, installed string) string {
	t.Helper()
	dir := project(t, installed)
	if err := os.CopyFS(filepath.Join(dir, "admin"), os.DirFS("testdata/admin")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "admin/medusa-config.js"), filepath.Join(dir, "medusa-config.js")); err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	pages := filepath.Join(cache, "storegraph", "admin-"+version)
	if _, err := os.Stat(filepath.Join(pages, "index.html")); err != nil {
		t.Log("building the admin's pages, once")
		cmd := exec.CommandContext(t.Context(), "node", "admin/build.js", "built")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "NODE_ENV=production")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if err := os.MkdirAll(filepath.Dir(pages), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(pages, os.DirFS(filepath.Join(dir, "built"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "public"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pages, filepath.Join(dir, "public/admin")); err != nil {
		t.Fatal(err)
	}
	return dir
}

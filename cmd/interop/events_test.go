package interop_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// Events of our server come to a subscriber of the reference's event bus, by the route in graph/shop/medusa/project, also after our server
// is killed between the commit of an order and the delivery of its event; see testdata/events.mjs.
func TestInteropEvents(t *testing.T) { //nolint:paralleltest // it prints as it goes
	if os.Getenv("INTEROP") == "" {
		t.Skip("needs the reference: set INTEROP=1")
	}
	const secret = "EVENT_WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	p := prepare(t, "INTEROP")
	dir, state := subscribed(t, p.dir), filepath.Join(t.TempDir(), "state.json")
	events := filepath.Join(dir, "events.jsonl")
	if err := os.WriteFile(state, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"LOCKING=postgres", "FAR_STATE=" + state, "EVENTS=" + events, secret}
	migrateReference(t, dir, p.database, env)
	theirs := reference(t, dir, p.database, env...)
	way := newRelay(t, theirs.base)
	settings := []string{"MEDUSA_URL=" + theirs.base, "EVENT_WEBHOOK_URLS=" + way.url + "/hooks/storegraph", secret}
	ours := p.serve(t, "storegraph", settings...)
	p.compare(t, ours, theirs, "events.mjs", env...)

	way.holds.Store(true)
	p.compare(t, ours, theirs, "events.mjs", append(env, "ONE_ORDER=1")...)
	order := <-way.held
	if err := ours.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ours.done
	way.holds.Store(false)
	if text, err := os.ReadFile(events); err != nil || strings.Contains(string(text), placed(order)) {
		t.Fatalf("the subscriber knows of %s before the server is killed (%v)", order, err)
	}
	last := p.serve(t, "storegraph", settings...)
	last.await(t, "/health/ready")
	seen(t, events, order)
	t.Logf("ok   after kill -9 of what was delivering it, the subscriber sees %s", order)
	last.stop()

	orders := killed(t, p, settings)
	seen(t, events, orders...)
	t.Logf("ok   the subscriber sees all %d orders that shoppers placed while the server was killed three times", len(orders))
}

// killed has shoppers place orders at a server that is killed in between, again and again, until a last one stays up. It returns all orders.
func killed(t *testing.T, p *pair, settings []string) []string {
	t.Helper()
	d := dbtest.Open(t, p.database, db.Options{})
	orders := func() []string {
		ids, err := d.Texts(t.Context(), `SELECT o.id FROM "order" o JOIN order_cart c ON c.order_id = o.id WHERE o.email LIKE 'shopper%' ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	for round := range 3 {
		ours := p.serve(t, "storegraph", settings...)
		ours.await(t, "/health/ready")
		ended, env := make(chan bool), append(p.both(t, ours, ours), "SHOPPERS=4")
		go func() {
			defer close(ended)
			node(t, env, "events.mjs")
		}()
		for want, end := len(orders())+5+round, time.Now().Add(3*time.Minute); len(orders()) < want; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("round %d: %d orders are placed, want %d", round, len(orders()), want)
			}
		}
		if err := ours.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-ours.done
		<-ended
	}
	p.serve(t, "storegraph", settings...).await(t, "/health/ready")
	return orders()
}

// placed is what the subscriber writes down of an order.
func placed(order string) string { return `{"name":"order.placed","data":{"id":"` + order + `"}}` }

// seen waits until the subscriber has seen all orders.
func seen(t *testing.T, events string, orders ...string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		text, err := os.ReadFile(events)
		missing := slices.DeleteFunc(slices.Clone(orders), func(id string) bool {
			return strings.Contains(string(text), placed(id))
		})
		switch {
		case err == nil && len(missing) == 0:
			return
		case err != nil || time.Now().After(deadline):
			t.Fatalf("the subscriber never sees %q (%v)", missing, err)
		}
	}
}

// subscribed makes a project with a subscriber of all events and our routes.
func subscribed(t *testing.T, installed string) string {
	t.Helper()
	dir := project(t, installed)
	if err := os.CopyFS(dir, os.DirFS("testdata/events")); err != nil {
		t.Fatal(err)
	}
	addRoutes(t, dir)
	return dir
}

// addRoutes puts what we have for a project of the reference into one, compiled as the reference's build would.
func addRoutes(t *testing.T, dir string) {
	t.Helper()
	const compile = `const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require("node:fs"), { dirname } = require("node:path")
for (const from of readdirSync(process.argv[1], { recursive: true }).filter((name) => name.endsWith(".ts"))) {
  mkdirSync(dirname(from), { recursive: true })
  const { code } = require("esbuild").transformSync(readFileSync(process.argv[1] + "/" + from, "utf8"), { loader: "ts", format: "cjs" })
  writeFileSync(from.replace(/ts$/, "js"), code)
}`
	cmd := exec.CommandContext(t.Context(), "node", "-e", compile, absolute(t, "../../graph/shop/medusa/project"))
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// A relay is between our server and the reference. While it holds, it keeps orders' events and never answers.
type relay struct {
	url   string
	holds atomic.Bool
	held  chan string // the id of an order
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{held: make(chan string, 10)}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // servers are killed while they ask
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		var event struct {
			Type string
			Data struct{ ID string }
		}
		if err := json.Unmarshal(body, &event); err == nil && event.Type == "order.placed" && r.holds.Load() {
			r.held <- event.Data.ID
			<-req.Context().Done() // until our server is killed
			return
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(s.Close)
	r.url = s.URL
	return r
}

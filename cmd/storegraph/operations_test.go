package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/db/seed"
	"github.com/storegraph/storegraph/graph/playground"
)

// A demo is the demo shop, served as a whole.
type demo struct {
	url      string
	key      string
	db       db.DB
	database string       // its address, of newDemo
	client   *http.Client // nil: the default one
}

func newDemo(t *testing.T) demo {
	t.Helper()
	database := dbtest.URL(t)
	d := dbtest.Open(t, database, db.Options{})
	if _, err := seed.Run(t.Context(), d, seed.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	if err := db.InstallTriggers(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := d.UpdateSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	shop := serveDemo(t, d, Config{})
	shop.database = database
	return shop
}

// serveDemo serves the demo shop in a database.
func serveDemo(t *testing.T, d db.DB, cfg Config) demo {
	t.Helper()
	cfg.JWTSecret = "supersecret"
	h, work, err := handler(t.Context(), cfg, d, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := d.AnyPublishableKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	stop := background(t.Context(), work)
	t.Cleanup(func() {
		stop()
		s.Close()
	})
	return demo{url: s.URL, key: key, db: d}
}

// send sends a request with the shop's key. Its context ends when the test does.
func (d demo) send(ctx context.Context, method, path, body string, headers map[string]string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, d.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-Publishable-Api-Key", d.key)
	r.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	return cmp.Or(d.client, http.DefaultClient).Do(r)
}

// graphql sends an operation, and returns the answer to it or, of a subscription, the first one.
func (d demo) graphql(ctx context.Context, query string, variables json.RawMessage, headers map[string]string) (_ []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if len(variables) == 0 {
		variables = json.RawMessage("null")
	}
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	all := map[string]string{"Accept": "application/json"}
	if strings.Contains(query, "\nsubscription ") {
		all["Accept"] = "text/event-stream"
	}
	maps.Copy(all, headers)
	res, err := d.send(ctx, http.MethodPost, "/graphql", string(body), all)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if all["Accept"] == "application/json" {
		return io.ReadAll(res.Body)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if data, found := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); found {
			return bytes.Clone(data), nil
		}
	}
	return nil, fmt.Errorf("the subscription ended without an answer: %w", lines.Err())
}

func (d demo) visit(t *testing.T) *visit {
	t.Helper()
	return &visit{
		values: map[string]any{"email": "ada@example.com"},
		send: func(query string, variables json.RawMessage, headers map[string]string) ([]byte, error) {
			return d.graphql(t.Context(), query, variables, headers)
		},
	}
}

// The operations of a whole shop run one after another, each with what those before it gave, and so do their twins over REST.
func TestOperations(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	v := d.visit(t)
	examples := playground.Examples()
	if len(examples) < 30 {
		t.Errorf("%d operations, want those of a whole shop", len(examples))
	}
	for _, e := range examples {
		twin := v.fill(e.REST)
		v.run(t, e)
		if twin != "" && len(e.Spends) == 0 {
			d.rest(t, v, e, twin)
		}
	}
	for _, name := range []string{"token", "order", "adopted"} {
		if v.values[name] == nil {
			t.Errorf("no operation gave %s", name)
		}
	}
}

// rest runs the request over REST that does the same as an example.
func (d demo) rest(t *testing.T, v *visit, e playground.Example, twin string) {
	t.Helper()
	line, body, _ := strings.Cut(twin, "\n")
	method, path, _ := strings.Cut(line, " ")
	headers := map[string]string{}
	for name, value := range e.Headers {
		headers[name] = v.fill(value)
	}
	res, err := d.send(t.Context(), method, path, body, headers)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("%s over REST: %s = %d %s (%v)", e.Name, twin, res.StatusCode, answer, err)
	}
}

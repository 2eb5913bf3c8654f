package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/storegraph/storegraph/graph/shop"
	"github.com/storegraph/storegraph/graph/shop/auth"
)

// AuthConfig has the settings of log-ins, tokens and second factors.
type AuthConfig struct {
	Algorithm  string        `var:"JWT_ALGORITHM" name:"jwt-algorithm" enum:"HS256,HS384,HS512,RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512" default:"HS256" help:"The algorithm of tokens: HS256 or so, or RS256, PS256, ES256 and so on; then JWT_SECRET is a private key in PEM."`
	PublicKey  string        `var:"JWT_PUBLIC_KEY" name:"jwt-public-key" placeholder:"PEM" help:"The public key of the private key, in PEM. Empty: it is derived from the private key."`
	Lifetime   time.Duration `var:"JWT_EXPIRES_IN" name:"jwt-expires-in" default:"24h" help:"How long the token of a log-in is valid."`
	OrderLinks time.Duration `var:"ORDER_LINK_EXPIRES_IN" name:"order-link-expires-in" default:"720h" help:"How long the token of an order is valid, with which a guest sees it if STRICT_ORDERS is on."`
	Issuer     string        `var:"JWT_ISSUER" name:"jwt-issuer" help:"The issuer of tokens; tokens of others are refused. Empty: any issuer that has the secret."`
	Audience   string        `var:"JWT_AUDIENCE" name:"jwt-audience" help:"The audience of tokens; tokens for others are refused. Empty: any audience."`

	PerAccount int           `var:"ATTEMPTS_PER_ACCOUNT" name:"attempts-per-account" default:"20" min:"1" max:"1000000" help:"How many attempts to log in and the like an account may make in a window."`
	PerAddress int           `var:"ATTEMPTS_PER_ADDRESS" name:"attempts-per-address" default:"300" min:"1" max:"1000000" help:"How many attempts a network address may make in a window."`
	Window     time.Duration `var:"ATTEMPT_WINDOW" name:"attempt-window" default:"5m" help:"How long a window of attempts is."`

	MFAKey           string        `var:"AUTH_MFA_ENCRYPTION_KEY" name:"auth-mfa-encryption-key" secret:"" help:"Encrypts the secrets of second factors; the same as Medusa's. Empty: no second factors."`
	MFAIssuer        string        `var:"AUTH_MFA_ISSUER" name:"auth-mfa-issuer" default:"Medusa" help:"The name of the shop in authenticator apps."`
	MFADigits        int           `var:"AUTH_MFA_DIGITS" name:"auth-mfa-digits" default:"6" min:"6" max:"8" help:"The digits of a one-time password: 6, 7 or 8."`
	MFAPeriod        time.Duration `var:"AUTH_MFA_PERIOD" name:"auth-mfa-period" default:"30s" unit:"1s" help:"How long a one-time password is shown, in whole seconds."`
	MFAWindow        int           `var:"AUTH_MFA_WINDOW" name:"auth-mfa-window" default:"1" min:"0" max:"20" help:"How many one-time passwords before and after the present one are accepted too."`
	MFALifetime      time.Duration `var:"AUTH_MFA_CHALLENGE_TTL" name:"auth-mfa-challenge-ttl" default:"5m" help:"How long a log-in waits for a second factor."`
	MFAAttempts      int           `var:"AUTH_MFA_CHALLENGE_ATTEMPTS" name:"auth-mfa-challenge-attempts" default:"5" min:"1" max:"1000000" help:"How many wrong answers end such a log-in."`
	MFARecoveryCodes int           `var:"AUTH_MFA_RECOVERY_CODES" name:"auth-mfa-recovery-codes" default:"10" min:"1" max:"50" help:"How many recovery codes are generated if the request names no number."`
	MFAToDisable     string        `var:"AUTH_MFA_DISABLE_POLICY" name:"auth-mfa-disable-policy" enum:"session,challenge" default:"session" help:"challenge: disabling a second factor requires the factor; session: a session is enough."`

	Methods       map[string][]string                    `var:"AUTH_METHODS_PER_ACTOR" name:"auth-methods-per-actor" type:"object" placeholder:"JSON" help:"Medusa's authMethodsPerActor: {\"customer\": [\"emailpass\", \"google\"]}. Types of actors that are not named may use any."`
	Verifications map[string][]shop.RequiredVerification `var:"AUTH_VERIFICATIONS_PER_ACTOR" name:"auth-verifications-per-actor" type:"object" placeholder:"JSON" help:"Medusa's authVerificationsPerActor: {\"customer\": [{\"auth_provider\": \"emailpass\", \"entity_type\": \"email\"}]}."`
	BindBrowser   bool                                   `var:"OAUTH_BIND_BROWSER" name:"oauth-bind-browser" help:"on: a log-in with Google or GitHub is completed only in the browser that began it. The storefront must send cookies."`

	GoogleID       string `var:"GOOGLE_CLIENT_ID" name:"google-client-id" help:"The shop's client id at Google. Empty: no log-in with Google."`
	GoogleSecret   string `var:"GOOGLE_CLIENT_SECRET" name:"google-client-secret" secret:"" help:"The secret of that client id."`
	GoogleCallback string `var:"GOOGLE_CALLBACK_URL" name:"google-callback-url" type:"address" placeholder:"URL" help:"The storefront's page that Google redirects the browser to."`
	GitHubID       string `var:"GITHUB_CLIENT_ID" name:"github-client-id" help:"The shop's client id at GitHub. Empty: no log-in with GitHub."`
	GitHubSecret   string `var:"GITHUB_CLIENT_SECRET" name:"github-client-secret" secret:"" help:"The secret of that client id."`
	GitHubCallback string `var:"GITHUB_CALLBACK_URL" name:"github-callback-url" type:"address" placeholder:"URL" help:"The storefront's page that GitHub redirects the browser to."`
	GitHubURL      string `var:"GITHUB_URL" name:"github-url" type:"address" default:"https://github.com" help:"The address of GitHub, or of a GitHub Enterprise server."`
}

// tokens returns the options of tokens.
func (c AuthConfig) tokens() auth.TokenOptions {
	return auth.TokenOptions{
		Algorithm: c.Algorithm, PublicKey: c.PublicKey, Lifetime: c.Lifetime, Orders: c.OrderLinks, Issuer: c.Issuer, Audience: c.Audience,
	}
}

// throttle returns the limits of attempts.
func (c AuthConfig) throttle() shop.Throttle {
	return shop.Throttle{PerAccount: c.PerAccount, PerAddress: c.PerAddress, Window: c.Window}
}

// check fails if tokens cannot be signed by the secret, or settings miss others.
func (c AuthConfig) check(secret string) error {
	var wrong []error
	if _, err := auth.NewTokens(secret, c.tokens(), time.Now); err != nil {
		wrong = append(wrong, fmt.Errorf("JWT_ALGORITHM, JWT_SECRET, JWT_PUBLIC_KEY or JWT_AUDIENCE: %w", err))
	}
	if _, err := c.account(time.Now); err != nil {
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// account returns the configuration of accounts for package shop.
func (c AuthConfig) account(now func() time.Time) (shop.Account, error) {
	a := shop.Account{MethodsPerActor: c.Methods, VerificationsPerActor: c.Verifications, BindBrowser: c.BindBrowser, MFA: shop.MFA{
		Issuer: c.MFAIssuer, TOTP: auth.TOTP{Digits: c.MFADigits, Period: c.MFAPeriod, Window: c.MFAWindow}, Lifetime: c.MFALifetime, Attempts: c.MFAAttempts,
		RecoveryCodes: c.MFARecoveryCodes, ProofToEnd: c.MFAToDisable == "challenge",
	}}
	var err error
	if a.MFA.Vault, err = auth.NewVault(c.MFAKey); err != nil {
		return a, err
	}
	google := auth.Client{ID: c.GoogleID, Secret: c.GoogleSecret, CallbackURL: c.GoogleCallback}
	github := auth.Client{ID: c.GitHubID, Secret: c.GitHubSecret, CallbackURL: c.GitHubCallback}
	for name, client := range map[string]auth.Client{"GOOGLE": google, "GITHUB": github} {
		if client.ID != "" && (client.Secret == "" || client.CallbackURL == "") {
			err = errors.Join(err, fmt.Errorf("with %s_CLIENT_ID also set %s_CLIENT_SECRET and %s_CALLBACK_URL", name, name, name))
		}
	}
	if google.ID != "" {
		a.Redirectors = append(a.Redirectors, auth.NewGoogle(google, auth.GoogleIssuer))
	}
	if github.ID != "" {
		a.Redirectors = append(a.Redirectors, auth.NewGitHub(github, c.GitHubURL, now))
	}
	return a, err
}

package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/storegraph/storegraph/model"
)

// Google is log-in with Google, or with another provider of OpenID Connect that is asked in the same way.
type Google struct {
	client Client
	issuer string

	mu       sync.Mutex
	provider *oidc.Provider // nil until it is discovered
}

// GoogleIssuer is the issuer of Google's ID tokens.
const GoogleIssuer = "https://accounts.google.com"

// NewGoogle returns log-in with Google, for which issuer is GoogleIssuer. It does not connect before the first
// log-in.
func NewGoogle(c Client, issuer string) *Google { return &Google{client: c, issuer: issuer} }

// ID is google.
func (*Google) ID() string { return "google" }

// DisplayName is the name to show.
func (*Google) DisplayName() string { return "Google Authentication" }

// CallbackURL is the configured address.
func (g *Google) CallbackURL() string { return g.client.CallbackURL }

// discover returns the provider, from its discovery document the first time.
func (g *Google) discover(ctx context.Context) (*oidc.Provider, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.provider != nil {
		return g.provider, nil
	}
	// The provider keeps the context for its keys.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), providerClient), g.issuer)
	if err != nil {
		return nil, fmt.Errorf("discover the provider google: %w", err)
	}
	g.provider = p
	return p, nil
}

func (g *Google) config(p *oidc.Provider, l *LogIn) *oauth2.Config {
	return &oauth2.Config{
		ClientID: g.client.ID, ClientSecret: g.client.Secret, Endpoint: p.Endpoint(), RedirectURL: l.CallbackURL,
		Scopes: []string{"email", "profile", oidc.ScopeOpenID},
	}
}

// Location is the address of the page for a log-in.
func (g *Google) Location(ctx context.Context, l *LogIn) (string, error) {
	p, err := g.discover(ctx)
	if err != nil {
		return "", err
	}
	return g.config(p, l).AuthCodeURL(l.State, oauth2.S256ChallengeOption(l.Verifier), oidc.Nonce(l.Nonce)), nil
}

// Identify exchanges the code for an ID token and returns its profile. The token must be signed by the issuer, issued for this shop and
// this log-in, not expired, and its e-mail address verified.
func (g *Google) Identify(ctx context.Context, l *LogIn, code string) (*Profile, error) {
	p, err := g.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, providerClient)
	t, err := g.config(p, l).Exchange(ctx, code, oauth2.VerifierOption(l.Verifier))
	if err != nil {
		return nil, refusal(err)
	}
	raw, ok := t.Extra("id_token").(string)
	if !ok {
		return nil, model.Unauthorized.Because(model.UserErrorCodeLogInRefused).Errorf("No ID found")
	}
	idToken, err := p.Verifier(&oidc.Config{ClientID: g.client.ID, SupportedSigningAlgs: []string{oidc.RS256}}).Verify(ctx, raw)
	if err != nil {
		return nil, model.Unauthorized.Because(model.UserErrorCodeLogInRefused).Errorf("Could not verify Google id_token")
	}
	if idToken.Nonce != l.Nonce {
		return nil, model.Unauthorized.Because(model.UserErrorCodeLogInRefused).Errorf("Could not verify Google id_token: it is of another log-in")
	}
	var claims struct {
		EmailVerified bool    `json:"email_verified"`
		Name          *string `json:"name,omitempty"`
		Email         *string `json:"email,omitempty"`
		Picture       *string `json:"picture,omitempty"`
		GivenName     *string `json:"given_name,omitempty"`
		FamilyName    *string `json:"family_name,omitempty"`
	}
	if err := idToken.Claims(&claims); err != nil {
		return nil, model.Unauthorized.Because(model.UserErrorCodeLogInRefused).Errorf("Could not verify Google id_token: its claims are not as they should be")
	}
	switch {
	case !claims.EmailVerified:
		return nil, model.Unauthorized.Because(model.UserErrorCodeLogInRefused).Errorf("Email not verified, cannot proceed with authentication")
	case idToken.Subject == "":
		return nil, model.Unauthorized.Because(model.UserErrorCodeLogInRefused).Errorf("id_token is missing 'sub' claim")
	}
	known := map[string]string{}
	for name, value := range map[string]*string{
		"name": claims.Name, "email": claims.Email, "picture": claims.Picture, "given_name": claims.GivenName, "family_name": claims.FamilyName,
	} {
		if value != nil {
			known[name] = *value
		}
	}
	user, err := json.Marshal(known)
	return &Profile{EntityID: idToken.Subject, UserMetadata: user}, err
}

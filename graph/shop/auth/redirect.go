package auth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"storegraph/model"
)

// A Redirector is a provider on whose own page somebody proves who they are.
type Redirector interface {
	// ID is the provider's name in paths, such as google.
	ID() string
	// DisplayName is the name to show.
	DisplayName() string
	// CallbackURL is where the page sends the browser back to, unless a log-in says otherwise.
	CallbackURL() string
	// Location is where the browser is to go.
	Location(ctx context.Context, l *LogIn) (string, error)
	// Identify returns who has logged in on the page, for the code with which it sent the browser back.
	Identify(ctx context.Context, l *LogIn, code string) (*Profile, error)
}

// A LogIn is one that has left for a provider's page.
type LogIn struct {
	State       string // by which the browser is known when it comes back
	Verifier    string // of RFC 7636, by which only who began can end it
	Nonce       string // that the provider's answer must repeat
	CallbackURL string
}

// NewLogIn returns a log-in that comes back to an address.
func NewLogIn(callback string) *LogIn {
	state := make([]byte, 32)
	_, _ = rand.Read(state) // it never fails
	return &LogIn{State: hex.EncodeToString(state), Verifier: oauth2.GenerateVerifier(), Nonce: rand.Text(), CallbackURL: callback}
}

// A Profile is what a provider tells of somebody.
type Profile struct {
	EntityID         string
	UserMetadata     model.JSON
	ProviderMetadata model.JSON // nil: nothing is kept
	Fresh            bool       // what was kept of an earlier log-in is replaced
}

// Client is what a shop is to a provider.
type Client struct {
	ID          string
	Secret      string
	CallbackURL string
}

// providerTime is how long a provider may take to answer.
const providerTime = 10 * time.Second

var providerClient = &http.Client{Timeout: providerTime}

// Google is log-in with Google, or with another provider of OpenID Connect that is asked in the same way.
type Google struct {
	client Client
	issuer string

	mu       sync.Mutex
	provider *oidc.Provider // nil until it was found
}

// GoogleIssuer is who signs Google's ID tokens.
const GoogleIssuer = "https://accounts.google.com"

// NewGoogle returns log-in with Google, for which issuer is GoogleIssuer. It asks the issuer for nothing until somebody
// logs in.
func NewGoogle(c Client, issuer string) *Google { return &Google{client: c, issuer: issuer} }

// ID is google.
func (*Google) ID() string { return "google" }

// DisplayName is the name to show.
func (*Google) DisplayName() string { return "Google Authentication" }

// CallbackURL is the configured address.
func (g *Google) CallbackURL() string { return g.client.CallbackURL }

// find returns the provider, from its own description of itself the first time.
func (g *Google) find(ctx context.Context) (*oidc.Provider, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.provider != nil {
		return g.provider, nil
	}
	// The provider keeps the context for its keys.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), providerClient), g.issuer)
	if err != nil {
		return nil, fmt.Errorf("find the provider google: %w", err)
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

// Location is where the browser is to go.
func (g *Google) Location(ctx context.Context, l *LogIn) (string, error) {
	p, err := g.find(ctx)
	if err != nil {
		return "", err
	}
	return g.config(p, l).AuthCodeURL(l.State, oauth2.S256ChallengeOption(l.Verifier), oidc.Nonce(l.Nonce)), nil
}

// Identify returns whom the ID token names that the code stands for. The token must be signed by the issuer, made for this
// shop and this log-in, not over, and the e-mail address verified.
func (g *Google) Identify(ctx context.Context, l *LogIn, code string) (*Profile, error) {
	p, err := g.find(ctx)
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
		return nil, model.Unauthorized.Errorf("No ID found")
	}
	idToken, err := p.Verifier(&oidc.Config{ClientID: g.client.ID, SupportedSigningAlgs: []string{oidc.RS256}}).Verify(ctx, raw)
	if err != nil {
		return nil, model.Unauthorized.Errorf("Could not verify Google id_token")
	}
	if idToken.Nonce != l.Nonce {
		return nil, model.Unauthorized.Errorf("Could not verify Google id_token: it is of another log-in")
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
		return nil, model.Unauthorized.Errorf("Could not verify Google id_token: its claims are not as they should be")
	}
	switch {
	case !claims.EmailVerified:
		return nil, model.Unauthorized.Errorf("Email not verified, cannot proceed with authentication")
	case idToken.Subject == "":
		return nil, model.Unauthorized.Errorf("id_token is missing 'sub' claim")
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

// GitHub is log-in with GitHub.
type GitHub struct {
	client   Client
	endpoint oauth2.Endpoint
	user     string // the address that tells who a token is of
	now      func() time.Time
}

// GitHubURL is the address of GitHub for everybody.
const GitHubURL = "https://github.com"

// NewGitHub returns log-in with the GitHub at an address: GitHubURL, or that of one's own GitHub Enterprise Server.
func NewGitHub(c Client, address string, now func() time.Time) *GitHub {
	g := &GitHub{client: c, endpoint: endpoints.GitHub, user: "https://api.github.com/user", now: now}
	if address = strings.TrimSuffix(address, "/"); address != GitHubURL {
		g.endpoint = oauth2.Endpoint{AuthURL: address + "/login/oauth/authorize", TokenURL: address + "/login/oauth/access_token"}
		g.user = address + "/api/v3/user"
	}
	g.endpoint.AuthStyle = oauth2.AuthStyleInParams
	return g
}

// ID is github.
func (*GitHub) ID() string { return "github" }

// DisplayName is the name to show.
func (*GitHub) DisplayName() string { return "Github Authentication" }

// CallbackURL is the configured address.
func (g *GitHub) CallbackURL() string { return g.client.CallbackURL }

func (g *GitHub) config(l *LogIn) *oauth2.Config {
	return &oauth2.Config{ClientID: g.client.ID, ClientSecret: g.client.Secret, Endpoint: g.endpoint, RedirectURL: l.CallbackURL}
}

// Location is where the browser is to go.
func (g *GitHub) Location(_ context.Context, l *LogIn) (string, error) {
	return g.config(l).AuthCodeURL(l.State, oauth2.S256ChallengeOption(l.Verifier)), nil
}

// Identify returns whose token the code stands for.
func (g *GitHub) Identify(ctx context.Context, l *LogIn, code string) (*Profile, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, providerClient)
	t, err := g.config(l).Exchange(ctx, code, oauth2.VerifierOption(l.Verifier))
	if err != nil {
		return nil, refusal(err)
	}
	u, err := g.whose(ctx, t)
	if err != nil {
		return nil, err
	}
	twoFactors := json.RawMessage("false")
	if len(u.TwoFactors) > 0 && string(u.TwoFactors) != "null" {
		twoFactors = u.TwoFactors
	}
	user, err := json.Marshal(map[string]any{
		"profile_url": u.URL, "avatar": u.Avatar, "email": u.Email, "name": u.Name, "company": u.Company, "two_factor_authentication": twoFactors,
	})
	if err != nil {
		return nil, err
	}
	kept := map[string]any{"access_token": t.AccessToken}
	if t.RefreshToken != "" {
		kept["refresh_token"] = t.RefreshToken
	}
	if !t.Expiry.IsZero() {
		kept["access_token_expires_at"] = model.Time{Time: t.Expiry}
	}
	if seconds, ok := t.Extra("refresh_token_expires_in").(float64); ok {
		kept["refresh_token_expires_at"] = model.Time{Time: g.now().Add(time.Duration(seconds) * time.Second)}
	}
	provider, err := json.Marshal(kept)
	return &Profile{EntityID: strconv.FormatInt(u.ID, 10), UserMetadata: user, ProviderMetadata: provider, Fresh: true}, err
}

// A gitHubUser is what GitHub tells of somebody.
type gitHubUser struct {
	ID         int64           `json:"id"`
	URL        *string         `json:"url"`
	Avatar     *string         `json:"avatar_url"`
	Email      *string         `json:"email"`
	Name       *string         `json:"name"`
	Company    *string         `json:"company"`
	TwoFactors json.RawMessage `json:"two_factor_authentication"`
}

func (g *GitHub) whose(ctx context.Context, t *oauth2.Token) (*gitHubUser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.user, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	t.SetAuthHeader(r)
	res, err := providerClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the provider github: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	var u gitHubUser
	if err := json.NewDecoder(http.MaxBytesReader(nil, res.Body, 1<<20)).Decode(&u); res.StatusCode != http.StatusOK || err != nil || u.ID == 0 {
		return nil, model.Unauthorized.Errorf("GitHub does not tell whose the token is")
	}
	return &u, nil
}

// refusal is why a provider does not exchange a code. What it says in detail may hold what was sent.
func refusal(err error) error {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := ""
		if e.Response != nil {
			status = ", " + strconv.Itoa(e.Response.StatusCode)
		}
		return model.Unauthorized.Errorf("Could not exchange token%s", status)
	}
	return fmt.Errorf("exchange a code: %w", err)
}

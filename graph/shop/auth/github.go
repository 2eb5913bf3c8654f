package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"github.com/storegraph/storegraph/model"
)

// GitHub is log-in with GitHub.
type GitHub struct {
	client   Client
	endpoint oauth2.Endpoint
	user     string // the address of the API that returns the user of a token
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

// Location is the address of the page for a log-in.
func (g *GitHub) Location(_ context.Context, l *LogIn) (string, error) {
	return g.config(l).AuthCodeURL(l.State, oauth2.S256ChallengeOption(l.Verifier)), nil
}

// Identify exchanges the code for a token and returns the profile of its user.
func (g *GitHub) Identify(ctx context.Context, l *LogIn, code string) (*Profile, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, providerClient)
	t, err := g.config(l).Exchange(ctx, code, oauth2.VerifierOption(l.Verifier))
	if err != nil {
		return nil, refusal(err)
	}
	u, err := g.userOf(ctx, t)
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

// A gitHubUser is a user as GitHub's API returns it.
type gitHubUser struct {
	ID         int64           `json:"id"`
	URL        *string         `json:"url"`
	Avatar     *string         `json:"avatar_url"`
	Email      *string         `json:"email"`
	Name       *string         `json:"name"`
	Company    *string         `json:"company"`
	TwoFactors json.RawMessage `json:"two_factor_authentication"`
}

func (g *GitHub) userOf(ctx context.Context, t *oauth2.Token) (*gitHubUser, error) {
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
		return nil, model.Unauthorized.Because(model.UserErrorCodeLogInRefused).Errorf("GitHub does not tell whose the token is")
	}
	return &u, nil
}

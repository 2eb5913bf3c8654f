package auth

import (
	"encoding/json"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"storegraph/model"
)

// TokenLifetime is how long the token of a log-in is valid, as in the reference.
const TokenLifetime = 24 * time.Hour

// Claims are what a token says of its bearer, as the reference writes them.
type Claims struct {
	ActorID                 string          `json:"actor_id"` // empty until there is an actor, such as a customer
	ActorType               string          `json:"actor_type"`
	AuthIdentityID          string          `json:"auth_identity_id"`
	AuthProvider            string          `json:"auth_provider,omitempty"`
	MFAEnabled              bool            `json:"mfa_enabled"`
	MFAChallengeCompletedAt *string         `json:"mfa_challenge_completed_at"`
	AppMetadata             json.RawMessage `json:"app_metadata"`
	UserMetadata            json.RawMessage `json:"user_metadata"`
	jwt.RegisteredClaims
}

// ResetClaims are what the token of a password reset says.
type ResetClaims struct {
	EntityID  string `json:"entity_id"`
	Provider  string `json:"provider"`
	ActorType string `json:"actor_type"`
	Purpose   string `json:"purpose"`
	jwt.RegisteredClaims
}

// Tokens reads and writes the tokens that are signed with the shop's secret.
type Tokens struct {
	secret []byte
	now    func() time.Time
}

// NewTokens returns the tokens of a secret; now tells when they expire.
func NewTokens(secret string, now func() time.Time) *Tokens {
	return &Tokens{secret: []byte(secret), now: now}
}

// Parse returns the claims of a token that is signed with HS256 and the secret, and valid now.
func (t *Tokens) Parse(token string) (*Claims, error) {
	var c Claims
	return &c, t.parse(token, &c)
}

// ParseReset returns the claims of a password reset's token that is valid now. It may have been used before.
func (t *Tokens) ParseReset(token string) (*ResetClaims, error) {
	var c ResetClaims
	return &c, t.parse(token, &c)
}

func (t *Tokens) parse(token string, into jwt.Claims) error {
	if token == "" || len(t.secret) == 0 {
		return model.ErrUnauthenticated
	}
	_, err := jwt.ParseWithClaims(token, into, func(*jwt.Token) (any, error) { return t.secret, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(t.now))
	if err != nil {
		return model.ErrUnauthenticated
	}
	return nil
}

// Sign returns a token that says c, valid from now on for TokenLifetime.
func (t *Tokens) Sign(c Claims) (string, error) {
	c.IssuedAt, c.ExpiresAt = t.span(TokenLifetime)
	return t.sign(c)
}

// SignReset returns a token that says c, valid from now on for the given time.
func (t *Tokens) SignReset(c ResetClaims, lifetime time.Duration) (string, error) {
	c.IssuedAt, c.ExpiresAt = t.span(lifetime)
	return t.sign(c)
}

func (t *Tokens) span(lifetime time.Duration) (from, to *jwt.NumericDate) {
	now := t.now()
	return jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(lifetime))
}

func (t *Tokens) sign(c jwt.Claims) (string, error) {
	if len(t.secret) == 0 {
		return "", model.NotAllowed.Errorf("this shop signs no tokens: it has no secret")
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(t.secret)
}

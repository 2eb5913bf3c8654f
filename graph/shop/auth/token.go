package auth

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/storegraph/storegraph/model"
)

// TokenLifetime is how long the token of a log-in is valid unless the shop says otherwise, as in the reference.
const TokenLifetime = 24 * time.Hour

// Claims are the claims of a token, as the reference writes them.
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

// ResetClaims are the claims of the token of a password reset.
type ResetClaims struct {
	EntityID  string `json:"entity_id"`
	Provider  string `json:"provider"`
	ActorType string `json:"actor_type"`
	Purpose   string `json:"purpose"`
	jwt.RegisteredClaims
}

// TokenOptions are the settings of tokens besides the secret. The zero value of each is the reference's default.
type TokenOptions struct {
	Algorithm string        // HS256, RS256, ES256 …; empty means HS256
	PublicKey string        // PEM of the key that verifies what an RS, PS or ES algorithm signs; empty: that of the private key
	Lifetime  time.Duration // how long the token of a log-in is valid; 0 means TokenLifetime
	Orders    time.Duration // how long the token of an order is valid; 0 means OrderTokenLifetime
	Issuer    string        // of tokens; empty: none, and any is accepted
	Audience  string        // of tokens; empty: none, and any is accepted
}

// Tokens reads and writes the tokens that are signed with the shop's secret.
type Tokens struct {
	method  jwt.SigningMethod
	private any // nil: nothing is signed
	public  any
	o       TokenOptions
	now     func() time.Time
	parser  *jwt.Parser
	orders  *jwt.Parser // of the tokens of orders
}

// NewTokens returns the tokens of a secret, which is the PEM of a private key with an RS, PS or ES algorithm; now is the clock by which
// they expire. Without a secret nothing is signed, and without a public key either no token is valid.
func NewTokens(secret string, o TokenOptions, now func() time.Time) (*Tokens, error) {
	if o.Algorithm == "" {
		o.Algorithm = jwt.SigningMethodHS256.Name
	}
	if o.Lifetime == 0 {
		o.Lifetime = TokenLifetime
	}
	if o.Orders == 0 {
		o.Orders = OrderTokenLifetime
	}
	if o.Audience == orderAudience {
		return nil, fmt.Errorf("the audience %s is that of the tokens of orders", orderAudience)
	}
	t := &Tokens{method: jwt.GetSigningMethod(o.Algorithm), o: o, now: now}
	var err error
	switch t.method.(type) {
	case *jwt.SigningMethodHMAC:
		if o.PublicKey != "" {
			return nil, fmt.Errorf("%s has no public key", o.Algorithm)
		}
		if secret != "" {
			t.private, t.public = []byte(secret), []byte(secret)
		}
	case *jwt.SigningMethodRSA, *jwt.SigningMethodRSAPSS:
		t.private, t.public, err = keys(secret, o.PublicKey, jwt.ParseRSAPrivateKeyFromPEM, jwt.ParseRSAPublicKeyFromPEM)
	case *jwt.SigningMethodECDSA:
		t.private, t.public, err = keys(secret, o.PublicKey, jwt.ParseECPrivateKeyFromPEM, jwt.ParseECPublicKeyFromPEM)
	default:
		return nil, fmt.Errorf("tokens cannot be signed with %q", o.Algorithm)
	}
	if err != nil {
		return nil, err
	}
	if curve, ok := t.method.(*jwt.SigningMethodECDSA); ok {
		if key, ok := t.public.(*ecdsa.PublicKey); ok && key.Curve.Params().BitSize != curve.CurveBits {
			return nil, fmt.Errorf("%s wants a key of %d bits", o.Algorithm, curve.CurveBits)
		}
	}
	options := []jwt.ParserOption{jwt.WithValidMethods([]string{o.Algorithm}), jwt.WithTimeFunc(now)}
	if o.Issuer != "" {
		options = append(options, jwt.WithIssuer(o.Issuer))
	}
	t.orders = jwt.NewParser(append(slices.Clone(options), jwt.WithAudience(orderAudience), jwt.WithExpirationRequired())...)
	if o.Audience != "" {
		options = append(options, jwt.WithAudience(o.Audience))
	}
	t.parser = jwt.NewParser(options...)
	return t, nil
}

// keys parses a pair of keys. The public one may be left out; without the private one nothing is signed.
func keys[K interface{ Public() crypto.PublicKey }, P any](private, public string, readPrivate func([]byte) (K, error), readPublic func([]byte) (P, error)) (signs, verifies any, err error) {
	if private != "" {
		key, err := readPrivate(pem(private))
		if err != nil {
			return nil, nil, errors.New("the secret that signs tokens is not the PEM of a private key of this algorithm")
		}
		signs, verifies = key, key.Public()
	}
	if public != "" {
		key, err := readPublic(pem(public))
		if err != nil {
			return nil, nil, errors.New("the public key of tokens is not the PEM of one of this algorithm")
		}
		if own, ok := verifies.(interface{ Equal(crypto.PublicKey) bool }); ok && !own.Equal(key) {
			return nil, nil, errors.New("the public key of tokens is not that of the private one")
		}
		verifies = key
	}
	return signs, verifies, nil
}

// pem is a PEM text, whose ends of lines may be written as \n to fit into a variable.
func pem(s string) []byte { return []byte(strings.ReplaceAll(s, `\n`, "\n")) }

// Parse returns the claims of a token that is signed with the shop's algorithm and secret, and valid now.
func (t *Tokens) Parse(token string) (*Claims, error) {
	var c Claims
	return &c, t.parseOwn(token, &c)
}

// ParseReset returns the claims of a password reset's token that is valid now. It may have been used before.
func (t *Tokens) ParseReset(token string) (*ResetClaims, error) {
	var c ResetClaims
	return &c, t.parseOwn(token, &c)
}

// parseOwn parses a token that is not that of an order.
func (t *Tokens) parseOwn(token string, into jwt.Claims) error {
	if err := t.parse(t.parser, token, into); err != nil {
		return err
	}
	if audience, err := into.GetAudience(); err != nil || slices.Contains(audience, orderAudience) {
		return model.ErrUnauthenticated
	}
	return nil
}

func (t *Tokens) parse(parser *jwt.Parser, token string, into jwt.Claims) error {
	if token == "" || t.public == nil || !storable(token) {
		return model.ErrUnauthenticated
	}
	_, err := parser.ParseWithClaims(token, into, func(*jwt.Token) (any, error) { return t.public, nil })
	if err != nil {
		return model.ErrUnauthenticated
	}
	return nil
}

// storable reports whether all claims of a token are texts that a database can hold, since they are compared with what is there. Whoever
// else signs tokens with the shop's secret may not look.
func storable(token string) bool {
	_, rest, _ := strings.Cut(token, ".")
	claims, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(claims)
	return err == nil && model.CheckJSON("the token", text) == nil
}

// Sign returns a token with these claims, valid from now on for the configured lifetime.
func (t *Tokens) Sign(c Claims) (string, error) {
	t.stamp(&c.RegisteredClaims, t.o.Lifetime)
	return t.sign(c)
}

// SignReset returns a token with these claims, valid from now on for the given time.
func (t *Tokens) SignReset(c ResetClaims, lifetime time.Duration) (string, error) {
	t.stamp(&c.RegisteredClaims, lifetime)
	return t.sign(c)
}

func (t *Tokens) stamp(c *jwt.RegisteredClaims, lifetime time.Duration) {
	now := t.now()
	c.IssuedAt, c.ExpiresAt, c.Issuer = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(lifetime)), t.o.Issuer
	if t.o.Audience != "" {
		c.Audience = jwt.ClaimStrings{t.o.Audience}
	}
}

func (t *Tokens) sign(c jwt.Claims) (string, error) {
	if t.private == nil {
		return "", model.NotAllowed.Errorf("this shop signs no tokens: it has no secret")
	}
	return jwt.NewWithClaims(t.method, c).SignedString(t.private)
}

// Complete fails if a second factor is still missing.
func (c *Claims) Complete() error {
	if c.MFAEnabled && c.MFAChallengeCompletedAt == nil {
		return &model.Error{Kind: model.Unauthorized, Message: "MFA verification is required to complete this request", Code: "mfa_required"}
	}
	return nil
}

package auth

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"storegraph/db"
	"storegraph/model"
)

// TokenLifetime is how long the token of a log-in is valid unless the shop says otherwise, as in the reference.
const TokenLifetime = 24 * time.Hour

// OrderTokenLifetime is how long the token of an order is valid unless the shop says otherwise.
const OrderTokenLifetime = 30 * 24 * time.Hour

// orderAudience is whom the tokens of orders are for. It tells them from all others, which are never for it.
const orderAudience = "storegraph:order"

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

// orderClaims are what the token of an order says. Its subject is the order.
type orderClaims struct {
	CustomerID string `json:"customer_id,omitempty"` // whose the order was
	jwt.RegisteredClaims
}

// TokenOptions is how tokens are signed, besides with what. The zero value of each is the reference's default.
type TokenOptions struct {
	Algorithm string        // HS256, RS256, ES256 …; empty means HS256
	PublicKey string        // PEM of the key that verifies what an RS, PS or ES algorithm signs; empty: the private key tells
	Lifetime  time.Duration // how long the token of a log-in is valid; 0 means TokenLifetime
	Orders    time.Duration // how long the token of an order is valid; 0 means OrderTokenLifetime
	Issuer    string        // who signs; empty: tokens do not tell
	Audience  string        // whom they are for; empty: tokens do not tell
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

// NewTokens returns the tokens of a secret, which is the PEM of a private key with an RS, PS or ES algorithm; now tells when
// they expire. Without a secret nothing is signed, and without a public key either nobody is believed.
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

// keys reads a pair of keys of which the public one can be left out, or the private one, with which nothing is signed.
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

// Holder returns v as somebody who shows the token of an order. A token that is not valid now is as good as none.
func (t *Tokens) Holder(v *db.Viewer, token string) *db.Viewer {
	var c orderClaims
	if t.parse(t.orders, token, &c) != nil || c.Subject == "" {
		return v
	}
	out := *v
	out.Link = &db.OrderLink{OrderID: c.Subject, CustomerID: c.CustomerID, Expires: c.ExpiresAt.Time}
	return &out
}

// parseOwn reads a token of somebody, which that of an order is not.
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
	if token == "" || t.public == nil {
		return model.ErrUnauthenticated
	}
	_, err := parser.ParseWithClaims(token, into, func(*jwt.Token) (any, error) { return t.public, nil })
	if err != nil {
		return model.ErrUnauthenticated
	}
	return nil
}

// Sign returns a token that says c, valid from now on for TokenLifetime.
func (t *Tokens) Sign(c Claims) (string, error) {
	t.stamp(&c.RegisteredClaims, t.o.Lifetime)
	return t.sign(c)
}

// SignReset returns a token that says c, valid from now on for the given time.
func (t *Tokens) SignReset(c ResetClaims, lifetime time.Duration) (string, error) {
	t.stamp(&c.RegisteredClaims, lifetime)
	return t.sign(c)
}

// SignOrder returns a token by which whoever has it sees an order for as long as it is the same customer's; none if nothing is
// signed here. Shown by somebody who holds such a token, it is valid no longer than theirs.
func (t *Tokens) SignOrder(v *db.Viewer, o *model.Order) (*string, error) {
	if t.private == nil {
		return nil, nil //nolint:nilnil // a shop that signs nothing gives no tokens
	}
	c := orderClaims{RegisteredClaims: jwt.RegisteredClaims{Subject: o.ID}}
	if o.CustomerID != nil {
		c.CustomerID = *o.CustomerID
	}
	t.stamp(&c.RegisteredClaims, t.o.Orders)
	c.Audience = jwt.ClaimStrings{orderAudience}
	if !v.Owns(o) && v.Holds(o) && v.Link.Expires.Before(c.ExpiresAt.Time) {
		c.ExpiresAt = jwt.NewNumericDate(v.Link.Expires)
	}
	token, err := t.sign(c)
	return &token, err
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

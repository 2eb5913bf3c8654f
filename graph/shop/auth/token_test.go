package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

func newTokens(t *testing.T, secret string, o auth.TokenOptions, now time.Time) *auth.Tokens {
	t.Helper()
	tokens, err := auth.NewTokens(secret, o, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tokens := newTokens(t, "secret", auth.TokenOptions{}, now)
	signed := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		text, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good := jwt.MapClaims{"actor_id": "cus_1", "actor_type": "customer", "exp": now.Add(time.Hour).Unix()}
	own, err := tokens.Sign(auth.Claims{ActorID: "cus_1", ActorType: "customer", AuthIdentityID: "authid_1", AppMetadata: []byte("{}"), UserMetadata: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		token string
		ok    bool
	}{
		"own":                {own, true},
		"another server's":   {signed(jwt.SigningMethodHS256, []byte("secret"), good), true},
		"other secret":       {signed(jwt.SigningMethodHS256, []byte("Secret"), good), false},
		"other algorithm":    {signed(jwt.SigningMethodHS512, []byte("secret"), good), false},
		"none":               {signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good), false},
		"expired":            {signed(jwt.SigningMethodHS256, []byte("secret"), jwt.MapClaims{"actor_id": "cus_1", "exp": now.Add(-time.Second).Unix()}), false},
		"not yet valid":      {signed(jwt.SigningMethodHS256, []byte("secret"), jwt.MapClaims{"actor_id": "cus_1", "nbf": now.Add(time.Minute).Unix()}), false},
		"actor is an object": {signed(jwt.SigningMethodHS256, []byte("secret"), jwt.MapClaims{"actor_id": map[string]string{"$ne": ""}}), false},
		"empty":              {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := tokens.Parse(tc.token)
			if tc.ok && (err != nil || c.ActorID != "cus_1") {
				t.Errorf("Parse = %v, want cus_1", err)
			}
			if !tc.ok && !errors.Is(err, model.Unauthorized) {
				t.Errorf("Parse = %v, want unauthorized", err)
			}
		})
	}
}

func TestNoSecretSignsNothing(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t, "", auth.TokenOptions{}, time.Now())
	if _, err := tokens.Sign(auth.Claims{}); !errors.Is(err, model.NotAllowed) {
		t.Errorf("Sign = %v, want not allowed", err)
	}
}

// keyPair returns the PEMs of a new pair of keys.
func keyPair(t *testing.T, key crypto.Signer) (private, public string) {
	t.Helper()
	encode := func(kind string, der []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	private = encode("PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(key.Public())
	return private, encode("PUBLIC KEY", der, err)
}

func TestTokensByKeys(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaPrivate, rsaPublic := keyPair(t, rsaKey)
	ecPrivate, ecPublic := keyPair(t, ecKey)
	claims := auth.Claims{ActorID: "cus_1", AppMetadata: []byte("{}"), UserMetadata: []byte("{}")}
	plain := jwt.MapClaims{"actor_id": "cus_1", "exp": now.Add(time.Hour).Unix()}
	signed := func(method jwt.SigningMethod, key any) string {
		text, err := jwt.NewWithClaims(method, plain).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, tc := range map[string]struct {
		algorithm, private, public string
		forged                     []string // what must not be believed
	}{
		"RS256": {"RS256", rsaPrivate, rsaPublic, []string{
			signed(jwt.SigningMethodHS256, []byte(rsaPublic)), signed(jwt.SigningMethodHS256, []byte(rsaPrivate)), // algorithm confusion
			signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
			signed(jwt.SigningMethodRS512, rsaKey), signed(jwt.SigningMethodPS256, rsaKey), signed(jwt.SigningMethodES256, ecKey),
		}},
		"PS256 without a public key": {"PS256", rsaPrivate, "", []string{signed(jwt.SigningMethodRS256, rsaKey), signed(jwt.SigningMethodHS256, []byte(rsaPublic))}},
		"ES256 on one line": {"ES256", strings.ReplaceAll(ecPrivate, "\n", `\n`), strings.ReplaceAll(ecPublic, "\n", `\n`), []string{
			signed(jwt.SigningMethodHS256, []byte(ecPublic)), signed(jwt.SigningMethodHS256, []byte(ecPrivate)), signed(jwt.SigningMethodRS256, rsaKey),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tokens := newTokens(t, tc.private, auth.TokenOptions{Algorithm: tc.algorithm, PublicKey: tc.public}, now)
			own, err := tokens.Sign(claims)
			if err != nil {
				t.Fatal(err)
			}
			if c, err := tokens.Parse(own); err != nil || c.ActorID != "cus_1" {
				t.Errorf("Parse of its own = %v", err)
			}
			if tc.public != "" {
				if _, err := newTokens(t, "", auth.TokenOptions{Algorithm: tc.algorithm, PublicKey: tc.public}, now).Parse(own); err != nil {
					t.Errorf("Parse with only the public key = %v", err)
				}
			}
			for i, forged := range tc.forged {
				if _, err := tokens.Parse(forged); !errors.Is(err, model.Unauthorized) {
					t.Errorf("forgery %d is believed (%v)", i, err)
				}
			}
			if _, err := newTokens(t, "secret", auth.TokenOptions{}, now).Parse(own); !errors.Is(err, model.Unauthorized) {
				t.Errorf("a shop with a secret believes it (%v)", err)
			}
		})
	}
	for name, tc := range map[string]struct {
		secret string
		o      auth.TokenOptions
	}{
		"none":                     {"secret", auth.TokenOptions{Algorithm: "none"}},
		"unknown":                  {"secret", auth.TokenOptions{Algorithm: "XS256"}},
		"no key":                   {"secret", auth.TokenOptions{Algorithm: "RS256"}},
		"key of another algorithm": {rsaPrivate, auth.TokenOptions{Algorithm: "ES256"}},
		"curve of another":         {ecPrivate, auth.TokenOptions{Algorithm: "ES384"}},
		"public key of a stranger": {rsaPrivate, auth.TokenOptions{Algorithm: "RS256", PublicKey: ecPublic}},
		"public key with a secret": {"secret", auth.TokenOptions{PublicKey: rsaPublic}},
	} {
		if _, err := auth.NewTokens(tc.secret, tc.o, time.Now); err == nil || strings.Contains(err.Error(), "BEGIN") {
			t.Errorf("%s: NewTokens = %v, want an error that tells no key", name, err)
		}
	}
}

func TestTokenOptions(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o := auth.TokenOptions{Lifetime: time.Hour, Issuer: "shop", Audience: "storefront"}
	own, err := newTokens(t, "secret", o, now).Sign(auth.Claims{ActorID: "cus_1", AppMetadata: []byte("{}"), UserMetadata: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		o  auth.TokenOptions
		at time.Duration
		ok bool
	}{
		"the same":         {o, 59 * time.Minute, true},
		"over":             {o, time.Hour, false},
		"nothing asked":    {auth.TokenOptions{}, 0, true},
		"another issuer":   {auth.TokenOptions{Issuer: "Shop"}, 0, false},
		"another audience": {auth.TokenOptions{Audience: "admin"}, 0, false},
	} {
		if _, err := newTokens(t, "secret", tc.o, now.Add(tc.at)).Parse(own); (err == nil) != tc.ok {
			t.Errorf("%s: Parse = %v", name, err)
		}
	}
}

// TestOrderTokens finds that the token of an order is believed for that order alone, whatever signs tokens, and that neither it
// nor those of log-ins and resets are taken for each other.
func TestOrderTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, public := keyPair(t, ecKey)
	o := &model.Order{ID: "order_1", CustomerID: new("cus_1")}
	nobody := &db.Viewer{}
	for name, tc := range map[string]struct {
		secret string
		o      auth.TokenOptions
	}{
		"a secret":               {"secret", auth.TokenOptions{}},
		"a key":                  {private, auth.TokenOptions{Algorithm: "ES256"}},
		"an issuer and audience": {"secret", auth.TokenOptions{Issuer: "shop", Audience: "storefront", Orders: auth.OrderTokenLifetime}},
	} {
		tokens := newTokens(t, tc.secret, tc.o, now)
		own, err := tokens.SignOrder(nobody, o)
		if err != nil || own == nil {
			t.Fatalf("%s: SignOrder = %v", name, err)
		}
		v := tokens.WithOrderToken(nobody, *own)
		if !v.Holds(o) || v.Owns(o) || nobody.Link != nil || !v.Link.Expires.Equal(now.Add(auth.OrderTokenLifetime)) {
			t.Errorf("%s: the holder of its token is %+v, want them to hold the order for 30 days", name, v.Link)
		}
		if v.Holds(&model.Order{ID: "order_2", CustomerID: o.CustomerID}) || v.Holds(&model.Order{ID: o.ID}) {
			t.Errorf("%s: the token is good for another order, or another customer's", name)
		}
		if newTokens(t, tc.secret, tc.o, now.Add(auth.OrderTokenLifetime)).WithOrderToken(nobody, *own).Link != nil {
			t.Errorf("%s: the token never ends", name)
		}
		if again, err := newTokens(t, tc.secret, tc.o, now.Add(time.Hour)).SignOrder(v, o); err != nil || !tokens.WithOrderToken(nobody, *again).Link.Expires.Equal(v.Link.Expires) {
			t.Errorf("%s: who holds a token gets one that is valid longer (%v)", name, err)
		}
		if _, err := tokens.Parse(*own); !errors.Is(err, model.Unauthorized) {
			t.Errorf("%s: it is taken for a log-in's (%v)", name, err)
		}
		if _, err := tokens.ParseReset(*own); !errors.Is(err, model.Unauthorized) {
			t.Errorf("%s: it is taken for a reset's (%v)", name, err)
		}
		claims := auth.Claims{ActorID: "cus_1", ActorType: "customer", AppMetadata: []byte("{}"), UserMetadata: []byte("{}")}
		claims.Subject = o.ID
		login, err := tokens.Sign(claims)
		if err != nil {
			t.Fatal(err)
		}
		reset, err := tokens.SignReset(auth.ResetClaims{EntityID: "a@b.example", RegisteredClaims: jwt.RegisteredClaims{Subject: o.ID}}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{login, reset, "", "a.b.c"} {
			if tokens.WithOrderToken(nobody, other).Link != nil {
				t.Errorf("%s: %q is taken for an order's", name, other)
			}
		}
	}
	verifier := newTokens(t, "", auth.TokenOptions{Algorithm: "ES256", PublicKey: public}, now)
	if own, err := verifier.SignOrder(nobody, o); own != nil || err != nil {
		t.Errorf("a shop that signs nothing signs %v, %v", own, err)
	}
	if _, err := auth.NewTokens("secret", auth.TokenOptions{Audience: "storegraph:order"}, time.Now); err == nil {
		t.Error("log-ins may be for the audience of orders")
	}
}

package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"storegraph/graph/auth"
	"storegraph/model"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tokens := auth.NewTokens("secret", func() time.Time { return now })
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
	tokens := auth.NewTokens("", time.Now)
	if _, err := tokens.Sign(auth.Claims{}); !errors.Is(err, model.NotAllowed) {
		t.Errorf("Sign = %v, want not allowed", err)
	}
}

package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"

	"storegraph/model"
)

// Claims are what a token says of its bearer, as the reference writes them.
type Claims struct {
	ActorID   string `json:"actor_id"`
	ActorType string `json:"actor_type"`
	jwt.RegisteredClaims
}

// Tokens reads the tokens that are signed with the shop's secret.
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
	if token == "" || len(t.secret) == 0 {
		return nil, model.Unauthorized.Errorf("Unauthorized")
	}
	var c Claims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.secret, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(t.now))
	if err != nil {
		return nil, model.Unauthorized.Errorf("Unauthorized")
	}
	return &c, nil
}

package shop

import (
	"context"
	"time"

	"github.com/storegraph/storegraph/graph/shop/auth"
)

// MFA configures second factors. The zero value of each field but Vault is the reference's default.
type MFA struct {
	Vault         *auth.Vault // encrypts their secrets; with a vault without a key nobody can have any
	Issuer        string      // what authenticator apps call the shop; empty means Medusa
	TOTP          auth.TOTP   // 6 digits, a new password every 30 seconds, and one before and after is good
	Lifetime      time.Duration
	Attempts      int  // wrong codes that a challenge allows; 0 means 5
	RecoveryCodes int  // how many are generated unless the caller says how many; 0 means 10
	ProofToEnd    bool // an enabled factor is disabled only with a code of a second factor
}

func (m MFA) withDefaults() MFA {
	if m.Issuer == "" {
		m.Issuer = "Medusa"
	}
	if m.TOTP == (auth.TOTP{}) {
		m.TOTP = auth.TOTP{Digits: 6, Period: 30 * time.Second, Window: 1}
	}
	if m.Lifetime == 0 {
		m.Lifetime = 5 * time.Minute
	}
	if m.Attempts == 0 {
		m.Attempts = 5
	}
	if m.RecoveryCodes == 0 {
		m.RecoveryCodes = 10
	}
	return m
}

// The methods of second factors.
const (
	totp         = "totp"
	recoveryCode = "recovery_code"
)

// proven returns the claims of the caller. It fails if a second factor is still missing.
func proven(ctx context.Context) (*auth.Claims, error) {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return nil, err
	}
	return c, c.Complete()
}

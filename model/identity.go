package model

import (
	"slices"
	"time"
)

// How long a password reset's token and a verification's code are good, as in the reference.
const (
	ResetLifetime        = 15 * time.Minute
	VerificationLifetime = 15 * time.Minute
)

// An Identity is somebody who can prove to a provider who they are. What they are to the shop, its actor, is in the
// metadata: {"customer_id": …}.
type Identity struct {
	ID          string
	AppMetadata JSON

	FactorMethods []string // by which a second factor can be shown; none if none has to be
	RecoveryCodes bool     // it can be shown by a recovery code too

	ProviderIdentityID string
	Provider           string
	EntityID           string // by what the provider knows them, such as an e-mail address
	UserMetadata       JSON
	PasswordHash       string
}

// An AuthProvider is a way to prove who one is.
type AuthProvider struct {
	ID          string
	Identifier  string
	DisplayName string
	Flow        string // credentials, or redirect
}

// An Authentication is what came of proving who one is.
type Authentication struct {
	Token    *string
	Location *string // where to go on, with a provider that redirects

	MFARequired          *bool // a second factor has to be shown; nil if not
	MFAChallenge         *AuthChallenge
	VerificationRequired *bool // what the provider knows them by has to be verified; nil if not
	Verification         *Verification
}

// An AuthChallenge asks for a second proof of who one is.
type AuthChallenge struct {
	ID             string
	AuthIdentityID string
	AuthProvider   string
	Methods        []string // by which it can be given
	ExpiresAt      Time
	Attempts       int
	MaxAttempts    int
	CompletedAt    *Time
	Metadata       JSON
}

// Has reports whether the challenge can be met in this way.
func (c *AuthChallenge) Has(method string) bool { return slices.Contains(c.Methods, method) }

// An AuthIdentity is who somebody is to the ways of proving it.
type AuthIdentity struct{ ID string }

// A Session is what a browser's cookie stands for.
type Session struct {
	Claims JSON
}

// A Verification is whether somebody has shown that an e-mail address or the like is theirs.
type Verification struct {
	ID               string
	AuthIdentityID   string
	AuthIdentity     *AuthIdentity
	EntityID         string
	EntityType       string
	CodeProvider     string
	VerifiedAt       *Time
	RequestedAt      Time
	ProviderMetadata JSON
	Metadata         JSON
	CreatedAt        Time
	UpdatedAt        Time
	DeletedAt        *Time
}

// The states of a second factor.
const (
	FactorPending  = "pending" // its owner has still to show that they have it
	FactorEnabled  = "enabled"
	FactorDisabled = "disabled"
)

// An AuthFactor is a second proof of who one is, such as a one-time password.
type AuthFactor struct {
	ID             string
	AuthIdentityID string
	AuthIdentity   *AuthIdentity
	Provider       string
	Status         string
	Metadata       JSON
	CreatedAt      Time
	UpdatedAt      Time
	DeletedAt      *Time
	Sealed         string // the shared secret, encrypted; no API tells it
}

// An AuthFactorEnrollment is a new factor with what its owner puts into their authenticator app, told this once.
type AuthFactorEnrollment struct {
	Factor     *AuthFactor
	Secret     string
	OtpauthURL string
}

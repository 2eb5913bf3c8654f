package model

import (
	"context"
	"io"
	"slices"
	"time"
)

// How long the token of a password reset and the code of a verification are valid, as in the reference.
const (
	ResetLifetime        = 15 * time.Minute
	VerificationLifetime = 15 * time.Minute
)

// An Identity is an account at an authentication provider. AppMetadata names the actor in the shop that it belongs to:
// {"customer_id": …}.
type Identity struct {
	ID          string
	AppMetadata JSON

	FactorMethods []string // accepted for the second factor; empty if none is required
	RecoveryCodes bool     // a recovery code is accepted instead

	ProviderIdentityID string
	Provider           string
	EntityID           string // at the provider, such as an e-mail address
	UserMetadata       JSON
	PasswordHash       string
}

// An AuthProvider is an authentication provider, such as e-mail and password.
type AuthProvider struct {
	ID          string
	Identifier  string
	DisplayName string
	Flow        AuthFlow
}

// An Authentication is the result of a log-in or a registration.
type Authentication struct {
	Token    *string
	Location *string // the page where the log-in continues, with a provider that redirects; nil otherwise

	MFARequired          *bool // a second factor is required; nil if not
	MFAChallenge         *AuthChallenge
	VerificationRequired *bool // the e-mail address or the like must be verified first; nil if not
	Verification         *Verification
}

// An AuthChallenge asks for a second factor.
type AuthChallenge struct {
	ID             string
	AuthIdentityID string
	AuthProvider   string
	Methods        []string // that are accepted
	ExpiresAt      Time
	Attempts       int
	MaxAttempts    int
	CompletedAt    *Time
	Metadata       JSON
}

// Has reports whether the challenge accepts a method.
func (c *AuthChallenge) Has(method string) bool { return slices.Contains(c.Methods, method) }

// An AuthIdentity is an Identity of which only the id is shown.
type AuthIdentity struct{ ID string }

// A Session is the content of a session, which a cookie identifies.
type Session struct {
	Claims JSON
}

// A Verification is the verification of an e-mail address or the like of an identity.
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

// AuthFactorStatus is the status of a second factor.
type AuthFactorStatus string

// The statuses of second factors.
const (
	AuthFactorStatusPending  AuthFactorStatus = "pending"
	AuthFactorStatusEnabled  AuthFactorStatus = "enabled"
	AuthFactorStatusDisabled AuthFactorStatus = "disabled"
)

// MarshalGQLContext writes it in the dialect of ctx.
func (s AuthFactorStatus) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads it, in capitals or not.
func (s *AuthFactorStatus) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, AuthFactorStatusPending, AuthFactorStatusEnabled, AuthFactorStatusDisabled)
}

// AuthFlow is how an authentication provider logs in.
type AuthFlow string

// The ways to log in.
const (
	AuthFlowCredentials AuthFlow = "credentials"
	AuthFlowRedirect    AuthFlow = "redirect"
)

// MarshalGQLContext writes it in the dialect of ctx.
func (s AuthFlow) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads it, in capitals or not.
func (s *AuthFlow) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, AuthFlowCredentials, AuthFlowRedirect)
}

// An AuthFactor is a second factor of an identity, such as one-time passwords.
type AuthFactor struct {
	ID             string
	AuthIdentityID string
	AuthIdentity   *AuthIdentity
	Provider       string
	Status         AuthFactorStatus
	Metadata       JSON
	CreatedAt      Time
	UpdatedAt      Time
	DeletedAt      *Time
	Sealed         string // the shared secret, encrypted; no API shows it
}

// An AuthFactorEnrollment is a new factor with its secret, for an authenticator app. It is shown only once.
type AuthFactorEnrollment struct {
	Factor     *AuthFactor
	Secret     string
	OtpauthURL string
}

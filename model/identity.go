package model

import "time"

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
	MFAEnabled  bool // a second factor must be shown

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
}

// A Session is what a browser's cookie stands for.
type Session struct {
	Claims JSON
}

// A Verification is whether somebody has shown that an e-mail address or the like is theirs.
type Verification struct {
	ID               string
	AuthIdentityID   string
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

// An AuthFactor is a second proof of who one is, such as a one-time password.
type AuthFactor struct {
	ID             string
	AuthIdentityID string
	Provider       string
	Status         string // pending, enabled or disabled
	Metadata       JSON
	CreatedAt      Time
	UpdatedAt      Time
	DeletedAt      *Time
}

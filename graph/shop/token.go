package shop

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// RefreshToken returns a new token for the caller's token or session. If that names an actor, the new one says the same about second
// factors; otherwise what is still missing is determined anew.
func (s *Shop) RefreshToken(ctx context.Context) (*model.Authentication, error) {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return nil, err
	}
	if c.AuthProvider == "" {
		return nil, model.Unauthorized.Errorf("The auth provider is not set while refreshing token")
	}
	i, err := s.DB.IdentityByID(ctx, c.AuthIdentityID, c.AuthProvider)
	if errors.Is(err, model.NotFound) {
		return nil, model.Unauthorized.Errorf("Invalid auth identity while refreshing token")
	}
	if err != nil {
		return nil, err
	}
	if c.ActorID != "" {
		return s.token(i, c.ActorType, claim{mfa: c.MFAEnabled, challenged: c.MFAChallengeCompletedAt})
	}
	return s.authentication(ctx, i, c.ActorType)
}

// authentication returns a token for an identity that has logged in. While a verification or a second factor is missing, the token names
// no actor, and the answer says what is missing.
func (s *Shop) authentication(ctx context.Context, i *model.Identity, actorType string) (*model.Authentication, error) {
	more := len(i.FactorMethods) > 0
	verified, verification, err := s.verified(ctx, i, actorType)
	if err != nil {
		return nil, err
	}
	if verified && !more {
		return s.token(i, actorType, claim{})
	}
	a, err := s.token(i, actorType, claim{mfa: more, nobody: true})
	if err != nil {
		return nil, err
	}
	yes := true
	if !verified {
		a.VerificationRequired, a.Verification = &yes, verification
		return a, nil
	}
	a.MFARequired = &yes
	a.MFAChallenge, err = s.challenge(ctx, i)
	return a, err
}

// A claim is what a token says besides the identity.
type claim struct {
	mfa        bool    // the identity has a second factor
	challenged *string // when it was checked; nil: not yet
	nobody     bool    // no actor is named
}

// token returns a token of an identity.
func (s *Shop) token(i *model.Identity, actorType string, c claim) (*model.Authentication, error) {
	metadata := map[string]json.RawMessage{}
	if len(i.AppMetadata) > 0 {
		if err := json.Unmarshal(i.AppMetadata, &metadata); err != nil {
			return nil, err
		}
	}
	if metadata == nil { // it was null
		metadata = map[string]json.RawMessage{}
	}
	key := actorType + "_id"
	actor := ""
	if c.nobody {
		delete(metadata, key)
	} else if raw, ok := metadata[key]; ok {
		if err := json.Unmarshal(raw, &actor); err != nil {
			return nil, err
		}
	}
	app, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	user := json.RawMessage(i.UserMetadata)
	if len(user) == 0 || string(user) == "null" {
		user = json.RawMessage("{}")
	}
	t, err := s.Tokens.Sign(auth.Claims{
		ActorID: actor, ActorType: actorType, AuthIdentityID: i.ID, AuthProvider: i.Provider, MFAEnabled: c.mfa,
		MFAChallengeCompletedAt: c.challenged, AppMetadata: app, UserMetadata: user,
	})
	return &model.Authentication{Token: &t}, err
}

// CreateSession begins a session with the claims of the request's token and sets its cookie.
func (s *Shop) CreateSession(ctx context.Context) (*model.Session, error) {
	c, err := auth.CallerOf(ctx).BeginSession(ctx)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(c)
	return &model.Session{Claims: data}, err
}

// DeleteSession ends the request's session.
func (s *Shop) DeleteSession(ctx context.Context) error { return auth.CallerOf(ctx).EndSession(ctx) }

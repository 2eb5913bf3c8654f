package shop

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// verified reports whether the entity of an identity, such as its e-mail address, is verified if it has to be, and returns its
// verification if there is one.
func (s *Shop) verified(ctx context.Context, i *model.Identity, actorType string) (bool, *model.Verification, error) {
	for _, v := range s.VerificationsPerActor[actorType] {
		if v.AuthProvider != i.Provider {
			continue
		}
		found, err := s.DB.VerificationOf(ctx, i.ID, i.EntityID, v.EntityType)
		if errors.Is(err, model.NotFound) {
			return false, nil, nil
		}
		if err != nil {
			return false, nil, err
		}
		found.AuthIdentity = &model.AuthIdentity{ID: i.ID}
		return found.VerifiedAt != nil, found, nil
	}
	return true, nil, nil
}

// RequestVerification has a code sent to an entity, such as an e-mail address, by which the caller can show that it is theirs. Nothing is
// sent if it is verified already.
func (s *Shop) RequestVerification(ctx context.Context, in model.RequestVerificationInput) (*model.Verification, error) {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return nil, err
	}
	if in.CodeProvider != "token" {
		return nil, model.Invalid.Because(model.UserErrorCodeInvalid, "codeProvider").Errorf("there is no provider of codes %q", in.CodeProvider)
	}
	if err := s.attempt(ctx, s.anywhere(ctx, "verify", c.AuthIdentityID)); err != nil {
		return nil, err
	}
	code := make([]byte, 32)
	_, _ = rand.Read(code) // it never fails
	text, now := base64.RawURLEncoding.EncodeToString(code), s.Now()
	v := &model.Verification{
		AuthIdentityID: c.AuthIdentityID, EntityID: in.EntityID, EntityType: in.EntityType, CodeProvider: in.CodeProvider,
	}
	v.Metadata = orObject(in.Metadata.Value())
	err = s.mailing(ctx, func(tx db.DB) error {
		requested, err := tx.RequestVerification(ctx, v, text, now)
		if err != nil || !requested {
			return err
		}
		return tx.Emit(ctx, model.EventVerificationRequested, map[string]any{
			"entity_id": v.EntityID, "entity_type": v.EntityType, "code_provider": v.CodeProvider, "auth_identity_id": v.AuthIdentityID,
			"code": text, "expires_at": model.Time{Time: now.Add(model.VerificationLifetime)}, "metadata": v.Metadata,
		}, now)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.VerificationOf(ctx, v.AuthIdentityID, v.EntityID, v.EntityType)
}

// ConfirmVerification verifies an entity by its code. A code is valid once and for a quarter of an hour.
func (s *Shop) ConfirmVerification(ctx context.Context, code string, provider *string) (*model.Verification, error) {
	if err := s.attempt(ctx, s.perNetwork(ctx)); err != nil {
		return nil, err
	}
	invalid := model.NotAllowed.Because(model.UserErrorCodeCodeInvalid, "code").Errorf("Verification code is invalid or already used")
	v, err := s.DB.VerificationByCode(ctx, code)
	if errors.Is(err, model.NotFound) {
		return nil, invalid
	}
	if err != nil {
		return nil, err
	}
	switch {
	case v.VerifiedAt != nil:
		return nil, invalid
	case provider != nil && *provider != v.CodeProvider:
		return nil, model.NotAllowed.Because(model.UserErrorCodeCodeInvalid, "codeProvider").Errorf("Verification code does not belong to provider %q", *provider)
	case !s.Now().Before(v.RequestedAt.Add(model.VerificationLifetime)):
		return nil, model.NotAllowed.Because(model.UserErrorCodeCodeExpired, "code").Errorf("Verification code has expired")
	}
	if err := s.DB.ConfirmVerification(ctx, v.ID, s.Now()); err != nil {
		return nil, err
	}
	if err := s.succeeded(ctx, s.perNetwork(ctx), 1); err != nil {
		return nil, err
	}
	return s.DB.VerificationOf(ctx, v.AuthIdentityID, v.EntityID, v.EntityType)
}

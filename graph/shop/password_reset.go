package shop

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// RequestPasswordReset creates a token for a new password and has it sent to the owner of an identity. It does not tell whether the
// identity exists.
func (s *Shop) RequestPasswordReset(ctx context.Context, actorType, provider, identifier string, metadata model.JSON) error {
	if err := s.checkAllowed(actorType, provider); err != nil {
		return err
	}
	if err := s.attempt(ctx, s.anywhere(ctx, "reset", provider, identifier)); err != nil {
		return err
	}
	i, err := s.DB.Identity(ctx, provider, identifier)
	known := err == nil
	if !known && !errors.Is(err, model.NotFound) {
		return err
	}
	jti := uuid.NewString()
	c := auth.ResetClaims{EntityID: identifier, Provider: provider, ActorType: actorType, Purpose: "reset"}
	c.ID = jti
	t, err := s.Tokens.SignReset(c, model.ResetLifetime)
	if err != nil {
		return err
	}
	now := s.Now()
	return s.mailing(ctx, func(tx db.DB) error {
		if !known { // it takes as long as for somebody who is known, and leaves nothing
			return tx.Rehearse(ctx, now)
		}
		if err := tx.CreateResetToken(ctx, i, jti, now, now.Add(model.ResetLifetime)); err != nil {
			return err
		}
		return tx.Emit(ctx, model.EventPasswordReset, map[string]any{
			"entity_id": identifier, "actor_type": actorType, "token": t, "metadata": orObject(metadata),
		}, now)
	})
}

// UpdatePassword sets a new password, by the token of a password reset. The token is used up even if that fails.
func (s *Shop) UpdatePassword(ctx context.Context, actorType, provider string, password *string) error {
	if err := s.checkAllowed(actorType, provider); err != nil {
		return err
	}
	if err := s.attempt(ctx, s.perNetwork(ctx)); err != nil {
		return err
	}
	invalid := model.Unauthorized.Errorf("Invalid token")
	c, err := s.Tokens.ParseReset(auth.CallerOf(ctx).Token)
	if err != nil || c.Purpose != "reset" || c.ID == "" || c.EntityID == "" || c.ActorType != actorType {
		return invalid
	}
	ok, err := s.DB.ConsumeResetToken(ctx, c.ID, provider, c.EntityID, s.Now())
	if err != nil {
		return err
	}
	if !ok {
		return invalid
	}
	if password == nil || *password == "" {
		return model.Unauthorized.Because(model.UserErrorCodePasswordRequired, "password").Errorf("Unauthorized")
	}
	i, err := s.DB.Identity(ctx, provider, c.EntityID)
	if err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, *password)
	if err != nil {
		return err
	}
	if err := s.DB.SetPassword(ctx, i.ProviderIdentityID, hash, s.Now()); err != nil {
		return err
	}
	return s.succeeded(ctx, s.perNetwork(ctx), 1)
}

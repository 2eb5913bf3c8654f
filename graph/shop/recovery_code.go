package shop

import (
	"context"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// mostRecoveryCodes is the most recovery codes that an identity can have.
const mostRecoveryCodes = 50

// GenerateRecoveryCodes replaces the recovery codes of the caller by new ones. It requires an enabled second factor, which they stand in
// for.
func (s *Shop) GenerateRecoveryCodes(ctx context.Context, count *int) ([]string, error) {
	c, err := proven(ctx)
	if err != nil {
		return nil, err
	}
	n := s.MFA.RecoveryCodes
	if count != nil {
		n = *count
	}
	if n < 1 || n > mostRecoveryCodes {
		return nil, model.Invalid.Because(model.UserErrorCodeInvalid, "count").Errorf("Recovery code count must be between 1 and %d", mostRecoveryCodes)
	}
	factors, err := s.DB.AuthFactors(ctx, c.AuthIdentityID)
	if err != nil {
		return nil, err
	}
	enabled := false
	for _, f := range factors {
		enabled = enabled || f.Status == model.AuthFactorStatusEnabled
	}
	if !enabled {
		return nil, model.NotAllowed.Because(model.UserErrorCodeFactorUnsupported).Errorf("Recovery codes require an enabled MFA factor")
	}
	if err := s.attempt(ctx, s.anywhere(ctx, "recovery codes", c.AuthIdentityID)); err != nil {
		return nil, err
	}
	codes, hashes := make([]string, n), make([]string, n)
	for i := range codes {
		codes[i] = auth.NewRecoveryCode()
		if hashes[i], err = auth.HashCode(codes[i]); err != nil {
			return nil, err
		}
	}
	err = s.inTx(ctx, func(tx db.DB) error {
		if err := tx.LockIdentity(ctx, c.AuthIdentityID); err != nil {
			return err
		}
		if err := tx.ReplaceRecoveryCodes(ctx, c.AuthIdentityID, hashes, s.Now()); err != nil {
			return err
		}
		return tx.Emit(ctx, "auth.mfa_recovery_codes_generated", map[string]any{"auth_identity_id": c.AuthIdentityID, "count": n}, s.Now())
	})
	return codes, err
}

func (s *Shop) useRecoveryCode(ctx context.Context, identity, code string) (bool, error) {
	hashes, err := s.DB.RecoveryCodes(ctx, identity)
	if err != nil {
		return false, err
	}
	id, err := s.Hasher.VerifyCode(ctx, hashes, code)
	if err != nil || id == "" {
		return false, err
	}
	return s.DB.UseRecoveryCode(ctx, id)
}

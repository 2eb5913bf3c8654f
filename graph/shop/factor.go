package shop

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// AuthFactors lists the second factors of the caller.
func (s *Shop) AuthFactors(ctx context.Context) ([]*model.AuthFactor, error) {
	c, err := proven(ctx)
	if err != nil {
		return nil, err
	}
	return s.DB.AuthFactors(ctx, c.AuthIdentityID)
}

// CreateAuthFactor makes a second factor of the caller, which is pending until it is verified. An identity has one of a kind at a time.
func (s *Shop) CreateAuthFactor(ctx context.Context, in model.CreateAuthFactorInput) (*model.AuthFactorEnrollment, error) {
	c, err := proven(ctx)
	if err != nil {
		return nil, err
	}
	if in.Provider != totp {
		return nil, model.Invalid.Because(model.UserErrorCodeFactorUnsupported, "provider").Errorf("there is no second factor %q", in.Provider)
	}
	issuer, account := s.MFA.Issuer, c.AuthIdentityID
	if i := in.Issuer.Value(); i != nil {
		issuer = *i
	}
	label := in.Label.Value()
	if label != nil {
		account = *label
	}
	metadata, err := factorMetadata(in.Metadata.Value(), label)
	if err != nil {
		return nil, err
	}
	secret := auth.NewSecret()
	now := s.Now()
	f := &model.AuthFactor{
		ID: model.NewID("authmfa", now), AuthIdentityID: c.AuthIdentityID, Provider: totp, Status: model.AuthFactorStatusPending, Metadata: metadata,
		CreatedAt: model.Time{Time: now}, UpdatedAt: model.Time{Time: now},
	}
	err = s.inTx(ctx, func(tx db.DB) error {
		if err := tx.LockIdentity(ctx, c.AuthIdentityID); err != nil {
			return err
		}
		return s.addFactor(ctx, tx, f, issuer, secret)
	})
	if err != nil {
		return nil, err
	}
	return &model.AuthFactorEnrollment{Factor: f, Secret: secret, OtpauthURL: s.MFA.TOTP.URL(issuer, account, secret)}, nil
}

// factorMetadata is the metadata of a factor with its label, if it has one.
func factorMetadata(given model.JSON, label *string) (model.JSON, error) {
	metadata := map[string]json.RawMessage{}
	if len(given) > 0 {
		if err := json.Unmarshal(given, &metadata); err != nil {
			return nil, model.Invalid.Because(model.UserErrorCodeInvalid, "metadata").Errorf("metadata must be an object")
		}
	}
	if metadata == nil { // it was null
		metadata = map[string]json.RawMessage{}
	}
	if label != nil {
		text, err := json.Marshal(*label)
		if err != nil {
			return nil, err
		}
		metadata["label"] = text
	}
	return json.Marshal(metadata)
}

var errSecondTOTP = model.NotAllowed.Because(model.UserErrorCodeFactorExists, "provider").Errorf("An active TOTP factor already exists for this auth identity")

// addFactor writes a factor with its encrypted secret, unless its identity, which is locked, has an active one.
func (s *Shop) addFactor(ctx context.Context, tx db.DB, f *model.AuthFactor, issuer, secret string) error {
	factors, err := tx.AuthFactors(ctx, f.AuthIdentityID)
	if err != nil {
		return err
	}
	for _, other := range factors {
		if other.Provider == totp && other.Status != model.AuthFactorStatusDisabled {
			return errSecondTOTP
		}
	}
	if f.Sealed, err = s.MFA.Vault.Seal(secret); err != nil {
		return err
	}
	err = tx.CreateAuthFactor(ctx, f, issuer)
	if errors.Is(err, model.Duplicate) { // the reference's server, which takes no lock, was quicker
		return errSecondTOTP
	}
	return err
}

// VerifyAuthFactor enables a pending factor of the caller by a one-time password of it. An enabled one stays so.
func (s *Shop) VerifyAuthFactor(ctx context.Context, id, code string) (*model.AuthFactor, error) {
	c, err := proven(ctx)
	if err != nil {
		return nil, err
	}
	f, err := s.DB.AuthFactor(ctx, c.AuthIdentityID, id)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Provider != totp:
		return nil, model.Invalid.Because(model.UserErrorCodeFactorUnsupported, "factorId").Errorf("Only TOTP MFA factors can be verified with this method")
	case f.Status == model.AuthFactorStatusDisabled:
		return nil, model.NotAllowed.Because(model.UserErrorCodeFactorDisabled, "factorId").Errorf("Disabled MFA factors cannot be verified")
	}
	ok, err := s.tried(ctx, s.anywhere(ctx, "mfa", c.AuthIdentityID), func() (bool, error) {
		_, ok, err := s.checkTOTP(f, code)
		return ok, err
	})
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, model.NotAllowed.Because(model.UserErrorCodeCodeInvalid, "code").Errorf("Invalid TOTP code")
	}
	err = s.inTx(ctx, func(tx db.DB) error {
		enabled, err := tx.SetAuthFactorStatus(ctx, id, model.AuthFactorStatusPending, model.AuthFactorStatusEnabled, s.Now())
		if err != nil || !enabled {
			return err
		}
		return tx.Emit(ctx, "auth.mfa_enabled", factorEvent(f), s.Now())
	})
	if err != nil {
		return nil, err
	}
	return s.DB.AuthFactor(ctx, c.AuthIdentityID, id)
}

// DisableAuthFactor ends a factor of the caller. Where the shop requires it, a code of a second factor must be given.
func (s *Shop) DisableAuthFactor(ctx context.Context, id string, method, code *string) (*model.AuthFactor, error) {
	c, err := proven(ctx)
	if err != nil {
		return nil, err
	}
	f, err := s.DB.AuthFactor(ctx, c.AuthIdentityID, id)
	if err != nil {
		return nil, err
	}
	if f.Status == model.AuthFactorStatusEnabled && s.MFA.ProofToEnd {
		if method == nil || *method == "" || code == nil || *code == "" {
			return nil, model.Invalid.Because(model.UserErrorCodeCodeRequired, "code").Errorf("MFA verification code is required to disable MFA")
		}
		ok, err := s.tried(ctx, s.anywhere(ctx, "mfa", c.AuthIdentityID), func() (bool, error) {
			return s.useCode(ctx, c.AuthIdentityID, *method, *code)
		})
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, model.NotAllowed.Because(model.UserErrorCodeCodeInvalid, "code").Errorf("Invalid MFA verification code")
		}
	}
	err = s.inTx(ctx, func(tx db.DB) error {
		disabled, err := tx.SetAuthFactorStatus(ctx, id, f.Status, model.AuthFactorStatusDisabled, s.Now())
		if err != nil || !disabled || f.Status == model.AuthFactorStatusDisabled {
			return err
		}
		return tx.Emit(ctx, "auth.mfa_disabled", factorEvent(f), s.Now())
	})
	if err != nil {
		return nil, err
	}
	return s.DB.AuthFactor(ctx, c.AuthIdentityID, id)
}

func factorEvent(f *model.AuthFactor) any {
	return map[string]string{"auth_identity_id": f.AuthIdentityID, "mfa_id": f.ID, "provider": f.Provider}
}

// useCode reports whether a code of a second factor is valid, and uses it up: each is valid once.
func (s *Shop) useCode(ctx context.Context, identity, method, code string) (bool, error) {
	switch method {
	case totp:
		return s.useTOTP(ctx, identity, code)
	case recoveryCode:
		return s.useRecoveryCode(ctx, identity, code)
	default:
		return false, model.Invalid.Because(model.UserErrorCodeFactorUnsupported, "method").Errorf("there is no second factor %q", method)
	}
}

func (s *Shop) useTOTP(ctx context.Context, identity, code string) (bool, error) {
	factors, err := s.DB.AuthFactors(ctx, identity)
	if err != nil {
		return false, err
	}
	for _, f := range factors {
		if f.Provider != totp || f.Status != model.AuthFactorStatusEnabled {
			continue
		}
		step, ok, err := s.checkTOTP(f, code)
		if err != nil || !ok {
			return false, err
		}
		return s.DB.UseTOTPStep(ctx, f.ID, step)
	}
	return false, nil
}

func (s *Shop) checkTOTP(f *model.AuthFactor, code string) (step int64, ok bool, err error) {
	secret, err := s.MFA.Vault.Open(f.Sealed)
	if err != nil {
		return 0, false, err
	}
	return s.MFA.TOTP.Verify(secret, code, s.Now())
}

package shop

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"storegraph/db"
	"storegraph/graph/shop/auth"
	"storegraph/model"
)

// MFA is how second factors work in a shop. The zero value of each but Vault is the reference's default.
type MFA struct {
	Vault         *auth.Vault // encrypts their secrets; one without a key lets nobody have any
	Issuer        string      // what authenticator apps call the shop; empty means Medusa
	TOTP          auth.TOTP   // 6 digits, a new password every 30 seconds, and one before and after is good
	Lifetime      time.Duration
	Attempts      int  // wrong answers that a challenge takes; 0 means 5
	RecoveryCodes int  // how many somebody gets who does not say; 0 means 10
	ProofToEnd    bool // an enabled factor is ended only by one who shows it
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

// The ways to show a second factor.
const (
	totp         = "totp"
	recoveryCode = "recovery_code"
)

// mostRecoveryCodes is how many recovery codes somebody can have.
const mostRecoveryCodes = 50

// proven returns the claims of who is asking, if nothing is left to show.
func proven(ctx context.Context) (*auth.Claims, error) {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return nil, err
	}
	return c, c.Complete()
}

// AuthFactors lists the second factors of who has the request's token or session.
func (s *Shop) AuthFactors(ctx context.Context) ([]*model.AuthFactor, error) {
	c, err := proven(ctx)
	if err != nil {
		return nil, err
	}
	return s.DB.AuthFactors(ctx, c.AuthIdentityID)
}

// CreateAuthFactor makes a second factor that is pending until it is verified. Somebody has one of a kind at a time.
func (s *Shop) CreateAuthFactor(ctx context.Context, in model.CreateAuthFactorInput) (*model.AuthFactorEnrollment, error) {
	c, err := proven(ctx)
	if err != nil {
		return nil, err
	}
	if in.Provider != totp {
		return nil, model.Invalid.Errorf("there is no second factor %q", in.Provider)
	}
	metadata := map[string]json.RawMessage{}
	if m := in.Metadata.Value(); len(m) > 0 {
		if err := json.Unmarshal(m, &metadata); err != nil {
			return nil, model.Invalid.Errorf("metadata must be an object")
		}
	}
	issuer, account := s.MFA.Issuer, c.AuthIdentityID
	if i := in.Issuer.Value(); i != nil {
		issuer = *i
	}
	if metadata == nil { // it was null
		metadata = map[string]json.RawMessage{}
	}
	if label := in.Label.Value(); label != nil {
		account = *label
		if metadata["label"], err = json.Marshal(account); err != nil {
			return nil, err
		}
	}
	data, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	f := &model.AuthFactor{
		ID: model.NewID("authmfa", now), AuthIdentityID: c.AuthIdentityID, Provider: totp, Status: model.FactorPending, Metadata: data,
		CreatedAt: model.Time{Time: now}, UpdatedAt: model.Time{Time: now},
	}
	another := model.NotAllowed.Errorf("An active TOTP factor already exists for this auth identity")
	secret := auth.NewSecret()
	err = s.inTx(ctx, func(tx db.DB) error {
		if err := tx.LockIdentity(ctx, c.AuthIdentityID); err != nil {
			return err
		}
		factors, err := s.DB.AuthFactors(ctx, c.AuthIdentityID)
		if err != nil {
			return err
		}
		for _, f := range factors {
			if f.Provider == totp && f.Status != model.FactorDisabled {
				return another
			}
		}
		if f.Sealed, err = s.MFA.Vault.Seal(secret); err != nil {
			return err
		}
		err = tx.CreateAuthFactor(ctx, f, issuer)
		if errors.Is(err, model.Duplicate) { // the reference's server was quicker
			return another
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &model.AuthFactorEnrollment{Factor: f, Secret: secret, OtpauthURL: s.MFA.TOTP.URL(issuer, account, secret)}, nil
}

// VerifyAuthFactor enables a pending factor of who is asking by a one-time password of it. An enabled one stays so.
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
		return nil, model.Invalid.Errorf("Only TOTP MFA factors can be verified with this method")
	case f.Status == model.FactorDisabled:
		return nil, model.NotAllowed.Errorf("Disabled MFA factors cannot be verified")
	}
	if err := s.attempt(ctx, "mfa", c.AuthIdentityID); err != nil {
		return nil, err
	}
	_, ok, err := s.checkTOTP(f, code)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, model.NotAllowed.Errorf("Invalid TOTP code")
	}
	err = s.inTx(ctx, func(tx db.DB) error {
		enabled, err := tx.SetAuthFactorStatus(ctx, id, model.FactorPending, model.FactorEnabled, s.Now())
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

func factorEvent(f *model.AuthFactor) any {
	return map[string]string{"auth_identity_id": f.AuthIdentityID, "mfa_id": f.ID, "provider": f.Provider}
}

// DisableAuthFactor ends a factor of who is asking, who has to show one if the shop wants that.
func (s *Shop) DisableAuthFactor(ctx context.Context, id string, method, code *string) (*model.AuthFactor, error) {
	c, err := proven(ctx)
	if err != nil {
		return nil, err
	}
	f, err := s.DB.AuthFactor(ctx, c.AuthIdentityID, id)
	if err != nil {
		return nil, err
	}
	if f.Status == model.FactorEnabled && s.MFA.ProofToEnd {
		if method == nil || *method == "" || code == nil || *code == "" {
			return nil, model.Invalid.Errorf("MFA verification code is required to disable MFA")
		}
		if err := s.attempt(ctx, "mfa", c.AuthIdentityID); err != nil {
			return nil, err
		}
		ok, err := s.showFactor(ctx, c.AuthIdentityID, *method, *code)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, model.NotAllowed.Errorf("Invalid MFA verification code")
		}
	}
	err = s.inTx(ctx, func(tx db.DB) error {
		disabled, err := tx.SetAuthFactorStatus(ctx, id, f.Status, model.FactorDisabled, s.Now())
		if err != nil || !disabled || f.Status == model.FactorDisabled {
			return err
		}
		return tx.Emit(ctx, "auth.mfa_disabled", factorEvent(f), s.Now())
	})
	if err != nil {
		return nil, err
	}
	return s.DB.AuthFactor(ctx, c.AuthIdentityID, id)
}

// GenerateRecoveryCodes gives who is asking new recovery codes, in place of those that they had. They need a second factor
// for which the codes stand in.
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
		return nil, model.Invalid.Errorf("Recovery code count must be between 1 and %d", mostRecoveryCodes)
	}
	factors, err := s.DB.AuthFactors(ctx, c.AuthIdentityID)
	if err != nil {
		return nil, err
	}
	enabled := false
	for _, f := range factors {
		enabled = enabled || f.Status == model.FactorEnabled
	}
	if !enabled {
		return nil, model.NotAllowed.Errorf("Recovery codes require an enabled MFA factor")
	}
	if err := s.attempt(ctx, "recovery codes", c.AuthIdentityID); err != nil {
		return nil, err
	}
	codes, hashes := make([]string, n), make([]string, n)
	for i := range codes {
		codes[i] = auth.NewRecoveryCode()
		if hashes[i], err = s.Hasher.Hash(ctx, auth.NormalRecoveryCode(codes[i])); err != nil {
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

// challenge asks an identity for a second factor.
func (s *Shop) challenge(ctx context.Context, i *model.Identity) (*model.AuthChallenge, error) {
	now := s.Now()
	c := &model.AuthChallenge{
		ID: model.NewID("authmfachal", now), AuthIdentityID: i.ID, AuthProvider: i.Provider,
		ExpiresAt: model.Time{Time: now.Add(s.MFA.Lifetime)}, MaxAttempts: s.MFA.Attempts,
	}
	for _, m := range i.FactorMethods {
		if m != totp {
			return nil, model.Unauthorized.Errorf("\nUnable to retrieve the MFA method with id: %s\n"+
				"Please make sure that the method is registered in the container and it is configured correctly in your project configuration file.", m)
		}
		c.Methods = append(c.Methods, m)
	}
	if i.RecoveryCodes {
		c.Methods = append(c.Methods, recoveryCode)
	}
	return c, s.DB.CreateAuthChallenge(ctx, c, now)
}

// VerifyAuthChallenge meets a challenge of who has proven themselves by a password or the like, and returns the token of a
// whole log-in. A challenge is met once. Wrong answers count, however many come at once.
func (s *Shop) VerifyAuthChallenge(ctx context.Context, id, method, code string) (*model.Authentication, error) {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return nil, err
	}
	challenge, err := s.DB.AuthChallenge(ctx, c.AuthIdentityID, id, s.Now())
	if err != nil {
		return nil, err
	}
	tooMany := model.NotAllowed.Errorf("MFA challenge has too many failed attempts")
	switch {
	case challenge.CompletedAt != nil:
		return nil, model.NotAllowed.Errorf("MFA challenge has already been completed")
	case challenge.Attempts >= challenge.MaxAttempts:
		return nil, tooMany
	case !challenge.Has(method):
		return nil, model.Invalid.Errorf("MFA challenge does not support method %q", method)
	}
	if err := s.attempt(ctx, "mfa", c.AuthIdentityID); err != nil {
		return nil, err
	}
	// The attempt counts before the answer is looked at, so that many at once guess no more often than one after another.
	if ok, err := s.DB.TryAuthChallenge(ctx, id); err != nil || !ok {
		return nil, orError(err, tooMany)
	}
	ok, err := s.showFactor(ctx, c.AuthIdentityID, method, code)
	if err != nil {
		return nil, err
	}
	if !ok {
		if challenge.Attempts+1 >= challenge.MaxAttempts {
			return nil, tooMany
		}
		return nil, model.NotAllowed.Errorf("Invalid MFA challenge code")
	}
	now := s.Now()
	if ok, err := s.DB.CompleteAuthChallenge(ctx, id, now); err != nil || !ok {
		return nil, orError(err, model.NotAllowed.Errorf("MFA challenge has already been completed"))
	}
	i, err := s.DB.IdentityByID(ctx, c.AuthIdentityID, challenge.AuthProvider)
	if errors.Is(err, model.NotFound) {
		return nil, model.Invalid.Errorf("Auth identity does not have a provider identity for %q", challenge.AuthProvider)
	}
	if err != nil {
		return nil, err
	}
	completed := now.UTC().Format("2006-01-02T15:04:05.000Z")
	return s.token(i, c.ActorType, claim{mfa: true, challenged: &completed})
}

// orError is err, or another error if it is nil.
func orError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// showFactor reports whether a code shows a second factor of an identity. Each code is good once.
func (s *Shop) showFactor(ctx context.Context, identity, method, code string) (bool, error) {
	switch method {
	case totp:
		return s.showTOTP(ctx, identity, code)
	case recoveryCode:
		return s.showRecoveryCode(ctx, identity, code)
	default:
		return false, model.Invalid.Errorf("there is no second factor %q", method)
	}
}

func (s *Shop) showTOTP(ctx context.Context, identity, code string) (bool, error) {
	factors, err := s.DB.AuthFactors(ctx, identity)
	if err != nil {
		return false, err
	}
	for _, f := range factors {
		if f.Provider != totp || f.Status != model.FactorEnabled {
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

func (s *Shop) showRecoveryCode(ctx context.Context, identity, code string) (bool, error) {
	hashes, err := s.DB.RecoveryCodes(ctx, identity)
	if err != nil {
		return false, err
	}
	code = auth.NormalRecoveryCode(code)
	for id, hash := range hashes {
		ok, err := s.Hasher.Verify(ctx, hash, code)
		if err != nil {
			return false, err
		}
		if ok {
			return s.DB.UseRecoveryCode(ctx, id)
		}
	}
	return false, nil
}

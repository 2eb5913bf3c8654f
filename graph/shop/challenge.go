package shop

import (
	"context"
	"errors"

	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// challenge creates a challenge for a second factor of an identity.
func (s *Shop) challenge(ctx context.Context, i *model.Identity) (*model.AuthChallenge, error) {
	now := s.Now()
	c := &model.AuthChallenge{
		ID: model.NewID("authmfachal", now), AuthIdentityID: i.ID, AuthProvider: i.Provider,
		ExpiresAt: model.Time{Time: now.Add(s.MFA.Lifetime)}, MaxAttempts: s.MFA.Attempts,
	}
	for _, m := range i.FactorMethods {
		if m != totp {
			return nil, model.Unauthorized.Because(model.UserErrorCodeFactorUnsupported).Errorf("\nUnable to retrieve the MFA method with id: %s\n"+
				"Please make sure that the method is registered in the container and it is configured correctly in your project configuration file.", m)
		}
		c.Methods = append(c.Methods, m)
	}
	if i.RecoveryCodes {
		c.Methods = append(c.Methods, recoveryCode)
	}
	return c, s.DB.CreateAuthChallenge(ctx, c, now)
}

// VerifyAuthChallenge completes a log-in: the caller, who has logged in with the first factor, gives a code of the second one and gets a
// full token. A challenge is completed once. Wrong codes are counted, however many come at once.
func (s *Shop) VerifyAuthChallenge(ctx context.Context, id, method, code string) (*model.Authentication, error) {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return nil, err
	}
	challenge, err := s.DB.AuthChallenge(ctx, c.AuthIdentityID, id, s.Now())
	if err != nil {
		return nil, err
	}
	tooMany := model.NotAllowed.Because(model.UserErrorCodeChallengeEnded, "challengeId").Errorf("MFA challenge has too many failed attempts")
	switch {
	case challenge.CompletedAt != nil:
		return nil, model.NotAllowed.Because(model.UserErrorCodeChallengeEnded, "challengeId").Errorf("MFA challenge has already been completed")
	case challenge.Attempts >= challenge.MaxAttempts:
		return nil, tooMany
	case !challenge.Has(method):
		return nil, model.Invalid.Because(model.UserErrorCodeFactorUnsupported, "method").Errorf("MFA challenge does not support method %q", method)
	}
	ok, err := s.tried(ctx, s.anywhere(ctx, "mfa", c.AuthIdentityID), func() (bool, error) {
		// The attempt is counted before the code is checked, so that parallel requests get no more guesses than serial ones.
		if ok, err := s.DB.TryAuthChallenge(ctx, id); err != nil || !ok {
			return false, orError(err, tooMany)
		}
		return s.useCode(ctx, c.AuthIdentityID, method, code)
	})
	if err != nil {
		return nil, err
	}
	if !ok {
		if challenge.Attempts+1 >= challenge.MaxAttempts {
			return nil, tooMany
		}
		return nil, model.NotAllowed.Because(model.UserErrorCodeCodeInvalid, "code").Errorf("Invalid MFA challenge code")
	}
	now := s.Now()
	if ok, err := s.DB.CompleteAuthChallenge(ctx, id, now); err != nil || !ok {
		return nil, orError(err, model.NotAllowed.Because(model.UserErrorCodeChallengeEnded, "challengeId").Errorf("MFA challenge has already been completed"))
	}
	i, err := s.DB.IdentityByID(ctx, c.AuthIdentityID, challenge.AuthProvider)
	if errors.Is(err, model.NotFound) {
		return nil, model.Invalid.Because(model.UserErrorCodeAuthProviderUnavailable).Errorf("Auth identity does not have a provider identity for %q", challenge.AuthProvider)
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

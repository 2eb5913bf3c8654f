package shop

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"

	"github.com/google/uuid"

	"storegraph/db"
	"storegraph/graph/shop/auth"
	"storegraph/model"
)

const emailPass = "emailpass"

// errWrongPassword is the same for an unknown e-mail address.
var errWrongPassword = model.Unauthorized.Errorf("Invalid email or password")

// AuthProviders are the ways in which an actor can prove who they are.
func (s *Shop) AuthProviders(actorType string) []*model.AuthProvider {
	all := []*model.AuthProvider{{ID: emailPass, Identifier: emailPass, DisplayName: "Email/Password Authentication", Flow: "credentials"}}
	for _, r := range s.Redirectors {
		all = append(all, &model.AuthProvider{ID: r.ID(), Identifier: r.ID(), DisplayName: r.DisplayName(), Flow: "redirect"})
	}
	return slices.DeleteFunc(all, func(p *model.AuthProvider) bool { return !s.allowed(actorType, p.ID) })
}

// allowed reports whether an actor may use a provider. One of whom nothing is said may use any.
func (s *Shop) allowed(actorType, provider string) bool {
	methods, limited := s.MethodsPerActor[actorType]
	return !limited || slices.Contains(methods, provider)
}

func (s *Shop) checkAllowed(actorType, provider string) error {
	if s.allowed(actorType, provider) {
		return nil
	}
	return model.NotAllowed.Errorf("The actor type %s is not allowed to use the auth provider %s", actorType, provider)
}

// provided returns the provider that redirects, nil for e-mail and password. It fails unless the shop has the provider and
// the actor may use it.
func (s *Shop) provided(actorType, provider string) (auth.Redirector, error) {
	if err := s.checkAllowed(actorType, provider); err != nil {
		return nil, err
	}
	if provider == emailPass {
		return nil, nil //nolint:nilnil // e-mail and password redirect nowhere
	}
	for _, r := range s.Redirectors {
		if r.ID() == provider {
			return r, nil
		}
	}
	return nil, model.Unauthorized.Errorf("\nUnable to retrieve the auth provider with id: %s\n"+
		"Please make sure that the provider is registered in the container and it is configured correctly in your project configuration file.", provider)
}

func credentials(in model.CredentialsInput) (email, password string, err error) {
	if p := in.Password.Value(); p != nil {
		password = *p
	}
	if e := in.Email.Value(); e != nil {
		email = *e
	}
	switch {
	case password == "":
		err = model.Unauthorized.Errorf("Password should be a string")
	case email == "":
		err = model.Unauthorized.Errorf("Email should be a string")
	}
	return email, password, err
}

// RegisterIdentity makes an identity without an actor and returns its token. Registering an identity again that still has
// no actor, with the same password, gives another token.
func (s *Shop) RegisterIdentity(ctx context.Context, actorType, provider string, in model.CredentialsInput) (*model.Authentication, error) {
	redirector, err := s.provided(actorType, provider)
	if err != nil {
		return nil, err
	}
	if redirector != nil {
		return nil, model.Unauthorized.Errorf("%s does not support registration. Use method `authenticate` instead.", providerName(redirector))
	}
	email, password, err := credentials(in)
	if err != nil {
		return nil, err
	}
	if err := s.attempt(ctx, provider, email); err != nil {
		return nil, err
	}
	i, err := s.DB.Identity(ctx, provider, email)
	switch {
	case errors.Is(err, model.NotFound):
		i, err = s.createIdentity(ctx, provider, email, password)
	case err == nil:
		err = s.registeredBefore(ctx, i, password)
	}
	if err != nil {
		return nil, err
	}
	return s.token(i, actorType, claim{mfa: len(i.FactorMethods) > 0})
}

var errRegistered = model.Unauthorized.Errorf("Identity with email already exists")

func (s *Shop) createIdentity(ctx context.Context, provider, email, password string) (*model.Identity, error) {
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	i, err := s.DB.CreateIdentity(ctx, provider, email, hash, s.Now())
	if errors.Is(err, model.Duplicate) {
		return nil, errRegistered
	}
	return i, err
}

// registeredBefore fails unless the identity has no actor and this password.
func (s *Shop) registeredBefore(ctx context.Context, i *model.Identity, password string) error {
	ok, err := s.Hasher.Verify(ctx, i.PasswordHash, password)
	if err != nil {
		return err
	}
	if !ok || len(i.AppMetadata) > 0 && string(i.AppMetadata) != "{}" && string(i.AppMetadata) != "null" {
		return errRegistered
	}
	return nil
}

// LogIn returns a token for who proves to be somebody, or where to go to prove it. An unknown e-mail address fails as a
// wrong password does, and takes as long.
func (s *Shop) LogIn(ctx context.Context, actorType, provider string, in model.CredentialsInput) (*model.Authentication, error) {
	redirector, err := s.provided(actorType, provider)
	if err != nil {
		return nil, err
	}
	if redirector != nil {
		return s.leave(ctx, redirector, actorType, in)
	}
	email, password, err := credentials(in)
	if err != nil {
		return nil, err
	}
	if err := s.attempt(ctx, provider, email); err != nil {
		return nil, err
	}
	i, err := s.DB.Identity(ctx, provider, email)
	if err != nil && !errors.Is(err, model.NotFound) {
		return nil, err
	}
	hash := ""
	if i != nil {
		hash = i.PasswordHash
	}
	ok, err := s.Hasher.Verify(ctx, hash, password)
	if err != nil {
		return nil, err
	}
	if !ok || i == nil {
		return nil, errWrongPassword
	}
	return s.authentication(ctx, i, actorType)
}

// RefreshToken returns a new token for who has a valid one or a session. One that names an actor stays as proven as it was;
// for another it is asked again what is left to prove.
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

// authentication is what who has proven to be an identity gets: a token, or one that names no actor while something is left
// to prove.
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

// verified reports whether what the provider knows an identity by is verified, if it has to be, and returns how far that is.
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

// A claim is what a token says besides who somebody is.
type claim struct {
	mfa        bool    // a second factor has to be shown
	challenged *string // when it was
	nobody     bool    // no actor is named
}

// token returns a token that says who an identity is.
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

// CreateSession keeps what the request's token says in a session and sets its cookie.
func (s *Shop) CreateSession(ctx context.Context) (*model.Session, error) {
	c, err := auth.CallerOf(ctx).Begin(ctx)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(c)
	return &model.Session{Claims: data}, err
}

// DeleteSession ends the request's session.
func (s *Shop) DeleteSession(ctx context.Context) (bool, error) {
	err := auth.CallerOf(ctx).End(ctx)
	return err == nil, err
}

// RequestPasswordReset makes a token for a new password and has it sent to the owner of an identity. It does not tell
// whether there is one.
func (s *Shop) RequestPasswordReset(ctx context.Context, actorType, provider, identifier string, metadata model.JSON) error {
	if err := s.checkAllowed(actorType, provider); err != nil {
		return err
	}
	if err := s.attempt(ctx, "reset", provider, identifier); err != nil {
		return err
	}
	i, err := s.DB.Identity(ctx, provider, identifier)
	if errors.Is(err, model.NotFound) {
		return nil
	}
	if err != nil {
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
		if err := tx.CreateResetToken(ctx, i, jti, now, now.Add(model.ResetLifetime)); err != nil {
			return err
		}
		return tx.Emit(ctx, model.EventPasswordReset, map[string]any{
			"entity_id": identifier, "actor_type": actorType, "token": t, "metadata": orObject(metadata),
		}, now)
	})
}

// orObject is metadata, or an empty object if there is none.
func orObject(metadata model.JSON) model.JSON {
	if len(metadata) == 0 || string(metadata) == "null" {
		return model.JSON("{}")
	}
	return metadata
}

// UpdatePassword sets a new password for who has the token of a password reset. The token is used up even if that fails.
func (s *Shop) UpdatePassword(ctx context.Context, actorType, provider string, password *string) error {
	if err := s.checkAllowed(actorType, provider); err != nil {
		return err
	}
	if err := s.attempt(ctx); err != nil {
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
		return model.Unauthorized.Errorf("Unauthorized")
	}
	i, err := s.DB.Identity(ctx, provider, c.EntityID)
	if err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, *password)
	if err != nil {
		return err
	}
	return s.DB.SetPassword(ctx, i.ProviderIdentityID, hash, s.Now())
}

// RequestVerification has a code sent by which the request's identity can show that something is theirs. Nothing is sent
// if they have shown it before.
func (s *Shop) RequestVerification(ctx context.Context, in model.RequestVerificationInput) (*model.Verification, error) {
	c, err := auth.CallerOf(ctx).Claims()
	if err != nil {
		return nil, err
	}
	if in.CodeProvider != "token" {
		return nil, model.Invalid.Errorf("there is no provider of codes %q", in.CodeProvider)
	}
	if err := s.attempt(ctx, "verify", c.AuthIdentityID); err != nil {
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

// ConfirmVerification takes a code as proof. A code is good once and for a quarter of an hour.
func (s *Shop) ConfirmVerification(ctx context.Context, code string, provider *string) (*model.Verification, error) {
	if err := s.attempt(ctx); err != nil {
		return nil, err
	}
	invalid := model.NotAllowed.Errorf("Verification code is invalid or already used")
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
		return nil, model.NotAllowed.Errorf("Verification code does not belong to provider %q", *provider)
	case !s.Now().Before(v.RequestedAt.Add(model.VerificationLifetime)):
		return nil, model.NotAllowed.Errorf("Verification code has expired")
	}
	if err := s.DB.ConfirmVerification(ctx, v.ID, s.Now()); err != nil {
		return nil, err
	}
	return s.DB.VerificationOf(ctx, v.AuthIdentityID, v.EntityID, v.EntityType)
}

package shop

import (
	"context"
	"errors"
	"slices"

	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

const emailPass = "emailpass"

// errWrongPassword is the same for an unknown e-mail address.
var errWrongPassword = model.Unauthorized.Because(model.UserErrorCodeInvalidCredentials).Errorf("Invalid email or password")

// AuthProviders returns the authentication providers that an actor type may use.
func (s *Shop) AuthProviders(actorType string) []*model.AuthProvider {
	all := []*model.AuthProvider{{ID: emailPass, Identifier: emailPass, DisplayName: "Email/Password Authentication", Flow: model.AuthFlowCredentials}}
	for _, r := range s.Redirectors {
		all = append(all, &model.AuthProvider{ID: r.ID(), Identifier: r.ID(), DisplayName: r.DisplayName(), Flow: model.AuthFlowRedirect})
	}
	return slices.DeleteFunc(all, func(p *model.AuthProvider) bool { return !s.allowed(actorType, p.ID) })
}

// HasAuthProvider reports whether the shop has an authentication provider, whichever actors may use it.
func (s *Shop) HasAuthProvider(provider string) bool {
	return provider == emailPass || slices.ContainsFunc(s.Redirectors, func(r auth.Redirector) bool { return r.ID() == provider })
}

// allowed reports whether an actor type may use a provider. One that is not configured may use any.
func (s *Shop) allowed(actorType, provider string) bool {
	methods, limited := s.MethodsPerActor[actorType]
	return !limited || slices.Contains(methods, provider)
}

func (s *Shop) checkAllowed(actorType, provider string) error {
	if s.allowed(actorType, provider) {
		return nil
	}
	return model.NotAllowed.Because(model.UserErrorCodeAuthProviderUnavailable, "provider").Errorf("The actor type %s is not allowed to use the auth provider %s", actorType, provider)
}

// redirector returns the provider with an id if it is one that redirects, nil for e-mail and password. It fails unless the shop has the
// provider and the actor type may use it.
func (s *Shop) redirector(actorType, provider string) (auth.Redirector, error) {
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
	return nil, model.Unauthorized.Because(model.UserErrorCodeAuthProviderUnavailable, "provider").Errorf("\nUnable to retrieve the auth provider with id: %s\n"+
		"Please make sure that the provider is registered in the container and it is configured correctly in your project configuration file.", provider)
}

// foreignLogIn reports whether an actor type may use a provider that only a Medusa may have.
func (s *Shop) foreignLogIn(actorType, provider string) bool {
	return s.Medusa != nil && s.allowed(actorType, provider) && provider != emailPass &&
		!slices.ContainsFunc(s.Redirectors, func(r auth.Redirector) bool { return r.ID() == provider })
}

// Credentials are by what somebody proves who they are, as far as the provider needs them.
type Credentials struct {
	Email, Password, CallbackURL *string
}

// fields are the credentials that were given, by their names over REST.
func (c Credentials) fields() map[string]any {
	out := map[string]any{}
	for name, v := range map[string]*string{"email": c.Email, "password": c.Password, "callback_url": c.CallbackURL} {
		if v != nil {
			out[name] = *v
		}
	}
	return out
}

func (c Credentials) check() (email, password string, err error) {
	email, password = value(c.Email), value(c.Password)
	switch {
	case password == "":
		err = model.Unauthorized.Because(model.UserErrorCodePasswordRequired, "password").Errorf("Password should be a string")
	case email == "":
		err = model.Unauthorized.Because(model.UserErrorCodeEmailRequired, "email").Errorf("Email should be a string")
	}
	return email, password, err
}

// RegisterIdentity creates an identity without an actor and returns its token. Registering an identity again that still has no actor,
// with the same password, gives another token.
func (s *Shop) RegisterIdentity(ctx context.Context, actorType, provider string, in Credentials) (*model.Authentication, error) {
	if s.foreignLogIn(actorType, provider) {
		return s.logInElsewhere(ctx, actorType, provider, "register", in.fields())
	}
	redirector, err := s.redirector(actorType, provider)
	if err != nil {
		return nil, err
	}
	if redirector != nil {
		return nil, model.Unauthorized.Because(model.UserErrorCodeAuthProviderUnavailable, "provider").Errorf("%s does not support registration. Use method `authenticate` instead.", providerName(redirector))
	}
	email, password, err := in.check()
	if err != nil {
		return nil, err
	}
	if err := s.attempt(ctx, s.perNetwork(ctx, provider, email)); err != nil {
		return nil, err
	}
	i, err := s.DB.Identity(ctx, provider, email)
	switch {
	case errors.Is(err, model.NotFound):
		i, err = s.createIdentity(ctx, provider, email, password)
	case err == nil:
		err = s.checkUnfinished(ctx, i, password)
	}
	if err != nil {
		return nil, err
	}
	if err := s.succeeded(ctx, s.perNetwork(ctx, provider, email), 1); err != nil {
		return nil, err
	}
	return s.token(i, actorType, claim{mfa: len(i.FactorMethods) > 0})
}

var errRegistered = model.Unauthorized.Because(model.UserErrorCodeEmailTaken, "email").Errorf("Identity with email already exists")

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

// checkUnfinished fails unless the identity has no actor yet and this password.
func (s *Shop) checkUnfinished(ctx context.Context, i *model.Identity, password string) error {
	ok, err := s.Hasher.Verify(ctx, i.PasswordHash, password)
	if err != nil {
		return err
	}
	if !ok || len(i.AppMetadata) > 0 && string(i.AppMetadata) != "{}" && string(i.AppMetadata) != "null" {
		return errRegistered
	}
	return nil
}

// LogIn returns a token for valid credentials, or the location of the provider's page for a provider that redirects. An unknown e-mail
// address fails like a wrong password, and takes as long.
func (s *Shop) LogIn(ctx context.Context, actorType, provider string, in Credentials) (*model.Authentication, error) {
	if s.foreignLogIn(actorType, provider) {
		return s.logInElsewhere(ctx, actorType, provider, "", in.fields())
	}
	redirector, err := s.redirector(actorType, provider)
	if err != nil {
		return nil, err
	}
	if redirector != nil {
		return s.redirectLogIn(ctx, redirector, actorType, in)
	}
	email, password, err := in.check()
	if err != nil {
		return nil, err
	}
	if err := s.attempt(ctx, s.perNetwork(ctx, provider, email)); err != nil {
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
	if err := s.succeeded(ctx, s.perNetwork(ctx, provider, email), 1); err != nil {
		return nil, err
	}
	return s.authentication(ctx, i, actorType)
}

// orObject is metadata, or an empty object if there is none.
func orObject(metadata model.JSON) model.JSON {
	if len(metadata) == 0 || string(metadata) == "null" {
		return model.JSON("{}")
	}
	return metadata
}

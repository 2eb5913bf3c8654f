package shop

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// logInLifetime is how long a log-in on a provider's page may take, as in the reference.
const logInLifetime = 20 * time.Minute

// redirectLogIn begins a log-in on a provider's page and returns its location.
func (s *Shop) redirectLogIn(ctx context.Context, r auth.Redirector, actorType string, in Credentials) (*model.Authentication, error) {
	if err := s.attempt(ctx, s.perNetwork(ctx)); err != nil {
		return nil, err
	}
	callback := r.CallbackURL()
	if u := in.CallbackURL; u != nil && *u != "" {
		callback = *u
	}
	l := auth.NewLogIn(callback)
	location, err := r.Location(ctx, l)
	if err != nil {
		return nil, err
	}
	left := &db.PendingLogIn{
		State: l.State, Provider: r.ID(), ActorType: actorType, CallbackURL: l.CallbackURL, Verifier: l.Verifier, Nonce: l.Nonce,
	}
	if s.BindBrowser {
		left.Browser = auth.CallerOf(ctx).MarkBrowser(ctx, logInLifetime)
	}
	now := s.Now()
	if err := s.DB.StartLogIn(ctx, left, now, now.Add(logInLifetime)); err != nil {
		return nil, err
	}
	return &model.Authentication{Location: &location}, nil
}

// CompleteLogIn completes a log-in on a provider's page, with what the provider has sent back. Each is completed once, with the provider
// and the actor type with which it began.
func (s *Shop) CompleteLogIn(ctx context.Context, actorType string, in model.CompleteLogInInput) (*model.Authentication, error) {
	provider := in.Provider
	if s.foreignLogIn(actorType, provider) {
		sent := map[string]any{}
		for name, v := range map[string]*string{
			"code": in.Code.Value(), "state": in.State.Value(), "error": in.Error.Value(), "error_description": in.ErrorDescription.Value(), "error_uri": in.ErrorURI.Value(),
		} {
			if v != nil {
				sent[name] = *v
			}
		}
		return s.logInElsewhere(ctx, actorType, provider, "callback", sent)
	}
	r, err := s.redirector(actorType, provider)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, model.Unauthorized.Because(model.UserErrorCodeAuthProviderUnavailable, "provider").Errorf("Callback authentication not implemented for provider %s", provider)
	}
	if err := s.attempt(ctx, s.perNetwork(ctx)); err != nil {
		return nil, err
	}
	text := func(v *string) string {
		if v == nil {
			return ""
		}
		return *v
	}
	if text(in.Error.Value()) != "" {
		return nil, model.Unauthorized.Because(model.UserErrorCodeLogInRefused, "error").Errorf("%s, read more at: %s", text(in.ErrorDescription.Value()), text(in.ErrorURI.Value()))
	}
	code := text(in.Code.Value())
	if code == "" {
		return nil, model.Unauthorized.Because(model.UserErrorCodeCodeInvalid, "code").Errorf("No code provided")
	}
	unknown := model.Unauthorized.Because(model.UserErrorCodeLogInExpired, "state").Errorf("No state provided, or session expired")
	left, err := s.DB.FinishLogIn(ctx, text(in.State.Value()), s.Now())
	if errors.Is(err, model.NotFound) {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	if left.Provider != provider || left.ActorType != actorType || left.Browser != "" && left.Browser != auth.CallerOf(ctx).BrowserMark() {
		return nil, unknown
	}
	p, err := r.Identify(ctx, &auth.LogIn{
		State: left.State, Verifier: left.Verifier, Nonce: left.Nonce, CallbackURL: left.CallbackURL,
	}, code)
	if err != nil {
		return nil, err
	}
	i, err := s.identified(ctx, provider, p)
	if err != nil {
		return nil, err
	}
	if err := s.succeeded(ctx, s.perNetwork(ctx), 2); err != nil { // the beginning of the log-in and its end
		return nil, err
	}
	return s.authentication(ctx, i, actorType)
}

// identified returns the identity of a profile, which it creates if there is none.
func (s *Shop) identified(ctx context.Context, provider string, p *auth.Profile) (*model.Identity, error) {
	i, err := s.DB.Identity(ctx, provider, p.EntityID)
	if errors.Is(err, model.NotFound) {
		err = s.DB.CreateProvidedIdentity(ctx, provider, p.EntityID, p.UserMetadata, p.ProviderMetadata, s.Now())
		if err != nil && !errors.Is(err, model.Duplicate) { // of two at once, one makes it
			return nil, err
		}
		return s.DB.Identity(ctx, provider, p.EntityID)
	}
	if err != nil || !p.Fresh {
		return i, err
	}
	if err := s.DB.UpdateProvidedIdentity(ctx, i.ProviderIdentityID, p.UserMetadata, p.ProviderMetadata, s.Now()); err != nil {
		return nil, err
	}
	i.UserMetadata = p.UserMetadata
	return i, nil
}

// providerName is the name of a provider within a sentence.
func providerName(r auth.Redirector) string {
	name, _, _ := strings.Cut(r.DisplayName(), " ")
	return name
}

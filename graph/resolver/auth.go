package resolver

import (
	"context"

	"github.com/storegraph/storegraph/graph/exec"
	"github.com/storegraph/storegraph/graph/shop"
	"github.com/storegraph/storegraph/model"
)

// RegisterIdentity resolves Mutation.registerIdentity.
func (r *mutationResolver) RegisterIdentity(ctx context.Context, input model.RegisterIdentityInput) (*model.AuthenticationPayload, error) {
	a, err := r.Shop.RegisterIdentity(ctx, actor(input.ActorType.Value()), input.Provider, shop.Credentials{Email: input.Email.Value(), Password: input.Password.Value()})
	return answer(ctx, &model.AuthenticationPayload{Authentication: a}, err)
}

// LogIn resolves Mutation.logIn.
func (r *mutationResolver) LogIn(ctx context.Context, input model.LogInInput) (*model.AuthenticationPayload, error) {
	given := shop.Credentials{Email: input.Email.Value(), Password: input.Password.Value(), CallbackURL: input.CallbackURL.Value()}
	a, err := r.Shop.LogIn(ctx, actor(input.ActorType.Value()), input.Provider, given)
	return answer(ctx, &model.AuthenticationPayload{Authentication: a}, err)
}

// CompleteLogIn resolves Mutation.completeLogIn.
func (r *mutationResolver) CompleteLogIn(ctx context.Context, input model.CompleteLogInInput) (*model.AuthenticationPayload, error) {
	a, err := r.Shop.CompleteLogIn(ctx, actor(input.ActorType.Value()), input)
	return answer(ctx, &model.AuthenticationPayload{Authentication: a}, err)
}

// RefreshToken resolves Mutation.refreshToken.
func (r *mutationResolver) RefreshToken(ctx context.Context) (*model.AuthenticationPayload, error) {
	a, err := r.Shop.RefreshToken(ctx)
	return answer(ctx, &model.AuthenticationPayload{Authentication: a}, err)
}

// CreateSession resolves Mutation.createSession.
func (r *mutationResolver) CreateSession(ctx context.Context) (*model.CreateSessionPayload, error) {
	s, err := r.Shop.CreateSession(ctx)
	return answer(ctx, &model.CreateSessionPayload{Session: s}, err)
}

// DeleteSession resolves Mutation.deleteSession.
func (r *mutationResolver) DeleteSession(ctx context.Context) (*model.DonePayload, error) {
	return done(ctx, r.Shop.DeleteSession(ctx))
}

// RequestPasswordReset resolves Mutation.requestPasswordReset.
func (r *mutationResolver) RequestPasswordReset(ctx context.Context, input model.RequestPasswordResetInput) (*model.DonePayload, error) {
	return done(ctx, r.Shop.RequestPasswordReset(ctx, actor(input.ActorType.Value()), input.Provider, input.Identifier, input.Metadata.Value()))
}

// UpdatePassword resolves Mutation.updatePassword.
func (r *mutationResolver) UpdatePassword(ctx context.Context, input model.UpdatePasswordInput) (*model.DonePayload, error) {
	return done(ctx, r.Shop.UpdatePassword(ctx, actor(input.ActorType.Value()), input.Provider, input.Password.Value()))
}

// RequestVerification resolves Mutation.requestVerification.
func (r *mutationResolver) RequestVerification(ctx context.Context, input model.RequestVerificationInput) (*model.VerificationPayload, error) {
	v, err := r.Shop.RequestVerification(ctx, input)
	return answer(ctx, &model.VerificationPayload{Verification: v}, err)
}

// ConfirmVerification resolves Mutation.confirmVerification.
func (r *mutationResolver) ConfirmVerification(ctx context.Context, input model.ConfirmVerificationInput) (*model.VerificationPayload, error) {
	v, err := r.Shop.ConfirmVerification(ctx, input.Code, input.CodeProvider.Value())
	return answer(ctx, &model.VerificationPayload{Verification: v}, err)
}

// CreateAuthFactor resolves Mutation.createAuthFactor.
func (r *mutationResolver) CreateAuthFactor(ctx context.Context, input model.CreateAuthFactorInput) (*model.CreateAuthFactorPayload, error) {
	e, err := r.Shop.CreateAuthFactor(ctx, input)
	return answer(ctx, &model.CreateAuthFactorPayload{Enrollment: e}, err)
}

// VerifyAuthFactor resolves Mutation.verifyAuthFactor.
func (r *mutationResolver) VerifyAuthFactor(ctx context.Context, input model.VerifyAuthFactorInput) (*model.FactorPayload, error) {
	f, err := r.Shop.VerifyAuthFactor(ctx, input.FactorID, input.Code)
	return answer(ctx, &model.FactorPayload{Factor: f}, err)
}

// DisableAuthFactor resolves Mutation.disableAuthFactor.
func (r *mutationResolver) DisableAuthFactor(ctx context.Context, input model.DisableAuthFactorInput) (*model.FactorPayload, error) {
	f, err := r.Shop.DisableAuthFactor(ctx, input.FactorID, input.Method.Value(), input.Code.Value())
	return answer(ctx, &model.FactorPayload{Factor: f}, err)
}

// VerifyAuthChallenge resolves Mutation.verifyAuthChallenge.
func (r *mutationResolver) VerifyAuthChallenge(ctx context.Context, input model.VerifyAuthChallengeInput) (*model.AuthenticationPayload, error) {
	a, err := r.Shop.VerifyAuthChallenge(ctx, input.ChallengeID, input.Method, input.Code)
	return answer(ctx, &model.AuthenticationPayload{Authentication: a}, err)
}

// GenerateRecoveryCodes resolves Mutation.generateRecoveryCodes.
func (r *mutationResolver) GenerateRecoveryCodes(ctx context.Context, input model.GenerateRecoveryCodesInput) (*model.GenerateRecoveryCodesPayload, error) {
	codes, err := r.Shop.GenerateRecoveryCodes(ctx, input.Count.Value())
	return answer(ctx, &model.GenerateRecoveryCodesPayload{RecoveryCodes: codes}, err)
}

// AuthProviders resolves Query.authProviders.
func (r *queryResolver) AuthProviders(ctx context.Context, actorType *string) ([]*model.AuthProvider, error) {
	return list(r.Shop.AuthProviders(actor(actorType)), nil)
}

// AuthFactors resolves Query.authFactors.
func (r *queryResolver) AuthFactors(ctx context.Context) ([]*model.AuthFactor, error) {
	return list(r.Shop.AuthFactors(ctx))
}

func (r *Resolver) Mutation() exec.MutationResolver { return &mutationResolver{r} }

type mutationResolver struct{ *Resolver }

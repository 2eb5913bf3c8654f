package resolver

import (
	"context"
	"storegraph/graph/exec"
	"storegraph/model"
)

// RegisterIdentity resolves Mutation.registerIdentity.
func (r *mutationResolver) RegisterIdentity(ctx context.Context, actorType *string, provider string, input model.CredentialsInput) (*model.Authentication, error) {
	return r.Shop.RegisterIdentity(ctx, actor(actorType), provider, input)
}

// LogIn resolves Mutation.logIn.
func (r *mutationResolver) LogIn(ctx context.Context, actorType *string, provider string, input model.CredentialsInput) (*model.Authentication, error) {
	return r.Shop.LogIn(ctx, actor(actorType), provider, input)
}

// CompleteLogIn resolves Mutation.completeLogIn.
func (r *mutationResolver) CompleteLogIn(ctx context.Context, actorType *string, provider string, input *model.CallbackInput) (*model.Authentication, error) {
	return r.Shop.CompleteLogIn(ctx, actor(actorType), provider, valueOrZero(input))
}

// RefreshToken resolves Mutation.refreshToken.
func (r *mutationResolver) RefreshToken(ctx context.Context) (*model.Authentication, error) {
	return r.Shop.RefreshToken(ctx)
}

// CreateSession resolves Mutation.createSession.
func (r *mutationResolver) CreateSession(ctx context.Context) (*model.Session, error) {
	return r.Shop.CreateSession(ctx)
}

// DeleteSession resolves Mutation.deleteSession.
func (r *mutationResolver) DeleteSession(ctx context.Context) (bool, error) {
	return r.Shop.DeleteSession(ctx)
}

// RequestPasswordReset resolves Mutation.requestPasswordReset.
func (r *mutationResolver) RequestPasswordReset(ctx context.Context, actorType *string, provider string, identifier string, metadata model.JSON) (bool, error) {
	err := r.Shop.RequestPasswordReset(ctx, actor(actorType), provider, identifier, metadata)
	return err == nil, err
}

// UpdatePassword resolves Mutation.updatePassword.
func (r *mutationResolver) UpdatePassword(ctx context.Context, actorType *string, provider string, password *string) (bool, error) {
	err := r.Shop.UpdatePassword(ctx, actor(actorType), provider, password)
	return err == nil, err
}

// RequestVerification resolves Mutation.requestVerification.
func (r *mutationResolver) RequestVerification(ctx context.Context, input model.RequestVerificationInput) (*model.Verification, error) {
	return r.Shop.RequestVerification(ctx, input)
}

// ConfirmVerification resolves Mutation.confirmVerification.
func (r *mutationResolver) ConfirmVerification(ctx context.Context, code string, codeProvider *string) (*model.Verification, error) {
	return r.Shop.ConfirmVerification(ctx, code, codeProvider)
}

// CreateAuthFactor resolves Mutation.createAuthFactor.
func (r *mutationResolver) CreateAuthFactor(ctx context.Context, input model.CreateAuthFactorInput) (*model.AuthFactorEnrollment, error) {
	return r.Shop.CreateAuthFactor(ctx, input)
}

// VerifyAuthFactor resolves Mutation.verifyAuthFactor.
func (r *mutationResolver) VerifyAuthFactor(ctx context.Context, id string, code string) (*model.AuthFactor, error) {
	return r.Shop.VerifyAuthFactor(ctx, id, code)
}

// DisableAuthFactor resolves Mutation.disableAuthFactor.
func (r *mutationResolver) DisableAuthFactor(ctx context.Context, id string, method *string, code *string) (*model.AuthFactor, error) {
	return r.Shop.DisableAuthFactor(ctx, id, method, code)
}

// VerifyAuthChallenge resolves Mutation.verifyAuthChallenge.
func (r *mutationResolver) VerifyAuthChallenge(ctx context.Context, id string, method string, code string) (*model.Authentication, error) {
	return r.Shop.VerifyAuthChallenge(ctx, id, method, code)
}

// GenerateRecoveryCodes resolves Mutation.generateRecoveryCodes.
func (r *mutationResolver) GenerateRecoveryCodes(ctx context.Context, count *int) ([]string, error) {
	return r.Shop.GenerateRecoveryCodes(ctx, count)
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

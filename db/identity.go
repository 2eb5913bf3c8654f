package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/storegraph/storegraph/model"
)

const identityColumns = `a.id, a.app_metadata, p.id, p.provider, p.entity_id, p.user_metadata, coalesce(p.provider_metadata->>'password', ''),
coalesce((SELECT string_agg(DISTINCT f.provider, ' ' ORDER BY f.provider) FROM auth_mfa_factor f
	WHERE f.auth_identity_id = a.id AND f.status = 'enabled' AND f.deleted_at IS NULL), ''),
EXISTS (SELECT FROM auth_mfa_recovery_code r WHERE r.auth_identity_id = a.id AND r.deleted_at IS NULL)
FROM provider_identity p JOIN auth_identity a ON a.id = p.auth_identity_id AND a.deleted_at IS NULL WHERE p.deleted_at IS NULL`

func (d DB) identity(ctx context.Context, condition string, args ...any) (*model.Identity, error) {
	var out *model.Identity
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read("SELECT "+identityColumns+condition, args, func(c *cursor) {
			out = &model.Identity{
				ID: c.text(), AppMetadata: c.json(), ProviderIdentityID: c.text(), Provider: c.text(), EntityID: c.text(),
				UserMetadata: c.json(), PasswordHash: c.text(), FactorMethods: strings.Fields(c.text()), RecoveryCodes: c.bool(),
			}
		})
	})
	if err == nil && out == nil {
		err = model.NotFound.Errorf("identity not found")
	}
	return out, err
}

// Identity returns the identity that a provider knows under an entity id, such as an e-mail address.
func (d DB) Identity(ctx context.Context, provider, entity string) (*model.Identity, error) {
	return d.identity(ctx, ` AND p.provider = $1 AND p.entity_id = $2`, provider, entity)
}

// IdentityByID returns an identity as a provider knows it.
func (d DB) IdentityByID(ctx context.Context, id, provider string) (*model.Identity, error) {
	return d.identity(ctx, ` AND a.id = $1 AND p.provider = $2`, id, provider)
}

// CreateIdentity makes an identity that a provider knows under an entity id. It fails with Duplicate if there is one.
func (d DB) CreateIdentity(ctx context.Context, provider, entity, passwordHash string, now time.Time) (*model.Identity, error) {
	return InTx(ctx, d, func(tx DB) (*model.Identity, error) {
		i := &model.Identity{
			ID: model.NewID("authid", now), ProviderIdentityID: model.NewULID(now), Provider: provider, EntityID: entity, PasswordHash: passwordHash,
		}
		if err := tx.write(ctx, `INSERT INTO auth_identity (id, created_at, updated_at) VALUES (?, ?, ?)`, i.ID, now, now); err != nil {
			return nil, err
		}
		err := tx.write(ctx, `INSERT INTO provider_identity (id, entity_id, provider, auth_identity_id, provider_metadata, created_at, updated_at)
VALUES (?, ?, ?, ?, jsonb_build_object('password', ?::text), ?, ?)`, i.ProviderIdentityID, entity, provider, i.ID, passwordHash, now, now)
		return i, err
	})
}

// SetPassword replaces the password hash of a provider's identity and keeps whatever else the provider knows.
func (d DB) SetPassword(ctx context.Context, providerIdentity, hash string, now time.Time) error {
	return d.write(ctx, `UPDATE provider_identity SET updated_at = ?,
provider_metadata = coalesce(provider_metadata, '{}') || jsonb_build_object('password', ?::text) WHERE id = ?`, now, hash, providerIdentity)
}

// BindCustomer makes a customer the actor of an identity. It fails if the identity has one.
func (d DB) BindCustomer(ctx context.Context, identity, customer string, now time.Time) error {
	n, err := d.Exec(ctx, `UPDATE auth_identity SET updated_at = ?,
app_metadata = coalesce(app_metadata, '{}') || jsonb_build_object('customer_id', ?::text)
WHERE id = ? AND deleted_at IS NULL AND coalesce(app_metadata->>'customer_id', '') = ''`, now, customer, identity)
	if err != nil || n == 1 {
		return err
	}
	return model.Invalid.Because(model.UserErrorCodeAlreadyRegistered).Errorf("The identity does not exist or has a customer already")
}

// CreateResetToken lets the bearer of the token with this jti choose a new password until it expires. Earlier tokens of the
// identity end.
func (d DB) CreateResetToken(ctx context.Context, i *model.Identity, jti string, now, expires time.Time) error {
	err := d.write(ctx, `DELETE FROM auth_password_reset_token WHERE provider_identity_id = ?`, i.ProviderIdentityID)
	if err != nil {
		return err
	}
	return d.write(ctx, `INSERT INTO auth_password_reset_token
(id, auth_identity_id, provider_identity_id, entity_id, token_hash, expires_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		model.NewID("authprt", now), i.ID, i.ProviderIdentityID, i.EntityID, Fingerprint(jti), expires, now, now)
}

// Rehearse writes in a transaction as much as CreateResetToken and Emit do, and commits nothing that is seen: how long a reset takes
// must not tell who has an account.
func (d DB) Rehearse(ctx context.Context, now time.Time) error {
	if err := d.write(ctx, `DELETE FROM auth_password_reset_token WHERE provider_identity_id = ?`, ""); err != nil {
		return err
	}
	id := model.NewID("evt", now)
	if err := d.write(ctx, `INSERT INTO storegraph.outbox (id, name, payload, created_at, finished_at) VALUES (?, 'rehearsal', '{}', ?, ?)`, id, now, now); err != nil {
		return err
	}
	return d.write(ctx, `DELETE FROM storegraph.outbox WHERE id = ?`, id)
}

// ConsumeResetToken ends the token with this jti and reports whether it was valid for the provider's identity until now.
// Of several at once, one succeeds.
func (d DB) ConsumeResetToken(ctx context.Context, jti, provider, entity string, now time.Time) (bool, error) {
	n, err := d.Exec(ctx, `DELETE FROM auth_password_reset_token t USING provider_identity p
WHERE p.id = t.provider_identity_id AND p.provider = ? AND p.entity_id = ? AND p.deleted_at IS NULL
AND t.token_hash = ? AND t.deleted_at IS NULL AND t.expires_at > ?`, provider, entity, Fingerprint(jti), now)
	return n > 0, err
}

// Fingerprint is what the tables know of a secret: its SHA-256, in hex.
func Fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

const verificationColumns = `id, auth_identity_id, entity_id, entity_type, code_provider, verified_at, requested_at, provider_metadata, metadata,
created_at, updated_at FROM auth_verification WHERE deleted_at IS NULL`

func (d DB) verification(ctx context.Context, condition string, args ...any) (*model.Verification, error) {
	var out *model.Verification
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read("SELECT "+verificationColumns+condition, args, func(c *cursor) {
			out = &model.Verification{
				ID: c.text(), AuthIdentityID: c.text(), EntityID: c.text(), EntityType: c.text(), CodeProvider: c.text(),
				VerifiedAt: c.maybeTime(), RequestedAt: c.stamp(), ProviderMetadata: c.json(), Metadata: c.json(),
				CreatedAt: c.stamp(), UpdatedAt: c.stamp(),
			}
		})
	})
	if err == nil && out == nil {
		err = model.NotFound.Errorf("verification not found")
	}
	return out, err
}

// maybeTime reads a time that may be NULL.
func (c *cursor) maybeTime() *model.Time {
	v := c.column()
	if v == nil {
		return nil
	}
	t := c.instant(v)
	return &t
}

// VerificationOf returns how far the verification of what belongs to an identity is.
func (d DB) VerificationOf(ctx context.Context, identity, entity, entityType string) (*model.Verification, error) {
	return d.verification(ctx, ` AND auth_identity_id = $1 AND entity_id = $2 AND entity_type = $3`, identity, entity, entityType)
}

// VerificationByCode returns the verification that a code is for.
func (d DB) VerificationByCode(ctx context.Context, code string) (*model.Verification, error) {
	return d.verification(ctx, ` AND provider_metadata->>'token_hash' = $1 ORDER BY id LIMIT 1`, Fingerprint(code))
}

// RequestVerification begins a verification, or begins it anew, with a code. One that is done stays as it is, and then it
// reports false.
func (d DB) RequestVerification(ctx context.Context, v *model.Verification, code string, now time.Time) (bool, error) {
	n, err := d.Exec(ctx, `INSERT INTO auth_verification
(id, auth_identity_id, entity_id, entity_type, code_provider, requested_at, provider_metadata, metadata, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, jsonb_build_object('token_hash', ?::text), ?::jsonb, ?, ?)
ON CONFLICT (auth_identity_id, entity_id, entity_type) WHERE deleted_at IS NULL DO UPDATE
SET code_provider = excluded.code_provider, provider_metadata = excluded.provider_metadata, requested_at = excluded.requested_at,
updated_at = excluded.updated_at WHERE auth_verification.verified_at IS NULL`,
		model.NewID("authver", now), v.AuthIdentityID, v.EntityID, v.EntityType, v.CodeProvider, now, Fingerprint(code), string(v.Metadata), now, now)
	return n > 0, err
}

// ConfirmVerification marks a verification as done. It fails with NotAllowed if it was.
func (d DB) ConfirmVerification(ctx context.Context, id string, now time.Time) error {
	n, err := d.Exec(ctx, `UPDATE auth_verification SET verified_at = ?, updated_at = ?
WHERE id = ? AND verified_at IS NULL AND deleted_at IS NULL`, now, now, id)
	if err != nil || n == 1 {
		return err
	}
	return model.NotAllowed.Because(model.UserErrorCodeCodeInvalid, "code").Errorf("Verification code is invalid or already used")
}

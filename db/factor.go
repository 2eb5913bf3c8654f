package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/storegraph/storegraph/model"
)

const factorColumns = `id, auth_identity_id, provider, status, metadata, created_at, updated_at, coalesce(provider_metadata->>'secret', '')
FROM auth_mfa_factor WHERE deleted_at IS NULL`

func (d DB) factors(ctx context.Context, condition string, args ...any) ([]*model.AuthFactor, error) {
	var out []*model.AuthFactor
	err := d.run(ctx, func(b *batch) {
		out = []*model.AuthFactor{}
		b.read(`SELECT `+factorColumns+condition, args, func(c *cursor) {
			f := &model.AuthFactor{
				ID: c.text(), AuthIdentityID: c.text(), Provider: c.text(), Status: model.AuthFactorStatus(c.text()), Metadata: c.json(),
				CreatedAt: c.stamp(), UpdatedAt: c.stamp(), Sealed: c.text(),
			}
			f.AuthIdentity = &model.AuthIdentity{ID: f.AuthIdentityID}
			out = append(out, f)
		})
	})
	return out, err
}

// AuthFactors lists the second factors of an identity.
func (d DB) AuthFactors(ctx context.Context, identity string) ([]*model.AuthFactor, error) {
	return d.factors(ctx, ` AND auth_identity_id = $1 ORDER BY id`, identity)
}

// AuthFactor returns a second factor of an identity.
func (d DB) AuthFactor(ctx context.Context, identity, id string) (*model.AuthFactor, error) {
	found, err := d.factors(ctx, ` AND auth_identity_id = $1 AND id = $2`, identity, id)
	if err == nil && len(found) == 0 {
		err = model.NotFound.Because(model.UserErrorCodeNotFound, "factorId").Errorf("MFA factor with id %q was not found", id)
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// CreateAuthFactor makes a factor that is pending. It fails with Duplicate if the identity has another of the provider that
// is pending or enabled.
func (d DB) CreateAuthFactor(ctx context.Context, f *model.AuthFactor, issuer string) error {
	return d.write(ctx, `INSERT INTO auth_mfa_factor
(id, auth_identity_id, provider, status, provider_metadata, metadata, created_at, updated_at)
VALUES (?, ?, ?, ?, jsonb_build_object('secret', ?::text, 'issuer', ?::text), ?::jsonb, ?, ?)`,
		f.ID, f.AuthIdentityID, f.Provider, f.Status, f.Sealed, issuer, string(f.Metadata), f.CreatedAt.Time, f.UpdatedAt.Time)
}

// SetAuthFactorStatus changes the status of a factor from one to another, and reports whether it had the first.
func (d DB) SetAuthFactorStatus(ctx context.Context, id string, from, to model.AuthFactorStatus, now time.Time) (bool, error) {
	n, err := d.Exec(ctx, `UPDATE auth_mfa_factor SET status = ?, updated_at = ? WHERE id = ? AND status = ? AND deleted_at IS NULL`, to, now, id, from)
	return n > 0, err
}

// UseTOTPStep notes that a factor has taken the one-time password of a time step, and reports whether it may: not if it
// has taken that one or a later one before. Of several at once, one may.
func (d DB) UseTOTPStep(ctx context.Context, factor string, step int64) (bool, error) {
	n, err := d.Exec(ctx, `INSERT INTO storegraph.totp_step AS s (factor_id, step) VALUES (?, ?)
ON CONFLICT (factor_id) DO UPDATE SET step = excluded.step WHERE s.step < excluded.step`, factor, step)
	return n > 0, err
}

// ReplaceRecoveryCodes gives an identity recovery codes with these hashes, in place of those that it had.
func (d DB) ReplaceRecoveryCodes(ctx context.Context, identity string, hashes []string, now time.Time) error {
	if err := d.write(ctx, `DELETE FROM auth_mfa_recovery_code WHERE auth_identity_id = ?`, identity); err != nil {
		return err
	}
	for _, hash := range hashes {
		err := d.write(ctx, `INSERT INTO auth_mfa_recovery_code (id, auth_identity_id, code_hash, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
			model.NewID("authmfarec", now), identity, hash, now, now)
		if err != nil {
			return err
		}
	}
	return nil
}

// RecoveryCodes returns the hashes of an identity's recovery codes by their ids.
func (d DB) RecoveryCodes(ctx context.Context, identity string) (map[string]string, error) {
	var out map[string]string
	err := d.run(ctx, func(b *batch) {
		out = map[string]string{}
		b.read(`SELECT id, code_hash FROM auth_mfa_recovery_code WHERE auth_identity_id = $1 AND deleted_at IS NULL`, []any{identity}, func(c *cursor) {
			id := c.text()
			out[id] = c.text()
		})
	})
	return out, err
}

// UseRecoveryCode ends a recovery code and reports whether it was still good. Of several at once, one may use it.
func (d DB) UseRecoveryCode(ctx context.Context, id string) (bool, error) {
	n, err := d.Exec(ctx, `DELETE FROM auth_mfa_recovery_code WHERE id = ?`, id)
	return n > 0, err
}

// CreateAuthChallenge stores a challenge, and deletes expired ones.
func (d DB) CreateAuthChallenge(ctx context.Context, c *model.AuthChallenge, now time.Time) error {
	if err := d.expire(ctx, "storegraph.auth_challenge", "id", "expires_at", now); err != nil {
		return err
	}
	return d.write(ctx, `INSERT INTO storegraph.auth_challenge (id, auth_identity_id, auth_provider, methods, expires_at, max_attempts)
VALUES (?, ?, ?, ?::text[], ?, ?)`, c.ID, c.AuthIdentityID, c.AuthProvider, pgdialect.Array(c.Methods), c.ExpiresAt.Time, c.MaxAttempts)
}

// AuthChallenge returns a challenge of an identity that is not over.
func (d DB) AuthChallenge(ctx context.Context, identity, id string, now time.Time) (*model.AuthChallenge, error) {
	var out *model.AuthChallenge
	var methods model.JSON
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT id, auth_identity_id, auth_provider, to_json(methods)::text, expires_at, attempts, max_attempts, completed_at
FROM storegraph.auth_challenge WHERE id = $1 AND auth_identity_id = $2 AND expires_at > $3`, []any{id, identity, now}, func(c *cursor) {
			out = &model.AuthChallenge{ID: c.text(), AuthIdentityID: c.text(), AuthProvider: c.text()}
			methods = model.JSON(c.text())
			out.ExpiresAt, out.Attempts, out.MaxAttempts, out.CompletedAt = c.stamp(), c.int(), c.int(), c.maybeTime()
		})
	})
	if err == nil && out == nil {
		err = model.NotFound.Because(model.UserErrorCodeNotFound, "challengeId").Errorf("MFA challenge with id %q was not found", id)
	}
	if err != nil {
		return nil, err
	}
	return out, json.Unmarshal(methods, &out.Methods)
}

// TryAuthChallenge counts an attempt at a challenge, and reports whether it may be made. However many come at once, no more
// than the challenge's most may.
func (d DB) TryAuthChallenge(ctx context.Context, id string) (bool, error) {
	n, err := d.Exec(ctx, `UPDATE storegraph.auth_challenge SET attempts = attempts + 1
WHERE id = ? AND completed_at IS NULL AND attempts < max_attempts`, id)
	return n > 0, err
}

// CompleteAuthChallenge marks a challenge as met, and reports whether it was not before.
func (d DB) CompleteAuthChallenge(ctx context.Context, id string, now time.Time) (bool, error) {
	n, err := d.Exec(ctx, `UPDATE storegraph.auth_challenge SET completed_at = ? WHERE id = ? AND completed_at IS NULL`, now, id)
	return n > 0, err
}

// LockIdentity keeps others from changing what belongs to an identity until the transaction ends. It fails with
// ErrUnauthenticated if the identity has been deleted.
func (d DB) LockIdentity(ctx context.Context, id string) error {
	found, err := d.Texts(ctx, `SELECT id FROM auth_identity WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`, id)
	if err == nil && len(found) == 0 {
		err = model.ErrUnauthenticated
	}
	return err
}

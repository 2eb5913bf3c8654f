package db

import (
	"context"
	"time"

	"github.com/storegraph/storegraph/model"
)

// A PendingLogIn is a log-in whose shopper is on a provider's page.
type PendingLogIn struct {
	State       string // the table knows only its hash
	Provider    string
	ActorType   string
	CallbackURL string
	Verifier    string
	Nonce       string
	Browser     string // the mark of the browser in which it must end; empty for any
}

// StartLogIn stores a log-in until its callback comes or it expires, and deletes expired ones.
func (d DB) StartLogIn(ctx context.Context, l *PendingLogIn, now, ends time.Time) error {
	if err := d.expire(ctx, "storegraph.oauth_state", "state_hash", "expires_at", now); err != nil {
		return err
	}
	return d.write(ctx, `INSERT INTO storegraph.oauth_state
(state_hash, provider, actor_type, callback_url, verifier, nonce, browser_hash, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		Fingerprint(l.State), l.Provider, l.ActorType, l.CallbackURL, l.Verifier, l.Nonce, l.Browser, ends)
}

// FinishLogIn returns the pending log-in with this state and deletes it, so that a state is used once. It fails with NotFound if
// there is none or it has expired.
func (d DB) FinishLogIn(ctx context.Context, state string, now time.Time) (*PendingLogIn, error) {
	var out *PendingLogIn
	err := d.once(ctx, func(b *batch) {
		out = nil
		b.read(`DELETE FROM storegraph.oauth_state WHERE state_hash = $1 AND expires_at > $2
RETURNING provider, actor_type, callback_url, verifier, nonce, browser_hash`, []any{Fingerprint(state), now}, func(c *cursor) {
			out = &PendingLogIn{
				State: state, Provider: c.text(), ActorType: c.text(), CallbackURL: c.text(), Verifier: c.text(), Nonce: c.text(), Browser: c.text(),
			}
		})
	})
	if err == nil && out == nil {
		err = model.NotFound.Errorf("no log-in has this state")
	}
	return out, err
}

// CreateProvidedIdentity makes an identity that a provider knows under an entity id, with what it tells. It fails with
// Duplicate if there is one.
func (d DB) CreateProvidedIdentity(ctx context.Context, provider, entity string, user, kept model.JSON, now time.Time) error {
	_, err := InTx(ctx, d, func(tx DB) (struct{}, error) {
		id := model.NewID("authid", now)
		if err := tx.write(ctx, `INSERT INTO auth_identity (id, created_at, updated_at) VALUES (?, ?, ?)`, id, now, now); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, tx.write(ctx, `INSERT INTO provider_identity
(id, entity_id, provider, auth_identity_id, user_metadata, provider_metadata, created_at, updated_at)
VALUES (?, ?, ?, ?, ?::jsonb, ?::jsonb, ?, ?)`, model.NewULID(now), entity, provider, id, jsonText(user), jsonText(kept), now, now)
	})
	return err
}

// UpdateProvidedIdentity replaces what a provider tells of an identity.
func (d DB) UpdateProvidedIdentity(ctx context.Context, providerIdentity string, user, kept model.JSON, now time.Time) error {
	return d.write(ctx, `UPDATE provider_identity SET user_metadata = ?::jsonb, provider_metadata = ?::jsonb, updated_at = ? WHERE id = ?`,
		jsonText(user), jsonText(kept), now, providerIdentity)
}

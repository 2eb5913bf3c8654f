package db

import (
	"context"
	"time"
)

// Session returns the claims stored under the hash of a session's id; nil if there is none or it has expired.
func (d DB) Session(ctx context.Context, hash string, now time.Time) ([]byte, error) {
	var claims []byte
	err := d.run(ctx, func(b *batch) {
		claims = nil
		b.read(`SELECT claims FROM storegraph.session WHERE id_hash = $1 AND expires_at > $2`, []any{hash, now},
			func(c *cursor) { claims = c.json() })
	})
	return claims, err
}

// BeginSession stores claims under the hash of a session's id until the session expires, and deletes the session that it
// replaces and some expired ones.
func (d DB) BeginSession(ctx context.Context, hash, replaces string, claims []byte, now, ends time.Time) error {
	if err := d.expire(ctx, "storegraph.session", "id_hash", "expires_at", now); err != nil {
		return err
	}
	_, err := InTx(ctx, d, func(tx DB) (struct{}, error) {
		if err := tx.write(ctx, `DELETE FROM storegraph.session WHERE id_hash = ?`, replaces); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, tx.write(ctx, `INSERT INTO storegraph.session (id_hash, claims, created_at, expires_at) VALUES (?, ?::jsonb, ?, ?)`,
			hash, string(claims), now, ends)
	})
	return err
}

// EndSession deletes a session.
func (d DB) EndSession(ctx context.Context, hash string) error {
	return d.write(ctx, `DELETE FROM storegraph.session WHERE id_hash = ?`, hash)
}

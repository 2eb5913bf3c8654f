package db

import "context"

// HasUsers reports whether somebody can log in to Medusa's Admin.
func (d DB) HasUsers(ctx context.Context) (bool, error) {
	found, err := d.Texts(ctx, `SELECT id FROM "user" WHERE deleted_at IS NULL LIMIT 1`)
	return len(found) > 0, err
}

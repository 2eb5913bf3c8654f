package db

import (
	"context"
	"encoding/json"
	"time"

	"storegraph/model"
)

// Emit notes that something has happened, in the words of the reference's events. What is noted in a transaction is
// delivered only if that commits.
func (d DB) Emit(ctx context.Context, name string, payload any, now time.Time) error {
	data, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	return d.write(ctx, `INSERT INTO storegraph.outbox (id, name, payload, created_at) VALUES (?, ?, ?::jsonb, ?)`,
		model.NewID("evt", now), name, string(data), now)
}

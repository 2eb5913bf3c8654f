package outbox

import "context"

// Drain delivers what is due now, and returns how many attempts that took.
func (d *Dispatcher) Drain(ctx context.Context) (int, error) { return d.worker.Drain(ctx) }

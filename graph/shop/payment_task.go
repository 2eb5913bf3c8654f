package shop

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"storegraph/db"
	"storegraph/graph/shop/payment"
)

// wakePayments has the worker look for something to do at once.
func (s *Shop) wakePayments() {
	select {
	case s.paymentWake <- struct{}{}:
	default:
	}
}

// paymentPause is how long the worker waits before it looks again for what other servers left, or what has become due.
const paymentPause = 5 * time.Second

// doPaymentTasks does what is due at payment providers now.
func (s *Shop) doPaymentTasks(ctx context.Context) error {
	for {
		now := s.Now()
		tasks, err := s.DB.ClaimPaymentTasks(ctx, s.payers(), now, now.Add(2*providerTimeout))
		if err != nil {
			return err
		}
		for _, t := range tasks {
			if err := s.doPaymentTask(ctx, t); err != nil {
				return err
			}
		}
		if len(tasks) == 0 {
			return nil
		}
	}
}

// payers are the ids of the payment providers.
func (s *Shop) payers() []string { return slices.Sorted(maps.Keys(s.Payers)) }

// doPaymentTask voids a session at its provider. It fails only if the database does.
func (s *Shop) doPaymentTask(ctx context.Context, t *db.PaymentTask) error {
	if t.Release {
		// Since this task was claimed no payment can be recorded any more; one that is there was recorded before.
		paid, err := s.DB.SessionPaid(ctx, t.SessionID)
		if err != nil {
			return err
		}
		if paid {
			return s.DB.FinishPaymentTask(ctx, t, false, nil, s.Now())
		}
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	data, err := s.Payers[t.Provider].Void(asking, payment.Session{ID: t.SessionID, Amount: t.Amount, CurrencyCode: t.Currency, Data: t.Data})
	if err != nil {
		s.Log.WarnContext(ctx, "a payment could not be voided yet", slog.String("session", t.SessionID), slog.Int("attempt", t.Attempts), slog.Any("error", err))
		return s.DB.DelayPaymentTask(ctx, t.ID, err.Error(), s.Now().Add(backOff(t.Attempts)))
	}
	return s.DB.FinishPaymentTask(ctx, t, true, data, s.Now())
}

// backOff is how long to wait after so many attempts: 10 seconds at first, an hour in the end.
func backOff(attempts int) time.Duration {
	return min(10*time.Second<<min(attempts-1, 12), time.Hour)
}

package shop

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/graph/shop/work"
	"github.com/storegraph/storegraph/model"
)

// paymentTasks is the queue of the sessions that are to be voided, or partly refunded, at their providers.
type paymentTasks struct{ shop *Shop }

// Claim leases tasks that are due.
func (q paymentTasks) Claim(ctx context.Context, free map[string]int, now, until time.Time) ([]work.Task, error) {
	claimed, err := q.shop.DB.ClaimPaymentTasks(ctx, free, now, until)
	if err != nil {
		return nil, err
	}
	tasks := make([]work.Task, len(claimed))
	for i, t := range claimed {
		tasks[i] = &paymentTask{PaymentTask: t, shop: q.shop}
	}
	return tasks, nil
}

// A paymentTask voids a session at its provider, or refunds what it took too much.
type paymentTask struct {
	*db.PaymentTask
	shop   *Shop
	voided bool
	data   model.JSON // of the voided session
}

func (t *paymentTask) String() string {
	if t.Refund != nil {
		return "refund " + t.SessionID
	}
	return "void " + t.SessionID
}

func (t *paymentTask) Destination() string { return t.Provider }
func (t *paymentTask) Attempt() int        { return t.Attempts }
func (t *paymentTask) Since() time.Time    { return t.CreatedAt }

// Cause is the request that left the task.
func (t *paymentTask) Cause() trace.SpanContext { return t.PaymentTask.Cause }

func (t *paymentTask) Do(ctx context.Context) error {
	if t.Hold {
		// Since this task was claimed no payment can be recorded any more; one that is there was recorded before.
		paid, err := t.shop.DB.SessionPaid(ctx, t.SessionID)
		if err != nil || paid {
			return err
		}
	}
	asking, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	session := payment.Session{ID: t.SessionID, Amount: t.Amount, CurrencyCode: t.Currency, Data: t.Data}
	p := t.shop.Payers.For(t.Provider)
	if t.Refund != nil {
		return p.Refund(asking, session, *t.Refund, t.SessionID+"_excess")
	}
	var err error
	t.data, err = p.Void(asking, session)
	t.voided = err == nil
	return err
}

func (t *paymentTask) Finish(ctx context.Context, now time.Time) (bool, error) {
	return t.shop.DB.FinishPaymentTask(ctx, t.PaymentTask, t.voided, t.data, now)
}

func (t *paymentTask) Retry(ctx context.Context, reason string, due time.Time) (bool, error) {
	return t.shop.DB.PostponePaymentTask(ctx, t.PaymentTask, reason, due)
}

// Bury is like Retry in an hour: what a shopper has paid is never given up. The worker has no limit of attempts, so that it does not
// call this.
func (t *paymentTask) Bury(ctx context.Context, reason string, now time.Time) (bool, error) {
	return t.Retry(ctx, reason, now.Add(time.Hour))
}

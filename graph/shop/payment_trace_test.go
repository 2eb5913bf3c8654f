package shop

import (
	"context"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/payment"
	"github.com/storegraph/storegraph/model"
)

// Each attempt at a payment provider is a trace of its own, linked to the request that left it to be done.
func TestTracesOfPayments(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		work  string
		cause func(x *till, ctx context.Context, cart string, session *model.PaymentSession) error
	}{
		"a changed cart": {"payment tasks", func(x *till, ctx context.Context, cart string, _ *model.PaymentSession) error {
			_, err := x.AddLineItems(ctx, model.AddLineItemsInput{CartID: cart, Items: []*model.LineItemInput{{VariantID: x.handles["var_note_a6"], Quantity: 2}}}, nil)
			return err
		}},
		"a hold": {"payment tasks", func(x *till, ctx context.Context, _ string, session *model.PaymentSession) error {
			return x.DB.HoldPayment(ctx, session, x.now(), x.now())
		}},
		"a stray session": {"payment tasks", func(x *till, ctx context.Context, _ string, session *model.PaymentSession) error {
			return x.DB.VoidSession(ctx, session, x.now())
		}},
		"too much taken": {"payment tasks", func(x *till, ctx context.Context, _ string, session *model.PaymentSession) error {
			return x.inTx(ctx, func(tx db.DB) error {
				w := tx.Writes(x.now())
				if err := w.RefundExcess(session, session.Data, model.NewAmount(1)); err != nil {
					return err
				}
				return w.Send(ctx)
			})
		}},
		"an event": {"payment events", func(x *till, ctx context.Context, _ string, session *model.PaymentSession) error {
			x.ctx = ctx
			x.tell("evt_1", payment.Authorized, session.ID, "")
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, spans := newTill(t), tracetest.NewSpanRecorder()
			tracer := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("test")
			x.Tracer = tracer
			x.payments = newPaymentWork(x.Shop)
			cart, collection := x.cart()
			session, err := x.DB.PaymentSession(x.ctx, x.choose(collection))
			x.must(err)
			ctx, request := tracer.Start(x.ctx, "request")
			x.must(tc.cause(x, ctx, cart, session))
			request.End()
			x.must(x.doPayments(t.Context()))
			linked := 0
			for _, s := range spans.Ended() {
				if s.Name() == tc.work && !s.Parent().IsValid() && len(s.Links()) == 1 && s.Links()[0].SpanContext.SpanID() == request.SpanContext().SpanID() {
					linked++
				}
			}
			if linked != 1 {
				t.Errorf("%d attempts are linked to the request, want 1: %v", linked, spans.Ended())
			}
		})
	}
}

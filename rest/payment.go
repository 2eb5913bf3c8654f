package rest

import (
	"io"
	"net/http"
	"strings"

	"github.com/storegraph/storegraph/model"
)

var (
	paymentDefaults = strings.Fields(`id currency_code amount *payment_sessions`)
	paymentExtra    = strings.Fields(`status payment_providers payment_providers.id payment_sessions.id payment_sessions.amount
payment_sessions.currency_code payment_sessions.provider_id payment_sessions.data payment_sessions.status`)
)

// paymentRoutes are the endpoints of payment collections.
var paymentRoutes = []route{
	{
		method: "POST", path: "/store/payment-collections", field: "createPaymentCollection", envelope: "payment_collection",
		body: fields{text("cart_id").Required()}, defaults: paymentDefaults, extra: paymentExtra,
	},
	{
		method: "POST", path: "/store/payment-collections/{id}/payment-sessions", field: "createPaymentSession", envelope: "payment_collection",
		body: fields{text("provider_id").Required(), record("data")}, defaults: paymentDefaults, extra: paymentExtra,
	},
}

// paymentHook receives the webhooks of payment providers. It is not an operation of GraphQL, because a provider signs the
// bytes that it sends and has no publishable key.
func (h *Handler) paymentHook(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	provider := ""
	pathParams(ctx, func(_, value string) { provider = value })
	text, err := io.ReadAll(r.Body)
	if err != nil {
		h.fail(ctx, w, model.Invalid.Errorf("request aborted"))
		return
	}
	if err := h.graph.ReceivePaymentEvent(ctx, provider, r.Header, text); err != nil {
		h.fail(ctx, w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "OK")
}

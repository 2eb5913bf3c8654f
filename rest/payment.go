package rest

import "strings"

var (
	paymentDefaults = strings.Fields(`id currency_code amount *payment_sessions`)
	paymentExtra    = strings.Fields(`status payment_providers payment_providers.id payment_sessions.id payment_sessions.amount
payment_sessions.currency_code payment_sessions.provider_id payment_sessions.data payment_sessions.status`)
)

// paymentRoutes are how carts are paid for.
var paymentRoutes = []route{
	{
		method: "POST", path: "/store/payment-collections", field: "createPaymentCollection", envelope: "payment_collection",
		body: body("cart_id!"), defaults: paymentDefaults, extra: paymentExtra,
	},
	{
		method: "POST", path: "/store/payment-collections/{id}/payment-sessions", field: "createPaymentSession", envelope: "payment_collection",
		body: body("provider_id! data{}"), defaults: paymentDefaults, extra: paymentExtra,
	},
}

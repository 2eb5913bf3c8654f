package main

import (
	"time"

	"storegraph/graph/shop/payment"
)

// stripeConfig has the settings of payment by Stripe.
type stripeConfig struct {
	apiKey, webhookSecret, provider string
	automatic                       bool // payments are captured when they are authorised
}

// payers returns the configured payment providers besides pp_system_default, by their ids.
func (c Config) payers() map[string]payment.Provider {
	if c.Stripe.apiKey == "" {
		return nil
	}
	return map[string]payment.Provider{c.Stripe.provider: payment.NewStripe(payment.StripeOptions{
		APIKey: c.Stripe.apiKey, WebhookSecret: c.Stripe.webhookSecret, AutoCapture: c.Stripe.automatic, Now: time.Now,
	})}
}

package main

import (
	"time"

	"storegraph/graph/shop/payment"
)

// stripeConfig is how the shop uses its Stripe account.
type stripeConfig struct {
	apiKey, webhookSecret, provider string
	automatic                       bool // takes the money at once
}

// payers are the payment providers that are configured, by their ids.
func (c Config) payers() map[string]payment.Provider {
	if c.Stripe.apiKey == "" {
		return nil
	}
	return map[string]payment.Provider{c.Stripe.provider: payment.NewStripe(payment.StripeOptions{
		APIKey: c.Stripe.apiKey, WebhookSecret: c.Stripe.webhookSecret, AutoCapture: c.Stripe.automatic, Now: time.Now,
	})}
}

package main

import (
	"time"

	"github.com/storegraph/storegraph/graph/shop/payment"
)

// stripeConfig has the settings of payment by Stripe.
type stripeConfig struct {
	APIKey        string `var:"STRIPE_API_KEY" name:"stripe-api-key" secret:"" help:"The secret key of a Stripe account. Empty: no payment by Stripe."`
	WebhookSecret string `var:"STRIPE_WEBHOOK_SECRET" name:"stripe-webhook-secret" secret:"" help:"Verifies Stripe's webhooks at /hooks/payment/stripe_stripe. Empty: all are refused."`
	Capture       string `var:"STRIPE_CAPTURE" name:"stripe-capture" enum:"manual,automatic" default:"manual" help:"automatic: Stripe captures a payment when it is authorised; manual: the merchant captures it."`
	Provider      string `var:"STRIPE_PROVIDER" name:"stripe-provider" default:"pp_stripe_stripe" help:"The id of the payment provider for Stripe, as in Medusa's configuration."`
}

// payers returns the configured payment providers besides pp_system_default, by their ids.
func (c Config) payers() map[string]payment.Provider {
	if c.Stripe.APIKey == "" {
		return nil
	}
	return map[string]payment.Provider{c.Stripe.Provider: payment.NewStripe(payment.StripeOptions{
		APIKey: c.Stripe.APIKey, WebhookSecret: c.Stripe.WebhookSecret, AutoCapture: c.Stripe.Capture == "automatic", Now: time.Now,
	})}
}

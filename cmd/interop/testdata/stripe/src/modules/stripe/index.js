// The reference's provider for Stripe as it is, but that it asks STRIPE_URL.
const { createRequire } = require("node:module")
const { ModuleProvider, Modules } = require("@medusajs/framework/utils")
const { StripeProviderService } = require("@medusajs/payment-stripe/dist/services")
const API = createRequire(require.resolve("@medusajs/payment-stripe"))("stripe")

class Stripe extends StripeProviderService {
  constructor(container, options) {
    super(container, options)
    const { hostname, port } = new URL(process.env.STRIPE_URL)
    this.stripe_ = new API(options.apiKey, { host: hostname, port, protocol: "http", telemetry: false })
  }
}
module.exports = ModuleProvider(Modules.PAYMENT, { services: [Stripe] })

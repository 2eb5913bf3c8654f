// The reference with its own provider for Stripe, whose account is at STRIPE_URL.
const { defineConfig } = require("@medusajs/framework/utils")

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    http: { storeCors: "*", adminCors: "*", authCors: "*", jwtSecret: "supersecret", cookieSecret: "supersecret" },
  },
  admin: { disable: true },
  modules: [
    { resolve: "@medusajs/medusa/locking", options: { providers: [{ id: "postgres", resolve: "@medusajs/medusa/locking-postgres", is_default: true }] } },
    {
      resolve: "@medusajs/medusa/payment",
      options: { providers: [{ id: "stripe", resolve: "./src/modules/stripe", options: { apiKey: "sk_test_1", webhookSecret: process.env.STRIPE_WEBHOOK_SECRET } }] },
    },
  ],
})

// How the reference runs beside our server when the two share locks, or when it has providers of its own: LOCKING names the provider of locks,
// REDIS_LOCKS is the Redis server, and with FAR_STATE there are the providers in src/modules.
const { defineConfig } = require("@medusajs/framework/utils")

const providers = {
  postgres: { id: "postgres", resolve: "@medusajs/medusa/locking-postgres", is_default: true },
  redis: { id: "redis", resolve: "@medusajs/medusa/locking-redis", is_default: true, options: { redisUrl: process.env.REDIS_LOCKS } },
}
const modules = []
if (process.env.LOCKING) modules.push({ resolve: "@medusajs/medusa/locking", options: { providers: [providers[process.env.LOCKING]] } })
if (process.env.FAR_STATE) {
  const far = (kind, options) => ({ id: "far", resolve: `./src/modules/far-${kind}`, ...options })
  const own = (id) => ({ id, resolve: `@medusajs/medusa/${id === "manual" ? "fulfillment-manual" : "auth-emailpass"}` })
  modules.push(
    { resolve: "@medusajs/medusa/payment", options: { providers: [far("payment")] } },
    { resolve: "@medusajs/medusa/fulfillment", options: { providers: [own("manual"), far("carrier")] } },
    { resolve: "@medusajs/medusa/tax", options: { providers: [far("tax")] } },
    { resolve: "@medusajs/medusa/auth", options: { providers: [own("emailpass"), far("auth")] } },
  )
}

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    http: { storeCors: "*", adminCors: "*", authCors: "*", jwtSecret: "supersecret", cookieSecret: "supersecret" },
  },
  admin: { disable: true },
  modules,
})

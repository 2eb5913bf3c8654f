// How the reference runs beside our server when the two share locks: LOCKING names the provider, REDIS_LOCKS is the Redis server.
const { defineConfig } = require("@medusajs/framework/utils")

const providers = {
  postgres: { id: "postgres", resolve: "@medusajs/medusa/locking-postgres", is_default: true },
  redis: { id: "redis", resolve: "@medusajs/medusa/locking-redis", is_default: true, options: { redisUrl: process.env.REDIS_LOCKS } },
}
const modules = []
if (process.env.LOCKING) modules.push({ resolve: "@medusajs/medusa/locking", options: { providers: [providers[process.env.LOCKING]] } })

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    http: { storeCors: "*", adminCors: "*", authCors: "*", jwtSecret: "supersecret", cookieSecret: "supersecret" },
  },
  admin: { disable: true },
  modules,
})

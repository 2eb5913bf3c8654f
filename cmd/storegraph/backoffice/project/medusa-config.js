// A Medusa beside storegraph, on its private database. Its locks are shared, and browsers reach it at storegraph's address, without TLS.
const { defineConfig } = require("@medusajs/framework/utils")
const { DATABASE_URL, JWT_SECRET, COOKIE_SECRET, SHOP_URL, STORE_CORS } = process.env
module.exports = defineConfig({
  featureFlags: { translation: true },
  projectConfig: {
    databaseUrl: DATABASE_URL,
    http: { storeCors: STORE_CORS, adminCors: SHOP_URL, authCors: SHOP_URL, jwtSecret: JWT_SECRET, cookieSecret: COOKIE_SECRET },
    cookieOptions: { secure: false, sameSite: "lax" },
  },
  admin: { path: "/app", backendUrl: "/" },
  modules: [
    { resolve: "@medusajs/medusa/translation" },
    { resolve: "@medusajs/medusa/locking", options: { providers: [{ id: "postgres", resolve: "@medusajs/medusa/locking-postgres", is_default: true }] } },
  ],
})

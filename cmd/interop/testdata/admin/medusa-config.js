// The reference with the admin's pages, which browsers reach through our server and without TLS.
const { defineConfig } = require("@medusajs/framework/utils")
module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    http: { storeCors: "*", adminCors: "*", authCors: "*", jwtSecret: "supersecret", cookieSecret: "supersecret" },
    cookieOptions: { secure: false, sameSite: "lax" },
  },
  admin: { path: "/app", backendUrl: "/" },
})

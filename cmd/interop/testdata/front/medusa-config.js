// A Medusa with a module, a link, routes and allowed fields of a shop's own.
const { defineConfig } = require("@medusajs/framework/utils")
module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    http: { storeCors: "https://shop.example", adminCors: "https://admin.example", authCors: "https://admin.example", jwtSecret: "supersecret", cookieSecret: "supersecret" },
  },
  admin: { disable: true },
  modules: [{ resolve: "./src/modules/brand" }],
})

// Builds the admin's pages. "medusa build" does the same, but needs TypeScript.
const { createRequire } = require("node:module")
const { admin } = require("./medusa-config.js")
const { build } = createRequire(require.resolve("@medusajs/medusa/package.json"))("@medusajs/admin-bundler")
build({ ...admin, disable: false, sources: [], plugins: [], outDir: "public/admin" }).then(
  () => process.exit(0),
  (err) => {
    console.error(err)
    process.exit(1)
  },
)

// Builds the admin's pages into a directory. "medusa build" does the same, but needs TypeScript.
const { createRequire } = require("node:module")
const { build } = createRequire(require.resolve("@medusajs/medusa/package.json"))("@medusajs/admin-bundler")
build({ path: "/app", backendUrl: "/", disable: false, sources: [], plugins: [], outDir: process.argv[2] }).then(
  () => process.exit(0),
  (err) => {
    console.error(err)
    process.exit(1)
  },
)

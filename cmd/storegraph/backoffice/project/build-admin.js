// Builds the admin's pages. "medusa build" does the same, but needs TypeScript. They are moved to their place at the end, so that an
// interrupted build leaves none there.
const { rmSync, renameSync } = require("node:fs")
const { createRequire } = require("node:module")
const { admin } = require("./medusa-config.js")
const { build } = createRequire(require.resolve("@medusajs/medusa/package.json"))("@medusajs/admin-bundler")
const made = "public/admin.new"
rmSync(made, { recursive: true, force: true })
build({ ...admin, disable: false, sources: [], plugins: [], outDir: made }).then(
  () => {
    rmSync("public/admin", { recursive: true, force: true })
    renameSync(made, "public/admin")
    process.exit(0)
  },
  (err) => {
    console.error(err)
    process.exit(1)
  },
)

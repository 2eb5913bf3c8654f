const { authenticate, defineMiddlewares } = require("@medusajs/framework/http")
const allow = (req, _, next) => {
  req.allowed = ["brand", "brand.id", "brand.name"]
  next()
}
module.exports.default = defineMiddlewares({
  routes: [
    { matcher: "/store/products*", method: ["GET"], middlewares: [allow] },
    { matcher: "/store/brands", method: ["GET"], middlewares: [authenticate("customer", ["session", "bearer"], { allowUnauthenticated: true })] },
  ],
})

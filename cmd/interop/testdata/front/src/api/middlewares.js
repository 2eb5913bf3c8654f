const { authenticate, defineMiddlewares } = require("@medusajs/framework/http")
const allow = (req, _, next) => {
  req.allowed = ["brand", "brand.id", "brand.name"]
  next()
}
// A shop's own answer to a route of the store, which is a difference to be found.
const plant = (_, res, next) => {
  const json = res.json.bind(res)
  res.json = (body) => json({ ...body, planted: true })
  next()
}
module.exports.default = defineMiddlewares({
  routes: [
    { matcher: "/store/products*", method: ["GET"], middlewares: [allow] },
    { matcher: "/store/currencies", method: ["GET"], middlewares: [plant] },
    { matcher: "/store/brands", method: ["GET"], middlewares: [authenticate("customer", ["session", "bearer"], { allowUnauthenticated: true })] },
  ],
})

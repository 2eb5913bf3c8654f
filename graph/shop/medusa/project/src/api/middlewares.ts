import { authenticate, defineMiddlewares } from "@medusajs/framework/http"

export default defineMiddlewares({
  routes: [
    { matcher: "/hooks/storegraph", method: ["POST"], bodyParser: { preserveRawBody: true } }, // signatures are of the body as it came
    { matcher: "/store/payment-methods/:account_holder_id", method: ["GET"], middlewares: [authenticate("customer", ["session", "bearer"])] },
  ],
})

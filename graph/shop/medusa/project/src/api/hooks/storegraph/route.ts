// Emits storegraph's events on Medusa's event bus, each at least once.
import { createHmac, timingSafeEqual } from "node:crypto"
import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { Modules } from "@medusajs/framework/utils"

const secret = Buffer.from((process.env.EVENT_WEBHOOK_SECRET ?? "").replace(/^whsec_/, ""), "base64")
const oldest = 5 * 60 // seconds; what was signed before may be sent again by somebody else

function isSigned({ headers, rawBody }: MedusaRequest): boolean {
  const [id, time, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => String(headers[name] ?? ""))
  const age = Math.abs(Date.now() / 1000 - Number(time))
  if (secret.length < 24 || !id || !rawBody || !(age <= oldest)) return false
  const want = createHmac("sha256", secret).update(`${id}.${time}.`).update(rawBody).digest()
  return signatures.split(" ").some((signature) => {
    const got = Buffer.from(signature.replace(/^v1,/, ""), "base64")
    return signature.startsWith("v1,") && got.length === want.length && timingSafeEqual(got, want)
  })
}

// What is not answered with a 2xx is sent again, also if the event bus fails.
export async function POST(req: MedusaRequest, res: MedusaResponse): Promise<void> {
  if (!isSigned(req)) {
    res.status(401).json({ type: "unauthorized", message: "The signature is missing, wrong or too old" })
    return
  }
  const { type, data } = req.body as { type: string; data: unknown }
  await req.scope.resolve(Modules.EVENT_BUS).emit({ name: type, data })
  res.sendStatus(204)
}

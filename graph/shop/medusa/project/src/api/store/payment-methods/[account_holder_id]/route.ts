// What a customer has saved at a payment provider, by the account that they have there. Nobody sees another customer's.
import type { AuthenticatedMedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { ContainerRegistrationKeys, Modules } from "@medusajs/framework/utils"

export async function GET(req: AuthenticatedMedusaRequest, res: MedusaResponse): Promise<void> {
  const { data } = await req.scope.resolve(ContainerRegistrationKeys.QUERY).graph({
    entity: "customer",
    fields: ["account_holders.id", "account_holders.provider_id", "account_holders.data"],
    filters: { id: req.auth_context.actor_id },
  })
  const holder = data[0]?.account_holders?.find((own) => own?.id === req.params.account_holder_id)
  if (!holder) {
    res.status(404).json({ type: "not_found", message: "The customer has no such account" })
    return
  }
  const payment_methods = await req.scope.resolve(Modules.PAYMENT).listPaymentMethods({
    provider_id: holder.provider_id,
    context: { account_holder: { data: holder.data } },
  })
  res.json({ payment_methods })
}

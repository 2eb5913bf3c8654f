// A payment provider that only this project has. It authorises when the state says so.
const { AbstractPaymentProvider, ModuleProvider, Modules } = require("@medusajs/framework/utils")
const { behave, state } = require("../state")

class FarPayment extends AbstractPaymentProvider {
  static identifier = "far"
  async initiatePayment({ amount, currency_code, data }) {
    await behave("payment")
    return { id: `far_${Date.now()}`, data: { ...data, far: true, amount: String(amount), currency_code } }
  }
  async authorizePayment({ data }) {
    await behave("payment")
    return { status: state().authorized ? "authorized" : "pending", data }
  }
  async getPaymentStatus({ data }) {
    return { status: state().authorized ? "authorized" : "pending", data }
  }
  async updatePayment({ data }) {
    return { data }
  }
  async deletePayment({ data }) {
    return { data }
  }
  async capturePayment({ data }) {
    return { data }
  }
  async refundPayment({ data }) {
    return { data }
  }
  async cancelPayment({ data }) {
    return { data }
  }
  async retrievePayment({ data }) {
    return { data }
  }
  async createAccountHolder({ context }) {
    const id = `far_of_${context.customer.id}`
    return { id, data: { id } }
  }
  async listPaymentMethods({ context }) {
    await behave("payment")
    return [{ id: `card_of_${context.account_holder.data.id}`, data: { last4: "4242" } }]
  }
  async getWebhookActionAndData() {
    return { action: "not_supported" }
  }
}
module.exports = ModuleProvider(Modules.PAYMENT, { services: [FarPayment] })

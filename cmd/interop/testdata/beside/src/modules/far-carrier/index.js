// A carrier that only this project has. It asks for the state's price, and one more for each unit.
const { AbstractFulfillmentProviderService, ModuleProvider, Modules } = require("@medusajs/framework/utils")
const { behave, state } = require("../state")

class FarCarrier extends AbstractFulfillmentProviderService {
  static identifier = "far"
  async getFulfillmentOptions() {
    return [{ id: "far-fulfillment" }]
  }
  async validateFulfillmentData(_option, data) {
    await behave("carrier")
    return { ...data, far: true }
  }
  async calculatePrice(_option, _data, context) {
    await behave("carrier")
    const units = (context.items ?? []).reduce((sum, i) => sum + Number(i.quantity), 0)
    return { calculated_amount: state().price + units, is_calculated_price_tax_inclusive: false }
  }
  async canCalculate() {
    return true
  }
  async validateOption() {
    return true
  }
  async createFulfillment() {
    return { data: {}, labels: [] }
  }
  async cancelFulfillment() {
    return {}
  }
  async createReturnFulfillment() {
    await behave("carrier")
    return { data: { far: true }, labels: [] }
  }
}
module.exports = ModuleProvider(Modules.FULFILLMENT, { services: [FarCarrier] })

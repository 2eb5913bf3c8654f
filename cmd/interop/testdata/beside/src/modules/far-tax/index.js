// A tax service that only this project has: it finds the state's rate for everything.
const { ModuleProvider, Modules } = require("@medusajs/framework/utils")
const { behave, state } = require("../state")

class FarTax {
  static identifier = "far"
  getIdentifier() {
    return FarTax.identifier
  }
  async getTaxLines(items, shipping) {
    await behave("tax")
    const line = { rate: state().rate, name: "Far", code: "FAR", provider_id: "far" }
    return [
      ...items.map((i) => ({ ...line, line_item_id: i.line_item.id })),
      ...shipping.map((s) => ({ ...line, shipping_line_id: s.shipping_line.id })),
    ]
  }
}
module.exports = ModuleProvider(Modules.TAX, { services: [FarTax] })

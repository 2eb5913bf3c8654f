// A provider of log-ins that only this project has: a word opens it.
const { AbstractAuthModuleProvider, ModuleProvider, Modules } = require("@medusajs/framework/utils")
const { behave } = require("../state")

class FarAuth extends AbstractAuthModuleProvider {
  static identifier = "far"
  static DISPLAY_NAME = "Far"
  async register({ body }, identities) {
    await behave("auth")
    const authIdentity = await identities.create({ entity_id: body.email })
    return { success: true, authIdentity }
  }
  async authenticate({ body }, identities) {
    await behave("auth")
    if (body.password !== "sesame") return { success: false, error: "That is not the word" }
    return { success: true, authIdentity: await identities.retrieve({ entity_id: body.email }) }
  }
}
module.exports = ModuleProvider(Modules.AUTH, { services: [FarAuth] })

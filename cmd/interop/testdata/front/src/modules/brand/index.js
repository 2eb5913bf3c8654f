const { MedusaService, Module } = require("@medusajs/framework/utils")
const { Brand } = require("./models/brand")
class BrandService extends MedusaService({ Brand }) {}
module.exports.default = Module("brand", { service: BrandService })

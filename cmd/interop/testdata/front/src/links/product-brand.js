const { defineLink } = require("@medusajs/framework/utils")
const ProductModule = require("@medusajs/medusa/product").default
const BrandModule = require("../modules/brand").default
module.exports.default = defineLink({ linkable: ProductModule.linkable.product, isList: true }, BrandModule.linkable.brand)

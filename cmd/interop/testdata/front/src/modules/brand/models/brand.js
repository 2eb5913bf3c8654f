const { model } = require("@medusajs/framework/utils")
module.exports.Brand = model.define("brand", { id: model.id().primaryKey(), name: model.text() })

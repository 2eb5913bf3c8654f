// Writes down every event of the bus, a line for each.
const { appendFileSync } = require("node:fs")
module.exports.default = async ({ event }) => appendFileSync(process.env.EVENTS, JSON.stringify({ name: event.name, data: event.data }) + "\n")
module.exports.config = { event: "*", context: { subscriberId: "record" } }

// What the providers of this project shall do, from the file FAR_STATE, which a test writes.
const { readFileSync } = require("node:fs")

exports.state = () => JSON.parse(readFileSync(process.env.FAR_STATE, "utf8"))

// behave does what a provider shall do instead of its work: nothing, fail, or hang until the state says otherwise.
exports.behave = async (name) => {
  if (exports.state()[name] === "fail") throw new Error(`${name}: the service is out of order`)
  while (exports.state()[name] === "hang") await new Promise((done) => setTimeout(done, 200))
}

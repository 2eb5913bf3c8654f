// Measures both servers on one database, asking each the same in turn, so that a busy machine is busy for both. It promises a
// Markdown table of the processor time of a request, which is the server's and its database connections', and to exit with 1 if
// an answer was an error. ROUNDS is how often each server is asked for each row, 40 if it is not set and 60 at most.
import { readdirSync, readFileSync } from "node:fs"
import { address, db, h, need, ours, sql, theirs } from "./lib.mjs"

const rounds = Math.min(60, Number(process.env.ROUNDS) || 40)
const servers = [
  { api: ours, pid: need("OURS_PID"), name: "storegraph" },
  { api: theirs, pid: need("THEIRS_PID"), name: "reference" },
]

// ran is the processor time of a process with all its threads, in ms.
function ran(pid) {
  try {
    let ns = 0
    for (const task of readdirSync(`/proc/${pid}/task`)) ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0])
    return ns / 1e6
  } catch (err) {
    if (err.code === "ENOENT" || err.code === "ESRCH") return undefined // it has ended
    throw err
  }
}
const backends = async (name) => (await sql(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`, name)).map((r) => r.pid)
// spent is the time that each of a server's processes has run.
async function spent(server) {
  return { server: ran(server.pid), database: new Map((await backends(server.name)).map((pid) => [pid, ran(pid) ?? 0])) }
}
function between(before, after) {
  let database = 0
  for (const [pid, ms] of after.database) database += ms - (before.database.get(pid) ?? 0)
  return { server: after.server - before.server, database }
}
for (const s of servers) if (!(await backends(s.name)).length) throw new Error(`${s.name} has no connections of that name`)

const us = { region: "us", address: address.ca, email: "speed@compare.example", lines: [["mug_moss", 1], ["lamp", 1], ["note_a6", 1]], options: ["us_ground"] }
const list = (n) => `/store/products?limit=${n}&region_id=${h.reg_us}&fields=*variants.calculated_price`
const shown = await ours.ready(us)
const ordered = await ours.order(us)
// prepare makes what one request uses up, outside the measured time.
const rows = [
  { name: "product list, 12", ask: (s) => s.get(list(12)) },
  { name: "product list, 50", ask: (s) => s.get(list(50)) },
  { name: "product by handle", ask: (s) => s.get(`/store/products?handle=classic-tee&region_id=${h.reg_us}&fields=*variants.calculated_price,%2Bvariants.inventory_quantity`) },
  { name: "cart read, 3 lines", ask: (s) => s.get(`/store/carts/${shown}`) },
  {
    name: "add a line to a cart of 2", prepare: () => ours.begin({ ...us, lines: us.lines.slice(0, 2) }),
    ask: (s, cart) => s.post(`/store/carts/${cart}/line-items`, { variant_id: h.var_towel, quantity: 1 }),
  },
  { name: "complete a cart of 3 lines", prepare: () => ours.ready(us), ask: (s, cart) => s.complete(cart) },
  { name: "order detail", ask: (s) => s.get(`/store/orders/${ordered}`) },
]
// What is used up must not run out.
await sql(`UPDATE inventory_level SET stocked_quantity = stocked_quantity + 1000,
  raw_stocked_quantity = jsonb_set(raw_stocked_quantity, '{value}', to_jsonb((stocked_quantity + 1000)::text))`)

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]
const table = []
for (const row of rows) {
  const measured = servers.map(() => ({ server: 0, database: 0, took: [] }))
  for (let round = -8; round < rounds; round++) { // the first ones warm both up
    const order = round % 2 ? [0, 1] : [1, 0]
    for (const i of order) {
      const used = await row.prepare?.()
      const before = await spent(servers[i])
      const start = performance.now()
      await row.ask(servers[i].api, used)
      const took = performance.now() - start
      // A server still works when it has answered: what runs in the background belongs to the request.
      await new Promise((done) => setTimeout(done, 25))
      if (round < 0) continue
      const cost = between(before, await spent(servers[i]))
      measured[i].server += cost.server
      measured[i].database += cost.database
      measured[i].took.push(took)
    }
  }
  const [a, b] = measured.map((m) => ({ server: m.server / rounds, database: m.database / rounds, cpu: (m.server + m.database) / rounds, p50: median(m.took) }))
  const ms = (v) => v.toFixed(v < 10 ? 2 : 1)
  const parts = (m) => `${ms(m.cpu)} (${ms(m.server)} + ${ms(m.database)})`
  table.push(`| ${row.name} | ${parts(a)} | ${parts(b)} | ${(b.cpu / a.cpu).toFixed(1)} | ${ms(a.p50)} · ${ms(b.p50)} |`)
}
const [{ date }] = await sql("SELECT to_char(now(), 'YYYY-MM-DD') AS date")
console.log(`Measured on ${date} with \`make compare\`, ${rounds} requests for each row and server.\n`)
console.log("| | storegraph: CPU, ms (server + database) | Medusa 2.21.2 | ratio of CPU | p50, ms: ours · theirs |\n| --- | --- | --- | --- | --- |")
console.log(table.join("\n"))
await db.end()

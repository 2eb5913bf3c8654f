// Replays the recorded cases against a server and compares the responses.
//   node replay.mjs --base URL [--only glob] [--cases DIR] [--handles FILE] [--verbose] [--strict]
// The server's database must be a fresh copy of the recorded shop. --only matches "file/scenario/step" (* and ? are
// wildcards), or a part of it. --strict takes no refusal for the reference's 500, and no order of a list but the
// reference's. The exit status is 1 on any failure.
import { readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { args, capture, Comparer, globToRe, headerDiffs, send } from "./lib.mjs"

const here = fileURLToPath(new URL(".", import.meta.url))
const o = args(process.argv.slice(2), ["verbose", "strict"])
if (!o.base) { console.error("usage: node replay.mjs --base URL [--only glob] [--cases DIR] [--handles FILE] [--verbose] [--strict]"); process.exit(2) }
const dir = resolve(o.cases ?? join(here, "../../../../rest/testdata/conformance"))
const handles = JSON.parse(readFileSync(o.handles ?? join(here, "../../../../db/dbtest/testdata/handles.json")))
const only = o.only && globToRe(o.only)
const show = (v) => v === undefined ? "(absent)" : ((s) => s.length > 160 ? s.slice(0, 157) + "..." : s)(JSON.stringify(v))
let passed = 0, failed = 0
const tally = {}
for (const file of readdirSync(dir).filter((f) => f.endsWith(".json")).sort()) {
  const { section, scenarios } = JSON.parse(readFileSync(join(dir, file)))
  const t = (tally[section] ??= [0, 0])
  for (const sc of scenarios) {
    const id = (st) => `${file.replace(/\.json$/, "")}/${sc.name}/${st.name}`
    // a selected step needs the scenario's earlier steps, which run but do not count
    if (only && !sc.steps.some((st) => only.test(id(st)))) continue
    const vars = { ...handles }
    const cmp = new Comparer({ seededAt: handles.seeded_at, maxDisplayId: handles.max_display_id, knowing: !o.strict })
    let broken
    for (const st of sc.steps) {
      let diffs
      if (broken) diffs = [["not run", broken, undefined]]
      else {
        try {
          const res = await send(o.base.replace(/\/$/, ""), st.request, vars)
          // Where the reference fails with an unhandled 500, any refusal will do unless --strict.
          if (st.response.status === 500 && res.status >= 400 && !o.strict) diffs = []
          else diffs = res.status === st.response.status ? [] : [["status", st.response.status, res.status]]
          if (st.response.status !== 500 || o.strict) diffs.push(...headerDiffs(st.response.headers, res.headers, cmp), ...cmp.compare(st.response.body, res.body, st.request.path))
          try { capture(st.capture, res, vars) } catch (err) { broken = err.message; diffs.push(["capture", err.message, undefined]) }
        } catch (err) {
          diffs = [["request", err.message, undefined]]
          if (st.capture) broken = err.message
        }
      }
      if (only && !only.test(id(st))) continue
      // paths whose value the reference itself does not determine
      if (st.ignore) diffs = diffs.filter(([path]) => !st.ignore.includes(path))
      if (diffs.length === 0) { passed++; t[0]++; if (o.verbose) console.log(`ok   ${id(st)}`); continue }
      failed++; t[1]++
      console.log(`FAIL ${id(st)}  (${st.request.method} ${st.request.path})`)
      for (const [path, e, a] of diffs.slice(0, o.verbose ? 60 : 6)) console.log(`     ${path}: expected ${show(e)}, got ${show(a)}`)
      if (!o.verbose && diffs.length > 6) console.log(`     ... ${diffs.length - 6} more`)
    }
  }
}
for (const [s, [p, f]] of Object.entries(tally)) if (p + f) console.log(`${s.padEnd(24)} ${p} passed, ${f} failed`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0

// Runs the scenarios against the reference on a freshly restored database and writes its answers as cases. A scenario
// whose answers are as they were is left as it is, so that only what has changed differs.
//   node record.mjs --base URL --handles FILE --cases DIR [--only "02-*"]
import { existsSync, readdirSync, readFileSync, writeFileSync, mkdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { pathToFileURL, fileURLToPath } from "node:url"
import { args, capture, Comparer, globToRe, pickHeaders, send } from "./lib.mjs"

const here = fileURLToPath(new URL(".", import.meta.url))
const o = args(process.argv.slice(2), [])
for (const name of ["base", "handles", "cases"]) if (!o[name]) throw new Error(`--${name} is required`)
const scenarios = join(here, "scenarios")
const cases = resolve(o.cases)
const handles = JSON.parse(readFileSync(o.handles))
const only = o.only && new RegExp(`^${globToRe(o.only).source}$`, "i")
mkdirSync(cases, { recursive: true })

let problems = 0
const problem = (label, text) => { problems++; console.log(`PROBLEM ${label}: ${text}`) }

// record sends the steps of a scenario and returns them with their answers.
async function record(scenario, label) {
  const vars = { ...handles }
  const steps = []
  for (const step of scenario.steps) {
    const { name, method, path, headers, body, raw, capture: captured, check, ignore } = step
    const at = `${label}/${name}`
    try {
      const res = await send(o.base, step, vars)
      const text = JSON.stringify(res.body).slice(0, 300)
      if (res.status >= 500 && !step.expect5xx) problem(at, `${res.status} ${text}`)
      if (step.expect && step.expect !== res.status) problem(at, `expected ${step.expect}, got ${res.status} ${text}`)
      capture(captured, res, vars)
      steps.push({ name, request: { method, path, headers, body, raw }, capture: captured, ignore, response: { status: res.status, headers: pickHeaders(res.headers, check), body: res.body } })
    } catch (err) {
      problem(at, err.message)
      break
    }
  }
  return JSON.parse(JSON.stringify({ name: scenario.name, steps })) // without what is undefined
}

// same reports whether two recordings of a scenario have the same requests and, but for what differs between any two runs,
// the same answers. It prints the first differences.
function same(old, now, label) {
  const requests = (scenario) => JSON.stringify(scenario.steps.map(({ response, ...step }) => step))
  if (!old || requests(old) !== requests(now)) {
    console.log(`NEW ${label}`)
    return false
  }
  const comparer = new Comparer({ seededAt: handles.seeded_at, maxDisplayId: handles.max_display_id })
  let equal = true
  now.steps.forEach((step, i) => {
    const was = old.steps[i].response
    const diffs = comparer.compare(was.body, step.response.body, step.request.path).filter(([path]) => !step.ignore?.includes(path))
    if (was.status !== step.response.status) diffs.unshift(["status", was.status, step.response.status])
    if (JSON.stringify(Object.keys(was.headers)) !== JSON.stringify(Object.keys(step.response.headers))) diffs.push(["headers", was.headers, step.response.headers])
    if (!diffs.length) return
    equal = false
    console.log(`CHANGED ${label}/${step.name}`)
    for (const [path, e, a] of diffs.slice(0, 5)) console.log(`  ${path}: was ${JSON.stringify(e)?.slice(0, 120)}, is ${JSON.stringify(a)?.slice(0, 120)}`)
  })
  return equal
}

let kept = 0, written = 0, steps = 0
for (const file of readdirSync(scenarios).filter((f) => /^[^_].*\.mjs$/.test(f)).sort()) {
  const name = file.replace(/\.mjs$/, "")
  if (only && !only.test(name)) continue
  const suite = (await import(pathToFileURL(join(scenarios, file)))).default
  const target = join(cases, `${name}.json`)
  const before = existsSync(target) ? JSON.parse(readFileSync(target)).scenarios : []
  const after = []
  for (const scenario of suite.scenarios) {
    const label = `${name}/${scenario.name}`
    const now = await record(scenario, label)
    const old = before.find((s) => s.name === scenario.name)
    steps += now.steps.length
    if (same(old, now, label)) { kept++; after.push(old) } else { written++; after.push(now) }
  }
  writeFileSync(target, JSON.stringify({ section: suite.section, scenarios: after }, null, 1) + "\n")
}
console.log(`${steps} steps recorded: ${kept} scenarios are as they were, ${written} are new or changed; ${problems} problems`)
process.exitCode = problems ? 1 : 0

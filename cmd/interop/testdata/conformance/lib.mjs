// Shared by record.mjs and replay.mjs: placeholders, requests, captures and the comparison of answers. It needs Node 20
// and nothing else.
import { readFileSync } from "node:fs"

// ---------------------------------------------------------------- requests
export function interpolate(value, vars) {
  if (typeof value === "string") {
    const whole = /^\{\{([\w.-]+)\}\}$/.exec(value)
    if (whole) return lookup(whole[1], vars)
    return value.replace(/\{\{([\w.-]+)\}\}/g, (_, k) => lookup(k, vars))
  }
  if (Array.isArray(value)) return value.map((v) => interpolate(v, vars))
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [interpolate(k, vars), interpolate(v, vars)]))
  return value
}
function lookup(k, vars) {
  if (!(k in vars)) throw new Error(`unknown variable {{${k}}}`)
  return vars[k]
}

export async function send(base, req, vars, timeout = 30000) {
  const headers = interpolate(req.headers ?? {}, vars)
  let body
  if (req.raw !== undefined) body = interpolate(req.raw, vars)
  else if (req.body !== undefined) {
    body = JSON.stringify(interpolate(req.body, vars))
    if (!Object.keys(headers).some((h) => h.toLowerCase() === "content-type")) headers["content-type"] = "application/json"
  }
  const res = await fetch(base + encodeURI(interpolate(req.path, vars)).replaceAll("%25", "%"), { method: req.method, headers, body, redirect: "manual", signal: AbortSignal.timeout(timeout) })
  const text = await res.text()
  let parsed = text
  if (/json/.test(res.headers.get("content-type") ?? "")) {
    try { parsed = JSON.parse(text) } catch { /* keep text */ }
  }
  return { status: res.status, headers: res.headers, body: parsed }
}

// The subset of headers that a case keeps. `extra` names more of them.
export function pickHeaders(headers, extra = []) {
  const out = {}
  for (const h of ["content-type", ...extra]) {
    const v = h === "set-cookie" ? headers.getSetCookie().join("\n") : headers.get(h)
    out[h] = v || null
  }
  return out
}

// capture: { name: "a.b.0.c" } from the body, { name: "cookie" } with the value
// "@cookie" for the first name=value pair of Set-Cookie, or a search such as
// "items[variant_sku=ABC].id".
export function capture(spec, res, vars) {
  for (const [name, path] of Object.entries(spec ?? {})) {
    let v
    if (path === "@cookie") v = (res.headers.getSetCookie()[0] ?? "").split(";")[0]
    else v = dig(res.body, interpolate(path, vars))
    if (v === undefined || v === null || v === "") throw new Error(`capture ${name}: nothing at ${path}`)
    vars[name] = v
  }
}
function dig(body, path) {
  let cur = body
  for (const part of path.match(/[^.[\]]+|\[[^\]]*\]/g)) {
    if (cur === undefined || cur === null) return undefined
    const m = /^\[(.+?)=(.*)\]$/.exec(part)
    if (m) cur = Array.isArray(cur) ? cur.find((e) => String(dig(e, m[1])) === m[2]) : undefined
    else cur = cur[part.replace(/^\[|\]$/g, "")]
  }
  return cur
}

// ---------------------------------------------------------------- comparison
const ID = /\b([a-z][a-z_]*)_([0-9A-HJKMNP-TV-Z]{26})\b/
const ISO = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/
const JWT = /\bey[\w-]+\.ey[\w-]+\.[\w-]*/
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/
const HASH = /\b[0-9a-f]{64}\b/
const TOKEN = new RegExp(`(${JWT.source}|${HASH.source}|${ISO.source}|\\b[a-z][a-z_]*_[0-9A-HJKMNP-TV-Z]{26}\\b|${UUID.source})`)
const B32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const ulidTime = (u) => [...u.slice(0, 10)].reduce((t, c) => t * 32 + B32.indexOf(c), 0)

// Which lists are compared in order is said in order.json, with the reasons.
const ORDER = JSON.parse(readFileSync(new URL("../../../../rest/compare/order.json", import.meta.url)))
const UNDETERMINED = new Set(ORDER.undetermined.flatMap((u) => u.lists))
const DETERMINED = ORDER.determined.map((r) => ({ ...r, path: new RegExp(r.path), query: r.query && new RegExp(r.query) }))

export class Comparer {
  // knowing: the server under test is this one, which orders some lists otherwise still.
  constructor({ seededAt, maxDisplayId = 0, knowing = false }) {
    this.cut = Date.parse(seededAt)
    this.maxDisplayId = maxDisplayId
    this.fwd = new Map()
    this.rev = new Map()
    this.knowing = knowing
  }
  // path is that of the request.
  compare(expected, actual, path = "") {
    const diffs = []
    this.request = path
    this.walk(expected, actual, "$", diffs)
    return diffs
  }
  seeded(id) { return ulidTime(id.slice(id.lastIndexOf("_") + 1)) <= this.cut }
  // ordered reports whether the reference determines the order of the list at a path.
  ordered(path) {
    const plain = path.replace(/\[\d+\]/g, "[]")
    const rule = DETERMINED.find((r) => r.path.test(plain) && (!r.query || r.query.test(this.request)))
    if (rule) return !(this.knowing && rule.differs)
    const key = plain.slice(plain.lastIndexOf(".") + 1)
    return plain === `$.${key}` || !UNDETERMINED.has(key)
  }
  walk(e, a, path, out, parent) {
    if (out.length > 60) return
    const te = kind(e), ta = kind(a)
    if (te !== ta) return void out.push([path, e, a])
    if (te === "array") {
      if (e.length !== a.length) return void out.push([path + ".length", e.length, a.length])
      if (!this.ordered(path)) {
        ;[e, a] = [this.sorted(e, this.fwd), this.sorted(a, this.rev, true)]
      }
      e.forEach((x, i) => this.walk(x, a[i], `${path}[${i}]`, out))
    } else if (te === "object") {
      for (const k of Object.keys(e)) {
        if (!(k in a)) out.push([`${path}.${k}`, e[k], undefined])
        else this.walk(e[k], a[k], `${path}.${k}`, out, e)
      }
      for (const k of Object.keys(a)) if (!(k in e)) out.push([`${path}.${k}`, undefined, a[k]])
    } else if (te === "number") {
      const key = path.slice(path.lastIndexOf(".") + 1)
      if (/^(iat|exp|nbf)$/.test(key)) return
      // numbers of orders and returns made during the run depend on those before them
      if (/\.return\.display_id$/.test(path)) {
        if (!(Number.isInteger(a) && a > 0)) out.push([path, e, a])
      } else if (path.endsWith(".display_id") && e > this.maxDisplayId) {
        if (!(Number.isInteger(a) && a > this.maxDisplayId)) out.push([path, e, a])
      } else if (!close(e, a)) out.push([path, e, a])
    } else if (te === "string") {
      if (parent && "precision" in parent && path.endsWith(".value") && isFinite(e) && isFinite(a)) {
        if (!close(Number(e), Number(a))) out.push([path, e, a])
      } else if (!this.text(e, a)) out.push([path, e, a])
    } else if (e !== a) out.push([path, e, a])
  }
  // Natural order for undetermined arrays: the canonical text of each element
  // with timestamps, tokens and not yet known generated ids masked.
  sorted(list, known, actual) {
    return list.map((v) => [this.canon(v, known, actual), v]).sort((x, y) => (x[0] < y[0] ? -1 : x[0] > y[0] ? 1 : 0)).map((x) => x[1])
  }
  canon(v, known, actual) {
    if (Array.isArray(v)) return "[" + v.map((x) => this.canon(x, known, actual)).sort().join() + "]"
    if (v && typeof v === "object") return "{" + Object.keys(v).filter((k) => !k.startsWith("raw_") && k !== "display_id").sort().map((k) => k + ":" + this.canon(v[k], known, actual)).join() + "}"
    if (typeof v === "number") return v.toPrecision(9)
    if (typeof v !== "string") return String(v)
    return v.split(new RegExp(TOKEN, "g")).map((p, i) => {
      if (i % 2 === 0) return p
      if (ID.test(p) && this.seeded(p)) return p
      return known.has(p) ? (actual ? p : known.get(p)) : "*"
    }).join("")
  }
  text(e, a) {
    // the wording of a JSON parser is its own
    if (/(JSON at position|is not valid JSON|end of JSON input)/.test(e)) return a.length > 0
    if (e === a && !TOKEN.test(e)) return true
    const es = e.split(new RegExp(TOKEN, "g")), as = a.split(new RegExp(TOKEN, "g"))
    if (es.length !== as.length) return false
    return es.every((x, i) => (i % 2 === 0 ? x === as[i] : this.token(x, as[i])))
  }
  token(e, a) {
    if (JWT.test(e)) return JWT.test(a) && this.jwt(e, a)
    if (HASH.test(e)) return HASH.test(a)
    if (ISO.test(e)) {
      if (Date.parse(e) <= this.cut || Date.parse(e) > this.cut + 50 * 365 * 864e5) return e === a
      return ISO.test(a) && e.length === a.length
    }
    if (ID.test(e)) {
      if (!ID.test(a)) return false
      if (this.seeded(e)) return e === a
      if (e.slice(0, e.lastIndexOf("_")) !== a.slice(0, a.lastIndexOf("_"))) return false
      return this.pair(e, a)
    }
    return UUID.test(a) && this.pair(e, a)
  }
  pair(e, a) {
    if (this.fwd.has(e) || this.rev.has(a)) return this.fwd.get(e) === a && this.rev.get(a) === e
    this.fwd.set(e, a)
    this.rev.set(a, e)
    return true
  }
  jwt(e, a) {
    const read = (t) => {
      const c = JSON.parse(Buffer.from(t.split(".")[1], "base64url"))
      for (const k of ["iat", "exp", "jti", "nbf"]) if (k in c) c[k] = typeof c[k]
      return c
    }
    try {
      const out = []
      this.walk(read(e), read(a), "$", out)
      return out.length === 0
    } catch { return false }
  }
}
function kind(v) { return v === null ? "null" : Array.isArray(v) ? "array" : typeof v }
function close(x, y) { return x === y || Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x), Math.abs(y)) }

export function headerDiffs(expected, actual, cmp) {
  const out = []
  for (const [h, v] of Object.entries(expected ?? {})) {
    const got = h === "set-cookie" ? actual.getSetCookie().join("\n") || null : actual.get(h)
    if (v === null || got === null) { if (v !== got) out.push([`header ${h}`, v, got]); continue }
    const norm = (s) => h === "set-cookie" ? s.replace(/connect\.sid=[^;]+/g, "connect.sid=*").replace(/Expires=[^;]+/gi, "Expires=*").split(/;\s*/).sort().join("; ")
      : h === "content-type" ? s.toLowerCase().replace(/\s/g, "") : s
    if (norm(v) !== norm(got)) out.push([`header ${h}`, v, got])
  }
  return out
}

// ---------------------------------------------------------------- misc
export function globToRe(glob) {
  return new RegExp(glob.replace(/[.+^${}()|\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, "."), "i")
}
export function args(argv, flags) {
  const o = {}
  for (let i = 0; i < argv.length; i++) {
    const m = /^--([\w-]+)(?:=(.*))?$/.exec(argv[i])
    if (!m) throw new Error(`unexpected argument ${argv[i]}`)
    o[m[1]] = flags.includes(m[1]) ? true : m[2] ?? argv[++i]
  }
  return o
}

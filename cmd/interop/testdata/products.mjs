// The reference's admin imports a file of products, or exports one. FILE is the file, DO says which, and DIR is where the reference is.
import { copyFileSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { Server, need } from "./lib.mjs"

const theirs = new Server("theirs", need("THEIRS"))
const token = await theirs.logIn("admin@test.com", "supersecret", "user")
const admin = (path, body, method = "POST") => theirs.ask(method, "/admin" + path, body, token)
const latest = async () => (await admin("/notifications?order=-created_at&limit=1", undefined, "GET")).notifications[0]

// told waits until the admin is told what came of something that began after a notification.
async function told(before) {
  for (let tries = 0; tries < 600; tries++) {
    const now = await latest()
    if (now && now.id !== before?.id) return now.data
    await new Promise((done) => setTimeout(done, 200))
  }
  throw new Error("the reference did not tell what came of it")
}

const before = await latest()
if (need("DO") === "import") {
  const form = new FormData()
  form.append("files", new Blob([readFileSync(need("FILE"))], { type: "text/csv" }), "products.csv")
  const uploaded = await fetch(need("THEIRS") + "/admin/uploads", { method: "POST", body: form, headers: { authorization: "Bearer " + token } })
  const { files } = await uploaded.json()
  const begun = await admin("/products/imports", { file_key: files[0].id, originalname: "products.csv", extension: "csv", size: 1, mime_type: "text/csv" })
  await admin(`/products/imports/${begun.transaction_id}/confirm`, {})
  const data = await told(before)
  if (!/completed/.test(data.description)) throw new Error(data.description)
  console.log(`the reference imported ${begun.summary.toUpdate} products`)
} else {
  await admin("/products/export", {})
  const { file } = await told(before)
  copyFileSync(join(need("DIR"), "static", basename(new URL(file.url).pathname)), need("FILE"))
  console.log("the reference exported its products")
}
process.exit(0) // connections that are kept open would keep the process

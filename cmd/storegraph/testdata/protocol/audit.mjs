// Runs the audit of GraphQL over HTTP, https://github.com/graphql/graphql-http, against the server at BASE_URL, and prints what does
// not pass and how much passes.
import { auditServer } from "graphql-http"

const results = await auditServer({ url: process.env.BASE_URL + "/graphql" })
for (const r of results) {
  if (r.status !== "ok") {
    console.log(r.id, r.status, r.name, r.reason)
  }
}
console.log(`${results.filter((r) => r.status === "ok").length} of ${results.length}`)

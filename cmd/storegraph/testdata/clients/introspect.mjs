// Writes the schema as clients want it: introspection.json for urql, and possible-types.json for Apollo.
import { readFileSync, writeFileSync } from "node:fs"
import { buildSchema, introspectionFromSchema } from "graphql"

const introspection = introspectionFromSchema(buildSchema(readFileSync("schema.graphql", "utf8")))
writeFileSync("introspection.json", JSON.stringify(introspection))
const abstract = introspection.__schema.types.filter((t) => t.possibleTypes)
writeFileSync("possible-types.json", JSON.stringify(Object.fromEntries(abstract.map((t) => [t.name, t.possibleTypes.map((p) => p.name)]))))

// Compares all routes of the catalogue of both servers, the order of every list included, on a shop as the Next.js starter's. What
// differs on purpose is in rest/DEVIATIONS.md, by whose id it is left out here.
import { makeShop } from "./starter.mjs"
import { Server, need, sql, db } from "./lib.mjs"

const ours = new Server("ours", need("OURS"))
const theirs = new Server("theirs", need("THEIRS"))

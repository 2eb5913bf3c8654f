// Records what a running reference makes of random carts, for TestRandomCarts.
//   node record.mjs --base http://localhost:9000 --handles handles.json --codes CODE,CODE --carts 2000 --seed 7 > carts.jsonl
// The reference must run on a freshly restored copy of the recorded shop. Each line of the output is a cart: the requests, with
// names of handles in braces and {{lineN}} for the Nth line, the status of each answer, and what the cart came to.
import { readFileSync } from 'node:fs'

const args = Object.fromEntries(process.argv.slice(2).join(' ').split('--').filter(Boolean).map((s) => s.trim().split(' ')))
const handles = JSON.parse(readFileSync(args.handles, 'utf8'))
const base = args.base

// A small generator (mulberry32), so that a seed gives the same carts again.
let state = Number(args.seed ?? 1)
const random = () => {
	state = (state + 0x6d2b79f5) | 0
	let t = Math.imul(state ^ (state >>> 15), 1 | state)
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
	return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const int = (low, high) => low + Math.floor(random() * (high - low + 1))
const pick = (list) => list[int(0, list.length - 1)]
const chance = (p) => random() < p

const names = Object.keys(handles)
const variants = names.filter((n) => n.startsWith('var_'))
const customers = names.filter((n) => n.startsWith('email_') && handles['pass_' + n.slice(6)]).map((n) => n.slice(6))
const codes = args.codes.split(',')
const address = (country, province, extra) => ({ first_name: 'A', country_code: country, ...(province && { province }), ...extra })
const places = {
	reg_eu: [address('de', null, { city: 'Berlin', postal_code: '10435' }), address('fr', null, { city: 'Paris' }), address('at'), address('it'), address('nl'), address('es')],
	reg_us: [address('us', 'us-ca'), address('us', 'us-tx'), address('us', 'us-or'), address('us')],
	reg_uk: [address('gb', null, { postal_code: 'WC2N 5HR' })],
	reg_jp: [address('jp')],
	reg_kw: [address('kw')],
	reg_dk: [address('dk')],
}
const regions = Object.keys(places).filter((r) => handles[r])
const quantity = () => (chance(0.8) ? int(1, 4) : int(5, 30))

const fill = (v) => JSON.parse(JSON.stringify(v).replace(/\{\{(\w+)\}\}/g, (m, n) => handles[n] ?? m))

async function send(method, path, body, token) {
	const r = await fetch(base + path, {
		method,
		headers: { 'x-publishable-api-key': handles.pk_web, 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) },
		body: body === undefined ? undefined : JSON.stringify(body),
	})
	const text = await r.text()
	try {
		return { status: r.status, body: JSON.parse(text) }
	} catch {
		return { status: r.status, body: {} }
	}
}

const totals = ['total', 'subtotal', 'tax_total', 'discount_total', 'discount_subtotal', 'discount_tax_total', 'original_total', 'original_tax_total',
	'item_total', 'item_subtotal', 'item_tax_total', 'original_item_total', 'original_item_subtotal', 'original_item_tax_total', 'shipping_total',
	'shipping_subtotal', 'shipping_tax_total', 'original_shipping_tax_total', 'original_shipping_subtotal', 'original_shipping_total']
const lines = (of) => of.map((l) => [l.code, l.rate]).sort()
const taken = (of) => of.map((a) => [a.code, a.amount, a.is_tax_inclusive ?? false]).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1]))

function summary(cart) {
	return {
		...Object.fromEntries(totals.map((t) => [t, cart[t]])),
		currency_code: cart.currency_code,
		promotions: cart.promotions.map((p) => p.code).sort(),
		items: cart.items.map((i) => ({
			variant_id: i.variant_id, quantity: i.quantity, unit_price: i.unit_price, compare_at_unit_price: i.compare_at_unit_price,
			is_tax_inclusive: i.is_tax_inclusive, tax_lines: lines(i.tax_lines), adjustments: taken(i.adjustments),
		})),
		shipping_methods: cart.shipping_methods.map((m) => ({
			shipping_option_id: m.shipping_option_id, amount: m.amount, is_tax_inclusive: m.is_tax_inclusive, tax_lines: lines(m.tax_lines),
			adjustments: taken(m.adjustments),
		})),
	}
}

async function record() {
	const steps = []
	let id, token
	const step = async (method, path, body) => {
		const r = await send(method, path.replace('{{cart}}', id), body === undefined ? undefined : fill(body), token)
		steps.push({ method, path, ...(body !== undefined && { body }), status: r.status })
		return r
	}
	let customer
	if (chance(0.3)) {
		customer = pick(customers)
		token = (await send('POST', '/auth/customer/emailpass', { email: handles['email_' + customer], password: handles['pass_' + customer] })).body.token
		if (!token) customer = undefined
	}
	let region = pick(regions)
	const item = () => ({ variant_id: `{{${pick(variants)}}}`, quantity: quantity() })
	const body = { region_id: `{{${region}}}` }
	if (chance(0.8)) body.shipping_address = pick(places[region])
	if (chance(0.4)) body.email = `random${int(1, 40)}@scenarios.example`
	// Of one variant in several lines the reference may hold more than there is, which is not recorded.
	if (chance(0.6)) body.items = Array.from({ length: int(1, 4) }, item).filter((i, n, all) => all.findIndex((j) => j.variant_id === i.variant_id) === n)
	if (chance(0.2)) body.promo_codes = [pick(codes)]
	const begun = await step('POST', '/store/carts', body)
	if (begun.status !== 200) return { customer, steps }
	id = begun.body.cart.id
	let cart = begun.body.cart
	for (let n = int(1, 6); n > 0; n--) {
		const kind = random()
		let r
		if (kind < 0.35) r = await step('POST', '/store/carts/{{cart}}/line-items', item())
		else if (kind < 0.5 && cart.items.length) {
			// A line is named by what it holds, since ids differ from server to server.
			const line = pick([...cart.items].sort((a, b) => (a.id < b.id ? -1 : 1)))
			const change = { quantity: int(0, 9) }
			r = await send('POST', `/store/carts/${id}/line-items/${line.id}`, change, token)
			steps.push({
				method: 'POST', path: '/store/carts/{{cart}}/line-items/{{line}}', line: [line.variant_id, line.quantity], body: change, status: r.status,
			})
		} else if (kind < 0.7) {
			const options = (await send('GET', `/store/shipping-options?cart_id=${id}`)).body.shipping_options ?? []
			if (!options.length) continue
			r = await step('POST', '/store/carts/{{cart}}/shipping-methods', { option_id: pick(options).id })
		} else if (kind < 0.85) r = await step('POST', '/store/carts/{{cart}}/promotions', { promo_codes: [pick(codes)] })
		else if (kind < 0.93) r = await step('POST', '/store/carts/{{cart}}', { shipping_address: pick(places[region]) })
		else if (kind < 0.96) {
			const next = pick(regions)
			r = await step('POST', '/store/carts/{{cart}}', { region_id: `{{${next}}}`, shipping_address: pick(places[next]) })
			if (r.status !== 200) return null // the reference leaves such a cart half changed
			region = next
		} else r = await step('POST', '/store/carts/{{cart}}/taxes')
		if (r.body.cart) cart = r.body.cart
	}
	const end = await send('GET', `/store/carts/${id}`, undefined, token)
	return { customer, steps, cart: summary(end.body.cart) }
}

let done = 0
while (done < Number(args.carts)) {
	const c = await record()
	if (!c) continue
	process.stdout.write(JSON.stringify(c) + '\n')
	done++
}

import { suite, get, post, del, login, signup, cart, line, promos, ship, pay, complete, view, ADDR } from "./_dsl.mjs"
const s = suite("checkout")
const opts = (as = "cart", q = "") => get("options" + q, `/store/shipping-options?cart_id={{${as}}}${q}`)
s.scenario("shipping options", cart("eu", [["mug_moss", 2]], { address: "de" }),
  opts(), opts("cart", "&is_return=true"), opts("cart", "&is_return=false&fields=id,name,amount"), opts("cart", "&fields=id,name,price_type,*type"),
  opts("cart", "&limit=1"), opts("cart", "&order=name"),
  get("fields service zone", "/store/shipping-options?cart_id={{cart}}&fields=id,name,service_zone.fulfillment_set.type"),
  get("unknown cart", "/store/shipping-options?cart_id=cart_none"),
  get("missing cart", "/store/shipping-options"),
  get("unknown parameter", "/store/shipping-options?cart_id={{cart}}&region_id=x"),
  line("mug_moss", 6), opts(), line("chair_oak", 1), opts(), line("cheese", 1), opts())
s.scenario("shipping options by address", cart("us", [["mug_moss", 1]], { address: "ca" }), opts(), post("to new york", "/store/carts/{{cart}}", { shipping_address: ADDR.ny }), opts(), post("to texas", "/store/carts/{{cart}}", { shipping_address: ADDR.tx }), opts())
s.scenario("shipping options without address", cart("eu", [["mug_moss", 1]]), opts(), cart("us", [], { as: "empty" }), opts("empty"))
s.scenario("shipping options country without zone", cart("kw", [["fabric", 1]], { address: { country_code: "kw" } }), opts())
s.scenario("calculate price", cart("us", [["mug_moss", 1]], { address: "ca" }),
  post("flat option", "/store/shipping-options/{{so_us_ground}}/calculate", { cart_id: "{{cart}}" }, { expect5xx: true }),
  post("unknown option", "/store/shipping-options/so_none/calculate", { cart_id: "{{cart}}" }, { expect5xx: true }),
  post("unknown cart", "/store/shipping-options/{{so_us_ground}}/calculate", { cart_id: "cart_none" }, { expect5xx: true }),
  post("missing cart", "/store/shipping-options/{{so_us_ground}}/calculate", {}),
  post("with data", "/store/shipping-options/{{so_us_ground}}/calculate", { cart_id: "{{cart}}", data: { x: 1 } }, { expect5xx: true }),
  post("unknown field", "/store/shipping-options/{{so_us_ground}}/calculate", { cart_id: "{{cart}}", colour: 1 }, { expect5xx: true }))
s.scenario("shipping methods", cart("eu", [["mug_moss", 1]], { address: "de" }),
  ship("eu_std"), ship("eu_exp"),
  post("with data", "/store/carts/{{cart}}/shipping-methods", { option_id: "{{so_eu_std}}", data: { pickup_point: "X1" } }),
  view("cart", "?fields=id,*shipping_methods"),
  post("unknown option", "/store/carts/{{cart}}/shipping-methods", { option_id: "so_none" }),
  post("option of another zone", "/store/carts/{{cart}}/shipping-methods", { option_id: "{{so_us_ground}}" }),
  post("return option", "/store/carts/{{cart}}/shipping-methods", { option_id: "{{so_eu_return}}" }),
  post("staff option", "/store/carts/{{cart}}/shipping-methods", { option_id: "{{so_eu_staff}}" }),
  post("option of another profile", "/store/carts/{{cart}}/shipping-methods", { option_id: "{{so_eu_bulky}}" }),
  post("missing option", "/store/carts/{{cart}}/shipping-methods", {}),
  post("pickup", "/store/carts/{{cart}}/shipping-methods", { option_id: "{{so_berlin_pickup}}" }),
  post("array", "/store/carts/{{cart}}/shipping-methods", [{ option_id: "{{so_eu_std}}" }]),
  post("unknown cart", "/store/carts/cart_none/shipping-methods", { option_id: "{{so_eu_std}}" }),
  post("leaving the zone", "/store/carts/{{cart}}", { region_id: "{{reg_uk}}", shipping_address: ADDR.gb }))
s.scenario("two profiles", cart("eu", [["mug_moss", 1], ["chair_oak", 1]], { address: "de" }), ship("eu_std"), ship("eu_bulky"), view(), pay(), complete())
s.scenario("payment collections", cart("us", [["mug_moss", 2]], { address: "ca", email: "pay1@scenarios.example" }), ship("us_ground"),
  post("unknown cart", "/store/payment-collections", { cart_id: "cart_none" }),
  post("missing cart", "/store/payment-collections", {}),
  post("unknown field", "/store/payment-collections", { cart_id: "{{cart}}", amount: 1 }),
  post("create", "/store/payment-collections", { cart_id: "{{cart}}" }, { capture: { paycol: "payment_collection.id" } }),
  post("create again", "/store/payment-collections", { cart_id: "{{cart}}" }),
  post("create with fields", "/store/payment-collections?fields=id,amount,status", { cart_id: "{{cart}}" }),
  post("session unknown provider", "/store/payment-collections/{{paycol}}/payment-sessions", { provider_id: "pp_none" }, { expect5xx: true }),
  post("session missing provider", "/store/payment-collections/{{paycol}}/payment-sessions", {}),
  post("session unknown field", "/store/payment-collections/{{paycol}}/payment-sessions", { provider_id: "pp_system_default", amount: 5 }),
  post("session", "/store/payment-collections/{{paycol}}/payment-sessions", { provider_id: "pp_system_default", data: { a: 1 } }),
  post("session again replaces", "/store/payment-collections/{{paycol}}/payment-sessions", { provider_id: "pp_system_default" }),
  post("session unknown collection", "/store/payment-collections/pay_col_none/payment-sessions", { provider_id: "pp_system_default" }, { expect5xx: true }),
  view("cart", "?fields=id,total,*payment_collection,*payment_collection.payment_sessions"),
  line("mug_moss", 1),
  view("cart", "?fields=id,total,*payment_collection,*payment_collection.payment_sessions"))
s.scenario("guest order in the US", cart("us", [["tee_xl_black", 2], ["lamp", 1]], { address: "ca", billing: "tx", email: "order1@scenarios.example" }), promos(["FIXED8USD"]), ship("us_ground"), pay(), complete(),
  view(), get("order", "/store/orders/{{order}}"),
  post("complete twice", "/store/carts/{{cart}}/complete"),
  post("change completed cart", "/store/carts/{{cart}}", { email: "late@scenarios.example" }),
  post("add to completed cart", "/store/carts/{{cart}}/line-items", { variant_id: "{{var_lamp}}", quantity: 1 }),
  post("promotion on completed cart", "/store/carts/{{cart}}/promotions", { promo_codes: ["WELCOME10"] }),
  post("shipping on completed cart", "/store/carts/{{cart}}/shipping-methods", { option_id: "{{so_us_exp}}" }))
s.scenario("guest order in Germany", cart("eu", [["merino_s_grey", 1], ["novel_pape", 1]], { address: "de", email: "order2@scenarios.example" }), promos(["TAXINC10"]), ship("eu_std"), pay(), complete(), get("order", "/store/orders/{{order}}"))
s.scenario("customer order in France", signup("order3@scenarios.example"), cart("eu", [["mug_ink", 3]], { address: "fr", token: "tok" }), ship("eu_exp", { token: "tok" }), pay({ token: "tok" }), complete({ token: "tok" }),
  get("list", "/store/orders", { token: "tok" }), get("order", "/store/orders/{{order}}", { token: "tok" }))
s.scenario("order in Japan", cart("jp", [["tea_250", 2]], { address: "jp", email: "order4@scenarios.example" }), ship("jp_std"), pay(), complete(), get("order totals", "/store/orders/{{order}}?fields=id,total,tax_total,shipping_total,currency_code,item_total"))
s.scenario("order with gift card and free item", cart("us", [["gift_50", 1], ["catalog", 2]], { address: "or", email: "order5@scenarios.example" }), ship("us_ground"), pay(), complete())
s.scenario("zero total", cart("us", [["catalog", 1]], { address: "or", email: "order6@scenarios.example" }), ship("us_pickup"),
  post("payment collection", "/store/payment-collections", { cart_id: "{{cart}}" }), complete())
s.scenario("incomplete carts", cart("us", [], { as: "e" }), post("empty cart", "/store/carts/{{e}}/complete"),
  cart("us", [["mug_moss", 1]], { as: "a" }), post("nothing set", "/store/carts/{{a}}/complete"),
  cart("us", [["mug_moss", 1]], { as: "b", address: "ca", email: "inc@scenarios.example" }), post("no shipping, no payment", "/store/carts/{{b}}/complete"),
  ship("us_ground", { as: "b" }), post("no payment", "/store/carts/{{b}}/complete"),
  post("collection only", "/store/payment-collections", { cart_id: "{{b}}" }), post("no session", "/store/carts/{{b}}/complete"),
  cart("us", [["mug_moss", 1]], { as: "c", address: "ca", email: "inc2@scenarios.example" }), pay({ as: "c" }), post("no shipping", "/store/carts/{{c}}/complete"),
  cart("us", [["mug_moss", 1]], { as: "d", address: "ca" }), ship("us_ground", { as: "d" }), pay({ as: "d" }), post("no email", "/store/carts/{{d}}/complete"),
  cart("us", [["mug_moss", 1]], { as: "f", email: "inc3@scenarios.example" }), ship("us_ground", { as: "f" }), pay({ as: "f" }), post("no address", "/store/carts/{{f}}/complete"),
  post("unknown cart", "/store/carts/cart_none/complete"))
s.scenario("wrong profile for item", cart("eu", [["chair_oak", 1]], { address: "de", email: "prof@scenarios.example" }), ship("eu_std"), pay(), post("complete", "/store/carts/{{cart}}/complete"))
s.scenario("the last piece", cart("eu", [["last_one", 1]], { address: "de", email: "last1@scenarios.example", as: "first" }), cart("eu", [["last_one", 1]], { address: "fr", email: "last2@scenarios.example", as: "second" }),
  ship("eu_std", { as: "first" }), ship("eu_std", { as: "second" }), pay({ as: "first" }), pay({ as: "second" }), complete({ as: "first" }), post("sold out meanwhile", "/store/carts/{{second}}/complete"),
  get("still a cart", "/store/carts/{{second}}?fields=id,completed_at,items.quantity"),
  get("quantity left", "/store/products/{{prod_last_one}}?fields=id,variants.inventory_quantity"))
s.scenario("limited promotion", cart("us", [["mug_moss", 1]], { address: "or", email: "lim1@scenarios.example", as: "first" }), promos(["LIMIT1"], { as: "first" }), cart("us", [["mug_moss", 1]], { address: "or", email: "lim2@scenarios.example", as: "second" }), promos(["LIMIT1"], { as: "second" }),
  ship("us_ground", { as: "first" }), pay({ as: "first" }), complete({ as: "first" }), ship("us_ground", { as: "second" }), pay({ as: "second" }), post("limit reached", "/store/carts/{{second}}/complete"), cart("us", [["mug_moss", 1]], { as: "third" }), promos(["LIMIT1"], { as: "third", expect: 0 }))
s.scenario("usage budget", ...[1, 2].map((i) => [cart("us", [["note_a6", 1]], { address: "or", email: `use${i}@scenarios.example`, as: `c${i}` }), promos(["USAGE2"], { as: `c${i}` }), ship("us_ground", { as: `c${i}` }), pay({ as: `c${i}` }), complete({ as: `c${i}` })]),
  cart("us", [["note_a6", 1]], { as: "c3" }), promos(["USAGE2"], { as: "c3", expect: 0 }))
s.scenario("spend budget", cart("us", [["head_silver", 1]], { address: "or", email: "spend1@scenarios.example" }), promos(["SPEND20"]), cart("us", [["lamp", 2]], { address: "or", email: "spend2@scenarios.example", as: "b" }), promos(["SPEND20"], { as: "b" }), ship("us_ground", { as: "b" }), pay({ as: "b" }), complete({ as: "b" }), cart("us", [["lamp", 1]], { as: "c" }), promos(["SPEND20"], { as: "c", expect: 0 }))
s.scenario("per customer budget", cart("us", [["note_a6", 1]], { address: "or", email: "per1@scenarios.example" }), promos(["PERCUST"]), ship("us_ground"), pay(), complete(), cart("us", [["note_a6", 1]], { address: "or", email: "per1@scenarios.example", as: "again" }), promos(["PERCUST"], { as: "again", expect: 0 }), cart("us", [["note_a6", 1]], { email: "per2@scenarios.example", as: "other" }), promos(["PERCUST"], { as: "other", expect: 0 }))
export default s

package seed

// Where and how the shop sells. Tables refer to rows of each other by the first column.

const (
	shopName = "Tarnside"
)

// The currencies of the amounts in a money, in order.
var currencies = []string{"eur", "usd", "gbp"}

// Whether prices include tax. For prices without a rule for a region, the reference takes the preference of the currency.
var taxIncluded = map[string]bool{"eur": true, "gbp": true}

var channels = []struct{ name, about, key string }{
	{"Online Store", "The public storefront", "Storefront"},
	{"Wholesale", "Huts, shops and schools", "Wholesale portal"},
}

var regions = []struct {
	name, currency, countries string
}{
	{"Europe", "eur", "de fr nl be at it es"},
	{"United Kingdom", "gbp", "gb"},
	{"United States", "usd", "us"},
}

var locations = []struct{ name, street, city, province, postcode, country, phone string }{
	{"Hamburg Warehouse", "Billhorner Deich 84", "Hamburg", "", "20539", "de", "+49 40 555 01 70"},
	{"Reno Warehouse", "1450 Vista Boulevard", "Sparks", "us-nv", "89434", "us", "+1 775 555 0142"},
}

// The zones that a location ships to: countries, or provinces of one country.
var zones = []struct{ name, location, places string }{
	{"Europe", "Hamburg Warehouse", "de fr nl be at it es"},
	{"United Kingdom", "Hamburg Warehouse", "gb"},
	{"United States", "Reno Warehouse", "us"},
	{"California", "Reno Warehouse", "us-ca"},
}

var shippingTypes = []struct{ code, label, about string }{
	{"standard", "Standard", "Three to five days"},
	{"express", "Express", "The next working day"},
	{"return", "Return", "A label for your parcel back"},
}

// The price of shipping, and a lower one from some cart total on.
var shipping = []struct {
	name, zone, kind, currency, price string
	from                              []step
}{
	{"Parcel", "Europe", "standard", "eur", "5.9", []step{{"100", "0"}}},
	{"Express", "Europe", "express", "eur", "14.9", nil},
	{"Return parcel", "Europe", "return", "eur", "4.5", nil},
	{"Tracked 48", "United Kingdom", "standard", "gbp", "4.9", []step{{"50", "2.5"}, {"90", "0"}}},
	{"Tracked 24", "United Kingdom", "express", "gbp", "8.9", nil},
	{"Return parcel", "United Kingdom", "return", "gbp", "3.9", nil},
	{"Ground", "United States", "standard", "usd", "7.5", []step{{"120", "0"}}},
	{"Two-day air", "United States", "express", "usd", "19", nil},
	{"Return label", "United States", "return", "usd", "0", nil},
	{"Same-day courier", "California", "express", "usd", "24", nil},
}

type step struct{ total, price string }

// Rates for product types come after the default rate.
var taxes = []struct{ place, code, name, rate, kinds string }{
	{"de", "DE19", "MwSt.", "19", ""},
	{"de", "DE7", "MwSt. ermäßigt", "7", "Book Food"},
	{"fr", "FR20", "TVA", "20", ""},
	{"fr", "FR5", "TVA réduite", "5.5", "Book Food"},
	{"nl", "NL21", "BTW", "21", ""},
	{"nl", "NL9", "BTW laag", "9", "Book Food"},
	{"be", "BE21", "BTW / TVA", "21", ""},
	{"at", "AT20", "USt.", "20", ""},
	{"it", "IT22", "IVA", "22", ""},
	{"es", "ES21", "IVA", "21", ""},
	{"gb", "GB20", "VAT", "20", ""},
	{"gb", "GB0", "VAT zero-rated", "0", "Book Food"},
	{"us", "US0", "No federal sales tax", "0", ""},
	{"us-ca", "CA", "California sales tax", "7.25", ""},
	{"us-ny", "NY", "New York sales tax", "8.875", ""},
	{"us-ny", "NYFOOD", "New York groceries", "0", "Food"},
}

// The tree of categories; a parent comes before its children.
var categories = []struct{ handle, parent, name, about string }{
	{"clothing", "", "Clothing", "To be worn outside, and to be seen in."},
	{"outerwear", "clothing", "Outerwear", "The layer that meets the weather."},
	{"knitwear", "clothing", "Knitwear", "Wool and its imitators."},
	{"base-layers", "clothing", "Shirts & Base Layers", "What touches you."},
	{"footwear", "clothing", "Footwear", "What carries you home."},
	{"accessories", "clothing", "Accessories", "Heads, hands and feet."},
	{"hats", "accessories", "Hats", "Against wind from above."},
	{"socks", "accessories", "Socks", "For long days and cold floors."},
	{"gloves", "accessories", "Gloves", "For ropes and snowballs."},
	{"gear", "", "Gear", "To carry, to sleep in, to cook on."},
	{"packs", "gear", "Packs & Bags", "For a day, a weekend or the market."},
	{"camp", "gear", "Camp", "A home for a night."},
	{"tents", "camp", "Tents", "They stand when you are tired."},
	{"sleeping", "camp", "Sleeping", "Between you and the ground."},
	{"camp-kitchen", "camp", "Camp Kitchen", "Fire, water and something to stir."},
	{"lighting", "camp", "Lighting", "For reading and for finding the tent."},
	{"home", "", "Home", "For the evening after."},
	{"table", "home", "Table", "Plain things to eat from."},
	{"textiles", "home", "Blankets & Textiles", "Wool and linen that stay."},
	{"fragrance", "home", "Candles & Soap", "They smell of where you have been."},
	{"pantry", "home", "Pantry", "Keeps in a rucksack, and in a cupboard."},
	{"services", "", "Services", "What our hands can do for you."},
	{"books", "", "Books & Maps", "To plan with and to mend by."},
}

var collections = []struct{ handle, title string }{
	{"trail-classics", "Trail Classics"},
	{"first-frost", "First Frost"},
	{"grams-count", "Grams Count"},
	{"weekend-hut", "Weekend Hut"},
	{"slow-evenings", "Slow Evenings"},
}

var reasons = []struct{ value, parent, label, about string }{
	{"fit", "", "It does not fit", ""},
	{"too_small", "fit", "Too small", ""},
	{"too_large", "fit", "Too large", ""},
	{"faulty", "", "Something is wrong with it", ""},
	{"damaged", "faulty", "Damaged on arrival", "Keep the parcel, please: the carrier may ask for it"},
	{"defect", "faulty", "Broke in use", "We may offer to mend it"},
	{"wrong_item", "", "Not what was ordered", ""},
	{"changed_mind", "", "Changed my mind", ""},
}

// Stock in Hamburg and Reno, by the prefix of the SKU; the longest prefix that fits applies.
var stock = map[string][2]int{
	"":            {60, 45},
	"SOCK":        {400, 300},
	"SKARN-XL":    {4, 3},
	"HUSH-L-MOSS": {0, 0}, // sold out
	"LEE2-RUST":   {0, 2}, // in one location only
	"TITAN":       {0, 0},
	"CANDLE":      {6, 0},
	"TARN-38":     {0, 0},
	"TARN-45":     {1, 0},
	"KNIFE":       {25, 0},
}

var (
	backorder = map[string]bool{"CANDLE": true, "TARN-38": true}             // may be back-ordered
	unmanaged = map[string]bool{"REPAIR": true, "SOAP": true, "MATCH": true} // stock is not managed
	kits      = map[string]map[string]int{                                   // made of other variants
		"FIRSTNIGHT": {"HEARTH-MOSS": 2, "CANDLE": 1},
	}
	euroOnly   = map[string]bool{"KNIFE": true}          // sold in Europe only
	retailOnly = map[string]bool{"repair-voucher": true} // not in the wholesale portal
	pairs      = map[string]map[string][]step{           // lower prices from a quantity on, by currency
		"SOCK":  {"eur": {{"3", "17"}, {"6", "15"}}, "usd": {{"3", "19"}, {"6", "16.5"}}, "gbp": {{"3", "15"}, {"6", "13.5"}}},
		"TOWEL": {"eur": {{"4", "16"}, {"10", "14"}}, "usd": {{"4", "18"}, {"10", "15.5"}}, "gbp": {{"4", "14"}, {"10", "12.5"}}},
	}
)

// Price lists: the money of variants by the prefix of the SKU.
var priceLists = []struct {
	title, about, kind, group string
	prices                    map[string]string
}{
	{"Winter sale", "Until the snow is gone", "sale", "", map[string]string{
		"CAIRN": "119 129 99", "DRIZZLE": "89 95 79", "RIDGE": "35 39 29", "CORRIE-REGULAR": "249 265 219", "CROFT-RUST": "119 129 105", "FEATHER-SAND": "89 95 79",
	}},
	{"Hut keepers", "For the group of that name", "override", "Hut keepers", map[string]string{
		"HEARTH": "15 16.5 13", "BOWL": "18 19.5 16", "CROFT": "115 125 99", "OATS-1KG": "10.9 11.9 9.5", "CANDLE": "22 24 19",
	}},
}

var groups = []string{"Hut keepers", "Friends of the house"}

// A rule of a promotion: attribute, operator, values.
type rule struct{ attribute, operator, values string }

// Promotions. The values of rules on products, categories and regions are their handles and names.
var promotions = []promotion{
	{code: "HELLO10", about: "10 % off everything.", kind: "percentage", value: "10", target: "items", allocation: "across"},
	{code: "FIVER", about: "5 € off an order of 40 € or more, in Europe.", kind: "fixed", value: "5", currency: "eur", target: "order", allocation: "across", taxIncluded: true, rules: []rule{{"currency_code", "eq", "eur"}, {"item_total", "gte", "40"}}},
	{code: "ONTHEHOUSE", about: "Free shipping.", kind: "percentage", value: "100", target: "shipping_methods", allocation: "across"},
	{code: "WOOL15", about: "15 % off what is tagged as wool, up to three of each.", kind: "percentage", value: "15", target: "items", allocation: "each", most: 3, targets: []rule{{"items.product.tags.id", "in", "wool"}}, campaign: "Wool week"},
	{
		code: "SOCKSFREE", about: "A pair of Tramper Socks is free with Tarn Boots.", kind: "percentage", value: "100", target: "items", allocation: "each",
		most: 1, give: 1, buy: 1, buys: []rule{{"items.product.id", "in", "tarn-boots"}}, targets: []rule{{"items.product.id", "in", "tramper-socks"}},
	},
	{
		code: "THIRDMUG", about: "The third Hearth Mug is free.", kind: "percentage", value: "100", target: "items", allocation: "each", automatic: true,
		most: 1, give: 1, buy: 2, buys: []rule{{"items.product.id", "in", "hearth-mug"}}, targets: []rule{{"items.product.id", "in", "hearth-mug"}},
	},
}

type promotion struct {
	code, kind, value, currency string
	about                       string // a sentence for visitors
	target, allocation          string
	automatic, taxIncluded      bool
	most, give, buy             int // buy and give are numbers of units; most is the maximum quantity
	rules, targets, buys        []rule
	campaign                    string
}

var campaigns = []struct {
	name, identifier, about string
	uses                    string
}{
	{"Wool week", "wool-week", "Until the flock is bare again", "500"},
}

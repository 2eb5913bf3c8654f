package seed

import "slices"

// A product of the catalogue. The money of a variant is its price in euro, dollar and pound.
type product struct {
	handle, title, subtitle string
	about                   string
	picture, colour         string // the shape and colour of its image; the value of a Colour option takes precedence
	sku                     string
	kind, collection        string // the value of its type, the handle of its collection
	categories, tags        string // handles of categories, and tags, separated by spaces
	grams                   int
	material, origin, hs    string
	options                 []option
	money                   string
	dearer                  map[string]string // money of the variants with this option value
}

type option struct{ title, values string }

func size(values string) option   { return option{"Size", values} }
func colour(values string) option { return option{"Colour", values} }

var products = slices.Concat(outdoors, indoors)

var outdoors = []product{
	{
		handle: "skarn-shell-jacket", title: "Skarn Shell Jacket", subtitle: "Three layers against sideways rain",
		about:   "A hard shell that does not rustle. Taped seams, a hood that turns with your head, and pit zips long enough to matter. We mend it for as long as you wear it.",
		picture: "jacket", sku: "SKARN", kind: "Apparel", collection: "trail-classics", categories: "outerwear", tags: "waterproof repairable bestseller",
		grams: 480, material: "Recycled nylon", origin: "pt", hs: "620140", options: []option{size("S M L XL"), colour("Pine Ink Rust")}, money: "329 349 289",
	}, {
		handle: "hush-down-jacket", title: "Hush Down Jacket", subtitle: "Warm as a bed, packs like an apple",
		about:   "Traceable goose down behind a windproof ripstop. It stuffs into its own pocket and comes out looking none the worse.",
		picture: "jacket", sku: "HUSH", kind: "Apparel", collection: "first-frost", categories: "outerwear", tags: "new",
		grams: 390, material: "Down, recycled polyester", origin: "pt", hs: "620140", options: []option{size("S M L"), colour("Moss Ochre")}, money: "249 269 219",
	}, {
		handle: "drizzle-anorak", title: "Drizzle Anorak", subtitle: "For days that cannot decide",
		about:   "A light pull-over anorak with one big pocket for map, gloves and half a sandwich.",
		picture: "parka", sku: "DRIZZLE", kind: "Apparel", collection: "grams-count", categories: "outerwear", tags: "recycled waterproof",
		grams: 210, material: "Recycled polyester", origin: "pt", hs: "620130", options: []option{size("S M L"), colour("Ochre Slate")}, money: "129 139 115",
	}, {
		handle: "harbour-fleece", title: "Harbour Fleece", subtitle: "The one you leave in the car",
		about:   "High-pile fleece with a flat collar and pockets deep enough for cold hands. Knitted from old bottles.",
		picture: "sweater", sku: "HARBOUR", kind: "Apparel", collection: "weekend-hut", categories: "knitwear", tags: "recycled bestseller",
		grams: 520, material: "Recycled polyester", origin: "pt", hs: "611030", options: []option{size("S M L XL"), colour("Sand Pine")}, money: "99 109 89",
	}, {
		handle: "cairn-wool-jumper", title: "Cairn Wool Jumper", subtitle: "Five-gauge, undyed, a little scratchy",
		about:   "Spun from the fleece of hill sheep that nobody else wanted. It softens in a year and lasts for twenty.",
		picture: "sweater", sku: "CAIRN", kind: "Apparel", collection: "first-frost", categories: "knitwear", tags: "wool repairable",
		grams: 740, material: "Wool", origin: "gb", hs: "611011", options: []option{size("S M L"), colour("Sand Slate")}, money: "149 165 129",
	}, {
		handle: "fell-merino-tee", title: "Fell Merino Tee", subtitle: "Smells of nothing for a week",
		about:   "150-gram merino with flat seams. Under a shirt in winter, alone in summer.",
		picture: "shirt", sku: "FELL", kind: "Apparel", collection: "grams-count", categories: "base-layers", tags: "wool bestseller",
		grams: 140, material: "Merino wool", origin: "pt", hs: "610990", options: []option{size("S M L XL"), colour("Ink Moss Sand")}, money: "65 69 58", dearer: map[string]string{"XL": "69 74 62"},
	}, {
		handle: "fell-merino-longsleeve", title: "Fell Merino Long Sleeve", subtitle: "The same, down to the wrist",
		about:   "200-gram merino with thumb loops and a tail that stays tucked in.",
		picture: "sweater", sku: "FELL-LS", kind: "Apparel", collection: "first-frost", categories: "base-layers", tags: "wool",
		grams: 210, material: "Merino wool", origin: "pt", hs: "610990", options: []option{size("S M L"), colour("Ink Rust")}, money: "85 89 75",
	}, {
		handle: "byre-flannel-shirt", title: "Byre Flannel Shirt", subtitle: "Brushed on both sides",
		about:   "Organic cotton flannel, horn buttons and a yoke that gives when you swing an axe.",
		picture: "shirt", sku: "BYRE", kind: "Apparel", collection: "weekend-hut", categories: "base-layers", tags: "vegan",
		grams: 330, material: "Organic cotton", origin: "pt", hs: "620520", options: []option{size("S M L"), colour("Rust Pine")}, money: "79 85 69",
	}, {
		handle: "scree-trousers", title: "Scree Trousers", subtitle: "Walk, climb, sit by the fire",
		about:   "Stretch canvas with doubled knees and a gusset. Hems come unfinished on request.",
		picture: "trousers", sku: "SCREE", kind: "Apparel", collection: "trail-classics", categories: "outerwear", tags: "repairable",
		grams: 410, material: "Cotton, elastane", origin: "pt", hs: "620342", options: []option{size("30 32 34 36"), colour("Slate Moss")}, money: "119 129 105",
	}, {
		handle: "lambing-beanie", title: "Lambing Beanie", subtitle: "Named for the week it was needed",
		about:   "A deep-fold rib beanie from one strand of lambswool.",
		picture: "beanie", sku: "BEANIE", kind: "Apparel", collection: "first-frost", categories: "hats", tags: "wool gift",
		grams: 80, material: "Lambswool", origin: "gb", hs: "650500", options: []option{colour("Ochre Rust Ink Moss")}, money: "29 32 25",
	}, {
		handle: "tramper-socks", title: "Tramper Socks", subtitle: "One pair, guaranteed",
		about:   "Half-hose with a padded heel and no seam at the toe. Wear a hole in them and we send a new pair. Cheaper by three and by six.",
		picture: "sock", sku: "SOCK", kind: "Apparel", collection: "trail-classics", categories: "socks", tags: "wool bestseller gift",
		grams: 70, material: "Merino wool, nylon", origin: "it", hs: "611594", options: []option{size("36-39 40-43 44-47"), colour("Moss Slate")}, money: "19 21 17",
	}, {
		handle: "bothy-slipper-socks", title: "Bothy Slipper Socks", subtitle: "Boots off, these on",
		about:   "Thick boiled wool with a suede sole.",
		picture: "sock", sku: "BOTHY", kind: "Apparel", collection: "slow-evenings", categories: "socks", tags: "wool gift",
		grams: 220, material: "Boiled wool", origin: "at", hs: "640520", options: []option{size("36-39 40-43 44-47")}, colour: "Rust", money: "45 49 39",
	}, {
		handle: "ridge-gloves", title: "Ridge Gloves", subtitle: "Warm enough, thin enough",
		about:   "Wool fleece backed with goat leather where the rope runs.",
		picture: "glove", sku: "RIDGE", kind: "Apparel", collection: "first-frost", categories: "gloves", tags: "wool",
		grams: 95, material: "Wool, leather", origin: "it", hs: "611691", options: []option{size("S M L")}, colour: "Slate", money: "49 54 42",
	}, {
		handle: "tarn-boots", title: "Tarn Boots", subtitle: "Stitched, so that they can be soled again",
		about:   "A mid boot of waxed nubuck on a welted rubber sole. Break them in gently; they will return the kindness.",
		picture: "boot", sku: "TARN", kind: "Apparel", collection: "trail-classics", categories: "footwear", tags: "waterproof repairable",
		grams: 1240, material: "Leather", origin: "it", hs: "640391", options: []option{size("38 39 40 41 42 43 44 45")}, colour: "Ochre", money: "259 279 229",
	}, {
		handle: "drover-pack-38", title: "Drover Pack 38", subtitle: "Three days without a plan",
		about:   "One compartment, one lid, two straps that do not creak. The frame sheet comes out and makes a seat.",
		picture: "pack", sku: "DROVER", kind: "Equipment", collection: "trail-classics", categories: "packs", tags: "repairable bestseller",
		grams: 1120, material: "Waxed canvas", origin: "pl", hs: "420292", options: []option{colour("Pine Ochre Slate")}, money: "189 199 165",
	}, {
		handle: "feather-pack-22", title: "Feather Pack 22", subtitle: "A day, no more",
		about:   "A rolltop sack of laminated ripstop that weighs as much as two eggs.",
		picture: "pack", sku: "FEATHER", kind: "Equipment", collection: "grams-count", categories: "packs", tags: "waterproof recycled new",
		grams: 340, material: "Recycled nylon", origin: "pl", hs: "420292", options: []option{colour("Sand Ink")}, money: "119 129 105",
	}, {
		handle: "market-tote", title: "Market Tote", subtitle: "Carries ten books or one cabbage",
		about:   "The offcuts of the Drover, sewn into a bag.",
		picture: "tote", colour: "Sand", sku: "TOTE", kind: "Equipment", collection: "weekend-hut", categories: "packs", tags: "vegan gift",
		grams: 310, material: "Canvas", origin: "pl", hs: "420222", money: "24 26 21",
	}, {
		handle: "lee-tent-2", title: "Lee Tent 2", subtitle: "Two people who like each other",
		about:   "A four-season tunnel that stands in five minutes and in fifty knots. Two vestibules, so nobody climbs over anybody.",
		picture: "tent", sku: "LEE2", kind: "Equipment", collection: "weekend-hut", categories: "tents", tags: "waterproof repairable",
		grams: 2650, material: "Silicone nylon", origin: "ee", hs: "630622", options: []option{colour("Pine Rust")}, money: "649 699 569",
	}, {
		handle: "solo-bivvy", title: "Solo Bivvy", subtitle: "A tent for one who snores",
		about:   "A breathable sack with one hoop over the face. Very small, very dry.",
		picture: "bivvy", colour: "Moss", sku: "BIVVY", kind: "Equipment", collection: "grams-count", categories: "tents", tags: "waterproof",
		grams: 690, material: "Recycled nylon", origin: "ee", hs: "630622", money: "219 235 195",
	}, {
		handle: "corrie-sleeping-bag", title: "Corrie Sleeping Bag", subtitle: "Down to minus six",
		about:   "A roomy mummy with a zip that does not bite. The warmth is stated for people who feel the cold.",
		picture: "sleepingbag", sku: "CORRIE", kind: "Equipment", collection: "weekend-hut", categories: "sleeping", tags: "repairable",
		grams: 1180, material: "Down", origin: "pl", hs: "940430", options: []option{{"Length", "Regular Long"}}, colour: "Ink", money: "299 319 265", dearer: map[string]string{"Long": "319 339 282"},
	}, {
		handle: "cloud-mat", title: "Cloud Mat", subtitle: "Seven centimetres of air",
		about:   "Insulated, quiet, and narrow at the feet.",
		picture: "mat", sku: "CLOUD", kind: "Equipment", collection: "grams-count", categories: "sleeping", tags: "new",
		grams: 460, material: "Polyester", origin: "cz", hs: "940421", options: []option{{"Length", "Regular Long"}}, colour: "Ochre", money: "109 119 95", dearer: map[string]string{"Long": "125 135 109"},
	}, {
		handle: "hay-pillow", title: "Hay Pillow", subtitle: "Smells of July",
		about:   "A camp cushion filled with mountain hay and lavender.",
		picture: "cushion", colour: "Sand", sku: "HAY", kind: "Homeware", collection: "slow-evenings", categories: "sleeping textiles", tags: "gift",
		grams: 260, material: "Linen, hay", origin: "at", hs: "940490", money: "34 37 29",
	},
}

var indoors = []product{
	{
		handle: "ember-stove", title: "Ember Stove", subtitle: "Boils a litre on a handful of twigs",
		about:   "A folding wood stove of steel that turns straw-yellow, then blue, then yours.",
		picture: "stove", colour: "Slate", sku: "EMBER", kind: "Equipment", collection: "weekend-hut", categories: "camp-kitchen", tags: "repairable bestseller",
		grams: 610, material: "Stainless steel", origin: "se", hs: "732181", money: "79 85 69",
	}, {
		handle: "billy-pot", title: "Billy Pot", subtitle: "Lid, bail, spout",
		about:   "Hard-anodised aluminium, marked every quarter litre on the inside.",
		picture: "pot", sku: "BILLY", kind: "Equipment", collection: "grams-count", categories: "camp-kitchen", tags: "",
		grams: 190, material: "Aluminium", origin: "se", hs: "761510", options: []option{{"Volume", "0.9 l|1.8 l"}}, colour: "Slate", money: "39 42 34", dearer: map[string]string{"1.8 l": "52 56 46"},
	}, {
		handle: "titan-mug", title: "Titan Mug", subtitle: "Burns your lip only once",
		about:   "A single-walled titanium mug that may stand in the fire.",
		picture: "mug", colour: "Slate", sku: "TITAN", kind: "Equipment", collection: "grams-count", categories: "camp-kitchen", tags: "gift",
		grams: 68, material: "Titanium", origin: "jp", hs: "810890", money: "36 39 32",
	}, {
		handle: "watch-lantern", title: "Watch Lantern", subtitle: "Light for one table",
		about:   "A dimmable lantern that charges from the sun or a plug and runs four nights.",
		picture: "lantern", sku: "WATCH", kind: "Equipment", collection: "weekend-hut", categories: "lighting", tags: "repairable new",
		grams: 290, material: "Aluminium, glass", origin: "de", hs: "940542", options: []option{colour("Ochre Slate")}, money: "69 75 59",
	}, {
		handle: "pocket-knife", title: "Whittler Knife", subtitle: "One blade, no corkscrew",
		about:   "Carbon steel and olive wood. Ships to adults.",
		picture: "knife", colour: "Ochre", sku: "KNIFE", kind: "Equipment", collection: "trail-classics", categories: "camp-kitchen", tags: "gift repairable",
		grams: 85, material: "Carbon steel, olive wood", origin: "fr", hs: "821193", money: "42 45 37",
	}, {
		handle: "spring-flask", title: "Spring Flask", subtitle: "Hot at six, hot at noon",
		about:   "Double-walled steel with a cup for a lid.",
		picture: "bottle", sku: "FLASK", kind: "Equipment", collection: "trail-classics", categories: "camp-kitchen", tags: "bestseller gift",
		grams: 380, material: "Stainless steel", origin: "de", hs: "961700", options: []option{{"Volume", "0.5 l|1 l"}, colour("Pine Rust Sand")}, money: "34 37 29", dearer: map[string]string{"1 l": "44 48 38"},
	}, {
		handle: "hearth-mug", title: "Hearth Mug", subtitle: "330 ml of quiet",
		about:   "Thrown by hand from stoneware clay. No two are alike, and all of them stack.",
		picture: "mug", sku: "HEARTH", kind: "Homeware", collection: "slow-evenings", categories: "table", tags: "gift bestseller",
		grams: 340, material: "Stoneware", origin: "pt", hs: "691200", options: []option{{"Glaze", "Sand Moss Ink"}}, money: "22 24 19",
	}, {
		handle: "supper-bowl", title: "Supper Bowl", subtitle: "Soup, stew, cereal",
		about:   "The mug's larger sister.",
		picture: "bowl", sku: "BOWL", kind: "Homeware", collection: "slow-evenings", categories: "table", tags: "",
		grams: 520, material: "Stoneware", origin: "pt", hs: "691200", options: []option{{"Glaze", "Sand Moss"}}, money: "26 28 23",
	}, {
		handle: "larch-board", title: "Larch Board", subtitle: "Bread on one side, cheese on the other",
		about:   "A board from one plank, oiled twice.",
		picture: "board", colour: "Ochre", sku: "LARCH", kind: "Homeware", collection: "slow-evenings", categories: "table", tags: "gift",
		grams: 900, material: "Larch", origin: "at", hs: "441911", money: "48 52 42",
	}, {
		handle: "croft-blanket", title: "Croft Blanket", subtitle: "For two, or one and a dog",
		about:   "Woven in one width from lambswool, with a blanket-stitch edge.",
		picture: "blanket", sku: "CROFT", kind: "Homeware", collection: "slow-evenings", categories: "textiles", tags: "wool gift bestseller",
		grams: 1350, material: "Lambswool", origin: "gb", hs: "630120", options: []option{colour("Moss Rust Slate")}, money: "159 175 139",
	}, {
		handle: "peat-cushion", title: "Peat Cushion", subtitle: "Linen over wool",
		about:   "Stonewashed linen with a wool filling that springs back.",
		picture: "cushion", sku: "PEAT", kind: "Homeware", collection: "slow-evenings", categories: "textiles", tags: "wool",
		grams: 640, material: "Linen, wool", origin: "be", hs: "940490", options: []option{colour("Ochre Ink")}, money: "59 65 52",
	}, {
		handle: "tea-towel-pair", title: "Tea Towel Pair", subtitle: "They dry things",
		about:   "Two half-linen towels with a loop. Cheaper by four and by ten.",
		picture: "towel", colour: "Sand", sku: "TOWEL", kind: "Homeware", collection: "slow-evenings", categories: "textiles table", tags: "vegan gift",
		grams: 180, material: "Linen, cotton", origin: "be", hs: "630293", money: "18 20 16",
	}, {
		handle: "bog-myrtle-candle", title: "Bog Myrtle Candle", subtitle: "Forty hours of moor",
		about:   "Rapeseed wax in a jar worth keeping. Poured to order when the shelf is empty.",
		picture: "candle", colour: "Moss", sku: "CANDLE", kind: "Homeware", collection: "slow-evenings", categories: "fragrance", tags: "vegan gift new",
		grams: 420, material: "Rapeseed wax", origin: "gb", hs: "340600", money: "32 35 28",
	}, {
		handle: "cedar-soap", title: "Cedar Soap", subtitle: "Also for wool",
		about:   "A cold-made bar that washes hands, dishes and jumpers.",
		picture: "soap", colour: "Rust", sku: "SOAP", kind: "Homeware", collection: "weekend-hut", categories: "fragrance", tags: "vegan",
		grams: 110, origin: "fr", hs: "340111", money: "9.5 10.5 8.5",
	}, {
		handle: "storm-matches", title: "Storm Matches", subtitle: "Twenty, dipped in wax",
		about:   "They burn in rain for nine seconds, which is enough.",
		picture: "matches", colour: "Rust", sku: "MATCH", kind: "Equipment", collection: "weekend-hut", categories: "camp-kitchen lighting", tags: "",
		grams: 40, origin: "se", hs: "360500", money: "4.9 5.5 4.2",
	}, {
		handle: "slow-maps", title: "Slow Maps", subtitle: "Forty walks that end at a table",
		about:   "Hand-drawn maps of routes between inns, huts and kitchens, with what to order.",
		picture: "book", sku: "MAPS", kind: "Book", collection: "weekend-hut", categories: "books", tags: "gift new",
		grams: 480, material: "Paper", origin: "de", hs: "490199", options: []option{{"Binding", "Paperback|Clothbound"}}, colour: "Pine", money: "24 26 21", dearer: map[string]string{"Clothbound": "38 42 34"},
	}, {
		handle: "mend-it", title: "Mend It", subtitle: "A field guide to holes",
		about:   "Darning, patching, seam-sealing and when to stop.",
		picture: "book", colour: "Rust", sku: "MEND", kind: "Book", collection: "trail-classics", categories: "books", tags: "repairable gift",
		grams: 260, material: "Paper", origin: "de", hs: "490199", money: "19 21 17",
	}, {
		handle: "hut-oats", title: "Hut Oats", subtitle: "Breakfast that waits",
		about:   "Toasted oats, apple and hazelnut. Add water, hot or not.",
		picture: "jar", colour: "Ochre", sku: "OATS", kind: "Food", collection: "weekend-hut", categories: "pantry", tags: "vegan",
		grams: 450, origin: "de", hs: "190420", options: []option{{"Weight", "450 g|1 kg"}}, money: "7.9 8.9 6.9", dearer: map[string]string{"1 kg": "14.9 16.5 12.9"},
	}, {
		handle: "pine-honey", title: "Pine Honey", subtitle: "Dark, not very sweet",
		about:   "From hives that stand above the tree line for six weeks a year.",
		picture: "jar", colour: "Rust", sku: "HONEY", kind: "Food", collection: "slow-evenings", categories: "pantry", tags: "gift",
		grams: 350, origin: "at", hs: "040900", money: "12.5 13.9 10.9",
	}, {
		handle: "first-night-box", title: "First Night Box", subtitle: "Everything for the first evening in the hut",
		about:   "Two Hearth Mugs in Moss and one Bog Myrtle Candle, packed in straw.",
		picture: "box", colour: "Ochre", sku: "FIRSTNIGHT", kind: "Homeware", collection: "slow-evenings", categories: "table fragrance", tags: "gift new",
		grams: 1150, origin: "pt", hs: "691200", money: "69 75 59",
	}, {
		handle: "repair-voucher", title: "Repair Voucher", subtitle: "An hour with our menders",
		about:   "Send us something broken. It need not be ours.",
		picture: "voucher", colour: "Ink", sku: "REPAIR", kind: "Homeware", collection: "trail-classics", categories: "services", tags: "repairable gift",
		grams: 5, origin: "de", hs: "491199", money: "35 39 30",
	},
}

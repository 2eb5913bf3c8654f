package seed

// What generated products are made of. Their titles are a place, a quality and a good: "Carrick Waxed Rain Jacket".

// A good is a kind of thing that the shop sells.
type good struct {
	name, code string
	picture    string
	shelf      string // the handle of a shelf
	kind       string // the value of its type
	low, high  int    // what it costs in whole euros
	grams      int
	hs         string
	sizes      option // of 3 values
	colour     string // the title of the option whose values are colours
	third      option // of 2 values, which some have
	materials  string
}

var (
	letters = option{"Size", "S M L"}
	feet    = option{"Size", "36-39 40-43 44-47"}
	fits    = option{"Fit", "Regular Tall"}
)

var goods = []good{
	{"Rain Jacket", "RJ", "jacket", "wear-jackets", "Apparel", 129, 420, 480, "620140", letters, "Colour", fits, "nylon|recycled nylon|waxed cotton"},
	{"Down Jacket", "DJ", "jacket", "wear-jackets", "Apparel", 149, 390, 390, "620140", letters, "Colour", fits, "down|recycled polyester"},
	{"Windbreaker", "WB", "jacket", "wear-jackets", "Apparel", 69, 180, 160, "620130", letters, "Colour", fits, "nylon|cotton"},
	{"Jumper", "JU", "sweater", "wear-knitwear", "Apparel", 59, 210, 620, "611011", letters, "Colour", option{"Neck", "Crew Roll"}, "lambswool|merino wool|cotton"},
	{"Cardigan", "CA", "sweater", "wear-knitwear", "Apparel", 69, 220, 650, "611011", letters, "Colour", fits, "lambswool|merino wool"},
	{"Fleece", "FL", "sweater", "wear-knitwear", "Apparel", 49, 150, 510, "611030", letters, "Colour", option{"Front", "Closed|Zipped"}, "recycled polyester|wool"},
	{"Shirt", "SH", "shirt", "wear-shirts", "Apparel", 39, 120, 300, "620520", letters, "Colour", fits, "organic cotton|linen|flannel"},
	{"Tee", "TE", "shirt", "wear-shirts", "Apparel", 19, 75, 150, "610990", letters, "Colour", option{"Sleeve", "Short Long"}, "merino wool|organic cotton"},
	{"Trousers", "TR", "trousers", "wear-trousers", "Apparel", 59, 190, 420, "620342", option{"Size", "30 32 34"}, "Colour", option{"Length", "Regular Long"}, "canvas|corduroy|wool"},
	{"Shorts", "SO", "trousers", "wear-trousers", "Apparel", 39, 99, 260, "620342", option{"Size", "30 32 34"}, "Colour", fits, "canvas|nylon"},
	{"Beanie", "BE", "beanie", "wear-small", "Apparel", 15, 49, 80, "650500", option{"Size", "One Kids Large"}, "Colour", option{"Fold", "Single Double"}, "lambswool|merino wool|acrylic"},
	{"Socks", "SK", "sock", "wear-small", "Apparel", 9, 39, 70, "611594", feet, "Colour", option{"Height", "Ankle Calf"}, "merino wool|cotton"},
	{"Gloves", "GL", "glove", "wear-small", "Apparel", 19, 110, 95, "611691", letters, "Colour", option{"Lining", "None Wool"}, "wool|goat leather|softshell"},
	{"Hiking Boots", "HB", "boot", "walk-boots", "Footwear", 119, 340, 1240, "640391", feet, "Colour", option{"Width", "Regular Wide"}, "leather|nubuck|suede"},
	{"Trail Shoes", "TS", "boot", "walk-shoes", "Footwear", 79, 190, 640, "640411", feet, "Colour", option{"Width", "Regular Wide"}, "mesh|recycled nylon"},
	{"Hut Slippers", "HS", "sock", "walk-shoes", "Footwear", 29, 80, 220, "640520", feet, "Colour", option{"Sole", "Suede Rubber"}, "boiled wool|felt"},
	{"Rucksack", "RU", "pack", "carry-packs", "Equipment", 59, 290, 1100, "420292", option{"Volume", "18 l|28 l|38 l"}, "Colour", option{"Back", "Short Long"}, "waxed canvas|ripstop"},
	{"Roll-Top Bag", "RT", "pack", "carry-packs", "Equipment", 49, 160, 640, "420292", option{"Volume", "12 l|18 l|24 l"}, "Colour", option{"Strap", "Single Double"}, "laminated ripstop|canvas"},
	{"Tote", "TO", "pack", "carry-bags", "Equipment", 15, 65, 310, "420222", option{"Size", "Small Medium Large"}, "Colour", option{"Handles", "Short Long"}, "canvas|jute|linen"},
	{"Dry Bag", "DB", "pack", "carry-bags", "Equipment", 12, 48, 120, "420292", option{"Volume", "5 l|10 l|20 l"}, "Colour", option{"Valve", "None Fitted"}, "nylon|tarpaulin"},
	{"Tent", "TN", "tent", "rest-tents", "Equipment", 189, 890, 2650, "630622", option{"Sleeps", "1 2 3"}, "Colour", option{"Seasons", "Three Four"}, "silicone nylon|cotton canvas"},
	{"Tarp", "TA", "tent", "rest-tents", "Equipment", 39, 190, 520, "630619", option{"Size", "2 × 3 m|3 × 3 m|3 × 4 m"}, "Colour", option{"Poles", "None Two"}, "silicone nylon|polyester"},
	{"Sleeping Bag", "SB", "sleepingbag", "rest-beds", "Equipment", 89, 460, 1180, "940430", option{"Length", "Short Regular Long"}, "Colour", option{"Zip", "Left Right"}, "down|recycled polyester"},
	{"Sleeping Mat", "SM", "mat", "rest-beds", "Equipment", 29, 190, 460, "940421", option{"Length", "Short Regular Long"}, "Colour", option{"Width", "Regular Wide"}, "polyester|foam"},
	{"Cushion", "CU", "cushion", "rest-textiles", "Homeware", 25, 95, 640, "940490", option{"Size", "30 cm|45 cm|60 cm"}, "Colour", option{"Filling", "Wool Feather"}, "linen|velvet|wool"},
	{"Blanket", "BL", "blanket", "rest-textiles", "Homeware", 59, 260, 1350, "630120", option{"Size", "Knee Single Double"}, "Colour", option{"Edge", "Fringed Stitched"}, "lambswool|alpaca|cotton"},
	{"Camp Stove", "CS", "stove", "cook-stoves", "Equipment", 35, 190, 610, "732181", option{"Size", "Small Medium Large"}, "Colour", option{"Fuel", "Wood Gas"}, "stainless steel|titanium"},
	{"Pot", "PO", "pot", "cook-pots", "Equipment", 25, 120, 290, "761510", option{"Volume", "0.9 l|1.4 l|1.8 l"}, "Colour", option{"Lid", "Flat Domed"}, "aluminium|titanium|enamelled steel"},
	{"Mug", "MU", "mug", "cook-cups", "Homeware", 9, 42, 340, "691200", option{"Volume", "0.2 l|0.3 l|0.4 l"}, "Glaze", option{"Finish", "Matt Gloss"}, "stoneware|enamelled steel|porcelain"},
	{"Bowl", "BO", "bowl", "cook-cups", "Homeware", 12, 48, 520, "691200", option{"Size", "Small Medium Large"}, "Glaze", option{"Finish", "Matt Gloss"}, "stoneware|birch"},
	{"Flask", "FK", "bottle", "cook-cups", "Equipment", 19, 68, 380, "961700", option{"Volume", "0.5 l|0.75 l|1 l"}, "Colour", option{"Cap", "Screw Cup"}, "stainless steel|glass"},
	{"Lantern", "LA", "lantern", "rest-light", "Equipment", 25, 140, 290, "940542", option{"Light", "100 lm|200 lm|400 lm"}, "Colour", option{"Power", "Solar Plug"}, "aluminium|glass|brass"},
	{"Candle", "CN", "candle", "rest-light", "Homeware", 9, 48, 420, "340600", option{"Burns", "20 h|40 h|60 h"}, "Colour", option{"Wick", "Cotton Wood"}, "rapeseed wax|beeswax"},
	{"Pocket Knife", "KN", "knife", "cook-tools", "Equipment", 19, 140, 85, "821193", option{"Blade", "6 cm|7 cm|8 cm"}, "Handle", option{"Steel", "Carbon Stainless"}, "olive wood|larch|horn"},
	{"Board", "BD", "board", "cook-tools", "Homeware", 19, 95, 900, "441911", option{"Size", "Small Medium Large"}, "Stain", option{"Groove", "None Cut"}, "larch|oak|beech"},
	{"Soap", "SP", "soap", "taste-care", "Homeware", 4, 18, 110, "340111", option{"Weight", "60 g|110 g|220 g"}, "Wrapper", option{"Scent", "None Cedar"}, "olive oil|tallow"},
	{"Matches", "MA", "box", "taste-care", "Equipment", 3, 12, 40, "360500", option{"Pieces", "20 50 100"}, "Box", option{"Tips", "Plain Storm"}, "aspen"},
	{"Guide Book", "GB", "book", "taste-books", "Book", 14, 58, 480, "490199", option{"Binding", "Paperback Hardback Clothbound"}, "Cover", option{"Language", "English German"}, "paper"},
	{"Oats", "OA", "jar", "taste-pantry", "Food", 4, 19, 450, "190420", option{"Weight", "250 g|450 g|1 kg"}, "Label", option{"Flavour", "Plain Apple"}, "oats"},
	{"Honey", "HO", "jar", "taste-pantry", "Food", 6, 28, 350, "040900", option{"Weight", "125 g|250 g|500 g"}, "Label", option{"Kind", "Forest Heather"}, "honey"},
}

// places and qualities begin titles.
var (
	places = words(`Achill Aird Allerdale Arkle Askrigg Assynt Bannock Barra Beinn Blencathra Borrow Braemar Brecon Brough Buttermere Cairngorm Carrick Cheviot
Clisham Corrour Coverdale Crianlarich Cuillin Dale Dartmoor Derwent Dovrefjell Dunmail Duddon Eigg Ennerdale Eskdale Esk Fairfield Femund Foula Galloway Garsdale
Glaramara Glencoe Grasmere Grizedale Hardanger Harris Haweswater Helvellyn Hollin Howgill Ingleton Islay Jotun Jura Kentmere Kinder Kintail Knoydart Langdale Lewis
Lofoten Lorton Malham Mardale Matterdale Merrick Morven Mosedale Mull Nevis Nidderdale Orkney Ossian Otterburn Patterdale Pennine Quiraing Rannoch Raasay Ravenglass
Rondane Rydal Sarek Scafell Seathwaite Shiel Skye Snaefell Staffin Stainmore Suilven Swaledale Tarn Teesdale Torridon Tryfan Ullswater Uist Wasdale Wensley Yarrow`)
	qualities = words(`Amber Ashen Brushed Coarse Double Drover's Early Everyday Featherweight Field Fine Folded Ghillie's Hand-Cut Heavy Keeper's Lasting Light Long
Lowland Midnight Mild Northern Old Packable Plain Quiet Ranger's Rugged Shepherd's Simple Slow Small Soft Steady Storm Thick Washed Waxed Winter Woven`)
)

// sentences are what descriptions are made of.
var sentences = words(`Made of {material} in a workshop near {place}, by people who use it themselves.|It began as a favour for a friend and stayed.|The seams are bound, the edges turned, and nothing rattles.|We chose {material} because it can be mended with a needle and an evening.|Named after {place}, where the first one got wet.|It wears in rather than out.|There is room for a second pair of socks, and that is usually enough.|Tested for two winters on the path above {place}.|No plastic in the parcel, and none in the seams.|Send it back when it breaks and we mend it.|Light enough to forget, stout enough to lend.|The colours come from the same hill, in different weather.|It dries overnight above a stove.|One size of everything would have been easier; we made three.`)

// departments are the roots of the tree of generated categories.
var departments = []struct{ handle, name string }{
	{"wear", "Wear"}, {"walk", "Walk"}, {"carry", "Carry"}, {"rest", "Rest"}, {"cook", "Cook"}, {"taste", "Taste & Read"},
}

// shelves are the second level of the tree. The part before the dash is the handle of its department.
var shelves = []struct{ handle, name string }{
	{"wear-jackets", "Jackets"},
	{"wear-knitwear", "Jumpers & Fleeces"},
	{"wear-shirts", "Shirts & Tees"},
	{"wear-trousers", "Trousers & Shorts"},
	{"wear-small", "Hats, Socks & Gloves"},
	{"walk-boots", "Boots"},
	{"walk-shoes", "Shoes & Slippers"},
	{"carry-packs", "Rucksacks"},
	{"carry-bags", "Totes & Dry Bags"},
	{"rest-tents", "Tents & Tarps"},
	{"rest-beds", "Sleeping"},
	{"rest-textiles", "Cushions & Blankets"},
	{"rest-light", "Lanterns & Candles"},
	{"cook-stoves", "Stoves"},
	{"cook-pots", "Pots"},
	{"cook-cups", "Mugs, Bowls & Flasks"},
	{"cook-tools", "Knives & Boards"},
	{"taste-care", "Soap & Matches"},
	{"taste-books", "Guide Books"},
	{"taste-pantry", "Pantry"},
}

// uses are the third level of the tree, below each shelf. Products are in those that are hidden too.
var uses = []struct {
	handle, name       string
	inactive, internal bool
}{
	{handle: "day", name: "For the Day"},
	{handle: "weekend", name: "For a Weekend"},
	{handle: "winter", name: "For Winter"},
	{handle: "travel", name: "For the Train"},
	{handle: "home", name: "For Home"},
	{handle: "gift", name: "To Give Away"},
	{handle: "archive", name: "Archive", inactive: true},
	{handle: "buyers", name: "Buyers' Choice", internal: true},
}

var (
	times   = words("Spring Summer Autumn Winter")
	themes  = words("Crossing Hut Coast Ridge Valley Night Rain Sunday Market Orchard")
	labels  = words(`insulated windproof rainproof breathable quick-dry undyed organic recycled fair-trade handmade limited refurbished second-season small-batch new-in last-pairs staff-pick plastic-free machine-washable hand-wash stretch slim roomy packable reflective odourless warm cool lightweight heavyweight made-in-portugal made-in-scotland made-in-italy made-in-estonia hut-tested dog-proof for-two for-children under-50 bulk`)
	origins = words("pt gb it de pl at ee se fr be cz jp")
	colours = words("Pine Moss Ink Rust Ochre Slate Sand")
	care    = words("Hand wash, dry flat|Machine wash cold|Brush, air, repeat|Wipe with a damp cloth")
)

// generatedLists are the price lists of generated products. Share is how many products of a hundred are in it.
var generatedLists = []struct {
	title, about, kind, status string
	share, percent             int // of products; of the base price
	ends                       int // in days from now; 0: never
	grouped                    bool
}{
	{title: "Mid-season sale", about: "Until the shelves are empty", kind: "sale", status: "active", share: 9, percent: 80},
	{title: "Hundred days", about: "For a hundred days", kind: "sale", status: "active", share: 5, percent: 70, ends: 100},
	{title: "Club prices", about: "For the first customer group", kind: "override", status: "active", share: 4, percent: 90, grouped: true},
	{title: "Next year's sale", about: "Not decided yet", kind: "sale", status: "draft", share: 2, percent: 60},
}

package seed

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/storegraph/storegraph/model"
)

// An item is a product that is being generated, with what its variants have in common.
type item struct {
	*good
	id, code string // code begins the SKUs
	options  []option
	pictures []picture
	values   map[string]string // the ids of option values, by "title value"
	cents    int               // the price in euro cents
	rises    bool              // whether the last size costs more
	material string
	origin   string
	list     int  // the number of a price list, or one more
	regional bool // whether it has prices for regions
	stepped  bool // whether it has prices by quantity
	stock    stockKind
}

// A stockKind is how the stock of a product is kept.
type stockKind int

const (
	inStock stockKind = iota
	soldOut
	backOrdered
	notManaged
)

// product generates the product with a number, and returns its id.
func (f *filler) product(i int) string {
	f.draw(uint64(i), f.created(i))
	place, title, g := f.name(i)
	p := f.item(i, g)
	row := model.Product{
		ID: p.id, Title: title, Handle: handleOf(title), Subtitle: ptr(capital(p.material) + ", from " + place), Description: ptr(f.about(place, p.material)),
		Status: f.status(), Thumbnail: ptr(p.pictures[0].url), Weight: measure(g.grams), OriginCountry: &p.origin, HsCode: &g.hs,
		Material: ptr(capital(p.material)), TypeID: ptr(f.ids["type "+g.kind]), Discountable: true, CreatedAt: f.stamps().CreatedAt, UpdatedAt: f.stamps().UpdatedAt,
	}
	if f.chance(90) {
		row.CollectionID = ptr(f.ids["collection "+handleOf(f.one(times)+" "+f.one(themes))])
	}
	if f.chance(30) {
		row.Metadata = jsonOf(map[string]any{"care": f.one(care), "season": f.one(times)})
	}
	put(f.sheet, "product", row)
	f.placed(p)
	f.images(p)
	f.options(p)
	for rank, choice := range choices(p.options) {
		f.variant(p, rank, choice)
	}
	return p.id
}

func (f *filler) item(i int, g *good) *item {
	p := &item{
		good: g, id: f.id("prod"), code: fmt.Sprintf("%s-%06d", g.code, i), cents: f.price(g), rises: f.chance(25), material: f.one(strings.Split(g.materials, "|")),
		origin: f.one(origins), list: f.inList(), regional: f.chance(40), stepped: f.chance(20),
	}
	switch n := f.random.IntN(100); {
	case n < 4:
		p.stock = soldOut
	case n < 8:
		p.stock = backOrdered
	case n < 13:
		p.stock = notManaged
	}
	p.options = f.shape(g)
	for _, c := range words(p.options[1].values) {
		p.pictures = append(p.pictures, picture{url: f.size.BaseURL + pictureURL(g.picture, c, false), colour: c})
	}
	p.pictures = append(p.pictures, picture{url: f.size.BaseURL + pictureURL(g.picture, p.pictures[0].colour, true)})
	return p
}

// shape returns the options of a product: most have 6 variants, some 4 or 8.
func (f *filler) shape(g *good) []option {
	sizes := words(g.sizes.values)
	two := f.random.Perm(len(colours))[:2]
	colour := option{g.colour, colours[two[0]] + "|" + colours[two[1]]}
	switch n := f.random.IntN(100); {
	case n < 60:
		return []option{g.sizes, colour}
	case n < 80:
		return []option{{g.sizes.title, strings.Join(sizes[:2], "|")}, colour, g.third}
	default:
		return []option{{g.sizes.title, strings.Join(sizes[1:], "|")}, colour}
	}
}

// price returns what a good costs in euro cents. More are cheap than dear.
func (f *filler) price(g *good) int {
	width := g.high - g.low + 1
	euros := g.low + min(f.random.IntN(width), f.random.IntN(width))
	return 100*euros + []int{0, 0, 50, 90, 95}[f.random.IntN(5)]
}

// inList draws one of the price lists, or none.
func (f *filler) inList() int {
	n := f.random.IntN(100)
	for i, l := range generatedLists {
		if n -= l.share; n < 0 {
			return i
		}
	}
	return len(generatedLists)
}

func (f *filler) status() model.ProductStatus {
	switch n := f.random.IntN(100); {
	case n < 3:
		return model.ProductStatusDraft
	case n < 5:
		return model.ProductStatusProposed
	case n < 6:
		return model.ProductStatusRejected
	default:
		return model.ProductStatusPublished
	}
}

// about returns a description of some sentences.
func (f *filler) about(place, material string) string {
	var out []string
	for _, n := range f.random.Perm(len(sentences))[:3+f.random.IntN(3)] {
		out = append(out, strings.NewReplacer("{material}", material, "{place}", place).Replace(sentences[n]))
	}
	return strings.Join(out, " ")
}

// placed puts a product where it is found.
func (f *filler) placed(p *item) {
	use := f.random.IntN(len(uses))
	shelf := "category " + p.shelf
	put(f.sheet, "product_category_product", categoryOfProductRow{p.id, f.ids[shelf+"-"+uses[use].handle]})
	if f.chance(40) {
		put(f.sheet, "product_category_product", categoryOfProductRow{p.id, f.ids[shelf+"-"+uses[(use+1)%len(uses)].handle]})
	}
	if f.chance(10) {
		put(f.sheet, "product_category_product", categoryOfProductRow{p.id, f.ids[shelf]})
	}
	first := f.random.IntN(len(labels))
	for n := range f.random.IntN(5) {
		put(f.sheet, "product_tags", tagOfProductRow{p.id, f.ids["tag "+labels[(first+n*n)%len(labels)]]})
	}
	for i, channel := range f.channels {
		if i == 0 && f.chance(93) || i > 0 && f.chance(20) {
			put(f.sheet, "product_sales_channel", productChannelRow{f.id("prodsc"), p.id, channel, f.stamps()})
		}
	}
	if f.profile != "" {
		put(f.sheet, "product_shipping_profile", productProfileRow{f.id("prodsp"), p.id, f.profile, f.stamps()})
	}
}

func (f *filler) images(p *item) {
	for i := range p.pictures {
		p.pictures[i].id = f.id("img")
		put(f.sheet, "image", model.ProductImage{
			ID: p.pictures[i].id, URL: p.pictures[i].url, Rank: i, ProductID: p.id, CreatedAt: f.stamps().CreatedAt, UpdatedAt: f.stamps().UpdatedAt,
		})
	}
	p.pictures = p.pictures[:len(p.pictures)-1] // the close-up is of no variant
}

func (f *filler) options(p *item) {
	p.values = map[string]string{}
	at := f.stamps()
	for _, o := range p.options {
		opt, link := f.id("opt"), f.id("prodopt")
		put(f.sheet, "product_option", model.ProductOption{ID: opt, Title: o.title, IsExclusive: true, CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt})
		put(f.sheet, "product_product_option", optionOfProductRow{link, p.id, opt, at})
		for rank, value := range words(o.values) {
			id := f.id("optval")
			p.values[o.title+" "+value] = id
			put(f.sheet, "product_option_value", model.ProductOptionValue{ID: id, Value: value, Rank: &rank, OptionID: &opt, CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt})
			put(f.sheet, "product_product_option_value", valueOfProductRow{f.id("prodoptval"), link, id, at})
		}
	}
}

// inSku makes a part of a stock keeping unit of the value of an option.
var inSku = strings.NewReplacer(" ", "", "×", "X", ".", "")

func (f *filler) variant(p *item, rank int, choice []option) {
	sku, titles, id := p.code, []string{}, f.id("variant")
	at := f.stamps()
	for _, c := range choice {
		titles = append(titles, c.values)
		sku += "-" + strings.ToUpper(inSku.Replace(c.values))
	}
	row := model.ProductVariant{
		ID: id, Title: strings.Join(titles, " / "), Sku: &sku, AllowBackorder: p.stock == backOrdered, ManageInventory: p.stock != notManaged,
		OriginCountry: &p.origin, HsCode: &p.hs, Weight: measure(p.grams), VariantRank: &rank, ProductID: &p.id, CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt,
	}
	own := p.pictures[0]
	if choice[1].values != own.colour {
		own = p.pictures[1]
	}
	row.Thumbnail = &own.url
	put(f.sheet, "product_variant", row)
	put(f.sheet, "product_variant_product_image", imageOfVariantRow{f.id("pvpi"), id, own.id, at})
	for _, c := range choice {
		put(f.sheet, "product_variant_option", valueOfVariantRow{id, p.values[c.title+" "+c.values]})
	}
	cents := p.cents
	if sizes := words(p.options[0].values); p.rises && choice[0].values == sizes[len(sizes)-1] {
		cents += (cents/10 + 99) / 100 * 100
	}
	f.prices(p, id, cents)
	if row.ManageInventory {
		f.stock(p, &row)
	}
}

// euros are what a euro is in hundredths of other currencies. Those that are not here are taken for as much as a dollar.
var euros = map[string]int{"eur": 100, "gbp": 87, "chf": 96, "usd": 108, "cad": 148, "aud": 165, "nzd": 180, "dkk": 746, "sek": 1130, "nok": 1160, "pln": 430, "jpy": 16200}

// amount returns cents in another currency: with its own decimal places, and never nothing.
func amount(cents int, currency string) model.Amount {
	rate := euros[currency]
	if rate == 0 {
		rate = 108
	}
	a := model.Amount{Decimal: decimal.New(int64(max(cents, 100)*rate), -4)}
	if len(a.Truncate(0).String()) > 2 { // nobody writes a price of three digits with pence
		return model.Amount{Decimal: a.Round(0)}
	}
	return a.In(currency)
}

// prices makes the prices of a variant: in all currencies and, of some products, of a list, in regions and by quantity.
func (f *filler) prices(p *item, variant string, cents int) {
	set := f.id("pset")
	put(f.sheet, "price_set", priceSetRow{set, f.stamps()})
	put(f.sheet, "product_variant_price_set", variantPriceSetRow{f.id("pvps"), variant, set, f.stamps()})
	for _, code := range f.money {
		f.amount(model.Price{PriceSetID: set, CurrencyCode: code, Amount: amount(cents, code)})
		if p.list < len(generatedLists) {
			l := generatedLists[p.list]
			if id := f.ids["list "+l.title]; id != "" {
				f.amount(model.Price{PriceSetID: set, CurrencyCode: code, Amount: amount(cents*l.percent/100, code), PriceListID: &id})
			}
		}
		if p.stepped {
			three, nine, ten := model.NewAmount(3), model.NewAmount(9), model.NewAmount(10)
			f.amount(model.Price{PriceSetID: set, CurrencyCode: code, Amount: amount(cents*92/100, code), MinQuantity: &three, MaxQuantity: &nine})
			f.amount(model.Price{PriceSetID: set, CurrencyCode: code, Amount: amount(cents*85/100, code), MinQuantity: &ten})
		}
	}
	if !p.regional {
		return
	}
	for i, r := range f.regions {
		price := f.amount(model.Price{PriceSetID: set, CurrencyCode: r.currency, Amount: amount(cents*(96+i%3*5)/100, r.currency), RulesCount: 1})
		put(f.sheet, "price_rule", priceRuleRow{ID: f.id("prule"), Attribute: "region_id", Operator: "eq", Value: r.id, PriceID: price, stamps: f.stamps()})
	}
}

// amount puts a price and returns its id.
func (f *filler) amount(p model.Price) string {
	p.ID, p.RawAmount = f.id("price"), p.Amount.Raw()
	p.CreatedAt, p.UpdatedAt = f.stamps().CreatedAt, f.stamps().UpdatedAt
	if p.MinQuantity != nil {
		p.RawMinQuantity = p.MinQuantity.Raw()
	}
	if p.MaxQuantity != nil {
		p.RawMaxQuantity = p.MaxQuantity.Raw()
	}
	put(f.sheet, "price", p)
	return p.ID
}

// stock makes the inventory item of a variant and its stock in each location.
func (f *filler) stock(p *item, v *model.ProductVariant) {
	at := f.stamps()
	id := f.id("iitem")
	put(f.sheet, "inventory_item", model.InventoryItem{
		ID: id, Sku: v.Sku, OriginCountry: v.OriginCountry, HsCode: v.HsCode, Weight: &p.grams, RequiresShipping: true,
		Description: &v.Title, Title: &v.Title, CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt,
	})
	put(f.sheet, "product_variant_inventory_item", model.VariantInventoryItem{
		ID: f.id("pvitem"), VariantID: v.ID, InventoryItemID: id, RequiredQuantity: model.NewAmount(1), CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt,
	})
	gone := p.stock == soldOut || p.stock == backOrdered && f.chance(60) || f.chance(8)
	none := model.NewAmount(0)
	for i, location := range f.stocks {
		here := none
		if !gone && (i == 0 || f.chance(75)) {
			here = model.NewAmount(int64(1 + min(f.random.IntN(300), f.random.IntN(300))))
		}
		put(f.sheet, "inventory_level", model.InventoryLevel{
			ID: f.id("ilev"), InventoryItemID: id, LocationID: location, StockedQuantity: here, RawStockedQuantity: here.Raw(), ReservedQuantity: none,
			RawReservedQuantity: none.Raw(), IncomingQuantity: none, RawIncomingQuantity: none.Raw(), CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt,
		})
	}
}

func measure(grams int) *model.Measure {
	m := model.Measure(grams)
	return &m
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

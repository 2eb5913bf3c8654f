package seed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// catalogue builds the products, with their variants, options, images, prices and stock, and what they are grouped by.
func (b *builder) catalogue() {
	for _, c := range categories {
		b.category(c.handle, c.parent, c.name, c.about)
	}
	for _, c := range collections {
		id := b.named("pcol", "collection", c.handle)
		put(&b.sheet, "product_collection", model.Collection{ID: id, Title: c.title, Handle: c.handle, CreatedAt: b.now(), UpdatedAt: b.now()})
		b.translate("product_collection", id, phrase{"title", c.title})
	}
	for _, p := range products {
		if _, built := b.ids["type "+p.kind]; !built {
			id := b.named("ptyp", "type", p.kind)
			put(&b.sheet, "product_type", model.ProductType{ID: id, Value: p.kind, CreatedAt: b.now(), UpdatedAt: b.now()})
			b.translate("product_type", id, phrase{"value", p.kind})
		}
		for _, tag := range words(p.tags) {
			if _, built := b.ids["tag "+tag]; !built {
				id := b.named("ptag", "tag", tag)
				put(&b.sheet, "product_tag", model.ProductTag{ID: id, Value: tag, CreatedAt: b.now(), UpdatedAt: b.now()})
				b.translate("product_tag", id, phrase{"value", tag})
			}
		}
	}
	for i := range products {
		b.product(&products[i])
	}
}

func (b *builder) category(handle, parent, name, about string) {
	row := model.ProductCategory{ID: b.named("pcat", "category", handle), Name: name, Description: about, Handle: handle, IsActive: true, CreatedAt: b.now(), UpdatedAt: b.now()}
	row.Mpath = row.ID
	if parent != "" {
		row.ParentCategoryID = ptr(b.ref("category", parent))
		row.Mpath = b.ref("mpath", parent) + "." + row.ID
	}
	b.ids["mpath "+handle] = row.Mpath
	for _, sibling := range categories {
		if sibling.handle == handle {
			break
		}
		if sibling.parent == parent {
			row.Rank++
		}
	}
	put(&b.sheet, "product_category", row)
	b.translate("product_category", row.ID, phrase{"name", name}, phrase{"description", about})
}

func (b *builder) product(p *product) {
	pictures := b.pictures(p)
	weight := model.Measure(p.grams)
	id := b.named("prod", "product", p.handle)
	put(&b.sheet, "product", model.Product{
		ID: id, Title: p.title, Handle: p.handle, Subtitle: ptr(p.subtitle), Description: ptr(p.about), Status: model.ProductStatusPublished,
		Thumbnail: ptr(pictures[0].url), Weight: &weight, OriginCountry: ptr(p.origin), HsCode: ptr(p.hs), Material: ptr(p.material),
		CollectionID: ptr(b.ref("collection", p.collection)), TypeID: ptr(b.ref("type", p.kind)), Discountable: true, CreatedAt: b.now(), UpdatedAt: b.now(),
	})
	b.translate("product", id, phrase{"title", p.title}, phrase{"subtitle", p.subtitle}, phrase{"description", p.about}, phrase{"material", p.material})
	for i := range pictures {
		pictures[i].id = b.id("img")
		put(&b.sheet, "image", model.ProductImage{ID: pictures[i].id, URL: pictures[i].url, Rank: i, ProductID: id, CreatedAt: b.now(), UpdatedAt: b.now()})
	}
	for _, c := range words(p.categories) {
		put(&b.sheet, "product_category_product", categoryOfProductRow{ProductID: id, ProductCategoryID: b.ref("category", c)})
	}
	for _, t := range words(p.tags) {
		put(&b.sheet, "product_tags", tagOfProductRow{ProductID: id, ProductTagID: b.ref("tag", t)})
	}
	for i, c := range channels {
		if i > 0 && retailOnly[p.handle] {
			continue
		}
		put(&b.sheet, "product_sales_channel", productChannelRow{ID: b.id("prodsc"), ProductID: id, SalesChannelID: b.ref("channel", c.name), stamps: b.stamps()})
	}
	put(&b.sheet, "product_shipping_profile", productProfileRow{ID: b.id("prodsp"), ProductID: id, ShippingProfileID: b.profile, stamps: b.stamps()})
	options := p.options
	if len(options) == 0 {
		options = []option{{"Default", "Default"}}
	}
	values := b.options(id, options)
	for rank, choice := range choices(options) {
		b.variant(p, rank, choice, values, pictures)
	}
}

// An image of a product; colour is empty if it is an image of every variant.
type picture struct{ id, url, colour string }

// pictures returns an image of each colour, and a close-up of the first.
func (b *builder) pictures(p *product) []picture {
	colours, several := p.colours()
	if !several {
		return []picture{{url: b.base + p.address("", false)}, {url: b.base + p.address("", true)}}
	}
	var out []picture
	for _, c := range colours {
		out = append(out, picture{url: b.base + p.address(c, false), colour: c})
	}
	return append(out, picture{url: b.base + p.address(colours[0], true)})
}

// colours returns the colours in which there are images of a product, and whether they are values of an option.
func (p *product) colours() (colours []string, several bool) {
	for _, o := range p.options {
		if o.title == "Colour" || o.title == "Glaze" {
			return words(o.values), true
		}
	}
	return []string{p.colour}, false
}

// options builds the options of a product and returns the ids of their values by "title value".
func (b *builder) options(product string, options []option) map[string]string {
	ids := map[string]string{}
	for _, o := range options {
		opt, link := b.id("opt"), b.id("prodopt")
		put(&b.sheet, "product_option", model.ProductOption{ID: opt, Title: o.title, IsExclusive: true, CreatedAt: b.now(), UpdatedAt: b.now()})
		put(&b.sheet, "product_product_option", optionOfProductRow{ID: link, ProductID: product, ProductOptionID: opt, stamps: b.stamps()})
		b.translate("product_option", opt, phrase{"title", o.title})
		for rank, value := range words(o.values) {
			id := b.id("optval")
			ids[o.title+" "+value] = id
			put(&b.sheet, "product_option_value", model.ProductOptionValue{ID: id, Value: value, Rank: &rank, OptionID: &opt, CreatedAt: b.now(), UpdatedAt: b.now()})
			b.translate("product_option_value", id, phrase{"value", value})
			put(&b.sheet, "product_product_option_value", valueOfProductRow{ID: b.id("prodoptval"), ProductProductOptionID: link, ProductOptionValueID: id, stamps: b.stamps()})
		}
	}
	return ids
}

// choices returns all combinations of the options' values; the last option varies fastest.
func choices(options []option) [][]option {
	all := [][]option{nil}
	for _, o := range options {
		var next [][]option
		for _, before := range all {
			for _, value := range words(o.values) {
				next = append(next, append(slices.Clip(before), option{o.title, value}))
			}
		}
		all = next
	}
	return all
}

func (b *builder) variant(p *product, rank int, choice []option, values map[string]string, pictures []picture) {
	sku, titles, money := p.sku, []string{}, p.money
	for _, c := range choice {
		titles = append(titles, c.values)
		if len(p.options) > 0 {
			sku += "-" + strings.ToUpper(strings.ReplaceAll(c.values, " ", ""))
		}
		if m := p.dearer[c.values]; m != "" {
			money = m
		}
	}
	product, weight := b.ref("product", p.handle), model.Measure(p.grams)
	id := b.named("variant", "variant", sku)
	row := model.ProductVariant{
		ID: id, Title: strings.Join(titles, " / "), Sku: &sku, AllowBackorder: backorder[sku], ManageInventory: !unmanaged[sku], OriginCountry: ptr(p.origin),
		HsCode: ptr(p.hs), Material: ptr(p.material), Weight: &weight, VariantRank: &rank, ProductID: &product, CreatedAt: b.now(), UpdatedAt: b.now(),
	}
	var own []picture
	for _, pic := range pictures {
		for _, c := range choice {
			if pic.colour == c.values {
				own = append(own, pic)
			}
		}
	}
	if len(own) > 0 {
		row.Thumbnail = &own[0].url
	}
	put(&b.sheet, "product_variant", row)
	b.translate("product_variant", id, phrase{"title", row.Title}, phrase{"material", p.material})
	for _, pic := range own {
		put(&b.sheet, "product_variant_product_image", imageOfVariantRow{ID: b.id("pvpi"), VariantID: id, ImageID: pic.id, stamps: b.stamps()})
	}
	for _, c := range choice {
		put(&b.sheet, "product_variant_option", valueOfVariantRow{VariantID: id, OptionValueID: values[c.title+" "+c.values]})
	}
	b.variantPrices(sku, money)
	if row.ManageInventory {
		b.stock(&row, p)
	}
	b.skus = append(b.skus, sku)
}

func (b *builder) variantPrices(sku, money string) {
	set := b.named("pset", "price set", sku)
	put(&b.sheet, "price_set", priceSetRow{ID: set, stamps: b.stamps()})
	put(&b.sheet, "product_variant_price_set", variantPriceSetRow{ID: b.id("pvps"), VariantID: b.ref("variant", sku), PriceSetID: set, stamps: b.stamps()})
	tiers, _ := longest(pairs, sku)
	for i, amount := range words(money) {
		if euroOnly[sku] && currencies[i] != "eur" {
			continue
		}
		b.price(set, currencies[i], amount)
		steps := tiers[currencies[i]]
		for n, s := range steps {
			a, least := model.MustAmount(s.price), model.MustAmount(s.total)
			row := model.Price{
				ID: b.id("price"), CurrencyCode: currencies[i], PriceSetID: set, Amount: a, RawAmount: a.Raw(), MinQuantity: &least, RawMinQuantity: least.Raw(),
				CreatedAt: b.now(), UpdatedAt: b.now(),
			}
			if n+1 < len(steps) {
				most := model.MustAmount(steps[n+1].total).Minus(model.NewAmount(1))
				row.MaxQuantity, row.RawMaxQuantity = &most, most.Raw()
			}
			put(&b.sheet, "price", row)
		}
	}
}

// stock builds the stock of a variant: an inventory item of its own, or for a kit the items that it is made of.
func (b *builder) stock(v *model.ProductVariant, p *product) {
	if parts := kits[*v.Sku]; parts != nil {
		for _, sku := range sorted(parts) {
			b.part(v.ID, b.ref("item", sku), parts[sku])
		}
		return
	}
	item := b.named("iitem", "item", *v.Sku)
	put(&b.sheet, "inventory_item", model.InventoryItem{
		ID: item, Sku: v.Sku, OriginCountry: v.OriginCountry, HsCode: v.HsCode, Material: v.Material, Weight: &p.grams, RequiresShipping: true,
		Description: &v.Title, Title: &v.Title, CreatedAt: b.now(), UpdatedAt: b.now(),
	})
	b.part(v.ID, item, 1)
	have, ok := longest(stock, *v.Sku)
	if !ok {
		panic(fmt.Sprintf("seed: no stock for %s", *v.Sku)) // an error in the tables
	}
	none := model.NewAmount(0)
	for i, l := range locations {
		here := model.NewAmount(int64(have[i]))
		put(&b.sheet, "inventory_level", model.InventoryLevel{
			ID: b.id("ilev"), InventoryItemID: item, LocationID: b.ref("location", l.name), StockedQuantity: here, RawStockedQuantity: here.Raw(),
			ReservedQuantity: none, RawReservedQuantity: none.Raw(), IncomingQuantity: none, RawIncomingQuantity: none.Raw(), CreatedAt: b.now(), UpdatedAt: b.now(),
		})
	}
}

func (b *builder) part(variant, item string, quantity int) {
	put(&b.sheet, "product_variant_inventory_item", model.VariantInventoryItem{
		ID: b.id("pvitem"), VariantID: variant, InventoryItemID: item, RequiredQuantity: model.NewAmount(int64(quantity)), CreatedAt: b.now(), UpdatedAt: b.now(),
	})
}

package productfile

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A variant is one of the file, or of the shop.
type variant struct {
	*model.ProductVariant

	file    *Variant // nil if the file does not have it
	isNew   bool
	changed bool
	chosen  map[string]string // ids of values by ids of options
}

func (v *variant) touch() { v.changed = true }

// variants finds the variants of the rows, and what changes of them.
func (m *merge) variants() {
	m.gatherOptions()
	left := map[string]*model.ProductVariant{}
	if !m.isNew() {
		for _, v := range m.current.Variants {
			left[v.ID] = v
		}
	}
	plain := m.isNew() && len(m.file.Variants) == 1 && !m.hasOptions(m.file.Variants[0])
	if plain {
		m.defaultOption()
	}
	for _, row := range m.file.Variants {
		v := &variant{file: row, chosen: map[string]string{}}
		m.choose(v, plain)
		m.identify(v, left)
		m.rows = append(m.rows, v)
		m.variantFields(v)
		m.choices(v)
		m.prices(v)
		m.inventory(v)
		m.texts(row.cells, kindVariantText, "product_variant", v.ID, v.touch)
	}
	m.oneOfEach(left)
	m.chosenPictures(left)
}

// identify finds which variant a row is of: the one with its id, else with its SKU, else with its option values. It leaves the others.
func (m *merge) identify(v *variant, left map[string]*model.ProductVariant) {
	id, sku := m.cell(v.file.cells, "variant id"), m.cell(v.file.cells, "variant sku")
	found := left[id.Text]
	if found == nil && sku.Text != "" {
		found = m.only(left, func(x *model.ProductVariant) bool { return x.Sku != nil && *x.Sku == sku.Text })
	}
	if found == nil && id.Text == "" && sku.Text == "" {
		found = m.only(left, func(x *model.ProductVariant) bool { return len(v.chosen) > 0 && sameChoice(chosenBy(x), v.chosen) })
	}
	owner, elsewhere := m.stock.Variants[id.Text]
	switch {
	case found != nil && id.Text != "" && found.ID != id.Text && elsewhere:
		m.fault(id, "the variant with the SKU "+quote(sku.Text)+" has another id, "+found.ID)
	case found == nil && elsewhere && owner.Deleted:
		m.fault(id, "this variant is deleted")
	case found == nil && elsewhere:
		m.fault(id, "this variant is one of another product, "+owner.Product)
	}
	if found != nil {
		copied := *found
		v.ProductVariant = &copied
		delete(left, found.ID)
		return
	}
	none := 0
	v.isNew = true
	v.ProductVariant = &model.ProductVariant{ID: m.id(id, "variant"), ManageInventory: true, VariantRank: &none, ProductID: &m.product.ID, CreatedAt: m.Now}
}

// only returns the variant that matches.
func (m *merge) only(of map[string]*model.ProductVariant, matches func(*model.ProductVariant) bool) *model.ProductVariant {
	for _, v := range of {
		if matches(v) {
			return v
		}
	}
	return nil
}

// chosenBy returns the values that a variant of the shop has, by options.
func chosenBy(v *model.ProductVariant) map[string]string {
	out := map[string]string{}
	for _, value := range v.StoredOptions {
		if value.OptionID != nil {
			out[*value.OptionID] = value.ID
		}
	}
	return out
}

func sameChoice(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for option, value := range a {
		if b[option] != value {
			return false
		}
	}
	return true
}

// variantFields sets the variant's own fields.
func (m *merge) variantFields(v *variant) {
	id := v.ID
	changed := set(m.Merger, v.file.cells, kindVariant, variantFields, v.ProductVariant)
	v.ID = id
	if changed && !v.isNew {
		v.touch()
	}
	if v.Title == "" {
		if v.Title = m.titleOf(v); v.Title == "" {
			m.Faults.add(Fault{Line: v.file.Line, Message: "a new variant needs a title"})
		}
	}
	for _, key := range []struct{ column, of string }{{"variant sku", "sku"}, {"variant barcode", "barcode"}, {"variant ean", "ean"}, {"variant upc", "upc"}} {
		cell := m.cell(v.file.cells, key.column)
		if owner, taken := m.stock.Taken[key.of][cell.Text]; taken && owner.Variant != v.ID && cell.Text != "" {
			m.fault(cell, "another variant has it: "+owner.Variant+" of the product "+owner.Product)
		}
	}
}

// titleOf makes a title of a variant's values.
func (m *merge) titleOf(v *variant) string {
	var parts []string
	for _, o := range m.options {
		for _, value := range o.Values {
			if value.ID == v.chosen[o.ID] {
				parts = append(parts, value.Value)
			}
		}
	}
	return strings.Join(parts, " / ")
}

// oneOfEach finds variants with the same values as others.
func (m *merge) oneOfEach(left map[string]*model.ProductVariant) {
	if len(m.options) == 0 {
		return
	}
	type known struct {
		name   string
		chosen map[string]string
	}
	var all []known
	for _, v := range left {
		all = append(all, known{v.ID, chosenBy(v)})
	}
	for _, v := range m.rows {
		for _, other := range all {
			if len(v.chosen) > 0 && sameChoice(v.chosen, other.chosen) {
				m.Faults.add(Fault{Line: v.file.Line, Message: "its option values are those of " + other.name})
				break
			}
		}
		all = append(all, known{"line " + itoa(v.file.Line), v.chosen})
	}
}

// A priceKey is what decides when a price of the file applies.
type priceKey struct{ currency, region string }

// keyOf returns the key of a price of the shop; false if a file cannot have such a price.
func keyOf(p *model.Price) (priceKey, bool) {
	switch {
	case p.PriceListID != nil || p.MinQuantity != nil || p.MaxQuantity != nil || len(p.Rules) > 1:
		return priceKey{}, false
	case len(p.Rules) == 0:
		return priceKey{strings.ToLower(p.CurrencyCode), ""}, true
	default:
		r := p.Rules[0]
		return priceKey{strings.ToLower(p.CurrencyCode), r.Value}, r.Attribute == "region_id" && r.Operator == "eq"
	}
}

// prices sets the prices of which the file has columns.
func (m *merge) prices(v *variant) {
	set := m.current.PriceSets[v.ID]
	if set == "" {
		set = m.NewID("pset")
		m.out.PriceSets = append(m.out.PriceSets, Link{m.NewID("pvps"), v.ID, set})
	}
	have := map[priceKey]*model.Price{}
	for _, p := range v.Prices {
		if key, ok := keyOf(p); ok && have[key] == nil {
			have[key] = p
		}
	}
	for i := range m.File.columns {
		c := &m.File.columns[i]
		if c.kind != kindPrice {
			continue
		}
		key, ok := m.priceKey(c)
		cell, given := find(v.file.cells, int32(i))
		switch {
		case !ok && given:
			m.fault(cell, m.noPrice(c))
		case given:
			m.price(v, set, key, have[key], cell)
		case ok && have[key] != nil:
			m.out.GonePrices = append(m.out.GonePrices, have[key].ID)
			v.touch()
		}
	}
}

func (m *merge) priceKey(c *column) (priceKey, bool) {
	if c.place == "" {
		return priceKey{c.money, ""}, m.Shop.Currencies[c.money]
	}
	region := m.Shop.Regions[c.money][c.place]
	return priceKey{c.money, region}, region != ""
}

func (m *merge) noPrice(c *column) string {
	if c.place != "" {
		return "there is no region of this name with this currency"
	}
	return "the shop does not know this currency"
}

// price sets one price.
func (m *merge) price(v *variant, set string, key priceKey, have *model.Price, cell Cell) {
	amount, err := model.ParseAmount(cell.Text)
	if err != nil || amount.Sign() < 0 {
		m.fault(cell, quote(cell.Text)+" is not an amount of at least 0")
		return
	}
	if have != nil {
		if !have.Amount.Equal(amount.Decimal) && !isTier(v, key, amount) {
			p := *have
			p.Amount, p.RawAmount, p.UpdatedAt = amount, amount.Raw(), m.Now
			m.out.ChangedPrices = append(m.out.ChangedPrices, &p)
			v.touch()
		}
		return
	}
	p := &model.Price{
		ID: m.NewID("price"), CurrencyCode: key.currency, PriceSetID: set, Amount: amount, RawAmount: amount.Raw(), CreatedAt: m.Now, UpdatedAt: m.Now,
	}
	if key.region != "" {
		p.RulesCount = 1
		m.out.PriceRegions = append(m.out.PriceRegions, Region{m.NewID("prule"), p.ID, key.region})
	}
	m.out.Prices = append(m.out.Prices, p)
	v.touch()
}

// isTier reports whether an amount is that of a price by quantity. Medusa exports one of these in the place of the price without a
// quantity, so that it is no other price for that.
func isTier(v *variant, key priceKey, amount model.Amount) bool {
	return key.region == "" && slices.ContainsFunc(v.Prices, func(p *model.Price) bool {
		return (p.MinQuantity != nil || p.MaxQuantity != nil) && len(p.Rules) == 0 && strings.EqualFold(p.CurrencyCode, key.currency) && p.Amount.Equal(amount.Decimal)
	})
}

// inventory has the stock of a variant counted, or not, and sets what the locations have.
func (m *merge) inventory(v *variant) {
	var item string // its only one
	switch {
	case !v.ManageInventory:
		if len(v.InventoryItems) > 0 {
			m.out.Unstocked = append(m.out.Unstocked, v.ID)
			v.touch()
		}
	case len(v.InventoryItems) == 0:
		item = m.newItem(v)
	case len(v.InventoryItems) == 1 && v.InventoryItems[0].RequiredQuantity.Equal(model.NewAmount(1).Decimal):
		item = v.InventoryItems[0].InventoryItemID
	}
	for _, cell := range v.file.cells {
		c := &m.File.columns[cell.Column]
		if c.kind != kindStock {
			continue
		}
		if item == "" {
			m.fault(cell, "the variant's stock is not managed, or it is made of other items")
			continue
		}
		m.level(v, item, c.place, cell)
	}
}

// newItem makes the inventory item of a variant.
func (m *merge) newItem(v *variant) string {
	if sku := m.cell(v.file.cells, "variant sku"); sku.Text != "" && m.stock.Items[sku.Text] != "" {
		if _, taken := m.stock.Taken["sku"][sku.Text]; !taken || !v.isNew {
			m.fault(sku, "an inventory item has this SKU, and is not this variant's: "+m.stock.Items[sku.Text])
		}
	}
	whole := func(x *model.Measure) *int {
		if x == nil {
			return nil
		}
		n := int(*x)
		return &n
	}
	item := &model.InventoryItem{
		ID: m.NewID("iitem"), Sku: v.Sku, OriginCountry: v.OriginCountry, HsCode: v.HsCode, MidCode: v.MidCode, Material: v.Material, Weight: whole(v.Weight),
		Length: whole(v.Length), Height: whole(v.Height), Width: whole(v.Width), RequiresShipping: true, Description: &v.Title, Title: &v.Title,
		CreatedAt: m.Now, UpdatedAt: m.Now,
	}
	m.out.Items = append(m.out.Items, item)
	m.out.VariantItems = append(m.out.VariantItems, &model.VariantInventoryItem{
		ID: m.NewID("pvitem"), VariantID: v.ID, InventoryItemID: item.ID, RequiredQuantity: model.NewAmount(1), CreatedAt: m.Now, UpdatedAt: m.Now,
	})
	v.touch()
	return item.ID
}

// level sets how much of an item a location has.
func (m *merge) level(v *variant, item, place string, cell Cell) {
	location, wrong := m.Shop.Locations.find(place)
	amount, err := model.ParseAmount(cell.Text)
	switch {
	case wrong != "":
		m.fault(cell, wrong)
		return
	case err != nil || amount.Sign() < 0 || !amount.IsInteger():
		m.fault(cell, quote(cell.Text)+" is not a whole number of at least 0")
		return
	}
	if len(v.InventoryItems) > 0 && v.InventoryItems[0].Inventory != nil {
		for _, have := range v.InventoryItems[0].Inventory.LocationLevels {
			if have.LocationID != location {
				continue
			}
			if !have.StockedQuantity.Equal(amount.Decimal) {
				l := *have
				l.StockedQuantity, l.RawStockedQuantity, l.UpdatedAt = amount, amount.Raw(), m.Now
				m.out.ChangedLevels = append(m.out.ChangedLevels, &l)
				v.touch()
			}
			return
		}
	}
	none := model.Nothing
	m.out.Levels = append(m.out.Levels, &model.InventoryLevel{
		ID: m.NewID("ilev"), InventoryItemID: item, LocationID: location, StockedQuantity: amount, RawStockedQuantity: amount.Raw(), RawReservedQuantity: none.Raw(),
		RawIncomingQuantity: none.Raw(), CreatedAt: m.Now, UpdatedAt: m.Now,
	})
	v.touch()
}

// texts sets the translations of something.
func (m *merge) texts(cells []Cell, k kind, reference, id string, touch func()) {
	set := map[string]map[string]string{} // by languages
	for _, cell := range cells {
		c := &m.File.columns[cell.Column]
		if c.kind != k {
			continue
		}
		if !m.Shop.Translations {
			m.fault(cell, "the shop has no translations: Medusa's translation feature makes their table")
			continue
		}
		if set[c.place] == nil {
			set[c.place] = map[string]string{}
		}
		set[c.place][c.part] = cell.Text
	}
	for _, language := range sortedKeys(set) {
		locale := Locale(language)
		have := m.stock.Texts[[2]string{id, locale}]
		all := map[string]any{}
		if have != nil {
			_ = json.Unmarshal(have.Translations, &all) // what is no object is replaced
		}
		changed := false
		for name, text := range set[language] {
			if all[name] != text {
				all[name], changed = text, true
			}
		}
		if changed {
			m.translate(have, all, Translation{ReferenceID: id, Reference: reference, LocaleCode: locale})
			touch()
		}
	}
}

func (m *merge) translate(have *Translation, all map[string]any, t Translation) {
	t.ID, t.CreatedAt = m.NewID("trans"), m.Now
	if have != nil {
		t.ID, t.CreatedAt = have.ID, have.CreatedAt
	}
	text, _ := json.Marshal(all) // texts
	t.Translations, t.TranslatedFieldCount, t.UpdatedAt = text, len(all), m.Now
	if have != nil {
		m.out.ChangedTranslations = append(m.out.ChangedTranslations, &t)
		return
	}
	m.out.Translations = append(m.out.Translations, &t)
}

// Locale returns a language tag as the reference stores it, such as de-DE for de-de.
func Locale(lower string) string {
	parts := strings.Split(lower, "-")
	for i, p := range parts {
		switch {
		case i > 0 && len(p) == 2:
			parts[i] = strings.ToUpper(p)
		case i > 0 && len(p) == 4:
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "-")
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// textOf returns a text of a translation by the name of its column.
func textOf(t *Translation, name string) string {
	if t == nil {
		return ""
	}
	var all map[string]any
	_ = json.Unmarshal(t.Translations, &all) // what is no object has no texts
	s, _ := all[strings.ToLower(name)].(string)
	return s
}

package db

import (
	"fmt"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A shape is what rows can be sorted by on the way of a path, such as variants.options.value: their columns, and their relations.
type shape struct {
	alias     string // of the rows of a list
	columns   map[string]bool
	relations map[string]relation
}

// A relation leads from rows to others. Its SQL names the former's alias {of} and the latter's {to}.
type relation struct {
	to          *shape
	from, where string
	products    bool // it leads to products, which are those of seenChannels
	linked      bool // it is another module's: a path does not end here
	unsorted    bool // the reference takes paths that go through it, and sorts by nothing
}

// columnsOf returns the columns of a table by which rows can be sorted, without those that Postgres cannot compare.
func columnsOf[T any](t *table[T], without ...string) map[string]bool {
	out := map[string]bool{"deleted_at": true}
	for _, c := range t.columns {
		out[c.field.Name] = true
	}
	for _, name := range without {
		delete(out, name)
	}
	return out
}

// sorting returns what sorts rows of shape s by what a path leads to. Of several values the first counts,
// in the direction of the sorting, where none is the largest as everywhere in Postgres; only rows count that can be seen. It fails if there is no such path.
func (s *shape) sorting(path string, desc bool, key string) (sorting, error) {
	out := sorting{expr: key, desc: desc, key: key}
	invalid := model.Invalid.Errorf("Order field %s is not valid", path)
	at, column, of := s, "id", s.alias
	var from, where string
	unsorted := false
	names := strings.Split(path, ".")
	for i, name := range names {
		last := i == len(names)-1
		r, ok := at.relations[name]
		if !ok || last && r.linked {
			if !last || !at.columns[name] && !unsorted {
				return sorting{}, invalid
			}
			column = name
			break
		}
		to := fmt.Sprintf("s%d", i)
		fill := strings.NewReplacer("{of}", of, "{to}", to).Replace
		if i == 0 {
			from, where = fill(r.from), fill(r.where)
		} else {
			from += fill(" LEFT JOIN " + r.joined() + " ON " + r.where)
		}
		out.products, unsorted = out.products || r.products, unsorted || r.unsorted
		at, of = r.to, to
		if last {
			column = at.id()
		}
	}
	if unsorted {
		return sorting{expr: key, key: key}, nil
	}
	if out.expr = of + "." + column; from != "" {
		direction := ""
		if desc {
			direction = " DESC"
		}
		out.expr = "(SELECT " + out.expr + " FROM " + from + " WHERE " + where +
			" ORDER BY 1" + direction + " LIMIT 1)"
	}
	return out, nil
}

// joined is what to join for the relation, one thing in SQL.
func (r relation) joined() string {
	if !strings.Contains(r.from, ",") {
		return r.from
	}
	return "(" + strings.ReplaceAll(r.from, ", ", " CROSS JOIN ") + ")"
}

// id is the column by which rows sort if a path ends at them.
func (s *shape) id() string {
	if s.columns["iso_2"] {
		return "iso_2"
	}
	return "id"
}

// The shapes of what lists hold.
var (
	currencyShape, returnReasonShape = &shape{alias: "currency", columns: columnsOf(currencyTable)}, newReturnReasonShape()
	regionShape                      = newRegionShape()
	paymentProviderShape             = &shape{alias: "p", columns: columnsOf(paymentProviderTable)}
	addressShape                     = &shape{alias: "customer_address", columns: columnsOf(customerAddressTable)}
	orderShape                       = newOrderShape()
	shapes                           = newCatalogueShapes()
)

func newReturnReasonShape() *shape {
	s := &shape{alias: "return_reason", columns: columnsOf(returnReasonTable)}
	s.relations = map[string]relation{
		"parent_return_reason":   {to: s, from: "return_reason {to}", where: "{to}.id = {of}.parent_return_reason_id AND {to}.deleted_at IS NULL"},
		"return_reason_children": {to: s, from: "return_reason {to}", where: "{to}.parent_return_reason_id = {of}.id AND {to}.deleted_at IS NULL"},
	}
	return s
}

func newRegionShape() *shape {
	return &shape{alias: "region", columns: columnsOf(regionTable), relations: map[string]relation{
		"countries": {
			to:   &shape{columns: columnsOf(countryTable)},
			from: "region_country {to}", where: "{to}.region_id = {of}.id AND {to}.deleted_at IS NULL",
		},
		"payment_providers": {to: &shape{}, linked: true, unsorted: true},
	}}
}

func newOrderShape() *shape {
	ids := &shape{}
	promotion := &shape{columns: columnsOf(promotionTable), relations: map[string]relation{
		"application_method": {to: ids, linked: true, unsorted: true},
	}}
	return &shape{alias: "o", columns: columnsOf(orderTable), relations: map[string]relation{
		"summary": {to: ids, from: "order_summary {to}", where: "{to}.order_id = {of}.id AND {to}.version = {of}.version AND {to}.deleted_at IS NULL"},
		"items":   {to: ids, from: "order_item {to}", where: "{to}.order_id = {of}.id AND {to}.version = {of}.version AND {to}.deleted_at IS NULL"},
		"shipping_methods": {
			to: ids, from: "order_shipping {to}", where: "{to}.order_id = {of}.id AND {to}.version = {of}.version AND {to}.deleted_at IS NULL",
		},
		"shipping_address": {to: ids, from: "order_address {to}", where: "{to}.id = {of}.shipping_address_id AND {to}.deleted_at IS NULL"},
		"billing_address":  {to: ids, from: "order_address {to}", where: "{to}.id = {of}.billing_address_id AND {to}.deleted_at IS NULL"},
		"customer": {
			to: &shape{columns: columnsOf(customerTable)}, from: "customer {to}", where: "{to}.id = {of}.customer_id AND {to}.deleted_at IS NULL", linked: true,
		},
		"cart": {
			to: &shape{columns: columnsOf(cartTable)}, from: "order_cart l{to}, cart {to}",
			where: "l{to}.order_id = {of}.id AND l{to}.deleted_at IS NULL AND {to}.id = l{to}.cart_id AND {to}.deleted_at IS NULL", linked: true,
		},
		"promotions": {
			to: promotion, from: "order_promotion l{to}, promotion {to}", linked: true,
			where: "l{to}.order_id = {of}.id AND l{to}.deleted_at IS NULL AND {to}.id = l{to}.promotion_id AND {to}.deleted_at IS NULL",
		},
		"payment_collections": {to: &shape{}, linked: true, unsorted: true},
	}}
}

// catalogueShapes are the shapes of the lists of the catalogue. Below products, types and the like have columns only.
type catalogueShapes struct{ product, variant, option, tag, typ, collection, category *shape }

func newCatalogueShapes() catalogueShapes {
	value := &shape{columns: columnsOf(valueTable), relations: map[string]relation{
		"option": {to: &shape{columns: columnsOf(optionTable)}, from: "product_option {to}", where: "{to}.id = {of}.option_id AND {to}.deleted_at IS NULL"},
	}}
	image := &shape{columns: columnsOf(imageTable)}
	variant := newVariantShape(value, image)
	product := newProductShape(value, image, variant)
	variant.relations["product"] = relation{to: &shape{columns: product.columns}, from: "product {to}", where: "{to}.id = {of}.product_id AND {to}.deleted_at IS NULL"}
	c := catalogueShapes{
		product: product, variant: variant,
		option: &shape{alias: "o", columns: columnsOf(optionTable), relations: map[string]relation{
			"values": {to: value, from: "product_option_value {to}", where: "{to}.option_id = {of}.id AND {to}.deleted_at IS NULL"},
		}},
		tag: &shape{alias: "o", columns: columnsOf(tagTable), relations: map[string]relation{
			"products": toProducts(product, "product_tags l{to}, ", "l{to}.product_tag_id = {of}.id AND {to}.id = l{to}.product_id"),
		}},
		typ:        &shape{alias: "o", columns: columnsOf(typeTable, "metadata"), relations: map[string]relation{"products": toProducts(product, "", "{to}.type_id = {of}.id")}},
		collection: &shape{alias: "o", columns: columnsOf(collectionTable), relations: map[string]relation{"products": toProducts(product, "", "{to}.collection_id = {of}.id")}},
		category:   &shape{alias: "c", columns: columnsOf(categoryTable)},
	}
	shown := " AND {to}.deleted_at IS NULL AND {to}.is_active AND NOT {to}.is_internal"
	c.category.relations = map[string]relation{
		"parent_category":   {to: c.category, from: "product_category {to}", where: "{to}.id = {of}.parent_category_id" + shown},
		"category_children": {to: c.category, from: "product_category {to}", where: "{to}.parent_category_id = {of}.id" + shown},
		"products":          toProducts(product, "product_category_product l{to}, ", "l{to}.product_category_id = {of}.id AND {to}.id = l{to}.product_id"),
	}
	return c
}

func newVariantShape(value, image *shape) *shape {
	return &shape{alias: "pv", columns: columnsOf(variantTable), relations: map[string]relation{
		"options": {
			to: value, from: "product_variant_option l{to}, product_option_value {to}",
			where: "l{to}.variant_id = {of}.id AND {to}.id = l{to}.option_value_id AND {to}.deleted_at IS NULL",
		},
		"images": {
			to: image, from: "product_variant_product_image l{to}, image {to}",
			where: "l{to}.variant_id = {of}.id AND l{to}.deleted_at IS NULL AND {to}.id = l{to}.image_id AND {to}.deleted_at IS NULL",
		},
		"inventory_items": {to: &shape{relations: map[string]relation{"inventory": {to: &shape{}}}}, linked: true, unsorted: true},
	}}
}

func newProductShape(value, image, variant *shape) *shape {
	offered := &shape{columns: columnsOf(optionTable), relations: map[string]relation{
		"values": {
			to: value, from: "product_product_option_value l{to}, product_option_value {to}",
			where: "l{to}.product_product_option_id = l{of}.id AND l{to}.deleted_at IS NULL AND {to}.id = l{to}.product_option_value_id AND {to}.deleted_at IS NULL",
		},
	}}
	return &shape{alias: "p", columns: columnsOf(productTable), relations: map[string]relation{
		"type":       {to: &shape{columns: columnsOf(typeTable, "metadata")}, from: "product_type {to}", where: "{to}.id = {of}.type_id AND {to}.deleted_at IS NULL"},
		"collection": {to: &shape{columns: columnsOf(collectionTable)}, from: "product_collection {to}", where: "{to}.id = {of}.collection_id AND {to}.deleted_at IS NULL"},
		"variants":   {to: variant, from: "product_variant {to}", where: "{to}.product_id = {of}.id AND {to}.deleted_at IS NULL"},
		"images":     {to: image, from: "image {to}", where: "{to}.product_id = {of}.id AND {to}.deleted_at IS NULL"},
		"options": {
			to: offered, from: "product_product_option l{to}, product_option {to}",
			where: "l{to}.product_id = {of}.id AND l{to}.deleted_at IS NULL AND {to}.id = l{to}.product_option_id AND {to}.deleted_at IS NULL",
		},
		"tags": {
			to: &shape{columns: columnsOf(tagTable)}, from: "product_tags l{to}, product_tag {to}",
			where: "l{to}.product_id = {of}.id AND {to}.id = l{to}.product_tag_id AND {to}.deleted_at IS NULL",
		},
		"categories": {
			to: &shape{columns: columnsOf(categoryTable)}, from: "product_category_product l{to}, product_category {to}",
			where: "l{to}.product_id = {of}.id AND {to}.id = l{to}.product_category_id AND {to}.deleted_at IS NULL AND {to}.is_active AND NOT {to}.is_internal",
		},
	}}
}

// toProducts leads to the products that a guest of the sales channels sees.
func toProducts(product *shape, link, where string) relation {
	return relation{to: product, products: true, from: link + "product {to}", where: where + ` AND {to}.deleted_at IS NULL
AND {to}.status = 'published' AND EXISTS (SELECT 1 FROM product_sales_channel sc
WHERE sc.product_id = {to}.id AND sc.deleted_at IS NULL AND sc.sales_channel_id = ANY(` + seenChannels + `))`}
}

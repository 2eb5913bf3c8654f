package productfile

import (
	"regexp"
	"strings"
)

// A kind is what a column holds.
type kind uint8

const (
	kindIgnored kind = iota
	kindProduct
	kindVariant
	kindCollection
	kindType
	kindProfile
	kindCategory
	kindImage
	kindTag
	kindChannel
	kindOption
	kindPrice
	kindVariantImage
	kindStock
	kindProductText // a translation
	kindVariantText
	numberOfKinds
)

// The names of the columns that name something else of the shop.
const (
	collectionColumn = "Product Collection Id"
	typeColumn       = "Product Type Id"
	profileColumn    = "Shipping Profile Id"
)

// A column is a column of a file.
type column struct {
	kind  kind
	name  string
	field int // of productFields or variantFields

	number string // of an option
	part   string // of an option: name, value, id or "is exclusive"; of a translation, the name of the text
	place  string // of a price: the region, or empty; of stock: the location; of a translation: the language
	money  string // of a price: the currency
}

var (
	numbered    = regexp.MustCompile(`^(product category|product image|product tag|product sales channel|variant image) \d+$`)
	ofOption    = regexp.MustCompile(`^variant option (\d+) (name|value|id|is exclusive)$`)
	plainPrice  = regexp.MustCompile(`^variant price ([a-z]{3})$`)
	regionFirst = regexp.MustCompile(`^variant price (.+) \[([a-z]{3})\]$`) // as Medusa exports it
	regionIn    = regexp.MustCompile(`^variant price \[(.+)\] ([a-z]{3})$`) // as Medusa's documentation has it
	ofStock     = regexp.MustCompile(`^variant stock (.+)$`)
	ofText      = regexp.MustCompile(`^(?:product (title|subtitle|description|material)|variant (title|material)) \[([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\]$`)
	// Medusa exports when rows were written, and metadata a second time, key by key.
	unread = regexp.MustCompile(`^(?:(?:product|variant) (?:created|updated|deleted) at|variant product id|(?:product|variant) metadata\..*)$`)
)

var kindOfNumbered = map[string]kind{
	"product category": kindCategory, "product image": kindImage, "product tag": kindTag, "product sales channel": kindChannel, "variant image": kindVariantImage,
}

var kindOfName = func() map[string]column {
	out := map[string]column{
		strings.ToLower(collectionColumn): {kind: kindCollection}, strings.ToLower(typeColumn): {kind: kindType}, strings.ToLower(profileColumn): {kind: kindProfile},
	}
	for i, f := range productFields {
		out[strings.ToLower(f.name)] = column{kind: kindProduct, field: i}
	}
	for i, f := range variantFields {
		out[strings.ToLower(f.name)] = column{kind: kindVariant, field: i}
	}
	return out
}()

// columnOf returns the column with a name, and false if there is none.
func columnOf(name string) (column, bool) {
	name = strings.TrimSpace(name)
	lower := strings.ToLower(name)
	c, known := kindOfName[lower]
	c.name = name
	if known {
		return c, true
	}
	if m := numbered.FindStringSubmatch(lower); m != nil {
		c.kind = kindOfNumbered[m[1]]
		return c, true
	}
	if m := ofOption.FindStringSubmatch(lower); m != nil {
		c.kind, c.number, c.part = kindOption, m[1], m[2]
		return c, true
	}
	if m := plainPrice.FindStringSubmatch(lower); m != nil {
		c.kind, c.money = kindPrice, m[1]
		return c, true
	}
	for _, pattern := range []*regexp.Regexp{regionFirst, regionIn} {
		if m := pattern.FindStringSubmatch(lower); m != nil {
			c.kind, c.place, c.money = kindPrice, m[1], m[2]
			return c, true
		}
	}
	if m := ofStock.FindStringSubmatch(lower); m != nil {
		c.kind, c.place = kindStock, m[1]
		return c, true
	}
	if m := ofText.FindStringSubmatch(lower); m != nil {
		c.kind, c.part, c.place = kindProductText, m[1], m[3]
		if m[1] == "" {
			c.kind, c.part = kindVariantText, m[2]
		}
		return c, true
	}
	return c, unread.MatchString(lower)
}

// header reads the columns of a file.
func header(names []string, faults *Faults) []column {
	columns := make([]column, len(names))
	seen := map[string]int{}
	for i, name := range names {
		c, known := columnOf(name)
		columns[i] = c
		lower := strings.ToLower(c.name)
		switch {
		case !known:
			faults.add(Fault{1, i + 1, c.name, "there is no column of this name"})
		case seen[lower] > 0:
			faults.add(Fault{1, i + 1, c.name, "column " + itoa(seen[lower]) + " has the same name"})
			columns[i].kind = kindIgnored
		}
		seen[lower] = i + 1
	}
	if seen["product id"] == 0 && seen["product handle"] == 0 {
		faults.add(Fault{Line: 1, Message: "neither Product Id nor Product Handle is among the columns"})
	}
	return columns
}

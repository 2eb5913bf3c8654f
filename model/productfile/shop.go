package productfile

import (
	"strings"

	"github.com/storegraph/storegraph/model"
)

// Names are things of a shop that a file names, by their ids or by what they are called.
type Names struct {
	what  string // such as "sales channel"
	ids   map[string]bool
	named map[string][]string // ids by names in lower case
}

// NewNames returns an empty set of names. what is a word for one of the things.
func NewNames(what string) *Names {
	return &Names{what: what, ids: map[string]bool{}, named: map[string][]string{}}
}

// Add adds a thing with the names that it is known by besides its id.
func (n *Names) Add(id string, names ...string) {
	n.ids[id] = true
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if i > 0 && strings.ToLower(names[0]) == name {
			continue
		}
		n.named[name] = append(n.named[name], id)
	}
}

// find returns the id of what a text names; what is wrong if it names nothing, or several things.
func (n *Names) find(s string) (id, wrong string) {
	if n.ids[s] {
		return s, ""
	}
	switch found := n.named[strings.ToLower(s)]; len(found) {
	case 1:
		return found[0], ""
	case 0:
		return "", "there is no " + n.what + " " + quote(s)
	default:
		return "", "there are several of the name " + quote(s) + ": use an id"
	}
}

func quote(s string) string {
	if r := []rune(s); len(r) > 64 {
		s = string(r[:64]) + "…"
	}
	return `"` + s + `"`
}

// A Shop is what the products of a file refer to.
type Shop struct {
	Collections, Types, Profiles, Categories, Tags, Channels, Locations *Names

	Currencies   map[string]bool              // by their codes in lower case
	Regions      map[string]map[string]string // ids by names in lower case, by currencies
	Translations bool                         // the shop can keep translations
}

// NewShop returns a shop without anything.
func NewShop() *Shop {
	return &Shop{
		Collections: NewNames("collection"), Types: NewNames("product type"), Profiles: NewNames("shipping profile"), Categories: NewNames("category"),
		Tags: NewNames("tag"), Channels: NewNames("sales channel"), Locations: NewNames("stock location"),
		Currencies: map[string]bool{}, Regions: map[string]map[string]string{},
	}
}

// of returns what cells of a kind name, and the prefix of its ids; nil for other kinds.
func (s *Shop) of(k kind) *Names {
	switch k { //nolint:exhaustive // the others name nothing
	case kindCollection:
		return s.Collections
	case kindType:
		return s.Types
	case kindProfile:
		return s.Profiles
	case kindCategory:
		return s.Categories
	case kindTag:
		return s.Tags
	case kindChannel:
		return s.Channels
	}
	return nil
}

// Groups are what products are grouped by and the shop lacks, by their names.
type Groups struct{ Collections, Types, Tags, Categories []string }

// Missing returns the collections, types, tags and categories that the file names and the shop lacks, each once. What looks like an id is
// none of them.
func (f *File) Missing(s *Shop) Groups {
	missing := func(k kind, prefix string) (out []string) {
		names := s.of(k)
		for _, name := range f.groups[k] {
			if !names.ids[name] && len(names.named[strings.ToLower(name)]) == 0 && !strings.HasPrefix(name, prefix) {
				out = append(out, name)
			}
		}
		return out
	}
	return Groups{
		Collections: missing(kindCollection, "pcol_"), Types: missing(kindType, "ptyp_"), Tags: missing(kindTag, "ptag_"), Categories: missing(kindCategory, "pcat_"),
	}
}

// Keys are the ids and handles of some products of a file, and what their variants and options are known by.
type Keys struct{ IDs, Handles, Variants, Skus, Barcodes, Eans, Upcs, Options []string }

// Keys returns the keys of some products of the file.
func (f *File) Keys(some []*Product) Keys {
	var k Keys
	for _, p := range some {
		for _, cell := range p.cells {
			switch strings.ToLower(f.columns[cell.Column].name) {
			case "product id":
				k.IDs = append(k.IDs, cell.Text)
			case "product handle":
				k.Handles = append(k.Handles, cell.Text)
			}
		}
		for _, v := range p.Variants {
			for _, cell := range v.cells {
				c := &f.columns[cell.Column]
				switch strings.ToLower(c.name) {
				case "variant id":
					k.Variants = append(k.Variants, cell.Text)
				case "variant sku":
					k.Skus = append(k.Skus, cell.Text)
				case "variant barcode":
					k.Barcodes = append(k.Barcodes, cell.Text)
				case "variant ean":
					k.Eans = append(k.Eans, cell.Text)
				case "variant upc":
					k.Upcs = append(k.Upcs, cell.Text)
				}
				if c.kind == kindOption && c.part == "id" {
					k.Options = append(k.Options, cell.Text)
				}
			}
		}
	}
	return k
}

// A Current is a product as the shop has it, with its images, variants and options. Its StoredOptions have all their values; those of its
// variants are what they have chosen. The images of a variant are those that were chosen for it, its prices those of no price list.
type Current struct {
	*model.Product

	Categories, Tags, Channels []string
	Profile                    string
	OptionLinks                map[string]string // by ids of options, the ids of what joins them to the product
	Offered                    map[string]bool   // by ids of values
	PriceSets                  map[string]string // by ids of variants
}

// A Translation is the texts of something in a language.
type Translation struct {
	ID, ReferenceID, Reference, LocaleCode string
	Translations                           model.JSON
	TranslatedFieldCount                   int
	CreatedAt, UpdatedAt                   model.Time
}

// A Stock is what a shop has of what some products of a file name.
type Stock struct {
	Products     []*Current
	Variants     map[string]Owner                // by ids of variants, deleted ones too
	Taken        map[string]map[string]Owner     // by "sku", "barcode", "ean" and "upc", then by their texts
	Items        map[string]string               // ids of inventory items by skus
	Options      map[string]*model.ProductOption // by ids: those that the file names, with their values
	Gone         map[string]bool                 // ids of deleted products and options
	OptionOwners map[string]string               // by ids of options, a product that has it
	Texts        map[[2]string]*Translation      // by what they are of and languages
}

// An Owner is a variant, and the product that it belongs to.
type Owner struct {
	Variant, Product string
	Deleted          bool
}

package productfile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A Merger finds out what has to change in a shop.
type Merger struct {
	File   *File
	Shop   *Shop
	Faults *Faults
	Now    model.Time
	NewID  func(prefix string) string

	stock   *Stock
	out     *Changes
	created map[string]*model.ProductOption // options of the file's ids that the shop lacked, and that several products may have, by ids
	own     map[uint64]bool                 // those that one product alone may have, by the hashes of their ids
	lacking map[string]bool                 // faults of names that were told
}

// Merge returns what has to change so that the shop, which has the stock of some products of the file, agrees with them. An empty cell
// changes nothing, but for those of prices and of lists: a price, or a thing of a list, that is not in the file goes. Variants that are
// not in the file stay.
func (m *Merger) Merge(some []*Product, stock *Stock) *Changes {
	m.stock, m.out = stock, &Changes{}
	if m.created == nil {
		m.created, m.own, m.lacking = map[string]*model.ProductOption{}, map[uint64]bool{}, map[string]bool{}
	}
	byID, byHandle := map[string]*Current{}, map[string]*Current{}
	for _, c := range stock.Products {
		byID[c.ID], byHandle[c.Handle] = c, c
	}
	for _, p := range some {
		id, handle := m.cell(p.cells, "product id"), m.cell(p.cells, "product handle")
		current := byID[id.Text]
		if current == nil {
			current = byHandle[handle.Text]
		}
		switch {
		case current == nil && m.stock.Gone[id.Text]:
			m.fault(id, "this product is deleted")
			continue
		case current != nil && current.ID != id.Text && byID[id.Text] == nil && id.Text != "":
			m.fault(id, "the product with the handle "+quote(current.Handle)+" has another id, "+current.ID)
			continue
		case current != nil && handle.Text != "" && byHandle[handle.Text] != nil && byHandle[handle.Text] != current:
			m.fault(handle, "another product has it: "+byHandle[handle.Text].ID)
			continue
		}
		(&merge{Merger: m, file: p, current: current}).run()
	}
	return m.out
}

// cell returns the cell of a column with a name; the zero cell if it is empty.
func (m *Merger) cell(cells []Cell, name string) Cell {
	for _, c := range cells {
		if strings.EqualFold(m.File.columns[c.Column].name, name) {
			return c
		}
	}
	return Cell{}
}

func (m *Merger) fault(c Cell, message string) { m.File.fault(m.Faults, c, message) }

// A merge is that of one product.
type merge struct {
	*Merger
	file    *Product
	current *Current // nil if the product is new
	product *model.Product
	changed bool // the product, or what is its own
	options []*offer
	images  []*model.ProductImage
	rows    []*variant
}

// An offer is an option of the product.
type offer struct {
	*model.ProductOption
	link    string
	offered map[string]bool // ids of values
}

func (m *merge) run() {
	if m.current == nil {
		m.current = &Current{}
		m.product = &model.Product{Status: model.ProductStatusDraft, Discountable: true, CreatedAt: m.Now}
	} else {
		p := *m.current.Product
		m.product = &p
	}
	before := len(m.Faults.All) + m.Faults.More
	m.fields()
	m.references()
	m.pictures()
	m.variants()
	m.texts(m.file.cells, kindProductText, "product", m.product.ID, m.touch)
	if len(m.Faults.All)+m.Faults.More > before {
		return
	}
	m.settle()
}

func (m *merge) isNew() bool { return m.current.Product == nil }

// safeID is what an id may look like.
var safeID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// id returns the id that something new gets: that of the file, or a new one.
func (m *Merger) id(c Cell, prefix string) string {
	if c.Text == "" {
		return m.NewID(prefix)
	}
	if !safeID.MatchString(c.Text) {
		m.fault(c, "an id has only letters, digits, _ and -, at most 64")
	}
	return c.Text
}

// fields sets the product's own fields.
func (m *merge) fields() {
	changed := set(m.Merger, m.file.cells, kindProduct, productFields, m.product)
	if !m.isNew() {
		m.product.ID = m.current.ID
		if changed {
			m.touch()
		}
		return
	}
	m.product.ID = m.id(m.cell(m.file.cells, "product id"), "prod")
	if m.product.Handle == "" {
		m.fault(m.cell(m.file.cells, "product id"), "there is no product of this id, and to make one it needs a handle")
	}
	if m.product.Title == "" {
		m.Faults.add(Fault{Line: m.file.Line, Message: "a new product needs a title"})
	}
}

// set sets fields to the cells of a kind, and reports whether any has another value then.
func set[T any](m *Merger, cells []Cell, k kind, fields []field[T], thing *T) bool {
	changed := false
	for _, cell := range cells {
		c := &m.File.columns[cell.Column]
		if c.kind != k {
			continue
		}
		f := &fields[c.field]
		before := f.get(thing)
		if err := f.set(thing, cell.Text); err != nil {
			m.fault(cell, err.Error())
		}
		changed = changed || f.get(thing) != before
	}
	return changed
}

// touch notes that the product has changed.
func (m *merge) touch() { m.changed = true }

// references sets what the product refers to.
func (m *merge) references() {
	lists := map[kind][]string{}
	for i := range m.File.columns {
		switch k := m.File.columns[i].kind; k { //nolint:exhaustive // the others are no lists
		case kindCategory, kindTag, kindChannel:
			lists[k] = nil // the file has the column
		}
	}
	profile := m.current.Profile
	for _, cell := range m.file.cells {
		k := m.File.columns[cell.Column].kind
		names := m.Shop.of(k)
		if names == nil {
			continue
		}
		id, wrong := names.find(cell.Text)
		if wrong != "" {
			if !m.lacking[wrong] { // once is enough
				m.lacking[wrong] = true
				m.fault(cell, wrong)
			}
			continue
		}
		switch k {
		case kindCollection:
			m.refer(&m.product.CollectionID, id)
		case kindType:
			m.refer(&m.product.TypeID, id)
		case kindProfile:
			profile = id
		default:
			if !slices.Contains(lists[k], id) {
				lists[k] = append(lists[k], id)
			}
		}
	}
	for k, ids := range lists {
		switch k { //nolint:exhaustive // lists
		case kindCategory:
			m.links(m.current.Categories, ids, "", &m.out.Categories, &m.out.GoneCategories)
		case kindTag:
			m.links(m.current.Tags, ids, "", &m.out.Tags, &m.out.GoneTags)
		case kindChannel:
			m.links(m.current.Channels, ids, "prodsc", &m.out.Channels, &m.out.GoneChannels)
		}
	}
	if profile != m.current.Profile {
		var have []string
		if m.current.Profile != "" {
			have = []string{m.current.Profile}
		}
		m.links(have, []string{profile}, "prodsp", &m.out.Profiles, &m.out.GoneProfiles)
	}
}

func (m *merge) refer(to **string, id string) {
	if *to == nil || **to != id {
		*to = &id
		m.touch()
	}
}

// links adds what joins the product to those of want that it does not have, and to those that it should not have.
func (m *merge) links(have, want []string, prefix string, add, gone *[]Link) {
	link := func(to string) Link {
		l := Link{From: m.product.ID, To: to}
		if prefix != "" {
			l.ID = m.NewID(prefix)
		}
		m.touch()
		return l
	}
	for _, id := range want {
		if !slices.Contains(have, id) {
			*add = append(*add, link(id))
		}
	}
	for _, id := range have {
		if !slices.Contains(want, id) {
			*gone = append(*gone, link(id))
		}
	}
}

// pictures sets the product's images, in their order. The first one is the thumbnail of a new product without any.
func (m *merge) pictures() {
	if !m.isNew() {
		m.images = m.current.Images
	}
	if !slices.ContainsFunc(m.File.columns, func(c column) bool { return c.kind == kindImage }) {
		return
	}
	left := slices.Clone(m.images)
	m.images = nil
	for _, cell := range m.file.cells {
		if m.File.columns[cell.Column].kind != kindImage || slices.ContainsFunc(m.images, func(i *model.ProductImage) bool { return i.URL == cell.Text }) {
			continue
		}
		rank := len(m.images)
		if at := slices.IndexFunc(left, func(i *model.ProductImage) bool { return i.URL == cell.Text }); at >= 0 {
			image := *left[at]
			left = slices.Delete(left, at, at+1)
			if image.Rank != rank {
				image.Rank, image.UpdatedAt = rank, m.Now
				m.out.ChangedImages = append(m.out.ChangedImages, &image)
				m.touch()
			}
			m.images = append(m.images, &image)
			continue
		}
		image := &model.ProductImage{ID: m.NewID("img"), URL: cell.Text, Rank: rank, ProductID: m.product.ID, CreatedAt: m.Now, UpdatedAt: m.Now}
		m.out.Images, m.images = append(m.out.Images, image), append(m.images, image)
		m.touch()
	}
	for _, image := range left {
		m.out.GoneImages = append(m.out.GoneImages, image.ID)
		m.touch()
	}
	if m.isNew() && m.product.Thumbnail == nil && len(m.images) > 0 {
		m.product.Thumbnail = &m.images[0].URL
	}
}

// settle notes that the product is new, has changed or is the same.
func (m *merge) settle() {
	if slices.ContainsFunc(m.rows, func(v *variant) bool { return v.isNew || v.changed }) {
		m.touch() // as in the reference, a product changes with its variants
	}
	switch {
	case m.isNew():
		m.product.UpdatedAt = m.Now
		m.out.Products = append(m.out.Products, m.product)
		m.out.CreatedProducts++
		m.out.Events = append(m.out.Events, Event{"product.created", m.product.ID})
	case m.changed:
		m.product.UpdatedAt = m.Now
		m.out.ChangedProducts = append(m.out.ChangedProducts, m.product)
		m.out.UpdatedProducts++
		m.out.Events = append(m.out.Events, Event{"product.updated", m.product.ID})
	default:
		m.out.Equal++
	}
	for _, v := range m.rows {
		switch {
		case v.isNew:
			v.UpdatedAt = m.Now
			m.out.Variants = append(m.out.Variants, v.ProductVariant)
			m.out.CreatedVariants++
			m.out.Events = append(m.out.Events, Event{"product-variant.created", v.ID})
		case v.changed:
			v.UpdatedAt = m.Now
			m.out.ChangedVariants = append(m.out.ChangedVariants, v.ProductVariant)
			m.out.UpdatedVariants++
			m.out.Events = append(m.out.Events, Event{"product-variant.updated", v.ID})
		}
	}
}

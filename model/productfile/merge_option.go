package productfile

import (
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// gatherOptions finds the options that the product has.
func (m *merge) gatherOptions() {
	if m.isNew() {
		return
	}
	for _, o := range m.current.StoredOptions {
		copied := *o
		copied.Values = slices.Clone(o.Values)
		m.options = append(m.options, &offer{ProductOption: &copied, link: m.current.OptionLinks[o.ID], offered: m.current.Offered})
	}
}

// defaultOption gives a product with a single variant the option that Medusa's admin gives such products.
func (m *merge) defaultOption() {
	m.newOption(&model.ProductOption{ID: m.NewID("opt"), Title: "Default option", IsExclusive: true, CreatedAt: m.Now, UpdatedAt: m.Now}, true)
}

// hasOptions reports whether a row says something of an option.
func (m *merge) hasOptions(v *Variant) bool {
	return slices.ContainsFunc(v.cells, func(c Cell) bool { return m.File.columns[c.Column].kind == kindOption })
}

// newOption adds an option to the product. It may be a new one.
func (m *merge) newOption(o *model.ProductOption, isNew bool) *offer {
	if isNew {
		m.out.Options = append(m.out.Options, o)
	}
	x := &offer{ProductOption: o, link: m.NewID("prodopt"), offered: map[string]bool{}}
	m.out.ProductOptions = append(m.out.ProductOptions, Link{x.link, m.product.ID, o.ID})
	m.options = append(m.options, x)
	m.touch()
	return x
}

// A choice is what a row says of an option.
type choice struct{ name, value, id, exclusive Cell }

// choose finds the values of a row's options, and makes what the product lacks of them.
func (m *merge) choose(v *variant, plain bool) {
	if plain {
		o := m.options[0]
		v.chosen[o.ID] = m.value(o, "Default option value")
		return
	}
	byNumber := map[string]*choice{}
	var order []string
	for _, cell := range v.file.cells {
		c := &m.File.columns[cell.Column]
		if c.kind != kindOption {
			continue
		}
		x := byNumber[c.number]
		if x == nil {
			x = &choice{}
			byNumber[c.number] = x
			order = append(order, c.number)
		}
		switch c.part {
		case "name":
			x.name = cell
		case "value":
			x.value = cell
		case "id":
			x.id = cell
		default:
			x.exclusive = cell
		}
	}
	for _, number := range order {
		x := byNumber[number]
		switch {
		case x.name.Text == "" && x.value.Text != "":
			m.fault(x.value, "the option has no name")
		case x.name.Text != "" && x.value.Text == "":
			m.fault(x.name, "the option has no value")
		case x.name.Text != "":
			if o := m.option(x); o != nil {
				v.chosen[o.ID] = m.value(o, x.value.Text)
			}
		}
	}
}

// option returns the product's option that a row names, which may be new.
func (m *merge) option(x *choice) *offer {
	for _, o := range m.options {
		if o.ID == x.id.Text || o.Title == x.name.Text {
			return o
		}
	}
	exclusive := true
	if x.exclusive.Text != "" {
		var err error
		if exclusive, err = truthOf(x.exclusive.Text); err != nil {
			m.fault(x.exclusive, err.Error())
		}
	}
	if known := m.stock.Options[x.id.Text]; known != nil {
		if known.IsExclusive && m.stock.OptionOwners[known.ID] != "" {
			m.fault(x.id, "this option belongs to another product, "+m.stock.OptionOwners[known.ID])
			return nil
		}
		return m.newOption(known, false)
	}
	if m.stock.Gone[x.id.Text] {
		m.fault(x.id, "this option is deleted")
		return nil
	}
	if known := m.created[x.id.Text]; known != nil {
		return m.newOption(known, false)
	}
	h := m.File.hash("option", x.id.Text)
	if m.own[h] {
		m.fault(x.id, "another product of the file has this option")
		return nil
	}
	o := &model.ProductOption{ID: m.id(x.id, "opt"), Title: x.name.Text, IsExclusive: exclusive, CreatedAt: m.Now, UpdatedAt: m.Now}
	switch {
	case x.id.Text == "":
	case exclusive:
		m.own[h] = true
	default:
		m.created[o.ID] = o
	}
	return m.newOption(o, true)
}

// value returns the id of a value of an option, and makes the value and has the product offer it if need be.
func (m *merge) value(o *offer, text string) string {
	at := slices.IndexFunc(o.Values, func(v *model.ProductOptionValue) bool { return v.Value == text })
	if at < 0 {
		at = len(o.Values)
		v := &model.ProductOptionValue{ID: m.NewID("optval"), Value: text, OptionID: &o.ID, CreatedAt: m.Now, UpdatedAt: m.Now}
		o.Values = append(o.Values, v)
		m.out.Values = append(m.out.Values, v)
		m.touch()
	}
	id := o.Values[at].ID
	if !o.offered[id] {
		o.offered[id] = true
		m.out.OfferedValues = append(m.out.OfferedValues, Link{m.NewID("prodoptval"), o.link, id})
		m.touch()
	}
	return id
}

// choices sets the values of a variant.
func (m *merge) choices(v *variant) {
	before := chosenBy(v.ProductVariant)
	for option, value := range before {
		if v.chosen[option] == "" {
			v.chosen[option] = value
		}
	}
	var missing []string
	for _, o := range m.options {
		switch value := v.chosen[o.ID]; {
		case value == "":
			missing = append(missing, o.Title)
		case value != before[o.ID]:
			m.out.Choices = append(m.out.Choices, Link{From: v.ID, To: value})
			if before[o.ID] != "" {
				m.out.GoneChoices = append(m.out.GoneChoices, Link{From: v.ID, To: before[o.ID]})
			}
			v.touch()
		}
	}
	switch {
	case v.isNew && len(m.options) == 0:
		m.Faults.add(Fault{Line: v.file.Line, Message: "a product with several variants needs options, in which they differ"})
	case v.isNew && len(missing) > 0:
		m.Faults.add(Fault{Line: v.file.Line, Message: "it has no value of the options " + strings.Join(missing, ", ")})
	}
}

// chosenPictures sets which images are chosen for which variants. A file lists them with those that are shown with every variant: an image
// that all rows of the product list is one of these.
func (m *merge) chosenPictures(left map[string]*model.ProductVariant) {
	if len(m.rows) == 0 || !slices.ContainsFunc(m.File.columns, func(c column) bool { return c.kind == kindVariantImage }) {
		return
	}
	want := make([]map[string]bool, len(m.rows)) // by ids of images
	listed := map[string]int{}
	for i, v := range m.rows {
		want[i] = map[string]bool{}
		for _, cell := range v.file.cells {
			if m.File.columns[cell.Column].kind != kindVariantImage {
				continue
			}
			at := slices.IndexFunc(m.images, func(x *model.ProductImage) bool { return x.URL == cell.Text })
			if at < 0 {
				m.fault(cell, "it is none of the product's images")
				continue
			}
			if id := m.images[at].ID; !want[i][id] {
				want[i][id] = true
				listed[id]++
			}
		}
	}
	taken := map[string]bool{} // images that are chosen for any variant now
	for _, v := range m.current.variants() {
		for _, image := range v.Images {
			taken[image.ID] = true
		}
	}
	same := true
	for i, v := range m.rows {
		same = same && m.shows(v, want[i], taken)
	}
	if same {
		return
	}
	for i, v := range m.rows {
		for id := range listed {
			if listed[id] == len(m.rows) && (len(left) == 0 || !taken[id]) {
				delete(want[i], id)
			}
		}
		m.chosenFor(v, want[i])
	}
}

// shows reports whether a variant shows the wanted images: those that are chosen for it, and those that are chosen for none.
func (m *merge) shows(v *variant, want, taken map[string]bool) bool {
	for _, image := range m.images {
		if (has(v, image) || !taken[image.ID]) != want[image.ID] {
			return false
		}
	}
	return true
}

func has(v *variant, image *model.ProductImage) bool {
	return slices.ContainsFunc(v.Images, func(x *model.ProductImage) bool { return x.ID == image.ID })
}

// variants returns the variants that the shop has.
func (c *Current) variants() []*model.ProductVariant {
	if c.Product == nil {
		return nil
	}
	return c.Variants
}

// chosenFor sets which images are chosen for a variant.
func (m *merge) chosenFor(v *variant, want map[string]bool) {
	for _, image := range m.images {
		switch chosen := has(v, image); {
		case want[image.ID] && !chosen:
			m.out.VariantImages = append(m.out.VariantImages, Link{m.NewID("pvpi"), v.ID, image.ID})
			v.touch()
		case !want[image.ID] && chosen:
			m.out.GoneVariantImages = append(m.out.GoneVariantImages, Link{From: v.ID, To: image.ID})
			v.touch()
		}
	}
}

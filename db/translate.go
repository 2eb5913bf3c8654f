package db

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/tax"
)

// translations remembers whether a database has translations, so that it is not asked with every request. The reference
// makes their tables when its translation feature is switched on.
type translations struct {
	present atomic.Bool
	absent  atomic.Int64 // when it was found that there are none, in Unix seconds
}

// lookAgain is how long a database is taken to have no translations after it had none.
const lookAgain = 30 * time.Second

// hasTranslations reports whether there is a table of translations. It is asked for before the table is read, since a statement that fails
// ends its transaction.
func (d DB) hasTranslations(ctx context.Context) (bool, error) {
	known := d.translations
	if known.present.Load() {
		return true, nil
	}
	if time.Since(time.Unix(known.absent.Load(), 0)) < lookAgain {
		return false, nil
	}
	exists := false
	err := d.run(ctx, func(b *batch) {
		b.read(`SELECT to_regclass('public.translation') IS NOT NULL`, nil, func(c *cursor) { exists = c.bool() })
	})
	switch {
	case err != nil:
	case exists:
		known.present.Store(true)
	default:
		known.absent.Store(time.Now().Unix())
	}
	return exists, err
}

// translate puts texts of the viewer's language in the place of the shop's own, in everything that was read: the things
// and whatever they refer to. A text that has no translation, or an empty one, stays.
func (d DB) translate(ctx context.Context, v *Viewer, things ...any) error {
	locale := NormalLocale(v.Locale)
	if locale == "" {
		return nil
	}
	t := translator{texts: map[string]map[string][]*string{}}
	for _, thing := range things {
		t.visit(thing)
	}
	if len(t.texts) == 0 {
		return nil
	}
	if has, err := d.hasTranslations(ctx); err != nil || !has {
		return err
	}
	ids := make([]string, 0, len(t.texts))
	for id := range t.texts {
		ids = append(ids, id)
	}
	found := map[string]model.JSON{}
	err := d.run(ctx, func(b *batch) {
		clear(found)
		b.read(`SELECT reference_id, translations FROM translation WHERE reference_id = ANY($1) AND locale_code = $2 AND deleted_at IS NULL`,
			[]any{ids, locale}, func(c *cursor) { found[c.text()] = c.json() })
	})
	if err != nil {
		return err
	}
	for id, j := range found {
		var fields map[string]any
		if err := json.Unmarshal(j, &fields); err != nil {
			return err
		}
		for name, places := range t.texts[id] {
			if s, ok := fields[name].(string); ok && strings.TrimSpace(s) != "" {
				for _, place := range places {
					*place = s
				}
			}
		}
	}
	return nil
}

// Translate puts texts of a language in the place of the shop's own, in variants, shipping options or tax rates and whatever they refer to.
func (d DB) Translate(ctx context.Context, locale string, things ...any) error {
	return d.translate(ctx, &Viewer{Locale: locale}, things...)
}

// NormalLocale returns a BCP 47 language tag as the reference stores it, such as de-DE for DE_de.
func NormalLocale(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' })
	for i, p := range parts {
		switch {
		case i == 0:
			parts[i] = strings.ToLower(p)
		case len(p) == 4:
			parts[i] = strings.ToUpper(p[:1]) + strings.ToLower(p[1:])
		case len(p) == 2:
			parts[i] = strings.ToUpper(p)
		}
	}
	return strings.Join(parts, "-")
}

// A translator collects the texts that can be translated, by the id of the thing and the name of the column.
type translator struct {
	texts map[string]map[string][]*string
	seen  map[any]bool
}

// add registers the texts of a thing, names and places in turn, and reports whether the thing is new. A text that is
// NULL is not translated.
func (t *translator) add(thing any, id string, fields ...any) bool {
	if t.seen[thing] {
		return false
	}
	if t.seen == nil {
		t.seen = map[any]bool{}
	}
	t.seen[thing] = true
	of := t.texts[id]
	if of == nil {
		of = map[string][]*string{}
		t.texts[id] = of
	}
	for i := 0; i < len(fields); i += 2 {
		if place, ok := fields[i+1].(*string); ok && place != nil {
			name := fields[i].(string)
			of[name] = append(of[name], place)
		}
	}
	return true
}

func visitAll[T any](t *translator, list []*T) {
	for _, v := range list {
		t.visit(v)
	}
}

// products registers the texts of the products that belong to something, and of the facets of their lists.
func (t *translator) products(all []*model.Product, pages model.Results[model.ProductConnection]) {
	visitAll(t, all)
	for _, p := range pages {
		visitAll(t, p.Nodes)
		t.facets(p.Facets)
	}
}

// facets registers the texts of facets.
func (t *translator) facets(f *model.ProductFacets) {
	if f == nil {
		return
	}
	label := func(column string, values []*model.Facet) {
		for _, v := range values {
			t.add(v, v.ID, column, &v.Label)
		}
	}
	label("name", f.Categories)
	label("title", f.Collections)
	label("value", f.Tags)
	label("value", f.Types)
	for _, o := range f.Options {
		t.add(o, o.ID, "title", &o.Name)
		label("value", o.Values)
	}
}

func (t *translator) visit(thing any) {
	switch v := thing.(type) {
	case []*model.Product:
		visitAll(t, v)
	case []*model.ProductVariant:
		visitAll(t, v)
	case []*model.ProductOption:
		visitAll(t, v)
	case []*model.ProductTag:
		visitAll(t, v)
	case []*model.ProductType:
		visitAll(t, v)
	case []*model.Collection:
		visitAll(t, v)
	case []*model.ProductCategory:
		visitAll(t, v)
	case []*model.Region:
		visitAll(t, v)
	case []*model.ReturnReason:
		visitAll(t, v)
	case *model.ProductConnection:
		visitAll(t, v.Nodes)
		t.facets(v.Facets)
	case *model.Product:
		if v != nil && t.add(v, v.ID, "title", &v.Title, "subtitle", v.Subtitle, "description", v.Description, "material", v.Material) {
			t.visit(v.Type)
			t.visit(v.Collection)
			visitAll(t, v.StoredOptions)
			visitAll(t, v.Tags)
			visitAll(t, v.Variants)
			visitAll(t, v.AllCategories)
			for _, related := range v.Related {
				visitAll(t, *related)
			}
		}
	case *model.ProductVariant:
		if v != nil && t.add(v, v.ID, "title", &v.Title, "material", v.Material) {
			t.visit(v.Product)
			visitAll(t, v.StoredOptions)
			for _, i := range v.Images {
				visitAll(t, i.Variants)
			}
		}
	case *model.ProductOption:
		if v != nil && t.add(v, v.ID, "title", &v.Title) {
			visitAll(t, v.Values)
		}
	case *model.ProductOptionValue:
		if v != nil && t.add(v, v.ID, "value", &v.Value) {
			t.visit(v.Option)
		}
	case *model.ProductTag:
		if v != nil && t.add(v, v.ID, "value", &v.Value) {
			t.products(v.AllProducts, v.Products)
		}
	case *model.ProductType:
		if v != nil && t.add(v, v.ID, "value", &v.Value) {
			t.products(v.AllProducts, v.Products)
		}
	case *model.Collection:
		if v != nil && t.add(v, v.ID, "title", &v.Title) {
			t.products(v.AllProducts, v.Products)
		}
	case *model.ProductCategory:
		if v != nil && t.add(v, v.ID, "name", &v.Name, "description", &v.Description) {
			t.visit(v.AnyParent)
			visitAll(t, v.AllChildren)
			visitAll(t, v.Ancestors)
			t.products(v.AllProducts, v.Products)
		}
	case *model.Region:
		if v != nil {
			t.add(v, v.ID, "name", &v.Name)
		}
	case []tax.Rate:
		for n := range v {
			t.add(&v[n], v[n].ID, "name", &v[n].Name)
		}
	case []*model.ShippingOption:
		visitAll(t, v)
	case *model.ShippingOption:
		if v != nil && t.add(v, v.ID, "name", &v.Name) && v.Type != nil {
			t.add(v.Type, v.Type.ID, "label", &v.Type.Label, "description", v.Type.Description)
		}
	case *model.ReturnOption:
		if v != nil {
			t.add(v, v.ID, "name", &v.Name)
		}
	case *model.ReturnReason:
		if v != nil && t.add(v, v.ID, "label", &v.Label, "description", v.Description) {
			t.visit(v.ParentReturnReason)
			visitAll(t, v.ReturnReasonChildren)
		}
	}
}

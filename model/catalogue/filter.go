package catalogue

import (
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/storegraph/storegraph/model"
)

// A Query says which products are wanted. The zero value of each field but Channels asks for all.
type Query struct {
	Channels []string // products must be in one of these sales channels
	Within   []Set    // they must be in all of these sets
	Filter   *model.ProductFilter
	// Found are those that meet what the index cannot tell, by the filters that Foreign returns.
	Found  map[*model.ProductFilter]Set
	Prices *Prices // where the filter has prices
	Stock  Set     // what can be bought, where the filter asks for it
}

// Foreign returns the filters in f, itself included, that have conditions which the index cannot tell, each with a filter of only those.
func Foreign(f *model.ProductFilter) map[*model.ProductFilter]*model.ProductFilter {
	out := map[*model.ProductFilter]*model.ProductFilter{}
	collectForeign(f, out)
	return out
}

func collectForeign(f *model.ProductFilter, out map[*model.ProductFilter]*model.ProductFilter) {
	if f == nil {
		return
	}
	for _, sub := range slices.Concat(f.And.Value(), f.Or.Value(), []*model.ProductFilter{f.Not.Value()}) {
		collectForeign(sub, out)
	}
	own := model.ProductFilter{Q: f.Q, Title: f.Title, Handle: f.Handle, ExternalID: f.ExternalID, OptionID: f.OptionID, OptionValueID: f.OptionValueID, Variants: f.Variants}
	if foreignOptions(f.Options.Value()) {
		own.Options = f.Options
	}
	if own.Q.Value() != nil || own.Title.Value() != nil || own.Handle.Value() != nil || own.ExternalID.Value() != nil || own.OptionID.Value() != nil ||
		own.OptionValueID.Value() != nil || own.Variants.Value() != nil || len(own.Options.Value()) > 0 {
		out[f] = &own
	}
}

// foreignOptions reports whether the index cannot tell which products have options: it knows no ids of theirs.
func foreignOptions(options []*model.OptionValueFilter) bool {
	return slices.ContainsFunc(options, func(o *model.OptionValueFilter) bool { return o.OptionID.Value() != nil })
}

// Select returns the products that a query asks for.
func (s *Snapshot) Select(q *Query) Set {
	return s.filter(q, q.Filter, s.visible(q))
}

// visible returns the products that a query asks for apart from its filter.
func (s *Snapshot) visible(q *Query) Set {
	var in []Set
	for _, c := range model.Distinct(q.Channels) {
		in = append(in, s.named(setKey{kind: inChannel, id: c}))
	}
	out := union(in)
	out = roaring.And(out, s.live)
	for _, w := range q.Within {
		out.And(w)
	}
	return out
}

// union returns what is in any of several sets. It may be one of them.
func union(sets []Set) Set {
	switch len(sets) {
	case 0:
		return none
	case 1:
		return sets[0]
	}
	return roaring.FastOr(sets...)
}

// filter returns those of a set that meet a filter. The set itself may be the result.
func (s *Snapshot) filter(q *Query, f *model.ProductFilter, out Set) Set {
	if f == nil {
		return out
	}
	narrow := func(to Set) { out = roaring.And(out, to) }
	for _, sub := range f.And.Value() {
		out = s.filter(q, sub, out)
	}
	if or := f.Or.Value(); len(or) > 0 {
		var each []Set
		for _, sub := range or {
			each = append(each, s.filter(q, sub, out))
		}
		out = union(each)
	}
	if not := f.Not.Value(); not != nil {
		out = roaring.AndNot(out, s.filter(q, not, out))
	}
	if found, ok := q.Found[f]; ok {
		narrow(found)
	}
	out = s.one(out, f.ID.Value(), s.live, func(id string) Set {
		n, ok := s.names.product(id)
		if !ok {
			return none
		}
		return roaring.BitmapOf(n)
	})
	out = s.ofOne(out, inCollection, anyCollection, f.CollectionID.Value())
	out = s.ofOne(out, ofType, anyType, f.TypeID.Value())
	out = s.ofSome(out, tagged, f.TagID.Value())
	out = s.ofSome(out, inCategory, f.DirectCategoryID.Value())
	out = s.inCategories(out, f.CategoryID.Value())
	if is := f.IsGiftcard.Value(); is != nil {
		if cards := s.named(setKey{kind: giftcard}); *is {
			narrow(cards)
		} else {
			out = roaring.AndNot(out, cards)
		}
	}
	out = s.when(out, f.CreatedAt.Value(), ByCreation)
	out = s.when(out, f.UpdatedAt.Value(), ByUpdate)
	if in := f.InStock.Value(); in != nil {
		if *in {
			narrow(q.Stock)
		} else {
			out = roaring.AndNot(out, q.Stock)
		}
	}
	// What is looked up for each product comes last.
	var wanted []values
	if options := f.Options.Value(); !foreignOptions(options) {
		wanted = make([]values, len(options))
		for i, o := range options {
			wanted[i] = s.valuesLike(o)
			narrow(s.withAny(wanted[i]))
		}
	}
	if bounds := f.Price.Value(); bounds != nil {
		out = q.Prices.within(s, out, bounds)
	}
	if len(wanted) > 1 {
		out = s.ofOneVariant(out, wanted)
	}
	return out
}

// ofOne narrows a set by a thing of which each product has one or none.
func (s *Snapshot) ofOne(out Set, k, having kind, f *model.IDFilter) Set {
	if f == nil {
		return out
	}
	return s.one(out, f, s.named(setKey{kind: having}), func(id string) Set { return s.named(setKey{kind: k, id: id}) })
}

// one narrows a set by a column: having are the products in which it is not NULL. Comparisons with NULL hold for none, as in SQL.
func (s *Snapshot) one(out Set, f *model.IDFilter, having Set, of func(id string) Set) Set {
	if f == nil {
		return out
	}
	ofAny := func(ids []string) Set {
		sets := make([]Set, len(ids))
		for i, id := range ids {
			sets[i] = of(id)
		}
		return union(sets)
	}
	if eq := f.Eq.Value(); eq != nil {
		out = roaring.And(out, of(*eq))
	}
	if ne := f.Ne.Value(); ne != nil {
		out = roaring.AndNot(roaring.And(out, having), of(*ne))
	}
	if in := f.In.Value(); in != nil {
		out = roaring.And(out, ofAny(in))
	}
	if nin := f.Nin.Value(); len(nin) > 0 { // nothing differs from no value, NULL too
		out = roaring.AndNot(roaring.And(out, having), ofAny(nin))
	}
	if null := f.IsNull.Value(); null != nil {
		if *null {
			return roaring.AndNot(out, having)
		}
		return roaring.And(out, having)
	}
	return out
}

// ofSome narrows a set by things of which a product may have several, if they are not deleted.
func (s *Snapshot) ofSome(out Set, k kind, f *model.IDFilter) Set {
	if f == nil {
		return out
	}
	var of []Set
	if k == inCategory {
		for i := range s.tree {
			if matches(f, s.tree[i].ID) {
				of = append(of, s.named(setKey{kind: k, id: s.tree[i].ID}))
			}
		}
	} else {
		for _, l := range s.labels[k] {
			if matches(f, l.ID) {
				of = append(of, s.set(l.set))
			}
		}
	}
	return some(out, f, of)
}

// inCategories narrows a set by categories and those below them.
func (s *Snapshot) inCategories(out Set, f *model.IDFilter) Set {
	if f == nil {
		return out
	}
	var of []Set
	for i := range s.tree {
		if matches(f, s.tree[i].ID) {
			of = append(of, s.tree[i].below)
		}
	}
	return some(out, f, of)
}

// some narrows a set to what is in any of others, or in none if the filter asks for that.
func some(out Set, f *model.IDFilter, of []Set) Set {
	if null := f.IsNull.Value(); null != nil && *null {
		return roaring.AndNot(out, union(of))
	}
	return roaring.And(out, union(of))
}

// matches reports whether a filter finds an id. One that asks for nothing at all finds each.
func matches(f *model.IDFilter, id string) bool {
	if null := f.IsNull.Value(); null != nil && *null {
		return true
	}
	if eq := f.Eq.Value(); eq != nil && *eq != id {
		return false
	}
	if ne := f.Ne.Value(); ne != nil && *ne == id {
		return false
	}
	if in := f.In.Value(); in != nil && !slices.Contains(in, id) {
		return false
	}
	return !slices.Contains(f.Nin.Value(), id)
}

// when narrows a set by a time.
func (s *Snapshot) when(out Set, f *model.TimeFilter, k OrderKind) Set {
	if f == nil {
		return out
	}
	meets := timeFilter(f)
	kept := roaring.New()
	out.Iterate(func(p uint32) bool {
		if meets(s.products[p].time(k)) {
			kept.Add(p)
		}
		return true
	})
	return kept
}

// timeFilter returns whether a time meets a filter. Equal are times of the same millisecond, as they are shown.
func timeFilter(f *model.TimeFilter) func(at int64) bool {
	const milli = int64(time.Millisecond / time.Microsecond)
	shown := func(t *model.Time) int64 { return t.UnixMicro() }
	return func(at int64) bool {
		floor := at - ((at%milli)+milli)%milli
		switch eq, ne := f.Eq.Value(), f.Ne.Value(); {
		case eq != nil && floor != shown(eq), ne != nil && floor == shown(ne):
			return false
		}
		is := func(t *model.Time) bool { return floor == shown(t) }
		if in := f.In.Value(); in != nil && !slices.ContainsFunc(in, is) || slices.ContainsFunc(f.Nin.Value(), is) {
			return false
		}
		gt, gte, lt, lte := f.Gt.Value(), f.Gte.Value(), f.Lt.Value(), f.Lte.Value()
		return (gt == nil || at > shown(gt)) && (gte == nil || at >= shown(gte)) && (lt == nil || at < shown(lt)) && (lte == nil || at <= shown(lte))
	}
}

// ofOneVariant narrows a set to products of which one variant has a value of each of several sets.
func (s *Snapshot) ofOneVariant(of Set, wanted []values) Set {
	classes := &s.classes[valued]
	const no, yes = 1, 2
	meets := make([]uint8, len(classes.all)) // by class; 0 is not known yet
	kept := roaring.New()
	of.Iterate(func(p uint32) bool {
		c := classes.of[p]
		if meets[c] == 0 {
			if meets[c] = no; classes.all[c].has(wanted) {
				meets[c] = yes
			}
		}
		if meets[c] == yes {
			kept.Add(p)
		}
		return true
	})
	return kept
}

// values are option values: whether each is one of them, by its number.
type values []bool

// has reports whether a value is one of them.
func (v values) has(n uint32) bool { return int(n) < len(v) && v[n] }

// withAny returns the products that have any of some values.
func (s *Snapshot) withAny(of values) Set {
	var sets []Set
	for n, is := range of {
		if is {
			sets = append(sets, s.set(uint32(n)))
		}
	}
	return union(sets)
}

// has reports whether a variant has a value of each of several sets.
func (c *class) has(wanted []values) bool {
	begin := 0
	for _, end := range c.ends {
		if hasEach(c.values[begin:end], wanted) {
			return true
		}
		begin = int(end)
	}
	return false
}

// hasEach reports whether one of some values is among each of several.
func hasEach(have []uint32, wanted []values) bool {
	for _, w := range wanted {
		found := false
		for _, n := range have { // it is done for each variant
			found = found || w.has(n)
		}
		if !found {
			return false
		}
	}
	return true
}

// valuesLike returns the option values that a filter finds.
func (s *Snapshot) valuesLike(f *model.OptionValueFilter) values {
	title, one, several := f.Title.Value(), f.Value.Value(), f.Values.Value()
	keys := s.names.keys()
	out := make(values, len(keys))
	add := func(text string) {
		if n, ok := s.names.set(setKey{valued, *title, text}); ok && int(n) < len(out) && (one == nil || *one == text) {
			out[n] = true
		}
	}
	switch {
	case title != nil && several != nil:
		for _, text := range several {
			add(text)
		}
	case title != nil && one != nil:
		add(*one)
	default:
		for n, k := range keys {
			out[n] = k.kind == valued && (title == nil || *title == k.id) && (one == nil || *one == k.text) && (several == nil || slices.Contains(several, k.text))
		}
	}
	return out
}

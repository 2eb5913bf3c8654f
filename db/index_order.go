package db

import (
	"cmp"
	"strconv"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/catalogue"
)

// orders are the orders that the index has, by the names of sort keys and of paths.
var orders = map[string]catalogue.OrderKind{
	"id": catalogue.ByID, "title": catalogue.ByTitle, "created_at": catalogue.ByCreation, "updated_at": catalogue.ByUpdate,
	string(model.ProductSortKeyTitle): catalogue.ByTitle, string(model.ProductSortKeyCreatedAt): catalogue.ByCreation,
	string(model.ProductSortKeyRelevance): catalogue.ByID, // to a blank search
}

// findOrder finds the order of the lists.
func (p *proposal) findOrder() {
	p.order, p.kind, p.desc = nil, catalogue.ByID, p.by != nil && p.by.Desc
	switch {
	case p.ranked != nil:
		p.order, p.kind = p.ranked, byRelevance
	case p.by == nil:
		p.order = p.ix.snapshot.Order(catalogue.ByID, false)
	case p.by.Key == string(model.ProductSortKeyPrice):
		p.order, p.kind = p.query.Prices.Order(p.by.Desc), byPrice
	case p.by.Key == bestSelling:
		p.sold = p.ix.snapshot.Sold(p.query.Channels)
		p.order, p.kind = p.sold.Order, bySales
	default:
		if kind, ok := orders[cmp.Or(p.by.Key, p.by.Path)]; ok {
			p.desc = p.desc && p.by.Key != string(model.ProductSortKeyRelevance)
			p.order, p.kind = p.ix.snapshot.Order(kind, p.desc), kind
		}
	}
}

// Kinds of orders that are of a context, of sales channels or of a search.
const (
	byPrice     catalogue.OrderKind = -1
	bySales     catalogue.OrderKind = -2
	byRelevance catalogue.OrderKind = -3
)

// mark finds where a cursor stands.
func (p *proposal) mark(at *place) (catalogue.Mark, bool) {
	k, s, desc := p.kind, p.ix.snapshot, p.desc
	switch {
	case k == catalogue.ByID:
		return s.MarkID(k, desc, at.Key, "")
	case k == byPrice && at.Value == nil:
		return p.query.Prices.Mark(s, desc, at.Key, nil)
	case at.Value == nil:
		return catalogue.Mark{}, false
	case k == byPrice:
		amount, err := model.ParseAmount(*at.Value)
		if desc && amount.IsNegative() { // as what has no price is sorted then
			return p.query.Prices.Mark(s, desc, at.Key, nil)
		}
		m, ok := p.query.Prices.Mark(s, desc, at.Key, &amount)
		return m, ok && err == nil
	case k == byRelevance:
		n, err := strconv.Atoi(*at.Value)
		if desc {
			n = p.ranked.Len() + 1 - n
		}
		return catalogue.Mark{Before: max(n-1, 0), There: true}, err == nil
	case k == bySales:
		units, err := model.ParseAmount(*at.Value)
		m, ok := p.sold.Mark(at.Key, units.IntPart())
		return m, ok && err == nil && units.IsInteger()
	case k == catalogue.ByTitle:
		return s.MarkID(k, desc, at.Key, *at.Value)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999-07"} {
		if t, err := time.Parse(layout, *at.Value); err == nil {
			return s.MarkTime(k, desc, at.Key, t.UnixMicro())
		}
	}
	return catalogue.Mark{}, false
}

// place returns where a product stands, for its cursor.
func (p *proposal) place(number uint32, row *model.Product) place {
	out := place{Key: row.ID}
	switch p.kind {
	case byPrice:
		if a := p.query.Prices.Lowest(number); a != nil {
			text := a.String()
			out.Value = &text
		} else if p.desc {
			text := "-1"
			out.Value = &text
		}
	case byRelevance:
		n := p.ranked.Find(number) + 1
		if p.desc {
			n = p.ranked.Len() + 1 - n
		}
		text := strconv.Itoa(n)
		out.Value = &text
	case bySales:
		text := strconv.FormatInt(p.sold.Units(number), 10)
		out.Value = &text
	case catalogue.ByTitle:
		text := row.Title
		out.Value = &text
	case catalogue.ByCreation, catalogue.ByUpdate:
		at := row.CreatedAt
		if p.kind == catalogue.ByUpdate {
			at = row.UpdatedAt
		}
		text := at.Format(time.RFC3339Nano)
		out.Value = &text
	default:
		out.Value = &out.Key
	}
	return out
}

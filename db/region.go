package db

import (
	"context"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// ListArgs are the arguments of a list of things that F filters.
type ListArgs[F any] struct {
	Filter *F    // nil lists everything
	Sort   *Sort // nil is the list's own order
	Page   Page
}

func (q *query) currency(f *model.CurrencyFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).currency)
	q.search(f.Q.Value(), []string{"code", "name"}, nil)
	q.id("code", f.Code.Value())
}

// Currencies lists the currencies the store knows, by code unless an order is given.
func (d DB) Currencies(ctx context.Context, v *Viewer, a ListArgs[model.CurrencyFilter], want Want) (*model.CurrencyConnection, error) {
	l := list[model.Currency]{columns: currencyTable.list, from: "currency", scan: currencyTable.scan, sort: sorting{expr: "code", key: "code"}}
	l.where = func(q *query) {
		q.add(" AND deleted_at IS NULL")
		q.currency(a.Filter)
	}
	if err := l.order(nil, a.Sort, currencyShape, "code"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, nil)
}

// Currency returns the currency with this code, in either case.
func (d DB) Currency(ctx context.Context, v *Viewer, code string) (*model.Currency, error) {
	return get(ctx, d, v, list[model.Currency]{columns: currencyTable.list, from: "currency", scan: currencyTable.scan, where: func(q *query) {
		q.add(" AND deleted_at IS NULL")
		q.compare("code", " = ", strings.ToLower(code))
	}}, nil, nil)
}

func (q *query) region(f *model.RegionFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).region)
	q.search(f.Q.Value(), []string{"name", "currency_code"}, nil)
	q.id("id", f.ID.Value())
	q.text("currency_code", f.CurrencyCode.Value())
	q.text("name", f.Name.Value())
}

// Regions lists the regions the shop sells in.
func (d DB) Regions(ctx context.Context, v *Viewer, a ListArgs[model.RegionFilter], want Want) (*model.RegionConnection, error) {
	l := list[model.Region]{columns: regionTable.list, from: "region", scan: regionTable.scan, sort: sorting{expr: "id", key: "id"}}
	l.where = func(q *query) {
		q.add(" AND deleted_at IS NULL")
		q.region(a.Filter)
	}
	if err := l.order(nil, a.Sort, regionShape, "id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, d.fillRegions)
}

// Region returns the region with this id.
func (d DB) Region(ctx context.Context, v *Viewer, id string, want Want) (*model.Region, error) {
	return get(ctx, d, v, list[model.Region]{columns: regionTable.list, from: "region", scan: regionTable.scan, where: live(id)}, want, d.fillRegions)
}

// live is the condition that a row has this id and is not deleted.
func live(id string) func(q *query) {
	return func(q *query) {
		q.add(" AND deleted_at IS NULL")
		q.compare("id", " = ", id)
	}
}

// countriesAsMade sorts countries as they were made: by name, all in a few milliseconds. Their place in the table changes whenever
// a region gets them.
const countriesAsMade = `ORDER BY created_at, name COLLATE "C"`

func (d DB) fillRegions(ctx context.Context, regions []*model.Region, want Want) error {
	if len(regions) == 0 || !want.Has(field.Countries, field.PaymentProviders) {
		return nil
	}
	byID := make(map[string]*model.Region, len(regions))
	for _, r := range regions {
		byID[r.ID] = r
	}
	ids := idsOf(regions, func(r *model.Region) *string { return &r.ID })
	return d.run(ctx, func(b *batch) {
		for _, r := range regions {
			r.Countries, r.PaymentProviders = nil, nil
		}
		if want.Has(field.Countries) {
			b.read(`SELECT `+countryTable.list+`
FROM region_country WHERE region_id = ANY($1) AND deleted_at IS NULL `+countriesAsMade, []any{ids}, func(c *cursor) {
				country := countryTable.scan(c)
				r := byID[*country.RegionID]
				r.Countries = append(r.Countries, country)
			})
		}
		if want.Has(field.PaymentProviders) {
			b.read(`SELECT l.region_id, `+paymentProviderTable.list+`
FROM region_payment_provider l JOIN payment_provider p ON p.id = l.payment_provider_id AND p.deleted_at IS NULL
WHERE l.region_id = ANY($1) AND l.deleted_at IS NULL ORDER BY p.id`, []any{ids}, func(c *cursor) {
				r := byID[c.text()]
				r.PaymentProviders = append(r.PaymentProviders, paymentProviderTable.scan(c))
			})
		}
	})
}

// PaymentProviders lists the enabled ways to pay in a region; none if the region is unknown.
func (d DB) PaymentProviders(ctx context.Context, v *Viewer, region string, by *Sort, p Page, want Want) (*model.PaymentProviderConnection, error) {
	if region == "" {
		return nil, model.NotAllowed.Errorf("You must provide the region_id to list payment providers")
	}
	l := list[model.PaymentProvider]{
		columns: paymentProviderTable.list, from: "payment_provider p", scan: paymentProviderTable.scan,
		sort: sorting{expr: "p.id", key: "p.id"},
	}
	l.where = func(q *query) {
		q.add(` AND p.deleted_at IS NULL AND p.is_enabled AND EXISTS (SELECT 1 FROM region_payment_provider l
WHERE l.payment_provider_id = p.id AND l.deleted_at IS NULL`)
		q.compare("l.region_id", " = ", region)
		q.add(")")
	}
	if err := l.order(nil, by, paymentProviderShape, "p.id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, p, l, want, nil)
}

// ReturnReasons lists why things may be sent back.
func (d DB) ReturnReasons(ctx context.Context, v *Viewer, by *Sort, p Page, want Want) (*model.ReturnReasonConnection, error) {
	l := list[model.ReturnReason]{columns: returnReasonTable.list, from: "return_reason", scan: returnReasonTable.scan, sort: sorting{expr: "id", key: "id"}}
	l.where = func(q *query) { q.add(" AND deleted_at IS NULL") }
	if err := l.order(nil, by, returnReasonShape, "id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, p, l, want, d.fillReturnReasons)
}

// ReturnReason returns the return reason with this id.
func (d DB) ReturnReason(ctx context.Context, v *Viewer, id string, want Want) (*model.ReturnReason, error) {
	return get(ctx, d, v, list[model.ReturnReason]{columns: returnReasonTable.list, from: "return_reason", scan: returnReasonTable.scan, where: live(id)},
		want, d.fillReturnReasons)
}

func (d DB) fillReturnReasons(ctx context.Context, reasons []*model.ReturnReason, want Want) error {
	up, down := want.Has(field.ParentReturnReason), want.Has(field.ReturnReasonChildren)
	if len(reasons) == 0 || !up && !down {
		return nil
	}
	var parents, children []*model.ReturnReason
	err := d.run(ctx, func(b *batch) {
		parents, children = nil, nil
		if up {
			ids := idsOf(reasons, func(r *model.ReturnReason) *string { return r.ParentReturnReasonID })
			b.read(`SELECT `+returnReasonTable.list+` FROM return_reason WHERE id = ANY($1) AND deleted_at IS NULL`, []any{ids},
				func(c *cursor) { parents = append(parents, returnReasonTable.scan(c)) })
		}
		if down {
			ids := idsOf(reasons, func(r *model.ReturnReason) *string { return &r.ID })
			b.read(`SELECT `+returnReasonTable.list+` FROM return_reason WHERE parent_return_reason_id = ANY($1) AND deleted_at IS NULL ORDER BY id`,
				[]any{ids}, func(c *cursor) { children = append(children, returnReasonTable.scan(c)) })
		}
	})
	if err != nil {
		return err
	}
	for _, r := range reasons {
		for _, p := range parents {
			if r.ParentReturnReasonID != nil && *r.ParentReturnReasonID == p.ID {
				r.ParentReturnReason = p
			}
		}
		for _, c := range children {
			if *c.ParentReturnReasonID == r.ID {
				r.ReturnReasonChildren = append(r.ReturnReasonChildren, c)
			}
		}
	}
	if err := d.fillReturnReasons(ctx, parents, want[field.ParentReturnReason]); err != nil {
		return err
	}
	return d.fillReturnReasons(ctx, children, want[field.ReturnReasonChildren])
}

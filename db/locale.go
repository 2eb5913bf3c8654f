package db

import (
	"context"

	"github.com/storegraph/storegraph/model"
)

// Locales lists the languages the shop speaks; none unless the reference's translation tables exist.
func (d DB) Locales(ctx context.Context, v *Viewer) ([]*model.Locale, error) {
	var out []*model.Locale
	if translatable, err := d.Translatable(ctx, v); err != nil || !translatable {
		return []*model.Locale{}, err
	}
	err := d.run(ctx, func(b *batch) {
		out = []*model.Locale{}
		b.read(`SELECT l.code, l.name FROM locale l JOIN store_locale s ON s.locale_code = l.code AND s.deleted_at IS NULL
WHERE l.deleted_at IS NULL ORDER BY l.code`, nil, func(c *cursor) {
			out = append(out, &model.Locale{Code: c.text(), Name: c.text()})
		})
	})
	return out, err
}

// Translatable reports whether the reference's translation tables exist.
func (d DB) Translatable(ctx context.Context, v *Viewer) (bool, error) {
	exist := false
	err := d.keyed(ctx, v.Key, false, func(b *batch) {
		b.read(`SELECT to_regclass('public.locale') IS NOT NULL`, nil, func(c *cursor) { exist = c.bool() })
	})
	return exist, err
}

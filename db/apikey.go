package db

import "context"

// AnyPublishableKey returns the token of the first valid key that shows a sales channel, empty if there is none.
// It is for development: the page and the commands that a person tries first.
func (d DB) AnyPublishableKey(ctx context.Context) (string, error) {
	token := ""
	err := d.run(ctx, func(b *batch) {
		b.read(`SELECT k.token FROM api_key k
WHERE k.type = 'publishable' AND k.deleted_at IS NULL AND (k.revoked_at IS NULL OR k.revoked_at > now())
AND EXISTS (SELECT FROM publishable_api_key_sales_channel l
 JOIN sales_channel c ON c.id = l.sales_channel_id AND c.deleted_at IS NULL AND NOT c.is_disabled
 WHERE l.publishable_key_id = k.id AND l.deleted_at IS NULL)
ORDER BY k.created_at, k.id LIMIT 1`, nil, func(c *cursor) { token = c.text() })
	})
	return token, err
}

package db

import (
	"context"
	"time"

	"github.com/storegraph/storegraph/model"
)

var cartCustomerList = cartCustomerTable.list + `,
ARRAY(SELECT l.customer_group_id FROM customer_group_customer l JOIN customer_group g ON g.id = l.customer_group_id AND g.deleted_at IS NULL
 WHERE l.customer_id = u.id AND l.deleted_at IS NULL ORDER BY 1)::text`

func scanCartCustomer(c *cursor) *model.CartCustomer {
	out := cartCustomerTable.scan(c)
	for _, id := range arrayOf(c.text()) {
		out.Groups = append(out.Groups, &model.CartCustomerGroup{ID: id})
	}
	return out
}

// CartOwner adds how a cart has come by its customer, if there is anything to protect of that one.
func (w *Writes) CartOwner(c *model.Cart) {
	if u := c.Customer; u != nil && u.Private() {
		w.exec(`INSERT INTO storegraph.cart_owner (cart_id, customer_id, signed_in) VALUES (?, ?, ?)
ON CONFLICT (cart_id) DO UPDATE SET customer_id = excluded.customer_id, signed_in = excluded.signed_in`, c.ID, u.ID, u.Proof == model.ProofSignedIn)
	}
}

// CartCustomer returns the customer with this id as a cart knows them, with their groups.
func (d DB) CartCustomer(ctx context.Context, id string) (*model.CartCustomer, error) {
	var out *model.CartCustomer
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT `+cartCustomerList+` FROM customer u WHERE u.id = $1 AND u.deleted_at IS NULL`, []any{id}, func(c *cursor) { out = scanCartCustomer(c) })
	})
	if err == nil && out == nil {
		err = model.NotFound.Errorf("Customer with id: %s was not found", id)
	}
	return out, err
}

// CartCustomersByEmail returns the customers with this e-mail address, the one with an account and the guest, in the order
// in which they came.
func (d DB) CartCustomersByEmail(ctx context.Context, email string) ([]*model.CartCustomer, error) {
	var out []*model.CartCustomer
	err := d.run(ctx, func(b *batch) {
		out = nil
		b.read(`SELECT `+cartCustomerList+` FROM customer u WHERE u.email = $1 AND u.deleted_at IS NULL ORDER BY u.id`, []any{email},
			func(c *cursor) { out = append(out, scanCartCustomer(c)) })
	})
	return out, err
}

// Guest returns the guest with this e-mail address, making one if there is none.
func (d DB) Guest(ctx context.Context, email string, now time.Time) (*model.CartCustomer, error) {
	out := &model.CartCustomer{ID: model.NewID("cus", now), Email: &email, CreatedAt: model.Time{Time: now}, UpdatedAt: model.Time{Time: now}}
	ids, err := d.Texts(ctx, `INSERT INTO customer (id, email, has_account, created_at, updated_at) VALUES ($1, $2, false, $3, $3)
ON CONFLICT (email, has_account) WHERE deleted_at IS NULL DO UPDATE SET email = excluded.email RETURNING id`, out.ID, email, now)
	if err != nil {
		return nil, err
	}
	if out.ID == ids[0] {
		return out, d.Emit(ctx, "customer.created", map[string]string{"id": out.ID}, now)
	}
	return d.CartCustomer(ctx, ids[0])
}

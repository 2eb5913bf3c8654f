package db

import (
	"context"
	"strings"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// Customer returns the signed-in customer. It fails with NotFound if the customer has been deleted meanwhile, and with
// ErrUnauthenticated if the identity they logged in with has.
func (d DB) Customer(ctx context.Context, v *Viewer, want Want) (*model.Customer, error) {
	if v.CustomerID == "" {
		return nil, model.ErrUnauthenticated
	}
	var out *model.Customer
	var addresses []*model.CustomerAddress
	identified := false
	err := d.keyed(ctx, v.Key, false, func(b *batch) {
		out, addresses, identified = nil, nil, v.IdentityID == ""
		b.read(`SELECT `+customerTable.list+` FROM customer WHERE id = $1 AND deleted_at IS NULL`, []any{v.CustomerID},
			func(c *cursor) { out = customerTable.scan(c) })
		if !identified {
			b.read(`SELECT id FROM auth_identity WHERE id = $1 AND deleted_at IS NULL`, []any{v.IdentityID}, func(*cursor) { identified = true })
		}
		if want.Has(field.Addresses) {
			b.read(`SELECT `+customerAddressTable.list+` FROM customer_address WHERE customer_id = $1 AND deleted_at IS NULL ORDER BY id`, []any{v.CustomerID},
				func(c *cursor) { addresses = append(addresses, customerAddressTable.scan(c)) })
		}
	})
	switch {
	case err != nil:
		return nil, err
	case out == nil:
		return nil, model.NotFound.Errorf("Customer with id: %s was not found", v.CustomerID)
	case !identified:
		return nil, model.ErrUnauthenticated
	}
	out.Addresses = addresses
	if want.Has(field.AllOrders) {
		if out.AllOrders, err = d.ordersOf(ctx, v, want[field.AllOrders]); err != nil {
			return nil, err
		}
	}
	return out, d.fillCustomer(ctx, v, out, want)
}

// fillCustomer reads the pages that are wanted of the lists of the signed-in customer.
func (d DB) fillCustomer(ctx context.Context, v *Viewer, c *model.Customer, want Want) error {
	c.Orders, c.Carts = model.Results[model.OrderConnection]{}, model.Results[model.CartConnection]{}
	for _, call := range want.Calls(ctx, field.Orders) {
		filter, _ := call.Args["filter"].(*model.OrderFilter)
		page, err := d.Orders(ctx, v, ListArgs[model.OrderFilter]{
			Filter: filter, Sort: sortOf[model.OrderSortKey](call.Args), Page: pageOf(call.Args),
		}, call.Want)
		if err != nil {
			return err
		}
		c.Orders[call.Key] = page
	}
	for _, call := range want.Calls(ctx, field.Carts) {
		page, err := d.CustomerCarts(ctx, v, pageOf(call.Args), call.Want)
		if err != nil {
			return err
		}
		c.Carts[call.Key] = page
	}
	return nil
}

func (q *query) address(f *model.CustomerAddressFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).address)
	q.search(f.Q.Value(), []string{
		"address_name", "company", "first_name", "last_name", "address_1", "address_2", "city", "country_code", "province", "postal_code", "phone",
	}, nil)
	q.text("city", f.City.Value())
	q.text("country_code", f.CountryCode.Value())
	q.text("postal_code", f.PostalCode.Value())
}

// CustomerAddresses lists the addresses of the signed-in customer.
func (d DB) CustomerAddresses(ctx context.Context, v *Viewer, a ListArgs[model.CustomerAddressFilter], want Want) (*model.CustomerAddressConnection, error) {
	if v.CustomerID == "" {
		return nil, model.ErrUnauthenticated
	}
	l := list[model.CustomerAddress]{columns: customerAddressTable.list, from: "customer_address", scan: customerAddressTable.scan, sort: sorting{expr: "id", key: "id"}}
	l.where = func(q *query) {
		q.add(" AND deleted_at IS NULL")
		q.compare("customer_id", " = ", v.CustomerID)
		q.address(a.Filter)
	}
	if err := l.order(nil, a.Sort, addressShape, "id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, nil)
}

// CustomerAddress returns an address of the signed-in customer. It fails with NotFound for anybody else's.
func (d DB) CustomerAddress(ctx context.Context, v *Viewer, id string) (*model.CustomerAddress, error) {
	if v.CustomerID == "" {
		return nil, model.ErrUnauthenticated
	}
	return get(ctx, d, v, list[model.CustomerAddress]{columns: customerAddressTable.list, from: "customer_address", scan: customerAddressTable.scan, where: func(q *query) {
		live(id)(q)
		q.compare("customer_id", " = ", v.CustomerID)
	}}, nil, nil)
}

// HasAccount reports whether a customer with this e-mail address has an account.
func (d DB) HasAccount(ctx context.Context, email string) (bool, error) {
	found := false
	err := d.run(ctx, func(b *batch) {
		found = false
		b.read(`SELECT FROM customer WHERE email = $1 AND has_account AND deleted_at IS NULL`, []any{email}, func(*cursor) { found = true })
	})
	return found, err
}

// A Changes says which columns of a row to set, by their names. Metadata is merged into what is there: a key that is given
// an empty text goes.
type Changes struct {
	columns  []string
	values   []any
	metadata *string // nil: it stays
}

// Set sets a column to a value that may be null.
func (c *Changes) Set(column string, v any) {
	c.columns, c.values = append(c.columns, column), append(c.values, v)
}

// Merge merges metadata; null removes all of it.
func (c *Changes) Merge(metadata model.JSON) {
	text := "null"
	if len(metadata) > 0 {
		text = string(metadata)
	}
	c.metadata = &text
}

// None reports whether nothing changes.
func (c *Changes) None() bool { return len(c.columns) == 0 && c.metadata == nil }

// merged is the SQL of metadata into which a ? is merged.
const merged = `(SELECT coalesce(jsonb_object_agg(m.key, m.value) FILTER (WHERE m.value <> '""'), '{}')
FROM jsonb_each(coalesce(nullif(metadata, 'null'), '{}') || ?::jsonb) m)`

// update sets what changes on the rows that a condition, with its arguments, finds.
func (d DB) update(ctx context.Context, table string, c *Changes, now time.Time, condition string, args ...any) error {
	if c.None() {
		return nil
	}
	sets, values := []string{"updated_at = ?"}, []any{now}
	for i, column := range c.columns {
		sets, values = append(sets, column+" = ?"), append(values, c.values[i])
	}
	if c.metadata != nil {
		if *c.metadata == "null" {
			sets = append(sets, "metadata = NULL")
		} else {
			sets, values = append(sets, "metadata = "+merged), append(values, *c.metadata)
		}
	}
	return d.write(ctx, "UPDATE "+table+" SET "+strings.Join(sets, ", ")+" WHERE "+condition, append(values, args...)...)
}

// LockCustomer keeps others from changing a customer and their addresses until the transaction ends, and returns how much the customer
// holds.
func (d DB) LockCustomer(ctx context.Context, id string) (model.CustomerSize, error) {
	found, out := false, model.CustomerSize{}
	err := d.run(ctx, func(b *batch) {
		found = false
		b.read(`SELECT FROM customer WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`, []any{id}, func(*cursor) { found = true })
		readCustomerSize(b, id, &out)
	})
	if err == nil && !found {
		err = model.NotFound.Errorf("Customer with id: %s was not found", id)
	}
	return out, err
}

// CustomerSize returns how much is stored of what a customer wrote.
func (d DB) CustomerSize(ctx context.Context, id string) (model.CustomerSize, error) {
	var out model.CustomerSize
	err := d.run(ctx, func(b *batch) { readCustomerSize(b, id, &out) })
	return out, err
}

func readCustomerSize(b *batch, id string, out *model.CustomerSize) {
	b.read(`SELECT greatest(max(octet_length(a.metadata::text)), (SELECT octet_length(metadata::text) FROM customer WHERE id = $1), 0), count(a.id)::int,
coalesce(sum(octet_length(a::text)), 0)::int FROM customer_address a WHERE a.customer_id = $1 AND a.deleted_at IS NULL`, []any{id}, func(c *cursor) {
		*out = model.CustomerSize{Metadata: c.int(), Addresses: c.int(), Bytes: c.int()}
	})
}

// CreateCustomer makes a customer with an account.
func (d DB) CreateCustomer(ctx context.Context, c *model.Customer) error {
	return d.write(ctx, `INSERT INTO customer (id, email, company_name, first_name, last_name, phone, has_account, metadata, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?)`, c.ID, c.Email, c.CompanyName, c.FirstName, c.LastName, c.Phone, c.HasAccount, jsonText(c.Metadata),
		c.CreatedAt.Time, c.UpdatedAt.Time)
}

// jsonText is a JSON value as an argument; null is NULL.
func jsonText(j model.JSON) *string {
	if len(j) == 0 || string(j) == "null" {
		return nil
	}
	s := string(j)
	return &s
}

// UpdateCustomer changes a customer.
func (d DB) UpdateCustomer(ctx context.Context, id string, c *Changes, now time.Time) error {
	return d.update(ctx, "customer", c, now, "id = ? AND deleted_at IS NULL", id)
}

// CreateCustomerAddress makes an address of a customer, with the given columns.
func (d DB) CreateCustomerAddress(ctx context.Context, customer string, c *Changes, now time.Time) (string, error) {
	id := model.NewID("cuaddr", now)
	err := d.write(ctx, `INSERT INTO customer_address (id, customer_id, created_at, updated_at) VALUES (?, ?, ?, ?)`, id, customer, now, now)
	if err != nil {
		return "", err
	}
	return id, d.UpdateCustomerAddress(ctx, customer, id, c, now)
}

// UpdateCustomerAddress changes an address of a customer.
func (d DB) UpdateCustomerAddress(ctx context.Context, customer, id string, c *Changes, now time.Time) error {
	return d.update(ctx, "customer_address", c, now, "id = ? AND customer_id = ? AND deleted_at IS NULL", id, customer)
}

// ClearDefault takes a default, is_default_shipping or is_default_billing, from the address of a customer that has it,
// deleted ones included.
func (d DB) ClearDefault(ctx context.Context, customer, column string, now time.Time) error {
	return d.write(ctx, "UPDATE customer_address SET "+column+" = false, updated_at = ? WHERE customer_id = ? AND "+column, now, customer)
}

// DeleteCustomerAddress deletes an address of a customer and fails with NotFound if there is none.
func (d DB) DeleteCustomerAddress(ctx context.Context, customer, id string) error {
	n, err := d.Exec(ctx, `DELETE FROM customer_address WHERE id = ? AND customer_id = ? AND deleted_at IS NULL`, id, customer)
	if err != nil || n == 1 {
		return err
	}
	return model.NotFound.Because(model.UserErrorCodeAddressNotFound, "addressId").Errorf("Address with id: %s was not found", id)
}

// HasCustomerAddress fails with NotFound unless the address is the customer's.
func (d DB) HasCustomerAddress(ctx context.Context, customer, id string) error {
	found := false
	err := d.run(ctx, func(b *batch) {
		found = false
		b.read(`SELECT FROM customer_address WHERE id = $1 AND customer_id = $2 AND deleted_at IS NULL`, []any{id, customer}, func(*cursor) { found = true })
	})
	if err == nil && !found {
		err = model.NotFound.Because(model.UserErrorCodeAddressNotFound, "addressId").Errorf("Address with id: %s was not found", id)
	}
	return err
}

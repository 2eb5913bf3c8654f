// Package resolver binds the schema to the shop. A resolver only translates: it takes the viewer and what the selection wants from the
// context, and calls db to read or shop to write.
package resolver

import (
	"context"
	"errors"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/plan"
	"github.com/storegraph/storegraph/graph/shop"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/graph/watch"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	DB           db.DB
	Shop         *shop.Shop
	Carts        *watch.Watcher
	Orders       *watch.Watcher
	Products     *watch.Watcher
	MaxRESTLimit int // the most a REST page may hold
	// Alone returns the context in which something is read for several operations: within the limits of one, and with the end that it
	// must be given.
	Alone func(ctx context.Context) (context.Context, context.CancelFunc)

	seenProducts watch.Shared[productSight, *model.Product]
}

// page returns the part of a list that the paging arguments name.
func (r *Resolver) page(ctx context.Context, first *int, after *string, last *int, before *string, offset *int) db.Page {
	p := db.Page{First: first, Last: last, Offset: offset, After: after, Before: before}
	if model.DialectOf(ctx) == model.REST {
		p.MaxLimit = r.MaxRESTLimit
	}
	return p
}

// orNull turns what does not exist into null.
func orNull[T any](v *T, err error) (*T, error) {
	if errors.Is(err, model.NotFound) {
		return nil, nil //nolint:nilnil // a nullable root field: null is the answer
	}
	return v, err
}

// list returns a list that is there: a nullable root field is null only if it fails.
func list[T any](of []T, err error) ([]T, error) {
	if of == nil && err == nil {
		of = []T{}
	}
	return of, err
}

// trees returns in which directions the trees of categories are wanted.
func trees(descendants, ancestors *bool) db.CategoryTrees {
	return db.CategoryTrees{Descendants: descendants != nil && *descendants, Ancestors: ancestors != nil && *ancestors}
}

// name returns the id or the handle that names a thing; the other is empty. Exactly one must be given, which is not checked in variables
// before.
func name(by model.IDOrHandle) (id, handle string, err error) {
	i, h := by.ID.Value(), by.Handle.Value()
	if (i == nil) == (h == nil) {
		return "", "", model.Invalid.Errorf("give either id or handle")
	}
	return valueOrZero(i), valueOrZero(h), nil
}

// valueOrZero is the value of an optional argument, or its zero value.
func valueOrZero[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

// actor returns the actor type of a request: a customer, unless REST says otherwise.
func actor(actorType *string) string {
	if actorType == nil {
		return "customer"
	}
	return *actorType
}

// customer returns the viewer, with the tokens of their orders if those are wanted.
func (r *Resolver) customer(ctx context.Context, v *db.Viewer, want db.Want) (*model.Customer, error) {
	c, err := r.DB.Customer(ctx, v, want)
	if err != nil {
		return nil, err
	}
	for _, call := range want.Calls(ctx, field.Orders) {
		if _, err := r.signedOrders(v, call.Want, c.Orders[call.Key], nil); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// A payload is the answer of a mutation.
type payload[P any] interface {
	*P
	Refuse(e *model.UserError)
}

// answer returns the answer of a mutation that may have failed. Over GraphQL what a shopper can put right is told in the answer, in which
// there is nothing else then; over REST it is an error like any other.
func answer[P any, R payload[P]](ctx context.Context, p R, err error) (R, error) {
	if err == nil {
		return p, nil
	}
	e := userError(ctx, err)
	if e == nil {
		return nil, err
	}
	p = new(P)
	p.Refuse(e)
	return p, nil
}

// userError returns an error as a shopper sees it; nil if it is not for them.
func userError(ctx context.Context, err error) *model.UserError {
	e := model.AsError(err)
	if e == nil || model.DialectOf(ctx) == model.REST || db.IsKeyError(err) {
		return nil
	}
	return e.UserError()
}

// done returns the answer of a mutation that has nothing to show.
func done(ctx context.Context, err error) (*model.DonePayload, error) {
	return answer(ctx, &model.DonePayload{Success: true}, err)
}

// changedCustomer returns the customer that v is, and one of their addresses if it is named, after a change that may have failed.
func (r *Resolver) changedCustomer(ctx context.Context, v *db.Viewer, address string, err error) (*model.CustomerPayload, error) {
	p, want := &model.CustomerPayload{}, plan.Want(ctx)
	if _, wanted := want[field.Customer]; wanted && err == nil {
		p.Customer, err = r.customer(ctx, v, want[field.Customer])
	}
	if _, wanted := want[field.Address]; wanted && err == nil && address != "" {
		p.Address, err = r.DB.CustomerAddress(ctx, v, address)
	}
	return answer(ctx, p, err)
}

// changedPayment returns a payment collection after a change that may have failed.
func (r *Resolver) changedPayment(ctx context.Context, id string, err error) (*model.PaymentPayload, error) {
	p := &model.PaymentPayload{}
	if err == nil {
		p.PaymentCollection, err = r.DB.PaymentCollection(ctx, auth.Viewer(ctx), id, plan.Want(ctx)[field.PaymentCollection])
	}
	return answer(ctx, p, err)
}

// completion returns the result of completing a cart: an order; or the cart, with an error if it has not been paid.
func (r *Resolver) completion(ctx context.Context, cartID, orderID string, err error) (*model.CompleteCartPayload, error) {
	want, v, p := plan.Want(ctx), auth.Viewer(ctx), &model.CompleteCartPayload{}
	if err == nil {
		p.Order, err = r.DB.Order(ctx, v, orderID, db.OrderArgs{}, want[field.Order])
		p.Order, err = r.signed(v, want[field.Order], p.Order, err)
		return answer(ctx, p, err)
	}
	e := model.AsError(err)
	if e != nil && e.Kind == model.Payment {
		p.Error = model.NewCompletionError(e) // which is no error over REST either
		p.Refuse(e.UserError())
	} else if p, err = answer(ctx, p, err); err != nil {
		return nil, err
	}
	if _, wanted := want[field.Cart]; wanted {
		p.Cart, err = orNull(r.shownCart(ctx, v, cartID, want[field.Cart]))
		return p, err
	}
	return p, nil
}

// shownCart returns a cart with what the viewer may see of its customer.
func (r *Resolver) shownCart(ctx context.Context, v *db.Viewer, id string, want db.Want) (*model.Cart, error) {
	c, err := r.DB.Cart(ctx, v, id, want)
	if err == nil {
		c.ShowTo(v.CustomerID, r.Shop.StrictCarts)
	}
	return c, err
}

// signed returns an order that was read, which may have failed, with its token if that is wanted.
func (r *Resolver) signed(v *db.Viewer, want db.Want, o *model.Order, err error) (*model.Order, error) {
	if err != nil {
		return nil, err
	}
	return o, r.Shop.SignOrders(v, want, o)
}

// signedOrders returns a page of orders that was read, which may have failed, with their tokens if those are wanted.
func (r *Resolver) signedOrders(v *db.Viewer, want db.Want, c *model.OrderConnection, err error) (*model.OrderConnection, error) {
	if err != nil {
		return nil, err
	}
	if err := r.Shop.SignOrders(v, want[field.Nodes], c.Nodes...); err != nil {
		return nil, err
	}
	for _, e := range c.Edges {
		if err := r.Shop.SignOrders(v, want[field.Edges][field.Node], e.Node); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// changedOrder returns an order after a change that may have failed. It returns no token of the order, which may belong to another
// customer now.
func (r *Resolver) changedOrder(ctx context.Context, id string, err error) (*model.OrderPayload, error) {
	p := &model.OrderPayload{}
	if err == nil {
		p.Order, err = r.DB.Order(ctx, auth.Viewer(ctx), id, db.OrderArgs{}, plan.Want(ctx)[field.Order])
	}
	return answer(ctx, p, err)
}

// currentViewer returns the viewer with a key that is checked anew: it may have been revoked since the subscription began.
func currentViewer(ctx context.Context) *db.Viewer {
	v := *auth.Viewer(ctx)
	v.Key = v.Key.Anew()
	return &v
}

// sorted returns what a list is sorted by: the path that REST gives, else the key that a client gives, else nothing.
func sorted[K ~string](by *model.Sort[K], path *model.PathSort) *db.Sort {
	if path != nil || by == nil {
		return byPath(path)
	}
	return &db.Sort{Key: string(by.Key), Desc: by.Direction == model.SortDirectionDesc}
}

// byPath returns what a list is sorted by that only REST sorts.
func byPath(path *model.PathSort) *db.Sort {
	if path == nil {
		return nil
	}
	return &db.Sort{Path: path.Path, Desc: path.Direction == model.SortDirectionDesc}
}

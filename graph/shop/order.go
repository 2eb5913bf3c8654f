package shop

import (
	"context"
	"errors"
	"strconv"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

// OrderByNumber returns the order with this number that was placed with this e-mail address, to whoever knows both. How
// often somebody may try is limited like attempts to log in.
func (s *Shop) OrderByNumber(ctx context.Context, number int, email string, want db.Want) (*model.Order, error) {
	v := auth.Viewer(ctx)
	if err := s.DB.CheckKey(ctx, v.Key); err != nil {
		return nil, err
	}
	if err := s.attempt(ctx, s.perNetwork(ctx, "order", strconv.Itoa(number))); err != nil {
		return nil, err
	}
	order, err := s.DB.OrderByNumber(ctx, v, number, model.FoldEmail(email), want)
	if err != nil {
		return nil, err
	}
	return order, s.succeeded(ctx, s.perNetwork(ctx, "order", strconv.Itoa(number)), 1)
}

// SignOrders gives orders the tokens by which who sees them now, such as who placed them, may see them again, if they are wanted.
func (s *Shop) SignOrders(v *db.Viewer, want db.Want, orders ...*model.Order) (err error) {
	if !want.Has(field.AccessToken) {
		return nil
	}
	for _, o := range orders {
		if o.AccessToken, err = s.Tokens.SignOrder(v, o); err != nil {
			return err
		}
	}
	return nil
}

// changeOrder runs fn with an order locked, for whoever has a valid publishable key. If it is strict they have to have shown
// that the order is theirs; otherwise fn sees to that.
func (s *Shop) changeOrder(ctx context.Context, id string, strict bool, fn func(tx db.DB, o *model.Order) error) error {
	v := auth.Viewer(ctx)
	if err := s.DB.CheckKey(ctx, v.Key); err != nil {
		return err
	}
	return s.changing(ctx, func(tx db.DB) error {
		o, err := tx.LockOrder(ctx, v, id, strict)
		if err != nil {
			return err
		}
		return fn(tx, o)
	}, id)
}

func errCanceledOrder(o *model.Order) error {
	return model.Invalid.Because(model.UserErrorCodeOrderCanceled, "orderId").Errorf("Order with id %s has been canceled.", o.ID)
}

// activeChange returns the change of an order that is neither made nor refused yet.
func activeChange(ctx context.Context, tx db.DB, orderID string) (*model.OrderChange, error) {
	change, err := tx.ActiveOrderChange(ctx, orderID)
	if errors.Is(err, model.NotFound) {
		return nil, model.Invalid.Because(model.UserErrorCodeTransferNotFound, "orderId").Errorf("An active Order Change is required to proceed")
	}
	return change, err
}

// noActiveChange fails if an order has such a change: it has one at a time.
func noActiveChange(ctx context.Context, tx db.DB, orderID string) error {
	_, err := tx.ActiveOrderChange(ctx, orderID)
	switch {
	case err == nil:
		return model.Invalid.Because(model.UserErrorCodeOrderChanging, "orderId").Errorf("Order (%s) already has an existing active order change", orderID)
	case errors.Is(err, model.NotFound):
		return nil
	default:
		return err
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

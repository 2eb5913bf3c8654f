package shop

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/total"
)

// RequestOrderTransfer requests that an order of another customer becomes the signed-in customer's. The event order.transfer_requested has
// a token mailed to the present owner, who accepts or declines with it.
func (s *Shop) RequestOrderTransfer(ctx context.Context, in model.RequestOrderTransferInput) error {
	id := in.OrderID
	claims, err := s.customer(ctx)
	if err != nil {
		return err
	}
	v := auth.Viewer(ctx)
	return s.mailing(ctx, func(tx db.DB) error {
		o, err := tx.LockOrder(ctx, v, id, s.StrictOrders)
		if err != nil {
			return err
		}
		customer, err := tx.Customer(ctx, v, nil)
		if err != nil {
			return err
		}
		switch {
		case o.Status == model.OrderStatusCanceled:
			return errCanceledOrder(o)
		case !customer.HasAccount:
			return model.Invalid.Because(model.UserErrorCodeInvalid).Errorf("Cannot transfer order: %s to a guest customer account: %s", id, text(customer.Email))
		case text(o.CustomerID) == customer.ID:
			return model.Invalid.Because(model.UserErrorCodeOrderOwned, "orderId").Errorf("Order: %s already belongs to customer: %s", id, customer.ID)
		}
		if err := noActiveChange(ctx, tx, id); err != nil {
			return err
		}
		r := model.TransferRequest{Token: uuid.NewString(), OriginalEmail: o.Email}
		if update := in.UpdateOrderEmail.Value(); update != nil && *update {
			r.NewEmail = customer.Email
		}
		details, err := json.Marshal(r)
		if err != nil {
			return err
		}
		now := s.Now()
		at := model.Time{Time: now}
		change := &model.OrderChange{
			OrderID: id, Version: o.Version + 1, ChangeType: new(model.OrderChangeTransfer), Status: model.OrderChangeStatusRequested,
			Description: in.Description.Value(), CreatedBy: &claims.ActorID, RequestedBy: &claims.ActorID, RequestedAt: &at,
			Actions: []*model.OrderChangeAction{{
				Action: model.ActionTransferCustomer, Reference: new("customer"), ReferenceID: &claims.ActorID, Details: details,
			}},
		}
		w := tx.Writes(now)
		w.OrderChange(change)
		w.Event("order.transfer_requested", map[string]string{"id": id, "order_change_id": change.ID})
		return w.Send(ctx)
	}, id)
}

// AcceptOrderTransfer transfers an order to the customer who requested it. It requires the request's token.
func (s *Shop) AcceptOrderTransfer(ctx context.Context, id, token string) error {
	return s.changeOrder(ctx, id, false, func(tx db.DB, o *model.Order) error {
		if o.Status == model.OrderStatusCanceled {
			return errCanceledOrder(o)
		}
		change, err := tx.ActiveOrderChange(ctx, id)
		if errors.Is(err, model.NotFound) || err == nil && (change.Status != model.OrderChangeStatusRequested || text(change.ChangeType) != model.OrderChangeTransfer) {
			return model.Invalid.Because(model.UserErrorCodeTransferNotFound, "orderId").Errorf("Order %s does not have an order transfer request.", id)
		}
		if err != nil {
			return err
		}
		r := change.Transfer()
		if err := checkToken(r, token); err != nil {
			return err
		}
		original := o.Total
		o.NextVersion()
		if o.CustomerID = &r.CustomerID; r.NewEmail != nil {
			o.Email = r.NewEmail
		}
		total.Order(o)
		o.Summarize(original)
		w := tx.Writes(s.Now())
		w.OrderVersion(o)
		w.ConfirmOrderChange(change.ID)
		return w.Send(ctx)
	})
}

// DeclineOrderTransfer refuses the transfer of an order. It requires the request's token.
func (s *Shop) DeclineOrderTransfer(ctx context.Context, id, token string) error {
	return s.changeOrder(ctx, id, false, func(tx db.DB, _ *model.Order) error {
		change, err := activeChange(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := checkToken(change.Transfer(), token); err != nil {
			return err
		}
		w := tx.Writes(s.Now())
		w.DeclineOrderChange(change.ID)
		return w.Send(ctx)
	})
}

// CancelOrderTransfer withdraws a transfer that the signed-in customer requested.
func (s *Shop) CancelOrderTransfer(ctx context.Context, id string) error {
	claims, err := s.customer(ctx)
	if err != nil {
		return err
	}
	return s.changeOrder(ctx, id, false, func(tx db.DB, o *model.Order) error {
		if o.CanceledAt != nil {
			return errCanceledOrder(o)
		}
		change, err := activeChange(ctx, tx, id)
		if err != nil {
			return err
		}
		if r := change.Transfer(); r == nil || r.CustomerID != claims.ActorID {
			return model.NotAllowed.Because(model.UserErrorCodeTransferNotFound, "orderId").Errorf("This customer is not allowed to cancel the transfer.")
		}
		w := tx.Writes(s.Now())
		w.DeleteOrderChange(change.ID)
		return w.Send(ctx)
	})
}

// checkToken fails unless the token is that of the request.
func checkToken(r *model.TransferRequest, token string) error {
	if r == nil || r.Token == "" || subtle.ConstantTimeCompare([]byte(r.Token), []byte(token)) != 1 {
		return model.NotAllowed.Because(model.UserErrorCodeCodeInvalid, "token").Errorf("Invalid token.")
	}
	return nil
}

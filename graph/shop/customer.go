package shop

import (
	"context"
	"errors"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/graph/shop/auth"
	"github.com/storegraph/storegraph/model"
)

// RegisterCustomer creates a customer with an account for the caller, who has a registration token, and returns its id. The customer's
// e-mail address may differ from the identity's. Of several simultaneous calls with one address or one identity, one succeeds.
func (s *Shop) RegisterCustomer(ctx context.Context, in model.RegisterCustomerInput) (string, error) {
	if err := s.DB.CheckKey(ctx, auth.Viewer(ctx).Key); err != nil {
		return "", err
	}
	claims, err := auth.Registrant(ctx)
	if err != nil {
		return "", err
	}
	if claims.ActorID != "" {
		return "", model.Invalid.Because(model.UserErrorCodeAlreadyRegistered).Errorf("Request already authenticated as a customer.")
	}
	email := in.Email.Value()
	if email == nil || *email == "" {
		return "", model.Invalid.Because(model.UserErrorCodeEmailRequired, "email").Errorf("Email is required to create a customer")
	}
	if err := validEmail(email); err != nil {
		return "", err
	}
	taken, err := s.DB.HasAccount(ctx, *email)
	if err != nil {
		return "", err
	}
	registered := model.Duplicate.Because(model.UserErrorCodeEmailTaken, "email").Errorf("Customer with this email already has an account")
	if taken {
		return "", registered
	}
	now := s.Now()
	c := &model.Customer{
		ID: model.NewID("cus", now), Email: email, CompanyName: in.CompanyName.Value(), FirstName: in.FirstName.Value(), LastName: in.LastName.Value(),
		Phone: in.Phone.Value(), HasAccount: true, CreatedAt: model.Time{Time: now}, UpdatedAt: model.Time{Time: now},
	}
	c.Metadata = in.Metadata.Value()
	if err := (model.CustomerSize{Metadata: len(c.Metadata)}).Check(model.CustomerSize{}); err != nil {
		return "", err
	}
	err = s.inTx(ctx, func(tx db.DB) error {
		if err := tx.CreateCustomer(ctx, c); err != nil {
			if errors.Is(err, model.Duplicate) {
				return registered
			}
			return err
		}
		if err := tx.BindCustomer(ctx, claims.AuthIdentityID, c.ID, now); err != nil {
			return err
		}
		return tx.Emit(ctx, "customer.created", map[string]string{"id": c.ID}, now)
	})
	return c.ID, err
}

// customer returns the claims of the signed-in customer. It fails without one, or without a valid publishable key.
func (s *Shop) customer(ctx context.Context) (*auth.Claims, error) {
	if err := s.DB.CheckKey(ctx, auth.Viewer(ctx).Key); err != nil {
		return nil, err
	}
	return auth.Customer(ctx)
}

// set adds a column to what changes if the input gives it.
func set[T any](c *db.Changes, column string, v model.Optional[*T]) {
	if v.IsSet() {
		c.Set(column, v.Value())
	}
}

// merge adds metadata to what changes if the input gives it.
func merge(c *db.Changes, v model.Optional[model.JSON]) {
	if v.IsSet() {
		c.Merge(v.Value())
	}
}

// sizedCustomer runs fn in a transaction with a customer locked. It fails, and changes nothing, if the customer holds too much then.
func (s *Shop) sizedCustomer(ctx context.Context, id string, fn func(tx db.DB) error) error {
	return s.inTx(ctx, func(tx db.DB) error {
		before, err := tx.LockCustomer(ctx, id)
		if err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		after, err := tx.CustomerSize(ctx, id)
		if err != nil {
			return err
		}
		return after.Check(before)
	})
}

// UpdateCustomer changes the signed-in customer.
func (s *Shop) UpdateCustomer(ctx context.Context, in model.UpdateCustomerInput) error {
	claims, err := s.customer(ctx)
	if err != nil {
		return err
	}
	var c db.Changes
	set(&c, "company_name", in.CompanyName)
	set(&c, "first_name", in.FirstName)
	set(&c, "last_name", in.LastName)
	set(&c, "phone", in.Phone)
	merge(&c, in.Metadata)
	if c.None() {
		return nil
	}
	return s.sizedCustomer(ctx, claims.ActorID, func(tx db.DB) error {
		if err := tx.UpdateCustomer(ctx, claims.ActorID, &c, s.Now()); err != nil {
			return err
		}
		return tx.Emit(ctx, "customer.updated", map[string]string{"id": claims.ActorID}, s.Now())
	})
}

// The defaults of addresses, by their columns.
const (
	defaultShipping = "is_default_shipping"
	defaultBilling  = "is_default_billing"
)

// saveAddress runs save with the customer locked and the defaults that the address takes over cleared.
func (s *Shop) saveAddress(ctx context.Context, in model.CustomerAddressInput, save func(tx db.DB, customer string, c *db.Changes) error) error {
	claims, err := s.customer(ctx)
	if err != nil {
		return err
	}
	return s.sizedCustomer(ctx, claims.ActorID, func(tx db.DB) error {
		c := addressChanges(in)
		for column, v := range map[string]*bool{defaultShipping: in.IsDefaultShipping.Value(), defaultBilling: in.IsDefaultBilling.Value()} {
			if v == nil {
				continue
			}
			c.Set(column, *v)
			if *v {
				if err := tx.ClearDefault(ctx, claims.ActorID, column, s.Now()); err != nil {
					return err
				}
			}
		}
		return save(tx, claims.ActorID, c)
	})
}

// addressChanges are the columns of an address that the input gives.
func addressChanges(in model.CustomerAddressInput) *db.Changes {
	c := &db.Changes{}
	set(c, "address_name", in.AddressName)
	set(c, "company", in.Company)
	set(c, "first_name", in.FirstName)
	set(c, "last_name", in.LastName)
	set(c, "address_1", in.Address1)
	set(c, "address_2", in.Address2)
	set(c, "city", in.City)
	set(c, "country_code", in.CountryCode)
	set(c, "province", in.Province)
	set(c, "postal_code", in.PostalCode)
	set(c, "phone", in.Phone)
	merge(c, in.Metadata)
	return c
}

// AddCustomerAddress adds an address to the signed-in customer. If it is to be a default, it replaces the one before; simultaneous calls
// wait for each other, so that the last of them is the default. It returns the address's id.
func (s *Shop) AddCustomerAddress(ctx context.Context, in model.CustomerAddressInput) (id string, err error) {
	err = s.saveAddress(ctx, in, func(tx db.DB, customer string, c *db.Changes) error {
		if err := complete(ctx, in.Address1.Value(), in.CountryCode.Value(), "address"); err != nil {
			return err
		}
		if id, err = tx.CreateCustomerAddress(ctx, customer, c, s.Now()); err != nil {
			return err
		}
		return tx.Emit(ctx, "customer.customer-address.created", map[string]string{"id": id}, s.Now())
	})
	return id, err
}

// orGiven is what an input changes a text to; one that is left out stays as it is, which is something.
func orGiven(v model.Optional[*string]) *string {
	if v.IsSet() {
		return v.Value()
	}
	return new("unchanged")
}

// UpdateCustomerAddress changes an address of the signed-in customer.
func (s *Shop) UpdateCustomerAddress(ctx context.Context, id string, in model.CustomerAddressInput) error {
	return s.saveAddress(ctx, in, func(tx db.DB, customer string, c *db.Changes) error {
		if err := tx.HasCustomerAddress(ctx, customer, id); err != nil {
			return err
		}
		if err := complete(ctx, orGiven(in.Address1), orGiven(in.CountryCode), "address"); err != nil {
			return err
		}
		if err := tx.UpdateCustomerAddress(ctx, customer, id, c, s.Now()); err != nil {
			return err
		}
		return tx.Emit(ctx, "customer.customer-address.updated", map[string]string{"id": id}, s.Now())
	})
}

// DeleteCustomerAddress removes an address of the signed-in customer.
func (s *Shop) DeleteCustomerAddress(ctx context.Context, id string) error {
	claims, err := s.customer(ctx)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx db.DB) error {
		if err := tx.DeleteCustomerAddress(ctx, claims.ActorID, id); err != nil {
			return err
		}
		return tx.Emit(ctx, "customer.customer-address.deleted", map[string]string{"id": id}, s.Now())
	})
}

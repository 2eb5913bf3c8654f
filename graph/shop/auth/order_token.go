package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// orderAudience is the audience of the tokens of orders, and of no others.
const orderAudience = "storegraph:order"

// OrderTokenLifetime is how long the token of an order is valid unless the shop says otherwise.
const OrderTokenLifetime = 30 * 24 * time.Hour

// orderClaims are the claims of the token of an order. The subject is the order's id.
type orderClaims struct {
	CustomerID string `json:"customer_id,omitempty"` // of the order, when the token was issued
	jwt.RegisteredClaims
}

// WithOrderToken returns the viewer with the token of an order. An invalid token counts as none.
func (t *Tokens) WithOrderToken(v *db.Viewer, token string) *db.Viewer {
	var c orderClaims
	if t.parse(t.orders, token, &c) != nil || c.Subject == "" {
		return v
	}
	out := *v
	out.Link = &db.OrderLink{OrderID: c.Subject, CustomerID: c.CustomerID, Expires: c.ExpiresAt.Time}
	return &out
}

// SignOrder returns a token whose bearer sees an order for as long as it belongs to the same customer, or nil if nothing is signed here.
// A token issued to the bearer of another one expires with it.
func (t *Tokens) SignOrder(v *db.Viewer, o *model.Order) (*string, error) {
	if t.private == nil {
		return nil, nil //nolint:nilnil // a shop that signs nothing gives no tokens
	}
	c := orderClaims{RegisteredClaims: jwt.RegisteredClaims{Subject: o.ID}}
	if o.CustomerID != nil {
		c.CustomerID = *o.CustomerID
	}
	t.stamp(&c.RegisteredClaims, t.o.Orders)
	c.Audience = jwt.ClaimStrings{orderAudience}
	if !v.Owns(o) && v.Holds(o) && v.Link.Expires.Before(c.ExpiresAt.Time) {
		c.ExpiresAt = jwt.NewNumericDate(v.Link.Expires)
	}
	token, err := t.sign(c)
	return &token, err
}

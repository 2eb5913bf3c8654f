package fulfillment

import (
	"context"
	"strings"

	"github.com/storegraph/storegraph/model"
)

// A Provider is a fulfilment provider. It is safe for concurrent use.
type Provider interface {
	// Validate checks the data that a shopper sends along with an option, and returns what the shipping method keeps of it. It fails with
	// model.Invalid if that does not suffice.
	Validate(ctx context.Context, o Option, data model.JSON, s *Shipment) (model.JSON, error)
	// Price calculates what the option costs for the shipment. It fails with model.Invalid if the provider calculates no
	// prices, and with model.NotAllowed if it does not ship this.
	Price(ctx context.Context, o Option, data model.JSON, s *Shipment) (Price, error)
}

// An Option is a shipping option as its provider knows it.
type Option struct {
	ID   string
	Data model.JSON // what the merchant configured
}

// A Price is what shipping costs, in the shipment's currency.
type Price struct {
	Amount       model.Amount
	TaxInclusive bool
}

// A Shipment is what is to be shipped.
type Shipment struct {
	CartID       string
	CurrencyCode string
	From         *model.StockLocation
	To           *model.CartAddress // nil: not known yet
	Items        []Item             // those of the option's shipping profile
}

// An Item is a number of units of one product.
type Item struct {
	Quantity model.Amount
	Total    model.Amount // what all of them cost before discounts, without tax
	Weight   model.Amount // of one of them, in the merchant's own unit; 0 if it is not known
}

// Providers are the fulfilment providers of a shop, by their ids or by their kinds: an id is a kind and the name under which the
// shop has set it up, as in manual_manual and manual_express.
type Providers map[string]Provider

// For returns the provider with an id, or nil if the shop has none.
func (ps Providers) For(id string) Provider {
	kind, _, named := strings.Cut(id, "_")
	if !named {
		return nil
	}
	if p := ps[id]; p != nil {
		return p
	}
	return ps[kind]
}

// BuiltIn returns the providers that every shop has, by their kinds.
func BuiltIn() Providers { return Providers{"manual": Manual{}, "rates": Rates{}} }

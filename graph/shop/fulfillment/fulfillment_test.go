package fulfillment_test

import (
	"errors"
	"testing"

	"github.com/storegraph/storegraph/graph/shop/fulfillment"
	"github.com/storegraph/storegraph/model"
)

func TestRates(t *testing.T) {
	t.Parallel()
	table := model.JSON(`{"tax_inclusive": true, "rates": [
{"currency": "eur", "countries": ["DE", "at"], "up_to_weight": 2000, "amount": 4.9},
{"currency": "eur", "countries": ["de"], "from_total": "100", "amount": 0},
{"currency": "eur", "countries": ["de"], "amount": 7.9, "per_item": 0.5, "per_weight": 0.001},
{"currency": "usd", "provinces": ["us-ny"], "from_items": 3, "up_to_items": 4, "amount": 11},
{"currency": "usd", "amount": 19}]}`)
	item := func(quantity int64, total, weight string) fulfillment.Item {
		return fulfillment.Item{Quantity: model.NewAmount(quantity), Total: model.MustAmount(total), Weight: model.MustAmount(weight)}
	}
	for name, tc := range map[string]struct {
		currency, country, province string
		items                       []fulfillment.Item
		want                        string
	}{
		"light":                    {"eur", "de", "", []fulfillment.Item{item(2, "20", "500"), item(1, "5", "1000")}, "4.9"},
		"too heavy by a gram":      {"eur", "de", "", []fulfillment.Item{item(2, "20", "500"), item(1, "5", "1001")}, "11.401"},
		"heavy and dear":           {"eur", "de", "", []fulfillment.Item{item(1, "100", "3000")}, "0"},
		"heavy, to the other land": {"eur", "AT", "", []fulfillment.Item{item(1, "100", "3000")}, ""},
		"an unknown place":         {"eur", "", "", []fulfillment.Item{item(1, "100", "1")}, ""},
		"a province":               {"usd", "us", "US-NY", []fulfillment.Item{item(3, "1", "0")}, "11"},
		"too few for it":           {"usd", "us", "us-ny", []fulfillment.Item{item(2, "1", "0")}, "19"},
		"too many for it":          {"usd", "us", "us-ny", []fulfillment.Item{item(5, "1", "0")}, "19"},
		"nothing at all":           {"usd", "", "", nil, "19"},
		"another currency":         {"jpy", "de", "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fulfillment.Shipment{CurrencyCode: tc.currency, Items: tc.items}
			if tc.country != "" {
				s.To = &model.CartAddress{CountryCode: &tc.country, Province: &tc.province}
			}
			got, err := fulfillment.Rates{}.Price(t.Context(), fulfillment.Option{ID: "so_1", Data: table}, nil, s)
			if tc.want == "" {
				if !errors.Is(err, model.NotAllowed) {
					t.Fatalf("Price = %v, %v, want %v", got, err, model.NotAllowed)
				}
				return
			}
			if err != nil || got.Amount.String() != tc.want || !got.TaxInclusive {
				t.Fatalf("Price = %v, %v, want %s with tax", got, err, tc.want)
			}
		})
	}
	for _, broken := range []string{`[]`, `{"rates": 1}`, `{"rates": [{"amount": -1}]}`, `{"rates": [{"amount": "x"}]}`, `{"rates": [{"up_to_weight": 1e999, "amount": 1}]}`} {
		_, err := fulfillment.Rates{}.Price(t.Context(), fulfillment.Option{ID: "so_1", Data: model.JSON(broken)}, nil, &fulfillment.Shipment{})
		if !errors.Is(err, model.Invalid) {
			t.Errorf("Price with the table %s = %v, want %v", broken, err, model.Invalid)
		}
	}
}

func TestManual(t *testing.T) {
	t.Parallel()
	p := fulfillment.BuiltIn().For("manual_manual")
	got, err := p.Validate(t.Context(), fulfillment.Option{}, model.JSON(`{"note":"ring twice"}`), &fulfillment.Shipment{})
	if err != nil || string(got) != `{"note":"ring twice"}` {
		t.Errorf("Validate = %s, %v, want what was given", got, err)
	}
	if _, err := p.Price(t.Context(), fulfillment.Option{}, nil, &fulfillment.Shipment{}); !errors.Is(err, model.Invalid) {
		t.Errorf("Price = %v, want %v", err, model.Invalid)
	}
}

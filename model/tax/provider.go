package tax

import "github.com/storegraph/storegraph/model"

// A Provider calculates the taxes on an item or a shipping option.
type Provider interface {
	// TaxLines returns the tax lines, without ids. rates are those that Applicable returns.
	TaxLines(rates []Rate) []*model.TaxLine
}

// SystemID is the id of System, as tax regions name their provider.
const SystemID = "tp_system"

// System is the reference's own provider, whose taxes are the rates of the store.
type System struct{}

// TaxLines returns a tax line for each rate.
func (System) TaxLines(rates []Rate) []*model.TaxLine {
	provider := "system"
	out := make([]*model.TaxLine, len(rates))
	for n := range rates {
		r := &rates[n]
		out[n] = &model.TaxLine{Description: &r.Name, TaxRateID: &r.ID, Code: r.Code, Rate: r.Rate, ProviderID: &provider}
	}
	return out
}

package tax

import "storegraph/model"

// A Provider calculates the taxes on one thing.
type Provider interface {
	// TaxLines returns the taxes, without ids. The rates are those that apply by the store's own tables.
	TaxLines(rates []Rate) []*model.TaxLine
}

// SystemID is the id of the reference's own provider, as tax regions name it.
const SystemID = "tp_system"

// System is that provider: the taxes are the rates.
type System struct{}

// TaxLines returns a tax for each rate.
func (System) TaxLines(rates []Rate) []*model.TaxLine {
	provider := "system"
	out := make([]*model.TaxLine, len(rates))
	for n := range rates {
		r := &rates[n]
		out[n] = &model.TaxLine{Description: &r.Name, TaxRateID: &r.ID, Code: r.Code, Rate: r.Rate, ProviderID: &provider}
	}
	return out
}

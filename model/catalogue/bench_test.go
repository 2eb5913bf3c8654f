package catalogue_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/catalogue"
	"github.com/storegraph/storegraph/model/price"
)

// large is how many products the benchmarked catalogue has: SIZE, or 10,000.
func large() int {
	n := 10_000
	if s := os.Getenv("SIZE"); s != "" {
		_, _ = fmt.Sscan(s, &n)
	}
	return n
}

// A generated is a catalogue of products with 6 variants and 36 prices each.
type generated struct {
	snapshot *catalogue.Snapshot
	random   *rand.Rand
	terms    *catalogue.Terms
	plain    []uint32 // terms of base prices, by currency
}

func (g *generated) product(i int) *catalogue.Product {
	r := g.random
	p := &catalogue.Product{
		ID: fmt.Sprintf("prod_%08d", i), Title: fmt.Sprintf("Product %d", r.IntN(1e6)), CreatedAt: int64(i), Channels: []string{"web"},
		CollectionID: fmt.Sprintf("pcol_%d", r.IntN(100)), TypeID: fmt.Sprintf("ptyp_%d", r.IntN(30)),
		Categories: []string{fmt.Sprintf("pcat_%d", r.IntN(60))}, Tags: []string{fmt.Sprintf("ptag_%d", r.IntN(50)), fmt.Sprintf("ptag_%d", r.IntN(50))},
	}
	for v := range 6 {
		variant := catalogue.Variant{Values: []catalogue.OptionValue{
			{Option: "Size", Text: []string{"S", "M", "L"}[v%3], OptionID: "opt", ValueID: "optval", Place: v % 3},
			{Option: "Colour", Text: fmt.Sprintf("Colour %d", r.IntN(12)), OptionID: "opt", ValueID: "optval"},
		}}
		for _, terms := range g.plain {
			variant.Prices = append(variant.Prices, catalogue.Price{Terms: terms, Amount: int64(100 + r.IntN(20000))})
		}
		p.Variants = append(p.Variants, variant)
	}
	return p
}

func generate(b *testing.B) *generated {
	b.Helper()
	g := &generated{random: rand.New(rand.NewPCG(1, 2)), terms: catalogue.NewTerms(2)}
	for i, currency := range []string{"eur", "usd", "gbp", "sek", "dkk", "eur"} {
		g.plain = append(g.plain, g.terms.Number([]byte(fmt.Sprint(i)), func() *model.Price {
			p := &model.Price{CurrencyCode: currency}
			if i == 5 {
				p.RulesCount, p.Rules = 1, []model.PriceRule{{Attribute: "region_id", Operator: "eq", Value: "reg_1"}}
			}
			return p
		}))
	}
	u := catalogue.New(g.terms, 16)
	var ids []string
	for i := range large() {
		p := g.product(i)
		ids = append(ids, p.ID)
		u.Put(p)
	}
	u.Arrange(catalogue.ByID, ids)
	u.Arrange(catalogue.ByTitle, ids)
	var labels catalogue.Labels
	for i := range 100 {
		labels.Collections = append(labels.Collections, catalogue.Label{ID: fmt.Sprintf("pcol_%d", i)})
		labels.Types = append(labels.Types, catalogue.Label{ID: fmt.Sprintf("ptyp_%d", i)})
		labels.Tags = append(labels.Tags, catalogue.Label{ID: fmt.Sprintf("ptag_%d", i)})
		path := fmt.Sprintf("pcat_%d", i)
		if i >= 6 {
			path = fmt.Sprintf("pcat_%d.pcat_%d", i%6, i)
		}
		labels.Categories = append(labels.Categories, catalogue.Category{Label: catalogue.Label{ID: fmt.Sprintf("pcat_%d", i)}, Path: path, Shown: true})
	}
	u.Label(labels)
	g.snapshot = u.Snapshot()
	b.ReportMetric(float64(g.snapshot.Size())/1e6, "MB")
	return g
}

// BenchmarkIndex measures what the index takes for lists of a large catalogue.
func BenchmarkIndex(b *testing.B) {
	g := generate(b)
	s := g.snapshot
	context := price.Context{CurrencyCode: "eur", Attributes: map[string][]string{"region_id": {"reg_1"}}}
	now := time.UnixMicro(0)
	category := &model.IDFilter{Eq: model.Some(new("pcat_3"))}
	bounds := &model.DecimalFilter{Gte: model.Some(new(model.MustAmount("20"))), Lt: model.Some(new(model.MustAmount("60")))}
	options := []*model.OptionValueFilter{
		{Title: model.Some(new("Size")), Values: model.Some([]string{"M"})}, {Title: model.Some(new("Colour")), Values: model.Some([]string{"Colour 3", "Colour 4"})},
	}
	query := func(f *model.ProductFilter) *catalogue.Query {
		return &catalogue.Query{Channels: []string{"web"}, Filter: f, Prices: s.Prices(context, now)}
	}
	page := func(q *catalogue.Query, skip int) {
		s.Prices(context, now).Order(false).Take(s.Select(q), catalogue.Span{To: math.MaxInt, Skip: skip, Limit: 13})
	}
	for name, run := range map[string]func(){
		"page by price":                func() { page(query(nil), 0) },
		"page by price, deep":          func() { page(query(nil), large()*9/10) },
		"page by price, of a category": func() { page(query(&model.ProductFilter{CategoryID: model.Some(category)}), 0) },
		"page by price, of all filters": func() {
			page(query(&model.ProductFilter{CategoryID: model.Some(category), Price: model.Some(bounds), Options: model.Some(options)}), 0)
		},
		"facets": func() {
			all := s.Select(query(nil))
			for _, o := range []catalogue.Owner{catalogue.Categories, catalogue.Collections, catalogue.Tags, catalogue.Types} {
				s.Tally(all).Count(o)
			}
			s.Tally(all).CountOptions(nil)
			s.Prices(context, now).Range(all)
		},
		"facets of options with filters": func() { s.Tally(s.Select(query(nil))).CountOptions(options) },
		"price as a set":                 func() { s.Select(query(&model.ProductFilter{Price: model.Some(bounds)})) },
		"a product changes":              func() { u := s.Update(); u.Put(g.product(large() / 2)); u.Snapshot() },
		"stock changes":                  func() { u := s.Update(); u.Stock("web", u.Of([]string{"prod_00000001"}), u.Of(nil)); u.Snapshot() },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
		})
	}
	b.Run("prices of a context and their order", func(b *testing.B) {
		for i := range b.N {
			c := price.Context{CurrencyCode: "eur", Attributes: map[string][]string{"region_id": {fmt.Sprint("reg_", i)}}}
			s.Prices(c, now).Order(false)
		}
	})
}
